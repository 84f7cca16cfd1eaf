"""People who ring us: whoever was told of something, residents, and strangers.

To ring back shows that a person is there. Where keys are heard, only a key is an answer; where
they are not (a module without tones, a call that was missed), ringing after one alarm is the
answer to it, unless they said no to it, another has it, or they were only informed. A resident
who rings needs help unless they say otherwise. What follows from a call is in the engines'
inbox before the call ends, and once for each call.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Protocol

from alerting.delivery.again import again
from alerting.delivery.catalogue import NONE, Line, Own
from alerting.delivery.channels import spoken
from alerting.events import Answer, Reply
from alerting.household import Household, Resident
from alerting.incident import Incident
from alerting.response import which
from alerting.words import Words
from devices.observation import Called, Wish
from gateway.clock import Clock
from gateway.config.settings import GATEWAY_HOUSEHOLD
from gateway.counters import Counters
from gateway.keys import Keys, Offer
from gateway.phonebook import TELEPHONE, Known, PhoneBook
from gateway.said_no import SaidNo
from gateway.store.errors import StoreError
from gateway.transports.transport import Ring, Spoken

CALLS_KEPT_MAX = 1_000
HOTLINE_WAITS_SECONDS = 30.0
"""How long a resident who rang may take to press a key; after it they are taken to be in need."""
RANG_BACK = "回拨了电话 / rang back"
CALLERS_PER_HOUR_MAX = 6
"""So many unknown callers an hour raise an alarm; whoever comes then is told to dial the desk."""
SAME_CALLER_SECONDS = 600.0

_log = logging.getLogger(__name__)


class Messages(Protocol):
    """What is needed of the outbox."""

    def answered(self, incident: str, responder: str) -> None:
        """Take note that a person rang back because of what they were told."""


class Desk(Protocol):
    """What is needed of `Inbound`."""

    async def was_dealt_with(self, provider: str, id: str) -> bool:
        """Return whether this call was dealt with before."""

    def note_call(self, ring: Ring, outcome: str) -> None:
        """Write down that a call was dealt with."""

    @property
    def said_no(self) -> SaidNo:
        """Who said that they cannot go, and was not alarmed since."""

    def ask(self, ring: Ring, known: Known, words: Words, asked: Sequence[Incident]) -> None:
        """Ask a person by text message."""


class _Call:
    """One call, while it lasts."""

    def __init__(self, known: Known | None, home: Household | None, who: str) -> None:
        self.known = known
        self.home = home
        """The resident's; None: no resident calls."""
        self.who = who
        self.open: list[tuple[str, Incident]] = []
        """What they have not answered yet, newest first."""
        self.wants_service = False
        self.said: Spoken | None = None


