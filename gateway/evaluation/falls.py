"""How well falls are found: recordings through the codec, the stage and the engine.

The same path as in a home, only the broker is left out: every batch is encoded and decoded,
heard by the wearable's stage, and what that hands on is judged by the engine with all
detectors. A trial counts as found when the engine concludes a fall, however often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from alerting.detection.fall import FallDetector
from alerting.detection.signals import model
from alerting.detection.signals.own import Own
from alerting.detection.signals.stage import Stage
from alerting.engine import Engine
from alerting.events import Configured, Finding
from alerting.household import Device, Household, IncidentKind, Policy, Responder, Role, Step
from alerting.words import Words
from devices.accel import decode_batch, encode_batch
from devices.observation import Impact
from devices.recordings.falls import Trial
from gateway.evaluation.variants import Variant
from gateway.evaluation.windows import BEGINS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOON_S = 3.0
NOTHING = -9.0
"""The score of a trial without a knock."""
SPORT = ("jogging", "kicking")
"""Activities (`code`) of the hard kind: alarms an hour are also told without them."""


class Verdict(msgspec.Struct, frozen=True):
    """What became of one trial."""

    key: str
    code: str
    is_fall: bool
    is_elder: bool
    seconds: float
    alarms: int
    score: float
    """The highest of its knocks."""
    lost_seconds: float
    """Of the trial, what never arrived."""
    blind_seconds: float
    """What the stage said is missing; what is lost at either end nobody can know of."""
    delay_seconds: float
    """From the hardest knock to the first alarm, on the trial's own time; 0: none, or before it."""


class Table(msgspec.Struct, frozen=True):
    """The figures of one pack."""

    pack: str
    site: str
    threshold: float
    falls: int
    missed: int
    everyday: int
    false: int
    false_elders: int
    auc: float | None
    alarms: int
    """On everyday trials, however many in each."""
    hours: float
    """Of everyday life."""
    alarms_without_sport: int
    hours_without_sport: float
    lost_hours: float
    blind_hours: float
    delay_p50_seconds: float
    delay_p95_seconds: float
    delay_max_seconds: float
    within_3_seconds: float
    """Share of the falls found that were told 3 s after the knock, at most."""
    by_code: dict[str, tuple[int, int]]
    """Of each activity: trials, and those with an alarm."""

    @property
    def sensitivity(self) -> float | None:
        """Share of falls found."""
        return None if not self.falls else 1.0 - self.missed / self.falls

    @property
    def specificity(self) -> float | None:
        """Share of other trials without an alarm."""
        return None if not self.everyday else 1.0 - self.false / self.everyday

    @property
    def alarms_per_hour(self) -> float | None:
        """Alarms in an hour of everyday life."""
        return self.alarms / self.hours if self.hours else None

    @property
    def alarms_per_hour_without_sport(self) -> float | None:
        """The same where nobody jogs or kicks; None: there is nothing else."""
        hours = self.hours_without_sport
        return self.alarms_without_sport / hours if hours else None


def home(site: str) -> Household:
    """Return a household with one wearable, `w`."""
    somebody = Responder("r1", "测试", "relative", "+8613800000000")
    policy = Policy((Step("家庭", (somebody,), timedelta(minutes=2)),))
    return Household(
        id="h1",
        code="T1",
        name="test",
        zone="UTC",
        residents=(),
        devices={"w": Device("w", "native", Role.WEARABLE, worn=site)},
        policies={IncidentKind.EMERGENCY: policy},
    )


