"""Tells every home what is learned of reaching those who answer for it.

What a message became, what people answered, who opted out, what a drill showed and which
way out of the house is of no use: the homes' own detectors judge it
(`alerting.detection.contacts`). What says nothing new is not told again and again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta

from alerting.delivery import capabilities
from alerting.events import DeliveryState, Drilled, DrillState, ErrorClass, Receipt, Reply
from alerting.household import Household
from devices.observation import How, Reached
from gateway.clock import Clock, Timer
from gateway.engines import Engine
from gateway.keys import Offer
from gateway.store.rows import Entry
from gateway.transports.modem import condition as modem

REMEMBERED_MAX = 10_000
AGAIN_AFTER: dict[How, timedelta] = {
    How.ARRIVED: timedelta(hours=12),
    How.HEARD: timedelta(hours=1),
    How.NO_ANSWER: timedelta(hours=1),
    How.DRILL_MISSED: timedelta(0),
}
"""How soon the same is news once more; what is not named here: never while it stays so."""
SPOKEN = {"sms": "sms", "voice": "voice", "ring": "voice"}
"""By which channel somebody proved to be there, by how their answer came."""
_DRILLS_ENDED = frozenset({DrillState.PROVEN, DrillState.UNANSWERED})
"""How drills end of which something is learned: those overtaken by an alarm say nothing."""
CUT_AFTER_SECONDS = 600.0
"""A way out that is of no use for so long is none, and every home that has no other is told."""
CUTS: dict[str, frozenset[str]] = {modem.PART: modem.CUTS}
"""By path: whose faults of the part of that name say that nobody is reached by it."""
STOP = "stop"
"""Whose fault it is when somebody opted out."""


class Reachability:
    """Passes on what is news."""

    def __init__(self, clock: Clock, engines: Mapping[str, Engine], offer: Offer) -> None:
        """Make it.

        Args:
            clock: the time.
            engines: the homes as they are now.
            offer: takes events to the engines (`Runtime.offer`).
        """
        self._clock = clock
        self._engines = engines
        self._offer = offer
        self._said: OrderedDict[tuple[str, str], tuple[How, float]] = OrderedDict()
        self._broken: dict[str, dict[str, str]] = {}
        """What is wrong with a way out, by its name and whose word it is."""
        self._cutting: dict[str, Timer] = {}

    def applied(self, entry: Entry) -> None:
        """Look at a written entry (a listener of `Runtime`)."""
        event = entry.event
        if isinstance(event, Receipt):
            _, _, rest = event.key.partition("/")
            parts = rest.split("/")
            how = _of(event)
            if how is not None and len(parts) == 3:
                self.learn(parts[1], parts[2].removesuffix("-2"), how, event.detail)
        elif isinstance(event, Reply) and event.via in SPOKEN:
            self.learn(event.responder, SPOKEN[event.via], How.HEARD)
        for effect in entry.effects:
            if isinstance(effect, Drilled) and effect.state in _DRILLS_ENDED:
                is_proven = effect.state is DrillState.PROVEN
                if is_proven or self._could_answer(entry.household, effect):
                    self.drilled(effect.responder, effect.channel, is_proven)

    def _could_answer(self, household: str, drill: Drilled) -> bool:
        """Return whether an answer to the drill had a way back; none to what is one-way."""
        home = self._engines[household].household
        person = next((one for one in home.people if one.id == drill.responder), None)
        address = person.address(drill.channel) if person is not None else ""
        return any(
            found.answer is not capabilities.Answer.NONE
            for path, found in capabilities.carriers(drill.channel, address, home.paths)
            if drill.path in ("", path.name)
        )

    def fault(self, part: str, active: bool, detail: str, source: str) -> None:
        """Hear of a fault (`Faults.report`): of a person's, or of a way out of the house."""
        if source in CUTS.get(part, ()):
            self._way_out(part, active, detail, source)
        if part.startswith("reach/") and source == STOP:
            how = How.OPTED_OUT if active else How.OPTED_IN
            self.learn(part.removeprefix("reach/"), "sms", how, detail)

    def drilled(self, responder: str, channel: str, confirmed: bool) -> None:
        """Hear how a drill with somebody ended."""
        self.learn(responder, channel, How.HEARD if confirmed else How.DRILL_MISSED)

    def _way_out(self, name: str, is_broken: bool, detail: str, source: str) -> None:
        broken = self._broken.setdefault(name, {})
        if not is_broken:
            broken.pop(source, None)
        else:
            broken[source] = detail
        if not broken:
            if (timer := self._cutting.pop(name, None)) is not None:
                timer.cancel()
            self.path(name, False)
        elif name not in self._cutting:
            self._cutting[name] = self._clock.call_later(
                CUT_AFTER_SECONDS, lambda: self.path(name, True, "; ".join(broken.values()))
            )

    def path(self, name: str, is_cut: bool, why: str = "") -> None:
        """Hear that a way out of the house is of no use (a SIM without balance), or is again."""
        how = How.CUT if is_cut else How.MENDED
        if not self._is_news(("path", name), how):
            return
        for home in self._engines.values():
            if any(path.name == name for path in home.household.paths):
                reached = Reached(self._clock.now(), name, how, detail=why)
                self._offer(home.household.id, reached)

    def learn(self, responder: str, channel: str, how: How, detail: str = "") -> None:
        """Tell every home for which this person answers, if it is news."""
        if not self._is_news((responder, channel), how):
            return
        at = self._clock.now()
        for engine in self._engines.values():
            if _answers_for(engine.household, responder):
                reached = Reached(at, responder, how, channel, detail)
                self._offer(engine.household.id, reached)

    def _is_news(self, what: tuple[str, str], how: How) -> bool:
        now = self._clock.monotonic()
        before = self._said.get(what)
        if before is not None and before[0] is how:
            again = AGAIN_AFTER.get(how)
            if again is None or now - before[1] < again.total_seconds():
                return False
        self._said[what] = (how, now)
        self._said.move_to_end(what)
        while len(self._said) > REMEMBERED_MAX:
            self._said.popitem(last=False)
        return True


def _of(receipt: Receipt) -> How | None:
    match receipt.state:
        case DeliveryState.HEARD:
            return How.HEARD
        case DeliveryState.DELIVERED:
            return How.ARRIVED
        case DeliveryState.FAILED | DeliveryState.UNDELIVERED:
            if receipt.error is ErrorClass.CONTACT:
                return How.DEAD
            return How.NO_ANSWER if receipt.error is ErrorClass.UNREACHABLE else None
    return None


def _answers_for(home: Household, responder: str) -> bool:
    if not home.residents:
        return False  # the gateway's own household: whom it tells is no elder's contact
    return any(person.id == responder for person in home.people)
