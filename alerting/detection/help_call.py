"""The resident asks for help.

A press is an event and always counts. A button that reports a state instead is read by
its edges. Where it cannot be known whether somebody pressed (the first state ever heard,
a state kept by the broker, a state after a time we could not hear), somebody is asked
to verify: a press is never lost and never invented. A button that goes on showing one call
would hide the next: that is a fault, and told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.names import name, where
from alerting.events import Evidence, Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, CallState, HelpCall

IDS_MAX = 32
"""How many presses of each device are remembered, to know a repeated message again."""

SAME_PRESS_MAX = timedelta(minutes=10)
"""An id that comes again later than this is another press: a device may count from the
beginning after its battery was changed, and a call told twice beats one that is not told."""

STUCK_AFTER = timedelta(hours=1)
"""A button that shows a call for so long hides the next one."""
GROUP = "button"

_RETAINED = "retained without an id"
"""Remembered in place of an id for a kept press of a device that gives none."""


class Press(msgspec.Struct, frozen=True, gc=False):
    """A press that was told, to know its message again."""

    id: str
    at: datetime
    measured_at: datetime | None = None


class State(msgspec.Struct, frozen=True):
    """What we know of each call button."""

    presses: dict[str, tuple[Press, ...]] = {}
    """The last presses of each device, oldest first."""
    on: dict[str, bool | None] = {}
    """What each device last reported; None: on, but not heard since we were deaf."""
    stuck: dict[str, datetime | None] = {}
    """When a device will have been on for too long; None: it was said that it is."""


class HelpCallDetector:
    """Every press is a finding of high urgency; what may be one is to be verified."""

    name = "help_call"
    consumes = (HelpCall, CallState)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Find presses, and edges of states."""
        if isinstance(event, HelpCall):
            return self._press(home, state, event)
        if isinstance(event, CallState):
            return self._report(home, state, event)
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        return state, ()

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Forget which buttons were on: they may have been released and pressed again."""
        if not any(state.on.values()) and not state.stuck:
            return state
        return State(
            state.presses,
            {id: None if on else on for id, on in state.on.items()},
            {id: due and at + STUCK_AFTER for id, due in state.stuck.items()},
        )

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget devices that are gone."""
        return State(
            {id: presses for id, presses in state.presses.items() if id in home.devices},
            {id: on for id, on in state.on.items() if id in home.devices},
            {id: due for id, due in state.stuck.items() if id in home.devices},
        )

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when a button will have shown its call for too long."""
        return min((due for due in state.stuck.values() if due is not None), default=None)

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        late = [id for id, due in state.stuck.items() if due is not None and due <= at]
        if not late:
            return state, ()
        after = State(state.presses, state.on, {**state.stuck, **dict.fromkeys(late)})
        return after, tuple(_stuck(home, id, at, is_stuck=True) for id in late)

    def _press(
        self, home: Household, state: State, event: HelpCall
    ) -> tuple[State, tuple[Finding, ...]]:
        known = state.presses.get(event.device, ())
        id = event.id or (_RETAINED if event.retained else "")
        if any(press.id == id and _is_same(press, event) for press in known):
            return state, ()
        if id:
            press = Press(id, event.at, event.measured_at)
            presses = {**state.presses, event.device: (*known, press)[-IDS_MAX:]}
            state = State(presses, state.on, state.stuck)
        found = _to_verify(home, event) if event.retained else _pressed(home, event, event.id)
        return state, (found,)

    def _report(
        self, home: Household, state: State, event: CallState
    ) -> tuple[State, tuple[Finding, ...]]:
        id, before = event.device, state.on.get(event.device, ...)
        if before is event.on:
            return state, ()
        if event.on:
            stuck = {id: event.at + STUCK_AFTER, **state.stuck}
        else:
            stuck = {other: due for other, due in state.stuck.items() if other != id}
        after = State(state.presses, {**state.on, id: event.on}, stuck)
        if not event.on:
            was_on = before is True or before is None
            found: tuple[Finding, ...] = (_released(home, event),) if was_on else ()
            if id in state.stuck and state.stuck[id] is None:
                found += (_stuck(home, id, event.at, is_stuck=False),)
            return after, found
        if before is False and not event.retained:
            return after, (_pressed(home, event, ""),)
        return after, (_to_verify(home, event),)


def _is_same(press: Press, event: HelpCall) -> bool:
    """Tell whether a message with the id of `press` is that press once more.

    Where the device says when it was pressed, that decides. A kept message comes again
    with every connection, however old it is.
    """
    if press.measured_at is not None and event.measured_at is not None:
        return abs(event.measured_at - press.measured_at) <= SAME_PRESS_MAX
    return event.retained or event.at - press.at <= SAME_PRESS_MAX


def _pressed(home: Household, event: HelpCall | CallState, id: str) -> Finding:
    evidence: Evidence = {"device": event.device, "presses": 1}
    if id:
        evidence["press"] = id
    if event.measured_at is not None:
        evidence["delay_seconds"] = round((event.at - event.measured_at).total_seconds(), 3)
    button, room = name(home, event.device), where(home, event.device)
    # a text in English carries no other letters
    place = f", {room.en}" if room.en and room.en.isascii() else ""
    return Finding(
        at=event.at,
        detector=HelpCallDetector.name,
        what=IncidentKind.EMERGENCY,
        subject=event.device,
        reason=Words(f"有人按下{button.zh}呼救", f"the {button.en} was pressed"),
        urgency=Urgency.HIGH,
        evidence=evidence,
        short=Words(f"{room.zh}按呼救", f"help button pressed{place}"),
    )


def _to_verify(home: Household, event: HelpCall | CallState) -> Finding:
    why = (
        Words("服务器保留的旧消息", "a message the broker kept")
        if event.retained
        else Words("首次收到的状态", "the first state heard")
    )
    return Finding(
        at=event.at,
        detector=HelpCallDetector.name,
        what=IncidentKind.EMERGENCY,
        subject=event.device,
        reason=Words(
            f"{name(home, event.device).zh}显示呼救，但按下时间不明（{why.zh}），请核实",
            f"the {name(home, event.device).en} shows a call for help of unknown time ({why.en}); "
            "please verify",
        ),
        urgency=Urgency.MEDIUM,
        evidence={"device": event.device, "retained": 1 if event.retained else 0},
        short=Words("显示呼救待核实", "call for help, to be verified"),
    )


def _released(home: Household, event: CallState) -> Finding:
    return Finding(
        at=event.at,
        detector=HelpCallDetector.name,
        what=IncidentKind.EMERGENCY,
        subject=event.device,
        reason=Words(
            f"{name(home, event.device).zh}不再显示呼救",
            f"the {name(home, event.device).en} no longer shows a call",
        ),
        active=False,
        evidence={"device": event.device, "presses": 0},
    )


def _stuck(home: Household, id: str, at: datetime, *, is_stuck: bool) -> Finding:
    button = name(home, id)
    zh, en = button.zh, f"the {button.en}"
    if is_stuck:
        reason = Words(
            f"{zh}一直显示呼救、没有复位：再按也看不出来，请复位或更换",
            f"{en} still shows its last call: a further press cannot be seen; reset or replace it",
        )
    else:
        reason = Words(f"{zh}已复位", f"{en} was reset")
    return Finding(
        at=at,
        detector=HelpCallDetector.name,
        what=IncidentKind.TECHNICAL,
        subject=id,
        reason=reason,
        active=is_stuck,
        urgency=Urgency.MEDIUM,
        evidence={"device": id, "limit_minutes": STUCK_AFTER.total_seconds() / 60},
        group=GROUP,
        short=Words("呼叫器未复位", "button not reset"),
    )
