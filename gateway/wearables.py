"""The raw acceleration of all homes: one signal stage per wearable, made when it first speaks."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.detection.signals import model
from alerting.detection.signals.stage import Stage
from alerting.household import Household
from devices import accel
from devices.observation import AnyObservation
from devices.profile import Wire
from gateway.clock import Clock
from gateway.counters import Counters

ENDED_S = 10.0
"""A wearable silent for so long sends no more of this: what it last said is judged as it is."""


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
            stage = self._stages[who] = Stage(device, model.model(site).score, floor)
        blind = stage.blind_seconds
        found = stage.take(batch, wire.at)
        self._heard[who] = self._clock.monotonic()
        if stage.blind_seconds > blind:
            self._counters.add("wearable blind seconds", round(stage.blind_seconds - blind))
        if stage.quality.news:
            for flaw in stage.quality.news:
                self._counters.count("flaw", device, flaw)
            stage.quality.news.clear()
        return tuple(found)

    def ended(self) -> list[tuple[str, AnyObservation]]:
        """Return what can be said of wearables that fell silent, with their households."""
        now, at = self._clock.monotonic(), self._clock.now()
        silent = [who for who, heard in self._heard.items() if now - heard > ENDED_S]
        found: list[tuple[str, AnyObservation]] = []
        for who in silent:
            del self._heard[who]
            found += ((who[0], one) for one in self._stages[who].flush(at))
        return found