class CallsIn:
    """Understands who rings and what they press."""

    def __init__(
        self,
        clock: Clock,
        book: PhoneBook,
        offer: Offer,
        keys: Keys,
        desk: Desk,
        messages: Messages,
        counters: Counters,
    ) -> None:
        """Make it.

        Args:
            clock: the time.
            book: knows people by their phones.
            offer: takes events to the engines (`Runtime.offer`).
            keys: takes answers to the engines.
            desk: remembers which calls were dealt with, and asks by text (`Inbound`).
            messages: hears that what was sent has reached a person (`Outbox`).
            counters: counts strangers.
        """
        self._clock = clock
        self._book = book
        self._offer = offer
        self._keys = keys
        self._desk = desk
        self._messages = messages
        self._counters = counters
        self._calls: OrderedDict[tuple[str, str], _Call] = OrderedDict()
        self._callers: dict[str, float] = {}
        self._raised: deque[float] = deque(maxlen=CALLERS_PER_HOUR_MAX)

    # ------------------------------------------------------------------ a call begins

    async def ring(self, ring: Ring) -> Spoken:
        """Take in a call; return what is heard first. Harmless when it comes again."""
        identity = (ring.provider, ring.id)
        if (known := self._calls.get(identity)) is not None and known.said is not None:
            return known.said
        call = self._who(ring)
        self._calls[identity] = call
        while len(self._calls) > CALLS_KEPT_MAX:
            self._calls.popitem(last=False)
        call.said = self._first(ring, call)
        try:
            is_old = await self._desk.was_dealt_with(*identity)
        except StoreError as error:
            _log.warning("whether call %s was dealt with cannot be read: %s", ring.id, error)
            is_old = False
        if not is_old:
            self._begin(ring, call)
        return call.said

    def _who(self, ring: Ring) -> _Call:
        """A resident's own telephone goes before everything: silence there is need."""
        for home, resident in self._book.residents(ring.caller)[:1]:
            return _Call(None, home, resident.name)
        people = self._book.people(ring.caller) if ring.caller else []
        call = _Call(
            people[0] if people else None, None, people[0].responder.name if people else ""
        )
        call.open = self._book.open_for(ring.caller)[::-1] if people else []
        return call

    def _first(self, ring: Ring, call: _Call) -> Spoken:
        if call.home is not None:
            if not ring.can_press:
                return _of_resident(call.home, spoken.HOTLINE_EMERGENCY)
            return _menu_of_resident(call.home, call.who)
        if call.known is None:
            return self._to_stranger(ring)
        if call.open and ring.can_press:
            return self._newest(call)
        home, language = call.known.household, call.known.responder.language
        if call.open:
            is_going = len(call.open) == 1 and self._goes(*call.open[0])
            line = spoken.RECORDED[Answer.GOING] if is_going else spoken.RECEIVED
            return Spoken(line.worded(home.wording, language), language)
        nothing = spoken.NOTHING_OPEN.worded(home.wording, language)
        return self._with_desk(nothing, language, home, ring.can_press)

    def _begin(self, ring: Ring, call: _Call) -> None:
        """Let follow what follows from the call alone."""
        if call.home is not None:
            waits = HOTLINE_WAITS_SECONDS if ring.can_press else 0.0
            called = self._called(ring, call, None, waits)
            self._offer(call.home.id, called, lambda: self._desk.note_call(ring, "the hotline"))
        elif call.known is None:
            self._counters.count("call from a stranger", ring.caller or "withheld", ring.provider)
            self._desk.note_call(ring, "a stranger's")
        elif not call.open:
            self._desk.note_call(ring, "nothing was open")
        elif ring.can_press:
            for responder, incident in call.open:
                self._note(incident, responder)
            self._desk.note_call(ring, "rang back")
        else:
            self._answered_by_ringing(ring, call, call.known)

    def _note(self, incident: Incident, responder: str) -> None:
        self._messages.answered(incident.id, responder)
        at = self._clock.now()
        told = Reply(at, incident.id, responder, Answer.NOTE, "ring", note=RANG_BACK)
        self._offer(incident.household, told)

    def _goes(self, responder: str, incident: Incident) -> bool:
        """Return whether to ring back is to go: they were asked to, and have not said no.

        Who heard that somebody else has it may ring for many reasons.
        """
        is_theirs = incident.responder in ("", responder)
        has_declined = responder in incident.declined or self._desk.said_no(incident.id, responder)
        return is_theirs and responder in incident.policy.asked and not has_declined

    def _answered_by_ringing(self, ring: Ring, call: _Call, known: Known) -> None:
        """Nobody can press a key: to ring after exactly one alarm is to go there."""
        rang = None if ring.at is None else ring.at + self._clock.ahead()
        since = [pair for pair in call.open if rang is None or pair[1].opened_at <= rang]
        if len(since) == 1 and self._goes(*since[0]):
            responder, incident = since[0]
            self._messages.answered(incident.id, responder)
            reply = Reply(
                self._clock.now(), incident.id, responder, Answer.GOING, "ring", note=RANG_BACK
            )
            written = f"going to {incident.id}"
            self._offer(incident.household, reply, lambda: self._desk.note_call(ring, written))
            return
        for responder, incident in since:
            self._note(incident, responder)
        if since:
            incidents = [incident for _, incident in since]
            self._desk.ask(ring, known, which.ask(incidents), incidents)
        self._desk.note_call(ring, "asked which" if since else "rang before the alarm")

    # ------------------------------------------------------------------ a key in it

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        """Take in a key; empty: none was pressed. Return what is heard next."""
        call = self._calls.get((ring.provider, ring.id))
        if call is None:
            await self.ring(ring)  # we were started again while they listened
            call = self._calls[(ring.provider, ring.id)]
        if call.home is not None:
            call.said = self._resident_key(ring, call, call.home, digit)
        elif call.open and call.known is not None:
            call.said = await self._responder_key(call, call.known, digit)
        else:
            call.said = self._stranger_key(ring, call, digit)
        return call.said

    def _resident_key(self, ring: Ring, call: _Call, home: Household, digit: str) -> Spoken:
        match digit:
            case "1":
                self._offer(home.id, self._called(ring, call, Wish.EMERGENCY))
            case "2":
                self._offer(home.id, self._called(ring, call, Wish.SERVICE))
                call.wants_service = True
                return _of_resident(home, spoken.HOTLINE_SERVICE, wants_key=True)
            case "" if call.wants_service:
                return _of_resident(home, spoken.END)
            case "":
                self._offer(home.id, self._called(ring, call, None))
            case _:
                menu = _menu_of_resident(home, call.who)
                wrong = _of_resident(home, spoken.WRONG_KEY).text
                return Spoken(wrong + menu.text, home.language, wants_key=True)
        return _of_resident(home, spoken.HOTLINE_EMERGENCY)

    async def _responder_key(self, call: _Call, known: Known, digit: str) -> Spoken:
        own, language = known.household.wording, known.responder.language
        if not digit:
            return Spoken(spoken.GOODBYE.worded(own, language), language)
        if digit == spoken.NEXT_KEY and len(call.open) > 1:
            call.open.append(call.open.pop(0))
            return self._newest(call)
        answer = spoken.KEYS.get(digit)
        if answer is None:
            said = self._newest(call)
            if digit == spoken.REPEAT_KEY:
                return said
            wrong = spoken.WRONG_KEY.worded(own, language)
            return Spoken(wrong + said.text, language, wants_key=True)
        responder, incident = call.open.pop(0)
        words = await self._keys.press(incident.household, incident.id, responder, answer)
        if not call.open:
            return Spoken(words.said(language), language)
        return Spoken(words.said(language) + self._newest(call).text, language, wants_key=True)

    def _newest(self, call: _Call) -> Spoken:
        """Say what comes next of what they have not answered, and the keys for it."""
        responder, was = call.open[0]
        known = self._book.responder(was.household, responder) or call.known
        assert known is not None, "whoever was told is known"
        incident = self._book.incident(was.household, was.id) or was
        person, language = known.responder, known.responder.language
        own, count = known.household.wording, len(call.open)
        text = again(incident, person, known.household, "voice", self._clock.now())
        text += spoken.menu(language, can_press=True, own=own)
        if count > 1:
            first = spoken.SEVERAL.worded(own, language, count=str(count))
            text = first + text + spoken.NEXT.worded(own, language)
        return Spoken(text, language, wants_key=True)

    # ------------------------------------------------------------------ strangers

    def _to_stranger(self, ring: Ring) -> Spoken:
        home = self._book.household(GATEWAY_HOUSEHOLD)
        language = home.language if home is not None else "zh"
        if not ring.caller:
            withheld = spoken.WITHHELD.worded(_own(home), language)
            return self._with_desk(withheld, language, home, can_press=False)
        name = home.signature if home is not None else ""
        full = "，" if language == "zh" else ". "
        return self._with_desk(name and name + full, language, home, ring.can_press)

    def _with_desk(
        self, first: str, language: str, home: Household | None, can_press: bool
    ) -> Spoken:
        """Say something neutral, the desk's number, and that one can ask for help."""
        own = _own(home)
        text = first + spoken.desk(home.desk_phone if home is not None else "", own, language)
        if can_press:
            return Spoken(text + spoken.STRANGER.worded(own, language), language, wants_key=True)
        return Spoken(text + spoken.END.worded(own, language), language)

    def _stranger_key(self, ring: Ring, call: _Call, digit: str) -> Spoken:
        home = call.known.household if call.known else self._book.household(GATEWAY_HOUSEHOLD)
        language = call.known.responder.language if call.known else home.language if home else "zh"
        own = _own(home)
        if not digit or not ring.caller:
            return Spoken(spoken.END.worded(own, language), language)
        if digit != "1":
            wrong = spoken.WRONG_KEY.worded(own, language)
            return self._with_desk(wrong, language, home, can_press=True)
        now = self._clock.monotonic()
        last = self._callers.get(ring.caller)
        if last is None or now - last >= SAME_CALLER_SECONDS:
            if not self._may_raise(ring.caller, now):
                many = spoken.TOO_MANY.worded(own, language)
                return self._with_desk(many, language, home, can_press=False)
            self._offer(GATEWAY_HOUSEHOLD, self._called(ring, call, Wish.EMERGENCY, number=True))
        return Spoken(spoken.STRANGER_EMERGENCY.worded(own, language), language)

    def _may_raise(self, caller: str, now: float) -> bool:
        """Return whether this call raises an alarm.

        Where too many do, later callers are told to dial the desk, and are counted.
        """
        if len(self._raised) == CALLERS_PER_HOUR_MAX and now - self._raised[0] < 3_600:
            self._counters.count("too many unknown callers", caller, "told to call the desk")
            return False
        self._callers = {one: at for one, at in self._callers.items() if now - at < 3_600}
        self._callers[caller] = now
        self._raised.append(now)
        return True

    def _called(
        self, ring: Ring, call: _Call, wish: Wish | None, waits: float = 0.0, number: bool = False
    ) -> Called:
        return Called(
            at=self._clock.now(),
            device=TELEPHONE,
            call=f"{ring.provider}:{ring.id}",
            wish=wish,
            waits_s=waits,
            who=call.who,
            number=ring.caller if number else "",
        )


def _menu_of_resident(home: Household, who: str) -> Spoken:
    resident = next((one for one in home.residents if one.name == who), Resident(who))
    called = resident.called or resident.name
    text = spoken.HOTLINE.worded(home.wording, home.language, called=called)
    return Spoken(text, home.language, wants_key=True)


def _of_resident(home: Household, line: Line, wants_key: bool = False) -> Spoken:
    return Spoken(line.worded(home.wording, home.language), home.language, wants_key)


def _own(home: Household | None) -> Own:
    return home.wording if home is not None else NONE