def judge(
    trial: Trial, site: str, variant: Variant, seed: int = 0, own: Own | None = None
) -> Verdict:
    """Return what becomes of one trial worn at `site` and heard through `variant`.

    `own` is what the device has learned of itself before; it learns on.
    """
    engine = Engine(Configured(BEGINS, home(site)))
    best = NOTHING

    def score(window: NDArray[np.float32]) -> float:
        nonlocal best
        found = model.model(site).score(window)
        best = max(best, found)
        return found

    floor = model.threshold(site) - model.MARGIN
    stage = Stage("w", score, floor, model.clear(site), own or model.own(site))
    now, told = BEGINS, []
    seq = -1
    heard = []
    arrived = 0.0
    for sent in variant.stream(trial, seed):
        batch = decode_batch("w", encode_batch(sent))
        arrived += batch.seconds
        now += timedelta(seconds=batch.seconds * max(batch.seq - seq, 1))
        seq = batch.seq
        heard += stage.take(batch, now)
    heard += stage.flush(now)
    for one in heard:
        told += [one.at for effect in engine.step(one) if _is_fall(effect)]
    knocks = [one for one in heard if isinstance(one, Impact)]
    hardest = max(knocks, key=lambda one: one.peak_g, default=None)
    delay = 0.0
    if told and hardest is not None and hardest.measured_at is not None:
        delay = max((told[0] - hardest.measured_at).total_seconds(), 0.0)
    return Verdict(
        key=trial.key,
        code=trial.code,
        is_fall=trial.is_fall,
        is_elder=trial.is_elder,
        seconds=trial.seconds,
        alarms=len(told),
        score=best,
        lost_seconds=max(trial.seconds - arrived, 0.0) if variant.lost else 0.0,
        blind_seconds=stage.blind_seconds,
        delay_seconds=delay,
    )


def _is_fall(effect: object) -> bool:
    """Tell whether a fall was concluded; what follows a fall (lies still) has no waveform."""
    return (
        isinstance(effect, Finding)
        and effect.detector == FallDetector.name
        and effect.active
        and bool(effect.wave_mg)
    )


def judge_all(
    trials: Iterable[Trial],
    site: str,
    variant: Variant,
    is_worn_on: bool = False,
    *,
    done: Callable[[], None] = lambda: None,
) -> list[Verdict]:
    """Return what becomes of each trial, worn at `site`; what is lost differs between them.

    With `is_worn_on` each subject's device was worn before, through the subject's own everyday
    trials, and has learned of itself; else every trial is the first thing a new device hears.
    `done` is called after each.
    """
    many = list(trials)
    owns: dict[str, Own] = {}
    if is_worn_on:
        for number, trial in enumerate(many):
            own = owns.setdefault(trial.subject, model.own(site))
            if not trial.is_fall:
                judge(trial, site, variant, number, own)
    verdicts = []
    for number, trial in enumerate(many):
        verdicts.append(judge(trial, site, variant, number, owns.get(trial.subject)))
        done()
    return verdicts


def table(pack: str, site: str, verdicts: list[Verdict]) -> Table:
    """Return the figures of the verdicts."""
    falls = [one for one in verdicts if one.is_fall]
    others = [one for one in verdicts if not one.is_fall]
    false = [one for one in others if one.alarms]
    calm = [one for one in others if one.code not in SPORT]
    codes: dict[str, tuple[int, int]] = {}
    for one in verdicts:
        count, alarmed = codes.get(one.code, (0, 0))
        codes[one.code] = (count + 1, alarmed + (1 if one.alarms else 0))
    delays = sorted(one.delay_seconds for one in falls if one.alarms)
    return Table(
        pack=pack,
        site=site,
        threshold=model.threshold(site),
        falls=len(falls),
        missed=sum(1 for one in falls if not one.alarms),
        everyday=len(others),
        false=len(false),
        false_elders=sum(1 for one in false if one.is_elder),
        auc=_area([one.score for one in falls], [one.score for one in others]),
        alarms=sum(one.alarms for one in others),
        hours=sum(one.seconds for one in others) / 3600.0,
        alarms_without_sport=sum(one.alarms for one in calm),
        hours_without_sport=sum(one.seconds for one in calm) / 3600.0,
        lost_hours=sum(one.lost_seconds for one in verdicts) / 3600.0,
        blind_hours=sum(one.blind_seconds for one in verdicts) / 3600.0,
        delay_p50_seconds=_at(delays, 0.5),
        delay_p95_seconds=_at(delays, 0.95),
        delay_max_seconds=_at(delays, 1.0),
        within_3_seconds=sum(1 for one in delays if one <= SOON_S) / max(len(delays), 1),
        by_code=dict(sorted(codes.items())),
    )


