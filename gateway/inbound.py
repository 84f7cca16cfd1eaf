"""What people send back: text messages and key presses, turned into replies.

Each message is dealt with once, however often the provider shows it. Strangers are
counted and never answered: whoever can make us send texts can make us pay for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from alerting.delivery import answering
from alerting.events import Answer, Changed, Reply
from alerting.incident import Incident
from alerting.response import replies, which
from alerting.response.replies import Said
from alerting.words import Words
from devices.observation import Called, Wish
from gateway.asking import Asking
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.keys import BY_KEY, Keys, Offer
from gateway.phonebook import TELEPHONE, Known, Over, PhoneBook
from gateway.said_back import SaidBack
from gateway.said_no import SaidNo
from gateway.store.errors import StoreError
from gateway.store.rows import Entry, OutboxRow
from gateway.store.rows import Inbound as Noted
from gateway.transports.transport import CLOCKS_APART, FaultSink, Mailbox, Ring, SendError, Text

STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE", "TD", "退订"}
)
"""The provider stops all texts to whoever sends one of these; 退订/TD is the custom in China."""
START_WORDS = frozenset({"START", "UNSTOP"})
"""Not YES, which the provider takes for START too: it is an answer to an alarm."""
SEEN_MAX = 5_000
TEXT_CHARACTERS_MAX = 500
ELDERS_WORDS_MAX = 60
TOLD_TO_CALL = "未看懂，已请其致电值班室 / not understood, told to call the desk"
"""Follows the words of a person whom no more texts help, on the desk's timeline."""
BY_HAND = ("sms", "ring")
"""Ways of answering of which we say by text what was recorded."""
OVER_REMEMBERED = timedelta(hours=2)
"""For so long an answer that names nothing may be about what is over."""

_log = logging.getLogger(__name__)


class InboundStore(Protocol):
    """What is needed of the store."""

    async def seen_inbound(self, provider: str, id: str) -> bool:
        """Return whether `note_inbound` was called for this message."""

    async def note_inbound(self, message: Noted) -> None:
        """Remember that `message` was dealt with."""


