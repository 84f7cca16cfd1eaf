"""What people send back: text messages and key presses, turned into replies.

Each message is dealt with once, however often the provider shows it. Strangers are
counted and never answered: whoever can make us send texts can make us pay for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from alerting.delivery import answering
from alerting.delivery.channels import spoken
from alerting.events import Answer, Change, Changed, Event, Reply
from alerting.incident import Incident, Urgency
from alerting.response import replies, which
from alerting.words import Words
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.delivery.health import FaultSink
from gateway.phonebook import Known, PhoneBook
from gateway.said_back import SaidBack, outcome
from gateway.store.errors import StoreError
from gateway.store.rows import Entry, OutboxRow
from gateway.store.rows import Inbound as Noted
from gateway.transports.transport import Mailbox, SendError, Text

STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE", "TD", "退订"}
)
"""The provider stops all texts to whoever sends one of these; 退订/TD is the custom in China."""
START_WORDS = frozenset({"START", "UNSTOP"})
"""Not YES, which the provider takes for START too: it is an answer to an alarm."""
SEEN_MAX = 5_000
AFTER_ALARM_SECONDS = 0.1  # first its own messages go out
TEXT_CHARACTERS_MAX = 500
TOLD_TO_CALL = "未看懂，已请其致电值班室 / not understood, told to call the desk"
"""Follows the words of a person whom no more texts help, on the desk's timeline."""
KEY_ANSWER_SECONDS_MAX = 3.0
"""How long a person in a call waits to hear what was recorded."""

POLL_SECONDS: dict[Urgency | None, float] = {
    Urgency.HIGH: 3.0,
    Urgency.MEDIUM: 15.0,
    Urgency.LOW: 15.0,
    None: 60.0,
}
"""How often we ask for text messages, by the most urgent open incident."""
LOOK_BACK_FIRST = timedelta(hours=24)
"""What was sent while we were down."""
LOOK_BACK = timedelta(minutes=10)
FRESH_SECONDS_MAX = 300.0
"""What we see for the first time after a longer silence of the provider may be old news."""
CLOCKS_APART = timedelta(seconds=90)
"""How far our clock and the provider's may differ."""

_log = logging.getLogger(__name__)


class InboundStore(Protocol):
    """What is needed of the store."""

    async def seen_inbound(self, provider: str, id: str) -> bool:
        """Return whether `note_inbound` was called for this message."""

    async def note_inbound(self, message: Noted) -> None:
        """Remember that `message` was dealt with."""


class Offer(Protocol):
    """Puts an event into a household's inbox (`Runtime.offer`)."""

    def __call__(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> None:
        """Take the event; call `acknowledge` once it is written."""


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
        self._pressed: dict[tuple[str, str, Answer], asyncio.Future[Words]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

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

    def _understand(self, text: Text, late: bool) -> None:
        people = self._book.people(text.sender)
        body = text.text[:TEXT_CHARACTERS_MAX].strip()
        if not people:
            self._counters.count("reply from a stranger", text.sender, body)
            self._note(text, "a stranger's")
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
        if not candidates:
            self._help(text, people[0], answering.NOTHING_OPEN)
            return
        incidents = [incident for _, incident in candidates]
        said = replies.parse(body, [incident.code for incident in incidents])
        said = which.in_view_of(said, incidents)
        if said.answer is None:
            self._keep(text, people[0], candidates, body)
            return
        chosen = which.choose(said, incidents)
        if isinstance(chosen, Words):
            self._help(text, people[0], chosen, candidates)
            return
        self._reply(text, candidates, chosen, said.answer, body)

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
            self._help(text, known, answering.NOT_UNDERSTOOD, candidates)
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
        known = self._book.responder(row.household, row.responder)
        if known is None:
            self._counters.count("key press not placed", row.key, row.responder)
            return spoken.NOT_FOUND
        pressed = (row.incident, row.responder, answer)
        waiting = self._pressed.get(pressed)
        if waiting is None:
            waiting = asyncio.get_running_loop().create_future()
            self._pressed[pressed] = waiting
            reply = Reply(self._clock.now(), row.incident, row.responder, answer, "voice")
            self._offer(row.household, reply)
            timer = self._clock.call_later(
                KEY_ANSWER_SECONDS_MAX, lambda: _settle(waiting, spoken.RECEIVED)
            )
            waiting.add_done_callback(lambda _: timer.cancel())
            waiting.add_done_callback(lambda _: self._pressed.pop(pressed, None))
        return await asyncio.shield(waiting)

    # ------------------------------------------------------------------ what came of it

    def applied(self, entry: Entry) -> None:
        """Look at a written entry (a listener of `Runtime`): confirm what a person answered."""
        if any(isinstance(effect, Changed) for effect in entry.effects):
            self._clock.call_later(AFTER_ALARM_SECONDS, self._wake.set)
        event = entry.event
        if not isinstance(event, Reply) or event.via not in ("sms", "voice"):
            return
        if event.via == "voice":
            pressed = (event.incident, event.responder, event.answer)
            if (waiting := self._pressed.get(pressed)) is not None:
                _settle(waiting, _spoken(entry, event))
        elif event.answer is not Answer.NOTE:
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
        since = self._clock.now() - self._clock.ahead() - LOOK_BACK_FIRST
        last: float | None = None
        while True:
            # the provider's clock is the world's; ours may be ahead of it for a while
            asked = self._clock.now() - self._clock.ahead()
            late = last is None or self._clock.monotonic() - last > FRESH_SECONDS_MAX
            try:
                texts = await mailbox.texts(since)
            except SendError as error:
                link(provider, error)
            else:
                link(provider, None)
                for text in texts:
                    await self._dealt_with(text, late)
                since, last = asked - LOOK_BACK, self._clock.monotonic()
            await self._pause(pushed)

    async def _dealt_with(self, text: Text, late: bool) -> None:
        try:
            await self.text(text, late)
        except Exception:  # one text must not keep us from the others
            _log.exception("text message %s met an error of ours", text.id)
            self._counters.count("reply met an error of ours", text.sender, text.id)

    async def _pause(self, pushed: bool) -> None:
        """Wait for the next question; an incident that opens makes it come sooner."""
        begun = self._clock.monotonic()
        while True:
            self._wake.clear()
            seconds = POLL_SECONDS[self._book.most_urgent()] * (4 if pushed else 1)
            left = begun + seconds - self._clock.monotonic()
            if left <= 0:
                return
            timer = self._clock.call_later(left, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()

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


def _settle(waiting: asyncio.Future[Words], words: Words) -> None:
    if not waiting.done():
        waiting.set_result(words)


def _spoken(entry: Entry, reply: Reply) -> Words:
    refused, changed = outcome(entry, reply)
    if refused is not None:
        return refused
    if changed is not None and changed.change is Change.ALSO_COMING:
        return spoken.ALSO_GOING
    return spoken.RECORDED.get(reply.answer, spoken.RECEIVED)
