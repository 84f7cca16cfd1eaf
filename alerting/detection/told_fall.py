"""A device says that somebody fell: a radar, a pendant.

These devices report states, and a state is remembered and repeated: by battery reports, by
a bridge that restarts, by the broker. So the change from "no fall" to "fall" is a fall, and
nothing else is. What the broker kept proves nothing. Where a fall is shown whose beginning
nobody can have heard (a device's first word, or its word after a time we were deaf), somebody
is asked to verify, once; unless the device itself says that its word is old. A flag that is
never taken back hides the next fall: that is a fault, and told; and from then on the same flag
is no news after each time we were deaf.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alerting.detection.names import name, where
from alerting.events import Evidence, Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, Cancelled, FallState

STUCK_AFTER = timedelta(hours=2)
"""Whoever fell has been found by then, or an alarm is still going on: the flag should be gone."""
OLD_AFTER = timedelta(minutes=30)
"""A first word that is older than this by the device's own clock is a memory, not a fall."""
ANSWERED_WITHIN = timedelta(minutes=10)
"""A press that says "all right" later than this speaks of something else."""
GROUP = "fall_sensor"
NOTHING = Words("", "")


class Seen(StrEnum):
    """What a device last said."""

    ON = "on"
    OFF = "off"
    KEPT = "kept"  # on, by a message the broker kept: nobody was told
    UNSURE = "unsure"  # on, but not heard since we were deaf


class State(msgspec.Struct, frozen=True):
    """What we know of each device that tells falls."""

    seen: dict[str, Seen] = {}
    stuck: dict[str, datetime | None] = {}
    """When a flag will have been up for too long; None: it was said that it is."""
    told: dict[str, datetime] = {}
    """When a fall was told of, while the resident may still say that it was none."""


