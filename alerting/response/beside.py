"""What goes on beside the open incidents: call-backs, drills, and tests of buttons.

A cancelled alarm is called back: the resident is asked, twice, whether all is well. Whoever
does not answer after a fall needs help; after anything else the desk is asked to call, and
if nobody does, people are.

A drill asks one person by one way to answer; it is no incident, counts in no statistics,
and ends at once when something real comes for that person.

While a home's buttons are tried out, a press is shown to the desk as a test; what nobody
confirms within two minutes is taken for real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from alerting.events import (
    Answer,
    Change,
    Drill,
    Drilled,
    DrillState,
    Effect,
    Finding,
    Notify,
    Phrase,
    Purpose,
    Reply,
    TrialSet,
    Withdraw,
)
from alerting.household import RESIDENT, IncidentKind, Policy, Responder, Way
from alerting.incident import Cause, Incident, Outcome, Response, Urgency
from alerting.orders import Order, TryOut
from alerting.response import asking, lines, phones
from alerting.response.case import Case, Ladder, Turn
from alerting.words import Words

CALL_BACK_AFTER = timedelta(seconds=30)
"""So soon after a cancelled alarm the resident is asked: within the minute."""
CALL_BACK_WAIT = timedelta(seconds=60)
"""How long each of the two calls waits for an answer."""
CALL_BACK_TIMES = 2
DESK_CALLS_WITHIN = timedelta(minutes=15)
"""So long the desk has to call somebody who did not answer, before people are told."""
DRILL = "drill"
"""What a path must be able to say to carry a drill."""
DRILL_ANSWER = timedelta(hours=24)
TEST_MAX = timedelta(minutes=30)
"""However it is declared: no test lasts longer."""
TEST_CONFIRM = timedelta(minutes=2)
CALL_BACKS_MAX = 20

DETECTOR = "call_back"

_CALLED_BACK = frozenset({IncidentKind.EMERGENCY, IncidentKind.FALL, IncidentKind.INACTIVITY})
_CANCELLED_BY_RESIDENT = Outcome.SAFE
_SENDS_SOMEBODY = _CALLED_BACK | {IncidentKind.SAFETY}
"""While one of these is open people are called to the resident, whatever a battery needs."""

Turns = Callable[[Case], Turn]
"""Makes a turn of a case, at the present moment."""


class CallBack(msgspec.Struct, frozen=True, gc=False):
    """A cancelled alarm whose resident is still to be heard of."""

    incident: Incident
    """As it was closed."""
    at: datetime
    """When something is done next."""
    number: int
    """How many sentences there were: they number the keys."""
    asked: int = 0


class Drilling(msgspec.Struct, frozen=True, gc=False):
    """A drill that waits for its answer."""

    id: str
    responder: Responder
    way: Way
    at: datetime

    @property
    def path(self) -> str:
        """Return which path was to carry it; empty: any."""
        return self.way.paths[0] if self.way.paths else ""


class Besides(msgspec.Struct, frozen=True, gc=False):
    """All of it, for the snapshot."""

    call_backs: tuple[CallBack, ...] = ()
    drills: tuple[Drilling, ...] = ()
    count: int = 0
    """How many drills there were."""
    test_until: datetime | None = None
    tested_by: str = ""


class Done(msgspec.Struct, frozen=True):
    """What comes of it: orders, and what must be concluded."""

    orders: Sequence[Order] = ()
    findings: tuple[Finding, ...] = ()


class Beside:
    """Keeps and carries on what goes on beside the incidents of one home."""

    def __init__(self, kept: Besides) -> None:
        self.kept = kept

    @property
    def dues(self) -> list[datetime]:
        """When something is to be done."""
        dues = [one.at for one in self.kept.call_backs]
        dues += [one.at + DRILL_ANSWER for one in self.kept.drills]
        return dues if self.kept.test_until is None else [*dues, self.kept.test_until]

    def _keep(self, **fields: object) -> None:
        self.kept = msgspec.structs.replace(self.kept, **fields)

    def meet(self, turns: Turns, open_: Iterable[Incident]) -> Done:
        """Do what is due; nobody is called back to whom somebody is sent anyway."""
        orders: list[Order] = []
        findings: tuple[Finding, ...] = ()
        at = turns(_NOTHING).at
        is_busy = any(_sends_somebody(one, at) for one in open_)
        if self.kept.test_until is not None and self.kept.test_until <= at:
            self._keep(test_until=None, tested_by="")
        for one in self.kept.call_backs:
            if one.at <= at:
                after, said, found = _call_back(one, turns, is_busy=is_busy)
                orders += said
                findings += found
                others = tuple(o for o in self.kept.call_backs if o.incident.id != one.incident.id)
                self._keep(call_backs=(*others, after) if after else others)
        for drill in self.kept.drills:
            if drill.at + DRILL_ANSWER <= at:
                orders += self._end(at, drill, DrillState.UNANSWERED)
        return Done(orders, findings)

    # ------------------------------------------------------------------ call-backs

    def closed(self, turn: Turn) -> None:
        """Plan a call-back if the incident that just ended was cancelled."""
        incident = turn.incident
        by_resident = turn.closer == lines.RESIDENT and incident.outcome is _CANCELLED_BY_RESIDENT
        is_cancelled = by_resident or incident.outcome is Outcome.MISTAKE
        if not (is_cancelled and turn.home.asking.call_back and incident.kind in _CALLED_BACK):
            return
        number = turn.ladder.said
        planned = CallBack(incident, turn.at + CALL_BACK_AFTER, number)
        self._keep(call_backs=(*self.kept.call_backs, planned)[-CALL_BACKS_MAX:])

    def answer(self, reply: Reply, turns: Turns) -> Done | None:
        """Take an answer to a call-back or a drill; None: it is to neither.

        A resident who asks for help is in need, whatever the call was about and however long
        that is over: calls last longer than we wait for them.
        """
        drill = next((one for one in self.kept.drills if one.id == reply.incident), None)
        if drill is not None:
            if reply.responder != drill.responder.id or reply.answer is Answer.CANNOT:
                return Done()
            return Done(self._end(reply.at, drill, DrillState.PROVEN))
        waiting = self.kept.call_backs
        one = next((one for one in waiting if one.incident.id == reply.incident), None)
        if not reply.responder.startswith(RESIDENT):
            return None
        if one is not None:
            return self._said(one, turns, reply.answer, reply.responder)
        if reply.answer is not Answer.HELP:
            return None
        reason, short, emergency = (
            lines.RESIDENT_NEEDS_HELP,
            lines.HELP_LATE,
            IncidentKind.EMERGENCY,
        )
        needs = _finding(turns(_NOTHING), emergency, reason, short)
        return Done(
            findings=(msgspec.structs.replace(needs, evidence={"incident": reply.incident}),)
        )

    def pressed(self, turns: Turns) -> Done:
        """The resident pressed "I am all right" at home: that answers what was asked."""
        asked = [one for one in self.kept.call_backs if one.asked]
        return self._said(asked[0], turns, Answer.WELL, "") if asked else Done()

    def _said(self, one: CallBack, turns: Turns, answer: Answer, who: str) -> Done:
        if answer not in (Answer.WELL, Answer.HELP):
            return Done()
        left = tuple(o for o in self.kept.call_backs if o.incident.id != one.incident.id)
        self._keep(call_backs=left)
        turn = _turn(one, turns)
        turn.orders.append(Withdraw(turn.at, one.incident.id))
        if answer is Answer.WELL:
            turn.change(Change.CALLED_BACK, lines.CALLED_BACK_WELL, by=who)
            return Done(turn.orders)
        turn.change(Change.CALLED_BACK, lines.CALLED_BACK_HELP, by=who)
        needs = _finding(turn, IncidentKind.EMERGENCY, lines.CALLED_BACK_HELP, lines.HELP_SHORT)
        return Done(turn.orders, (needs,))

    # ------------------------------------------------------------------ drills

    def drill(self, event: Drill, turns: Turns) -> Done:
        """Begin a drill, or end it because something real came."""
        if event.is_over:
            return Done(
                [
                    order
                    for drill in self.kept.drills
                    if drill.responder.id == event.responder
                    for order in self._end(event.at, drill, DrillState.WITHDRAWN)
                ]
            )
        turn = turns(_NOTHING)
        number = self.kept.count + 1
        self._keep(count=number)
        id = f"{turn.home.id}-drill-{number}"
        person = next((one for one in turn.home.people if one.id == event.responder), None)
        way = None if person is None else _way(turn, person, event)
        if person is None or way is None:
            name = person.name if person is not None else event.responder
            return Done([_drilled(event.at, id, event, name, DrillState.IMPOSSIBLE)])
        drill = Drilling(id, person, way, event.at)
        others = tuple(one for one in self.kept.drills if one.responder.id != person.id)
        self._keep(drills=(*others, drill))
        asked = TryOut(event.at, id, person, way, event.at + timedelta(hours=1))
        return Done([_drilled(event.at, id, event, person.name, DrillState.ASKED), asked])

    def alarmed(self, at: datetime, effects: Iterable[Effect]) -> list[Effect]:
        """End the drills of whoever is told of something real now."""
        if not self.kept.drills:
            return []
        told = {e.address for e in effects if isinstance(e, Notify) and e.purpose is Purpose.ALARM}
        ended: list[Effect] = []
        for drill in self.kept.drills:
            if drill.responder.address(drill.way.channel) in told:
                ended += self._end(at, drill, DrillState.WITHDRAWN)
        return ended

    def _end(self, at: datetime, drill: Drilling, state: DrillState) -> list[Withdraw | Drilled]:
        self._keep(drills=tuple(one for one in self.kept.drills if one.id != drill.id))
        person, channel = drill.responder, drill.way.channel
        words = lines.drilled(state, person.name, channel)
        ended = Drilled(at, drill.id, person.id, channel, drill.path, state, words)
        return [Withdraw(at, drill.id), ended]

    # ------------------------------------------------------------------ tests of buttons

    def test(self, event: TrialSet) -> None:
        """Buttons are tried out until a time, or no more."""
        until = min(event.until, event.at + TEST_MAX)
        is_on = until > event.at
        self._keep(test_until=until if is_on else None, tested_by=event.by if is_on else "")

    def in_test(self, finding: Finding) -> Finding:
        """Return a new press as the desk's to confirm, while buttons are tried out."""
        until = self.kept.test_until
        is_press = finding.detector in asking.BUTTONS
        if until is None or not is_press or finding.at >= until:
            return finding
        return msgspec.structs.replace(
            finding,
            reason=lines.in_test(finding.reason),
            asks_seconds=TEST_CONFIRM.seconds,
            asks_desk=True,
        )


