"""The raw acceleration of all homes: one signal stage per wearable, made when it first speaks."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alerting.detection.signals import model
from alerting.detection.signals.quality import FULL
from alerting.detection.signals.stage import BACK_MAX, Stage
from alerting.household import Household
from devices import accel
from devices.accel import AccelBatch
from devices.observation import AnyObservation, Impact
from devices.profile import Wire
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.flaws import in_both

ENDED_S = 10.0
"""A wearable silent for so long sends no more of this: what it last said is judged as it is."""

LATE = timedelta(minutes=1)
"""A batch that ends so long before it is heard was stored, or its clock is wrong."""
STORED_MAX = timedelta(days=30)
"""No wearable stores for so long: a clock that is further behind is wrong."""
STEADY = timedelta(seconds=5)
STEADY_S = 20.0
"""An age that stays the same for so long is the clock's error: what was stored comes faster."""
LOOKED_BACK_S = 3.0
FULL_SHARE = 0.5
"""Of the seconds after a knock, a fall is at full scale for less: 0.44 at most on a 2 g device."""
JUMP_S = 86_400.0
"""Numbers that leave out more than a day were not lost batches: the numbering jumped."""
_NONE = timedelta(0)


class _Lag(NamedTuple):
    """By how much a wearable's time stamps are behind ours, and since when they are."""

    lag: timedelta
    since: float
    error: timedelta
    """Of it, what its clock is wrong by."""


class _Worn:
    """One wearable, as we hear it."""

    __slots__ = (
        "age",
        "boot",
        "heard",
        "is_ended",
        "lag",
        "last",
        "lost_s",
        "seq",
        "stage",
        "unusable",
    )

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.unusable = ""
        """Why what it sends cannot show a fall, as far as this was told."""
        self.boot = ""
        self.seq = -1
        """The newest batch of this run."""
        self.heard = 0.0
        """When we heard the last one (monotonic seconds)."""
        self.is_ended = False
        """What it last said was judged as it is."""
        self.lag: _Lag | None = None
        self.age = _NONE
        self.lost_s = 0.0
        """Lost, and not told yet; below zero: told, and then it came after all."""
        self.last: deque[AccelBatch] = deque()
        """What a window may be made of, as it came."""

    def remember(self, batch: AccelBatch) -> None:
        """Keep the batch, and of those before it what may matter."""
        last = self.last
        last.append(batch)
        while len(last) > 2 and (len(last) - 2) * batch.seconds > LOOKED_BACK_S:
            last.popleft()

    def is_full(self) -> bool:
        """Tell whether too much of what came lately is at the ends of its scale.

        With the newest batch or without it: a new run ends the one before.
        """
        batches = list(self.last)
        return _is_full(batches) or _is_full(batches[:-1])


def _is_full(batches: list[AccelBatch]) -> bool:
    import numpy as np

    if not batches:
        return False
    wanted = max(round(LOOKED_BACK_S * batches[-1].rate_hz), 1)
    samples = np.concatenate([batch.samples for batch in batches])[-wanted:]
    full = (samples >= FULL) | (samples <= -FULL)
    return float(full.any(1).mean()) > FULL_SHARE


