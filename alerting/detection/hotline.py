"""The resident rings us.

Who presses 1, or nothing, is in need; who presses 2 wants a service. A call of which it is
not said within seconds what it is about is taken for an emergency: somebody who cannot
speak or press a key any more has done what they could. Whoever rings from a telephone we
do not know, and says that it is an emergency, is told of by their number.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.events import Evidence, Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, Called, Wish

CALLER = "call "
"""Before the number of an unknown caller in the group of what they raised."""
SERVICE = "hotline"
SOON = timedelta(seconds=1)
"""After a restart: what was heard of the call meanwhile comes first."""
WAITING_MAX = 32
"""So many calls of one home are waited for at once; beyond, the oldest is decided by the next."""


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A call in which nothing was said yet."""

    due: datetime
    who: str
    number: str


class State(msgspec.Struct, frozen=True):
    """The calls in which we wait for a key, by their ids."""

    waiting: dict[str, Waiting] = {}


class HotlineDetector:
    """What a call is about is a finding: when it is said, or when nothing is said."""

    name = "hotline"
    consumes = (Called,)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know of no call."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Take in a call, or find that nothing was said in it."""
        if isinstance(event, Called):
            return self._called(home, state, event)
        if not isinstance(event, Tick):
            return state, ()
        late = {id: call for id, call in state.waiting.items() if call.due <= event.at}
        if not late:
            return state, ()
        left = {id: call for id, call in state.waiting.items() if id not in late}
        found = (_emergency(home, event.at, call.who, call.number, "") for call in late.values())
        return State(left), tuple(found)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Whoever rang before we were deaf still waits, and at once counts as in need."""
        soon = at + SOON
        calls = state.waiting.items()
        late = {id: msgspec.structs.replace(one, due=soon) for id, one in calls if one.due <= at}
        return State({**state.waiting, **late}) if late else state

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Whoever rang is waited for all the same."""
        return state

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when nothing was said in a call for too long."""
        return min((call.due for call in state.waiting.values()), default=None)

    def _called(
        self, home: Household, state: State, event: Called
    ) -> tuple[State, tuple[Finding, ...]]:
        others = {id: call for id, call in state.waiting.items() if id != event.call}
        if event.wish is None and event.waits_s > 0:
            due = event.at + timedelta(seconds=event.waits_s)
            if len(others) >= WAITING_MAX:
                due = event.at  # a flood: nobody is kept waiting for a key
            waiting = Waiting(due, event.who, event.number)
            return State({**others, event.call: waiting}), ()
        if event.wish is Wish.SERVICE:
            return State(others), (_service(home, event),)
        key = "1" if event.wish is Wish.EMERGENCY else ""
        if event.text:
            return State(others), (_texted(home, event),)
        return State(others), (_emergency(home, event.at, event.who, event.number, key),)


def _emergency(home: Household, at: datetime, who: str, number: str, key: str) -> Finding:
    """`key`: what was pressed; empty: nothing was."""
    by = _caller(home, who, number)
    reason = Words(
        f"{by.zh}打来热线，按1（紧急）" if key else f"{by.zh}打来热线，没有按键，按紧急处理",
        f"{by.en} called the hotline and pressed 1 (emergency)"
        if key
        else f"{by.en} called the hotline and pressed no key: taken for an emergency",
    )
    evidence: Evidence = {"keys": 1 if key else 0}
    if number:
        evidence["number"] = number
    return Finding(
        at=at,
        detector=HotlineDetector.name,
        what=IncidentKind.EMERGENCY,
        subject=number or home.id,
        reason=reason,
        urgency=Urgency.HIGH,
        evidence=evidence,
        group=CALLER + number if number else "",
        short=_number(number) if number else Words("打来热线呼救", "called the hotline for help"),
    )


def _texted(home: Household, event: Called) -> Finding:
    """Whatever an elder writes from their own telephone, nobody may leave it unread."""
    by = _caller(home, event.who, event.number)
    return Finding(
        at=event.at,
        detector=HotlineDetector.name,
        what=IncidentKind.EMERGENCY,
        subject=home.id,
        reason=Words(
            f"{by.zh}发来短信“{event.text}”，按紧急处理",
            f"{by.en} texted “{event.text}”: taken for an emergency",
        ),
        urgency=Urgency.HIGH,
        short=Words("发短信呼救", "texted for help"),
    )


def _service(home: Household, event: Called) -> Finding:
    by = _caller(home, event.who, event.number)
    return Finding(
        at=event.at,
        detector=HotlineDetector.name,
        what=IncidentKind.SERVICE,
        subject=home.id,
        reason=Words(
            f"{by.zh}打来热线，按2（需要服务）",
            f"{by.en} called the hotline and pressed 2 (service)",
        ),
        urgency=Urgency.MEDIUM,
        evidence={"keys": 1},
        group=SERVICE,
        short=Words("来电要服务", "asked for a service"),
    )


def _caller(home: Household, who: str, number: str) -> Words:
    if number:
        name = f"{who} " if who else ""
        return Words(
            f"{name}{number}" if who else f"陌生电话{number}",
            f"{name}{number}" if who else f"an unknown telephone, {number},",
        )
    called = next((one.called for one in home.residents if one.name == who and one.called), who)
    return Words(called or "老人", called or "the resident")


def _number(number: str) -> Words:
    """Return the number as it is dialled from here, so that a message has room for it."""
    return Words(number.removeprefix("+86"), number)