def _sends_somebody(incident: Incident, at: datetime) -> bool:
    """Return whether somebody is called to the resident, or is with them, because of it.

    Nobody is because of a test, a silence that is over, or a visit nobody has heard of for long.
    """
    if incident.kind not in _SENDS_SOMEBODY or incident.is_test:
        return False
    if incident.response is Response.ON_SCENE:
        return incident.lease_until is not None and incident.lease_until >= at
    return incident.kind is not IncidentKind.INACTIVITY or incident.cause is Cause.ACTIVE


def _turn(one: CallBack, turns: Turns) -> Turn:
    return turns(Case(one.incident, Ladder(since=one.incident.opened_at, said=one.number), {}))


def _call_back(
    one: CallBack, turns: Turns, *, is_busy: bool
) -> tuple[CallBack | None, list[Order], tuple[Finding, ...]]:
    """Ask, ask again, or give up; return what is left to do, the orders, and what follows."""
    turn = _turn(one, turns)
    if is_busy:
        turn.change(Change.CALLED_BACK, lines.CALL_BACK_MOOT)
        return None, turn.orders, ()
    calls = phones.ways(turn)
    if not calls:
        turn.change(Change.CALLED_BACK, lines.CALL_BACK_BY_DESK)
        return None, turn.orders, ()
    if one.asked < CALL_BACK_TIMES:
        ends = turn.at + CALL_BACK_WAIT
        if not one.asked:
            turn.change(Change.CALLED_BACK, lines.CALLED_BACK)
        phones.order(turn, Phrase.CALL_BACK, calls=calls, expires_at=ends)
        after = CallBack(one.incident, ends, turn.ladder.said, one.asked + 1)
        return after, turn.orders, ()
    turn.orders.append(Withdraw(turn.at, one.incident.id))
    turn.change(Change.CALLED_BACK, lines.CALLED_BACK_SILENT)
    if one.incident.kind is IncidentKind.FALL:
        reason = lines.fell_and_silent(one.incident.reason)
        return None, turn.orders, (_finding(turn, IncidentKind.FALL, reason),)
    reason = lines.CALLED_BACK_SILENT
    visit = _finding(turn, IncidentKind.VISIT, reason, lines.CALL_BACK_SHORT)
    visit = msgspec.structs.replace(
        visit,
        urgency=Urgency.MEDIUM,
        group=DETECTOR,
        asks_seconds=DESK_CALLS_WITHIN.seconds,
        asks_desk=True,
    )
    return None, turn.orders, (visit,)


