"""The waveform of a fall as a drawing: the knock and the stillness after it are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerting.events import Evidence
from alerting.words import Words

WIDTH, HEIGHT = 640.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 8.0, 26.0, 26.0
G_LEAST = 2.0
"""The scale goes to so much at least, so that quiet seconds look quiet."""
STILL_LEAST_S = 0.5
"""Shorter than this nothing is marked: it is only the end of the window."""


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Waveform:
    """What the page draws, in the units of a box `WIDTH` by `HEIGHT`."""

    points: str
    knock_x: float
    knock_y: float
    knock_text: str
    is_knock_right: bool
    """The knock is far to the right: its words stand to the left of it."""
    still_x: float | None
    still_width: float
    still_text: str
    seconds: tuple[Tick, ...]
    gs: tuple[Tick, ...]
    axis: str
    summary: str
    """For those who do not see it."""


def waveform(wave_mg: Sequence[int], evidence: Evidence, language: str) -> Waveform | None:
    """Return the drawing of a waveform in milli-g; None: there is none, or it cannot be placed."""
    rate, knock = _whole(evidence, "rate_hz"), _whole(evidence, "knock")
    count = len(wave_mg)
    if count < 2 or rate is None or rate <= 0 or knock is None or not 0 <= knock < count:
        return None
    still = _whole(evidence, "still_from")
    top_g = max(G_LEAST, float(-(-max(wave_mg) // 1000)))
    step = (WIDTH - LEFT - RIGHT) / (count - 1)

    def x(sample: float) -> float:
        return round(LEFT + sample * step, 1)

    def y(g: float) -> float:
        return round(HEIGHT - BOTTOM - g / top_g * (HEIGHT - TOP - BOTTOM), 1)

    still_s = 0.0 if still is None else (count - still) / rate
    peak = Words(f"撞击{wave_mg[knock] / 1000:.1f}g", f"knock {wave_mg[knock] / 1000:.1f} g")
    rest = Words(f"静止{still_s:.1f}秒", f"still {still_s:.1f} s")
    is_still = still is not None and still_s >= STILL_LEAST_S
    first, last = -(knock // rate), (count - 1 - knock) // rate
    summary = Words(
        f"加速度波形：{peak.zh}" + (f"，随后{rest.zh}" if is_still else ""),
        f"waveform of the acceleration: {peak.en}" + (f", then {rest.en}" if is_still else ""),
    )
    return Waveform(
        points=" ".join(f"{x(i)},{y(mg / 1000)}" for i, mg in enumerate(wave_mg)),
        knock_x=x(knock),
        knock_y=y(wave_mg[knock] / 1000),
        knock_text=peak.said(language),
        is_knock_right=knock > count * 0.7,
        still_x=x(still) if still is not None and is_still else None,
        still_width=round(WIDTH - RIGHT - x(still), 1) if still is not None else 0.0,
        still_text=rest.said(language),
        seconds=tuple(
            Tick(x(knock + s * rate), f"{s:+d}" if s else "0") for s in _run(first, last)
        ),
        gs=tuple(Tick(y(g), f"{g} g") for g in range(0, int(top_g) + 1, 1 + int(top_g) // 5)),
        axis=Words("秒（自撞击起）", "seconds from the knock").said(language),
        summary=summary.said(language),
    )


def _run(first: int, last: int) -> range:
    """Return the whole seconds to name, a dozen at most."""
    return range(first, last + 1, 1 + (last - first) // 12)


def _whole(evidence: Evidence, name: str) -> int | None:
    value = evidence.get(name)
    return int(value) if isinstance(value, int | float) else None
