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

from collections.abc import Iterable, Sequence
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
    Purpose,
    Receipt,
    Reply,
    TrialSet,
    Withdraw,
)
from alerting.household import RESIDENT, IncidentKind, Policy, Responder, Way
from alerting.incident import Cause, Incident, Outcome, Response, Urgency
from alerting.orders import Order, TryOut
from alerting.response import asking, calling_back, lines
from alerting.response.calling_back import CallBack
from alerting.response.case import Case, Ladder, Turn, Turns
from alerting.words import Words

DRILL = "drill"
"""What a path must be able to say to carry a drill."""
DRILL_ANSWER = timedelta(hours=24)
TEST_MAX = timedelta(minutes=30)
"""However it is declared: no test lasts longer."""
TEST_CONFIRM = timedelta(minutes=2)
CALL_BACKS_MAX = 20

_CALLED_BACK = frozenset({IncidentKind.EMERGENCY, IncidentKind.FALL, IncidentKind.INACTIVITY})
_CANCELLED_BY_RESIDENT = Outcome.SAFE
_SENDS_SOMEBODY = _CALLED_BACK | {IncidentKind.SAFETY}
"""While one of these is open people are called to the resident, whatever a battery needs."""


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
                after, said, found = calling_back.go_on(one, turns, is_busy=is_busy)
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
        planned = CallBack(incident, turn.at + calling_back.AFTER, number)
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
        reason, short = lines.RESIDENT_NEEDS_HELP, lines.HELP_LATE
        needs = calling_back.finding(turns(_NOTHING), IncidentKind.EMERGENCY, reason, short)
        about: dict[str, int | float | str | list[float]] = {"incident": reply.incident}
        return Done(findings=(msgspec.structs.replace(needs, evidence=about),))

    def receipt(self, event: Receipt) -> None:
        """Note how far a call-back came: one that never rang was not left unanswered."""
        if self.kept.call_backs:
            noted = tuple(calling_back.noted(one, event) for one in self.kept.call_backs)
            self._keep(call_backs=noted)

    def pressed(self, turns: Turns) -> Done:
        """The resident pressed "I am all right" at home: that answers what was asked."""
        asked = [one for one in self.kept.call_backs if one.asked]
        return self._said(asked[0], turns, Answer.WELL, "") if asked else Done()

    def _said(self, one: CallBack, turns: Turns, answer: Answer, who: str) -> Done:
        if answer not in (Answer.WELL, Answer.HELP):
            return Done()
        left = tuple(o for o in self.kept.call_backs if o.incident.id != one.incident.id)
        self._keep(call_backs=left)
        turn = calling_back.turn_of(one, turns)
        turn.orders.append(Withdraw(turn.at, one.incident.id))
        if answer is Answer.WELL:
            turn.change(Change.CALLED_BACK, lines.CALLED_BACK_WELL, by=who)
            return Done(turn.orders)
        turn.change(Change.CALLED_BACK, lines.CALLED_BACK_HELP, by=who)
        needs = calling_back.finding(
            turn, IncidentKind.EMERGENCY, lines.CALLED_BACK_HELP, lines.HELP_SHORT
        )
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
