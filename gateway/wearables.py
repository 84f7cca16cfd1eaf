"""The raw acceleration of all homes: one signal stage per wearable, made when it first speaks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alerting.detection.signals import model
from alerting.detection.signals.stage import Stage
from alerting.household import Household
from devices import accel
from devices.accel import AccelBatch
from devices.observation import AnyObservation, Impact
from devices.profile import Wire
from gateway.clock import Clock
from gateway.counters import Counters

ENDED_S = 10.0
"""A wearable silent for so long sends no more of this: what it last said is judged as it is."""

LATE = timedelta(minutes=1)
"""A batch that ends so long before it is heard was stored, or its clock is wrong."""
STEADY = timedelta(seconds=5)
STEADY_S = 20.0
"""An age that stays the same for so long is the clock's error: what was stored comes faster."""
_NONE = timedelta(0)


class _Lag(NamedTuple):
    """By how much a wearable's time stamps are behind ours, and since when they are."""

    lag: timedelta
    since: float
    error: timedelta
    """Of it, what its clock is wrong by."""


class Wearables:
    """Turns batches into knocks, and counts what is wrong with them."""

    def __init__(
        self, households: Mapping[str, Household], counters: Counters, clock: Clock
    ) -> None:
        self._worn = {
            (home.id, device.id): device.worn or model.WAIST
            for home in households.values()
            for device in home.devices.values()
        }
        self._counters = counters
        self._clock = clock
        self._stages: dict[tuple[str, str], Stage] = {}
        self._heard: dict[tuple[str, str], float] = {}
        self._lags: dict[tuple[str, str], _Lag] = {}
        self._ages: dict[tuple[str, str], timedelta] = {}

    def take(self, household: str, device: str, wire: Wire) -> tuple[AnyObservation, ...]:
        """Return what a batch completes.

        Raises:
            PayloadError: it is no batch.
        """
        batch = accel.decode_batch(device, wire.payload)
        if wire.retained:
            return ()
        who = (household, device)
        stage = self._stages.get(who)
        if stage is None:
            site = self._worn.get(who, model.WAIST)
            floor = model.threshold(site) - model.MARGIN
            stage = self._stages[who] = Stage(
                device, model.model(site).score, floor, model.clear(site), model.own(site)
            )
        age = self._ages[who] = self._age(who, batch, wire.at)
        if age:
            self._counters.count(
                "late wearable", device, f"learned {age.total_seconds():.0f} s late"
            )
        blind = stage.blind_seconds
        found = stage.take(batch, wire.at)
        self._heard[who] = self._clock.monotonic()
        if stage.blind_seconds > blind:
            self._counters.add("wearable blind seconds", round(stage.blind_seconds - blind))
        if stage.quality.news:
            for flaw in stage.quality.news:
                self._counters.count("flaw", device, flaw)
            stage.quality.news.clear()
        return tuple(_older(one, age) for one in found)

    def _age(self, who: tuple[str, str], batch: AccelBatch, at: datetime) -> timedelta:
        """Return how late the batch is; none where it is not, or where nobody can know.

        A wrong clock must not make a fall that happens now look old.
        """
        if batch.start is None:
            return _NONE
        lag = at - batch.start - timedelta(seconds=batch.seconds)
        now, known = self._clock.monotonic(), self._lags.get(who)
        error = _NONE if known is None else known.error
        if known is None or abs(lag - known.lag) > STEADY:
            known = _Lag(lag, now, error)
        elif now - known.since >= STEADY_S:
            known = _Lag(known.lag, known.since, known.lag)
        self._lags[who] = known
        age = lag - known.error
        return age if age > LATE else _NONE

    def ended(self) -> list[tuple[str, AnyObservation]]:
        """Return what can be said of wearables that fell silent, with their households."""
        now, at = self._clock.monotonic(), self._clock.now()
        silent = [who for who, heard in self._heard.items() if now - heard > ENDED_S]
        found: list[tuple[str, AnyObservation]] = []
        for who in silent:
            del self._heard[who]
            age = self._ages.get(who, _NONE)
            found += ((who[0], _older(one, age)) for one in self._stages[who].flush(at))
        return found


def _older(one: AnyObservation, age: timedelta) -> AnyObservation:
    """Return the observation with a knock moved to when it happened."""
    if not age or not isinstance(one, Impact) or one.measured_at is None:
        return one
    return msgspec.structs.replace(one, measured_at=one.measured_at - age)
