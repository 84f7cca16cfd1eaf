"""What other settings would have meant: the gateway's own journal, lived twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from alerting.detection.inactivity import InactivityDetector
from alerting.engine import Engine
from alerting.events import Configured, Event, Finding
from alerting.household import Household
from gateway.replay import replay

SETTINGS = ("day", "inactivity_by_day", "inactivity_by_night", "false_alarms_per_month")
"""What of a household is tried: the rest stays as it was at the time."""
SAME_SILENCE = timedelta(minutes=1)
"""Two alarms whose silences began so close together are about one silence."""
SHIFT_LEAST = timedelta(minutes=1)


class Alarm(msgspec.Struct, frozen=True):
    """A silence that was told."""

    began: datetime
    at: datetime


class Shift(msgspec.Struct, frozen=True):
    """One silence, told at another time."""

    was: Alarm
    would: Alarm

    @property
    def later(self) -> timedelta:
        """By how much later; negative: earlier."""
        return self.would.at - self.was.at


class Compared(msgspec.Struct, frozen=True):
    """One household under both settings."""

    household: str
    begins: datetime
    ends: datetime
    was: tuple[Alarm, ...]
    would: tuple[Alarm, ...]

    @property
    def fewer(self) -> tuple[Alarm, ...]:
        """Told as it was, and not with the other settings."""
        return tuple(one for one in self.was if _same(one, self.would) is None)

    @property
    def more(self) -> tuple[Alarm, ...]:
        """Told only with the other settings."""
        return tuple(one for one in self.would if _same(one, self.was) is None)

    @property
    def shifted(self) -> tuple[Shift, ...]:
        """Told with both, at another time."""
        pairs = ((one, _same(one, self.would)) for one in self.was)
        both = (Shift(was, would) for was, would in pairs if would is not None)
        return tuple(shift for shift in both if abs(shift.later) >= SHIFT_LEAST)


def _same(alarm: Alarm, others: Iterable[Alarm]) -> Alarm | None:
    return next((one for one in others if abs(one.began - alarm.began) <= SAME_SILENCE), None)


def backtest(
    lives: tuple[tuple[Engine, Iterator[Event]], tuple[Engine, Iterator[Event]]],
    settings: Household,
) -> Compared:
    """Live one household's journal as it was, and with other settings of detection.

    Args:
        lives: the same engine and events twice, since living them uses them up.
        settings: a household whose `SETTINGS` are tried.
    """
    (engine, events), (other, again) = lives
    begins = engine.now
    was = tuple(_alarms(engine, events))
    other.step(Configured(other.now, _changed(other.household, settings)))
    would = tuple(_alarms(other, (_with(event, settings) for event in again)))
    return Compared(engine.household.id, begins, engine.now, was, would)


def _with(event: Event, settings: Household) -> Event:
    if isinstance(event, Configured):
        return Configured(event.at, _changed(event.household, settings))
    return event


def _changed(home: Household, settings: Household) -> Household:
    return msgspec.structs.replace(home, **{name: getattr(settings, name) for name in SETTINGS})


def _alarms(engine: Engine, events: Iterable[Event]) -> Iterator[Alarm]:
    for effect in replay(engine, events):
        if not isinstance(effect, Finding) or not effect.active:
            continue
        hours = effect.evidence.get("silent_hours")
        if effect.detector == InactivityDetector.name and isinstance(hours, int | float):
            yield Alarm(effect.at - timedelta(hours=hours), effect.at)