def _at(rising: list[float], share: float) -> float:
    return rising[int(share * (len(rising) - 1))] if rising else 0.0


def _area(falls: list[float], others: list[float]) -> float | None:
    """Return the area under the curve: how often a fall scores higher than something else."""
    if not falls or not others:
        return None
    import numpy as np

    low = np.sort(np.array(others))
    below = np.searchsorted(low, falls).sum()
    same = np.searchsorted(low, falls, side="right").sum() - below
    return float((below + same / 2) / (len(falls) * len(others)))


def as_data(one: Table) -> dict[str, Any]:
    """Return every figure of a table, for a program; the keys are never renamed."""
    return {
        **msgspec.structs.asdict(one),
        "sensitivity": one.sensitivity,
        "specificity": one.specificity,
        "alarms_per_hour": one.alarms_per_hour,
        "alarms_per_hour_without_sport": one.alarms_per_hour_without_sport,
    }


def in_words(one: Table) -> Words:
    """Return the table as text, a few lines."""
    lines = [*_judged(one), *_hourly(one)]
    if one.auc is not None:
        lines.append(Words(f"AUC {one.auc:.5f}", f"AUC {one.auc:.5f}"))
    if one.lost_hours or one.blind_hours:
        lost, blind = 60 * one.lost_hours, 60 * one.blind_hours
        lines.append(
            Words(
                f"丢失 {lost:.1f} 分钟，其中 {blind:.1f} 分钟记为盲区",
                f"lost {lost:.1f} min, of which {blind:.1f} min are reported as blind",
            )
        )
    odd = [f"{code} {hit}/{count}" for code, (count, hit) in one.by_code.items()]
    lines.append(Words("各活动报警：" + "，".join(odd), "alarms by activity: " + ", ".join(odd)))
    site = {"waist": "腰部", "wrist": "手腕"}.get(one.site, one.site)
    return Words(
        "\n  ".join(
            [f"{one.pack}（{site}，阈值 {one.threshold:.3f}）", *(line.zh for line in lines)]
        ),
        "\n  ".join(
            [f"{one.pack} ({one.site}, threshold {one.threshold:.3f})"]
            + [line.en for line in lines]
        ),
    )


def _judged(one: Table) -> list[Words]:
    lines = []
    if (hit := one.sensitivity) is not None:
        p50, p95 = f"{one.delay_p50_seconds:.2f}", f"{one.delay_p95_seconds:.2f}"
        longest, soon = f"{one.delay_max_seconds:.2f}", f"{100 * one.within_3_seconds:.1f}"
        lines.append(
            Words(
                f"灵敏度 {100 * hit:6.2f} %   {one.falls} 次跌倒漏报 {one.missed} 次；"
                f"最重的一撞后 {p50} 秒判定（p50；p95 {p95}，最长 {longest}；3 秒之内 {soon} %）",
                f"sensitivity {100 * hit:6.2f} %   {one.missed} missed of {one.falls}; "
                f"decided {p50} s after the hardest knock (p50; p95 {p95}, longest {longest}; "
                f"{soon} % within 3 s)",
            )
        )
    if (quiet := one.specificity) is not None:
        lines.append(
            Words(
                f"特异度 {100 * quiet:6.2f} %   {one.everyday} 段日常误报 {one.false} 段，"
                f"其中老人 {one.false_elders} 段",
                f"specificity {100 * quiet:6.2f} %   {one.false} false of {one.everyday}, "
                f"elders {one.false_elders}",
            )
        )
    return lines


def _hourly(one: Table) -> list[Words]:
    every, calm = one.alarms_per_hour, one.alarms_per_hour_without_sport
    if every is None:
        return []
    zh = f"日常每小时报警 {every:.2f} 次（{one.hours:.2f} 小时 {one.alarms} 次）"
    en = f"alarms per hour of everyday life {every:.2f} ({one.alarms} in {one.hours:.2f} h)"
    if one.hours_without_sport < one.hours:
        rest = "-" if calm is None else f"{calm:.2f}"
        zh += f"；不计慢跑和踢球 {rest} 次"
        en += f"; without jogging and kicking {rest}"
    return [Words(zh, en)]