def _finding(
    turn: Turn, kind: IncidentKind, reason: Words, short: Words = lines.CALL_BACK_SHORT
) -> Finding:
    evidence: dict[str, int | float | str | list[float]] = {"incident": turn.incident.id}
    return Finding(
        at=turn.at,
        detector=DETECTOR,
        what=kind,
        subject=turn.home.id,
        reason=reason,
        evidence=evidence,
        short=short,
    )


def _way(turn: Turn, person: Responder, event: Drill) -> Way | None:
    policy = Policy(steps=(), channels=(event.channel,))
    ways = turn.ways(person, policy, Urgency.HIGH)
    for way in filter(None, (turn.home.saying(way, DRILL) for way in ways)):
        if not event.path or not way.paths or event.path in way.paths:
            paths = (event.path,) if event.path else way.paths
            return Way(way.channel, paths)
    return None


def _drilled(at: datetime, id: str, event: Drill, name: str, state: DrillState) -> Drilled:
    words = lines.drilled(state, name, event.channel)
    return Drilled(at, id, event.responder, event.channel, event.path, state, words)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = Case(
    Incident(
        id="",
        household="",
        kind=IncidentKind.SERVICE,
        urgency=Urgency.LOW,
        opened_at=_EPOCH,
        reason=Words("", ""),
        policy=Policy(steps=()),
        subjects=(),
        due_at=None,
    ),
    Ladder(since=_EPOCH),
    {},
)
"""A turn of no case, for what needs the home and the moment only."""
