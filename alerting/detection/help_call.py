"""The resident asks for help.

A press is an event and always counts. A button that reports a state instead is read by
its edges. Where it cannot be known whether somebody pressed (the first state ever heard,
a state kept by the broker, a state after a time we could not hear), somebody is asked
to verify: a press is never lost and never invented.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerting.detection.home import name_en, name_zh, where_zh
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, CallState, HelpCall

IDS_MAX = 32
"""How many presses of each device are remembered, to know a repeated message again."""

_RETAINED = "retained without an id"
"""Remembered in place of an id for a kept press of a device that gives none."""


class State(msgspec.Struct, frozen=True):
    """What we know of each call button."""

    ids: dict[str, tuple[str, ...]] = {}
    """The last presses of each device, oldest first."""
    on: dict[str, bool | None] = {}
    """What each device last reported; None: on, but not heard since we were deaf."""


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
        return state, ()

    def resume(self, home: Household, state: State, at: datetime) -> State:
        """Forget which buttons were on: they may have been released and pressed again."""
        if not any(state.on.values()):
            return state
        return State(state.ids, {id: None if on else on for id, on in state.on.items()})

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget devices that are gone."""
        return State(
            {id: ids for id, ids in state.ids.items() if id in home.devices},
            {id: on for id, on in state.on.items() if id in home.devices},
        )

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Never due."""
        return None

    def _press(
        self, home: Household, state: State, event: HelpCall
    ) -> tuple[State, tuple[Finding, ...]]:
        known = state.ids.get(event.device, ())
        id = event.id or (_RETAINED if event.retained else "")
        if id and id in known:
            return state, ()
        if id:
            ids = {**state.ids, event.device: (*known, id)[-IDS_MAX:]}
            state = State(ids, state.on)
        found = _to_verify(home, event) if event.retained else _pressed(home, event, event.id)
        return state, (found,)

    def _report(
        self, home: Household, state: State, event: CallState
    ) -> tuple[State, tuple[Finding, ...]]:
        before = state.on.get(event.device, ...)
        if before is event.on:
            return state, ()
        after = State(state.ids, {**state.on, event.device: event.on})
        if not event.on:
            was_on = before is True or before is None
            return after, (_released(home, event),) if was_on else ()
        if before is False and not event.retained:
            return after, (_pressed(home, event, ""),)
        return after, (_to_verify(home, event),)


def _pressed(home: Household, event: HelpCall | CallState, id: str) -> Finding:
    evidence: dict[str, int | float | str] = {"device": event.device, "presses": 1}
    if id:
        evidence["press"] = id
    if event.measured_at is not None:
        evidence["delay_seconds"] = round((event.at - event.measured_at).total_seconds(), 3)
    return Finding(
        at=event.at,
        detector=HelpCallDetector.name,
        what=IncidentKind.EMERGENCY,
        subject=event.device,
        reason=Words(
            f"按下{name_zh(home, event.device)}呼救", f"{name_en(home, event.device)} was pressed"
        ),
        urgency=Urgency.HIGH,
        evidence=evidence,
        short=Words(f"{where_zh(home, event.device)}按呼救", "help button pressed"),
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
            f"{name_zh(home, event.device)}显示呼救，但按下时间不明（{why.zh}），请核实",
            f"{name_en(home, event.device)} shows a call for help of unknown time ({why.en}); "
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
            f"{name_zh(home, event.device)}不再显示呼救",
            f"{name_en(home, event.device)} no longer shows a call",
        ),
        active=False,
        evidence={"device": event.device, "presses": 0},
    )