class Wearables:
    """Turns batches into knocks, and counts what is wrong with them."""

    def __init__(
        self, households: Mapping[str, Household], counters: Counters, clock: Clock
    ) -> None:
        self._sites = {
            (home.id, device.id): device.worn or model.WAIST
            for home in households.values()
            for device in home.devices.values()
        }
        self._counters = counters
        self._clock = clock
        self._worn: dict[tuple[str, str], _Worn] = {}

    def take(self, household: str, device: str, wire: Wire) -> tuple[AnyObservation, ...]:
        """Return what a batch completes.

        Raises:
            PayloadError: it is no batch.
        """
        batch = accel.decode_batch(device, wire.payload)
        if wire.retained:
            self._counters.count(
                "retained batch", device, "不知多久以前的，不判断 / of unknown age: not looked at"
            )
            return ()
        who = (household, device)
        worn = self._worn.get(who)
        if worn is None:
            site = self._sites.get(who, model.WAIST)
            floor = model.threshold(site) - model.MARGIN
            stage = Stage(
                device, model.model(site).score, floor, model.clear(site), model.own(site)
            )
            worn = self._worn[who] = _Worn(stage)
        stage, now = worn.stage, self._clock.monotonic()
        before = worn.age
        age = worn.age = self._age(worn, batch, wire.at, now)
        if age:
            seconds = f"{age.total_seconds():.0f}"
            self._counters.count(
                "late wearable", device, f"晚 {seconds} 秒才收到 / learned {seconds} s late"
            )
        blind = stage.blind_seconds
        worn.remember(batch)
        found = stage.take(batch, wire.at)
        if found and worn.is_full():
            # what swings from end to end of the scale is no body, however it looks when smoothed
            found = [one for one in found if not isinstance(one, Impact)]
            stage.quality.note("knocks at full scale most of the time were left out")
        self._follow(worn, batch, stage.blind_seconds - blind, now)
        if stage.quality.news:
            for flaw in stage.quality.news:
                self._counters.count("flaw", device, in_both(flaw))
            stage.quality.news.clear()
        # a new run ends the one before: what its clock says is not when that one's knocks were
        return tuple(_older(one, age if _is_of(batch, one) else before) for one in found)

    def lost(self, household: str, device: str) -> float:
        """Return how many seconds of a wearable were lost since this was last asked."""
        worn = self._worn.get((household, device))
        if worn is None or worn.lost_s <= 0:
            return 0.0
        lost, worn.lost_s = worn.lost_s, 0.0
        return lost

    def _follow(self, worn: _Worn, batch: AccelBatch, lost_s: float, now: float) -> None:
        """Name what was lost, came twice or came late; add up what was lost.

        `lost_s` is what the stage knows by this batch to be missing; below zero: it was
        missing until now.
        """
        device, seq = batch.device, batch.seq
        if batch.boot == worn.boot and worn.seq >= 0:
            ahead = (seq - worn.seq) & accel.SEQ_MAX
            if lost_s > JUMP_S:
                jumped = f"批次号跳了 {ahead} / the sequence jumped by {ahead}"
                self._counters.count("flaw", device, jumped)
                lost_s = min(now - worn.heard, JUMP_S)
            elif lost_s > 0:
                many, long = ahead - 1, f"{lost_s:.1f}"
                said = (
                    f"丢失 {many} 批：盲区约 {long} 秒 / "
                    f"{many} batches lost: blind for about {long} s"
                )
                self._counters.count("blind wearable", device, said)
            elif lost_s < 0:
                said = f"第 {seq} 批在第 {worn.seq} 批之后才到 / {seq} came after {worn.seq}"
                self._counters.count("late batch", device, said)
            elif ahead == 0 or accel.SEQ_MAX + 1 - ahead <= BACK_MAX:
                self._counters.count(
                    "repeated batch",
                    device,
                    f"第 {seq} 批重复或太晚，不用 / {seq} came again, or too late: left out",
                )
            if 0 < ahead <= accel.SEQ_MAX // 2 or accel.SEQ_MAX + 1 - ahead > BACK_MAX:
                worn.seq = seq
        else:
            worn.boot, worn.seq = batch.boot, seq
        worn.heard, worn.is_ended = now, False
        worn.lost_s += lost_s
        if lost_s > 0:
            self._counters.add("wearable blind seconds", round(lost_s))

    def _age(self, worn: _Worn, batch: AccelBatch, at: datetime, now: float) -> timedelta:
        """Return how late the batch is; none where it is not, or where nobody can know.

        A wrong clock must not make a fall that happens now look old.
        """
        if batch.start is None:
            return _NONE
        lag = at - batch.start - timedelta(seconds=batch.seconds)
        known = worn.lag
        error = _NONE if known is None else known.error
        if known is not None and batch.boot == worn.boot and 0 < batch.seq - worn.seq <= BACK_MAX:
            # it goes on from the last one: it can be later than that one by what has passed since
            step = lag - known.lag - timedelta(seconds=max(now - worn.heard, 0.0))
            if step > STEADY:
                error += step
        if known is None or abs(lag - known.lag) > STEADY:
            known = _Lag(lag, now, error)
        elif now - known.since >= STEADY_S:
            known = _Lag(known.lag, known.since, known.lag)
        worn.lag = known
        # a clock that was ahead may have been set meanwhile: what it calls new may be new
        age = lag - max(known.error, _NONE)
        return age if LATE < age < STORED_MAX else _NONE

    def changed(self) -> list[tuple[str, str, str]]:
        """Return whose numbers cannot be used any more, and why; or can be again: empty.

        Household, device and reason in both languages, of those that changed since last asked.
        """
        found = []
        for (household, device), worn in self._worn.items():
            why = worn.stage.quality.unusable
            if bool(why) != bool(worn.unusable):
                found.append((household, device, in_both(why) if why else ""))
                worn.unusable = why
        return found

    def ended(self) -> list[tuple[str, AnyObservation]]:
        """Return what can be said of wearables that fell silent, with their households."""
        now, at = self._clock.monotonic(), self._clock.now()
        found: list[tuple[str, AnyObservation]] = []
        for (household, _), worn in self._worn.items():
            if not worn.is_ended and now - worn.heard > ENDED_S:
                worn.is_ended = True
                found += ((household, _older(one, worn.age)) for one in worn.stage.flush(at))
        return found


def _is_of(batch: AccelBatch, one: AnyObservation) -> bool:
    """Tell whether a knock is of the same run of the device as the batch."""
    return isinstance(one, Impact) and one.id.rpartition(":")[0] == batch.boot


def _older(one: AnyObservation, age: timedelta) -> AnyObservation:
    """Return the observation with a knock moved to when it happened."""
    if not age or not isinstance(one, Impact) or one.measured_at is None:
        return one
    return msgspec.structs.replace(one, measured_at=one.measured_at - age)