class Inbound:
    """Understands what people send and answers them."""

    def __init__(
        self,
        clock: Clock,
        store: InboundStore,
        book: PhoneBook,
        offer: Offer,
        owe: Callable[[Iterable[OutboxRow]], None],
        counters: Counters,
        fault: FaultSink,
    ) -> None:
        """Make it.

        Args:
            clock: the time.
            store: remembers what was dealt with.
            book: knows people by their phones.
            offer: takes replies to the engines (`Runtime.offer`).
            owe: sends answers (`Outbox.owe`).
            counters: counts strangers and nonsense.
            fault: hears that a person can no longer be reached.
        """
        self._clock = clock
        self._store = store
        self._book = book
        self._offer = offer
        self._counters = counters
        self._fault = fault
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._said_back = SaidBack(clock, book, owe, counters)
        self.said_no = SaidNo()
        self.keys = Keys(clock, book, offer, counters)
        self._asking = Asking(clock, book, counters, self.text)
        self._tasks: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------------ text messages

    async def text(self, text: Text, late: bool = False) -> None:
        """Deal with a text message; harmless when it was dealt with before.

        Args:
            text: the message.
            late: it may be from before an incident it seems to answer.
        """
        identity = (text.provider, text.id)
        if identity in self._seen:
            return
        self._seen[identity] = None
        if len(self._seen) > SEEN_MAX:
            self._seen.popitem(last=False)
        try:
            if await self._store.seen_inbound(*identity):
                return
        except StoreError as error:
            _log.warning("whether %s was dealt with cannot be read: %s", text.id, error)
        self._understand(text, late)

    def _from_elsewhere(self, text: Text, body: str) -> None:
        """Whatever an elder writes is a call for help; a stranger's words are counted."""
        for home, resident in self._book.residents(text.sender)[:1]:
            called = Called(
                self._clock.now(),
                TELEPHONE,
                f"{text.provider}:{text.id}",
                Wish.EMERGENCY,
                who=resident.name,
                text=body[:ELDERS_WORDS_MAX] or "…",
            )
            self._offer(home.id, called, partial(self._note, text, "taken for a call for help"))
            return
        self._counters.count("reply from a stranger", text.sender, body)
        self._note(text, "a stranger's")

    def _understand(self, text: Text, late: bool) -> None:
        people = self._book.people(text.sender)
        body = text.text[:TEXT_CHARACTERS_MAX].strip()
        if not people:
            self._from_elsewhere(text, body)
            return
        if (word := body.upper()) in STOP_WORDS or word in START_WORDS:
            self._opt(text, people, out=word in STOP_WORDS)
            return
        candidates = self._book.open_for(text.sender)
        if late and text.at is not None:
            sent = text.at + CLOCKS_APART + self._clock.ahead()
            newer = [pair for pair in candidates if pair[1].opened_at > sent]
            candidates = [pair for pair in candidates if pair[1].opened_at <= sent]
            if newer and not candidates:
                # somebody who answers must not be left unheard, nor taken for what they are not
                self._help(text, people[0], which.ask([incident for _, incident in newer]), newer)
                return
        if not candidates and self._drill(text, body):
            return
        if not candidates and late:
            self._note(text, "nothing was open")  # nobody expects an answer after so long
            return
        over = self._book.over(text.sender)
        incidents = [incident for _, incident in candidates]
        codes = [*(incident.code for incident in incidents), *(one.code for one in over)]
        said = replies.parse(body, codes)
        if self._is_over(text, said, incidents, over):
            return
        if not candidates:
            self._help(text, people[0], people[0].words(answering.NOTHING_OPEN))
            return
        said = which.in_view_of(said, incidents)
        if said.answer is None:
            self._keep(text, people[0], candidates, body)
            return
        chosen = which.choose(said, incidents)
        if isinstance(chosen, Words):
            self._help(text, people[0], chosen, candidates)
            return
        self._reply(text, candidates, chosen, said.answer, body)

    def _is_over(
        self, text: Text, said: Said, incidents: Sequence[Incident], over: Sequence[Over]
    ) -> bool:
        """Answer what is about something that is over: the engine says who ended it, and when.

        It is, if it names that and nothing open; or names nothing, and nothing is open.
        """
        now = self._clock.now()
        recent = [one for one in over if now - one.at <= OVER_REMEMBERED]
        named = [one for one in over if which.names(said, one.code, one.id)]
        meant = named if said.code or said.number else recent if not incidents else []
        is_open = any(which.names(said, one.code, one.id) for one in incidents)
        if said.answer in (None, Answer.NOTE) or not meant or (is_open and named):
            return False
        one = meant[0]
        reply = Reply(
            now, one.id, one.responder, said.answer, "sms", note=text.text[:TEXT_CHARACTERS_MAX]
        )
        self._offer(one.household, reply, partial(self._note, text, f"{one.id} was over"))
        return True

    def _drill(self, text: Text, body: str) -> bool:
        """Take an answer to a drill, which only counts where nothing real is open."""
        found = self._book.drill_for(text.sender)
        said = replies.parse(body)
        if found is None or said.answer not in (Answer.GOING, Answer.ON_SCENE):
            return False
        home, drill = found
        heard = Reply(self._clock.now(), drill.id, drill.responder.id, Answer.HEARD, "sms")
        self._offer(home.id, heard, lambda: self._note(text, "a drill's"))
        return True

    def _opt(self, text: Text, people: list[Known], out: bool) -> None:
        for known in people:
            name = known.responder.name
            detail = f"{name} asked for no more texts" if out else f"{name} takes texts again"
            self._fault(f"reach/{known.responder.id}", out, detail, "stop")
        self._note(text, "opted out" if out else "opted in")

    def _keep(
        self, text: Text, known: Known, candidates: list[tuple[str, Incident]], body: str
    ) -> None:
        """Free words are kept with the incident, if there is no doubt which."""
        self._counters.count("reply not understood", text.sender, body)
        if len(candidates) == 1:
            responder, incident = candidates[0]
            self._offer(
                incident.household,
                Reply(self._clock.now(), incident.id, responder, Answer.NOTE, "sms", note=body),
                lambda: self._note(text, "a note"),
            )
            self._help(text, known, known.words(answering.NOT_UNDERSTOOD), candidates)
            return
        incidents = [incident for _, incident in candidates]
        self._help(text, known, which.ask(incidents, which.NOT_UNDERSTOOD), candidates)

    def _reply(
        self,
        text: Text,
        candidates: list[tuple[str, Incident]],
        chosen: list[Incident],
        answer: Answer,
        body: str,
    ) -> None:
        at = self._clock.now()  # one moment, so that a whole home is confirmed once
        last = len(chosen) - 1
        for n, incident in enumerate(chosen):
            responder = next(id for id, candidate in candidates if candidate.id == incident.id)
            reply = Reply(at, incident.id, responder, answer, "sms", note=body)
            about = ", ".join(one.id for one in chosen)
            # noted only once the reply is written: a crash in between must not lose it
            written = partial(self._note, text, f"{answer} on {about}") if n == last else None
            self._offer(incident.household, reply, written)

    def _help(
        self,
        text: Text,
        known: Known,
        words: Words,
        candidates: Sequence[tuple[str, Incident]] = (),
    ) -> None:
        asked = [incident for _, incident in candidates]
        if self._said_back.help(text.id, text.sender, known, words, asked):
            at, said = self._clock.now(), text.text[:TEXT_CHARACTERS_MAX].strip()
            for responder, incident in candidates:
                note = f"{said} ({TOLD_TO_CALL})"
                told = Reply(at, incident.id, responder, Answer.NOTE, "sms", note=note)
                self._offer(incident.household, told)
        self._note(text, words.en)

    # ------------------------------------------------------------------ key presses

    async def key(self, row: OutboxRow, answer: Answer) -> Words:
        """Take a key pressed while the message `row` was heard; return what to say to it."""
        return await self.keys.key(row, answer)

    # ------------------------------------------------------------------ calls

    async def was_dealt_with(self, provider: str, id: str) -> bool:
        """Return whether a call was dealt with before (see `note_call`).

        Raises:
            StoreError: the store cannot be read.
        """
        return await self._store.seen_inbound(provider, id)

    def note_call(self, ring: Ring, outcome: str) -> None:
        """Write down that a call was dealt with."""
        self._note(Text(ring.provider, ring.id, ring.caller, "(call)", ring.at), outcome)

    def ask(self, ring: Ring, known: Known, words: Words, asked: Sequence[Incident]) -> None:
        """Ask a person who rang by text message."""
        self._said_back.help(ring.id, ring.caller, known, words, asked)

    def missed(self, rang: Callable[[Ring], Awaitable[object]]) -> None:
        """Have calls that are only found in a provider's list dealt with by `rang`."""
        self._asking.rang = rang

    # ------------------------------------------------------------------ what came of it

    def applied(self, entry: Entry) -> None:
        """Look at a written entry (a listener of `Runtime`): confirm what a person answered."""
        if any(isinstance(effect, Changed) for effect in entry.effects):
            self._asking.soon()
        self.said_no.applied(entry)
        event = entry.event
        if not isinstance(event, Reply):
            return
        if event.via == BY_KEY:
            self.keys.applied(entry, event)
        elif event.via in BY_HAND and event.answer is not Answer.NOTE:
            self._said_back.confirm(entry, event)

    # ------------------------------------------------------------------ asking for texts

    async def poll(
        self,
        mailbox: Mailbox,
        provider: str,
        link: Callable[[str, SendError | None], None],
        pushed: bool = False,
    ) -> None:
        """Ask for text messages for ever, more often while an incident is open.

        Args:
            mailbox: whom to ask.
            provider: its name.
            link: hears how each question went (`Outbox.link`).
            pushed: they also come by themselves, so asking is only for those that got lost.
        """
        await self._asking.run(mailbox, provider, link, pushed)

    # ------------------------------------------------------------------ bookkeeping

    def _note(self, text: Text, outcome: str) -> None:
        """Write down that a message was dealt with, in the background."""
        noted = Noted(
            provider=text.provider,
            id=text.id,
            at=self._clock.now(),
            sender=text.sender,
            text=text.text[:TEXT_CHARACTERS_MAX],
            outcome=outcome,
        )
        self._background(self._write(noted))

    async def _write(self, noted: Noted) -> None:
        try:
            await self._store.note_inbound(noted)
        except StoreError as error:
            _log.warning("text message %s is not noted: %s", noted.id, error)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