class ToldFallDetector:
    """Finds the edges of what devices say of falls."""

    name = "told_fall"
    consumes = (FallState, Cancelled)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Find a fall, its end, or a flag that stays up."""
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, Cancelled):
            return (state, ()) if event.retained else self._answered(home, state, event)
        if not isinstance(event, FallState):
            return state, ()
        before = state.seen.get(event.device)
        if event.retained:
            return self._kept(state, event, before), ()
        return self._up(home, state, event, before) if event.on else self._down(home, state, event)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """A flag that was up may have been taken back and put up again; one that was not, not.

        After a moment only, nothing is in doubt: the broker kept what was sent.
        """
        if is_blink:
            seen = state.seen
        else:
            seen = {id: Seen.UNSURE if s is Seen.ON else s for id, s in state.seen.items()}
        stuck = {id: due and at + STUCK_AFTER for id, due in state.stuck.items()}
        return State(seen, stuck, state.told)

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget devices that are gone."""
        return State(
            {id: seen for id, seen in state.seen.items() if id in home.devices},
            {id: due for id, due in state.stuck.items() if id in home.devices},
            {id: told for id, told in state.told.items() if id in home.devices},
        )

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when a flag will have been up for too long."""
        return min((due for due in state.stuck.values() if due is not None), default=None)

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        late = [id for id, due in state.stuck.items() if due is not None and due <= at]
        if not late:
            return state, ()
        after = State(state.seen, {**state.stuck, **dict.fromkeys(late)}, state.told)
        return after, tuple(_stuck(home, id, at, is_stuck=True) for id in late)

    def _kept(self, state: State, event: FallState, before: Seen | None) -> State:
        """Take note of what the broker kept; an "off" makes the next fall one we do not miss."""
        now = Seen.OFF if not event.on else before or Seen.KEPT
        if now is before:
            return state
        return State({**state.seen, event.device: now}, state.stuck, state.told)

    def _up(
        self, home: Household, state: State, event: FallState, before: Seen | None
    ) -> tuple[State, tuple[Finding, ...]]:
        id = event.device
        if before is Seen.ON:
            return state, ()
        stuck = {id: event.at + STUCK_AFTER, **state.stuck}
        after = State({**state.seen, id: Seen.ON}, stuck, state.told)
        told = State(after.seen, stuck, {**state.told, id: event.at})
        if before is Seen.OFF:
            return told, (_fell(home, event),)
        if before is Seen.UNSURE and stuck[id] is None:
            return after, ()  # it was never taken back, and people know that it is not
        age = None if event.measured_at is None else event.at - event.measured_at
        if age is not None and age > OLD_AFTER:
            return after, ()
        return told, (_to_verify(home, event, before),)

    def _down(
        self, home: Household, state: State, event: FallState
    ) -> tuple[State, tuple[Finding, ...]]:
        id, before = event.device, state.seen.get(event.device)
        if before is Seen.OFF:
            return state, ()
        stuck = {other: due for other, due in state.stuck.items() if other != id}
        found: tuple[Finding, ...] = ()
        if before in (Seen.ON, Seen.UNSURE):
            found = (_over(home, event),)
        if id in state.stuck and state.stuck[id] is None:
            found += (_stuck(home, id, event.at, is_stuck=False),)
        return State({**state.seen, id: Seen.OFF}, stuck, state.told), found

    def _answered(
        self, home: Household, state: State, event: Cancelled
    ) -> tuple[State, tuple[Finding, ...]]:
        """The press may come from any device of the home: it answers what was just told."""
        found = tuple(
            _all_right(home, id, event.at, event.at - told)
            for id, told in state.told.items()
            if event.at - told <= ANSWERED_WITHIN
        )
        return State(state.seen, state.stuck), found


def _fell(home: Household, event: FallState) -> Finding:
    device = name(home, event.device)
    evidence: Evidence = {"device": event.device, "sources": 1}
    if event.measured_at is not None:
        evidence["delay_seconds"] = round((event.at - event.measured_at).total_seconds(), 3)
    reason = Words(f"{device.zh}报告有人跌倒", f"the {device.en} says that somebody fell")
    room = where(home, event.device)
    # a text in English carries no other letters
    place = f", {room.en}" if room.en and room.en.isascii() else ""
    short = Words(f"{room.zh}有人跌倒", f"fall{place}")
    return _finding(event, reason, Urgency.HIGH, evidence, short)


def _to_verify(home: Household, event: FallState, before: Seen | None) -> Finding:
    device = name(home, event.device)
    why = (
        Words("断线期间不知是否复位", "it may have cleared while we could not hear")
        if before is Seen.UNSURE
        else Words("首次收到的状态", "the first state heard")
    )
    return _finding(
        event,
        Words(
            f"{device.zh}显示跌倒，但时间不明（{why.zh}），请核实",
            f"the {device.en} shows a fall of unknown time ({why.en}); please verify",
        ),
        Urgency.MEDIUM,
        {"device": event.device, "sources": 1, "before": str(before or "unknown")},
        Words("显示跌倒待核实", "fall, to be verified"),
    )


def _over(home: Household, event: FallState) -> Finding:
    device = name(home, event.device)
    return _finding(
        event,
        Words(f"{device.zh}不再报告跌倒", f"the {device.en} no longer says that somebody fell"),
        Urgency.HIGH,
        {"device": event.device, "sources": 0},
    )


def _all_right(home: Household, id: str, at: datetime, after: timedelta) -> Finding:
    device = name(home, id)
    return Finding(
        at=at,
        detector=ToldFallDetector.name,
        what=IncidentKind.FALL,
        subject=id,
        reason=Words(
            f"{device.zh}报告跌倒后，本人按键表示没事",
            f"after the {device.en} told of a fall the resident pressed “I am all right”",
        ),
        active=False,
        evidence={"device": id, "after_seconds": round(after.total_seconds(), 1)},
        is_answer=True,
    )


def _finding(
    event: FallState,
    reason: Words,
    urgency: Urgency,
    evidence: Evidence,
    short: Words = NOTHING,
) -> Finding:
    return Finding(
        at=event.at,
        detector=ToldFallDetector.name,
        what=IncidentKind.FALL,
        subject=event.device,
        reason=reason,
        active=event.on,
        urgency=urgency,
        evidence=evidence,
        short=short,
    )


def _stuck(home: Household, id: str, at: datetime, *, is_stuck: bool) -> Finding:
    device = name(home, id)
    if is_stuck:
        reason = Words(
            f"{device.zh}一直显示跌倒、没有复位：再跌倒也看不出来，请复位或更换",
            f"the {device.en} still shows its last fall: a further one cannot be seen; "
            "reset or replace it",
        )
    else:
        reason = Words(f"{device.zh}已复位", f"the {device.en} was reset")
    return Finding(
        at=at,
        detector=ToldFallDetector.name,
        what=IncidentKind.TECHNICAL,
        subject=id,
        reason=reason,
        active=is_stuck,
        urgency=Urgency.MEDIUM,
        evidence={"device": id, "limit_minutes": STUCK_AFTER.total_seconds() / 60},
        group=GROUP,
        short=Words("跌倒探测未复位", "fall sensor not reset"),
    )
