"""The points of NEWS2: National Early Warning Score 2, Royal College of Physicians 2017.

Reproduced from: Royal College of Physicians. National Early Warning Score (NEWS) 2.
Standardising the assessment of acute-illness severity in the NHS. London: RCP, 2017.
It was made for hospitals and ambulances, and is not for children or in pregnancy.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

Band = tuple[float, int]
"""Up to this value, included: so many points."""

_MOST = float("inf")
RESPIRATION: tuple[Band, ...] = ((8, 3), (11, 1), (20, 0), (24, 2), (_MOST, 3))
SPO2_SCALE_1: tuple[Band, ...] = ((91, 3), (93, 2), (95, 1), (_MOST, 0))
SPO2_SCALE_2_AIR: tuple[Band, ...] = ((83, 3), (85, 2), (87, 1), (_MOST, 0))
SPO2_SCALE_2_OXYGEN: tuple[Band, ...] = (
    (83, 3),
    (85, 2),
    (87, 1),
    (92, 0),
    (94, 1),
    (96, 2),
    (_MOST, 3),
)
SYSTOLIC: tuple[Band, ...] = ((90, 3), (100, 2), (110, 1), (219, 0), (_MOST, 3))
PULSE: tuple[Band, ...] = ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (_MOST, 3))
TEMPERATURE: tuple[Band, ...] = ((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1), (_MOST, 2))
OXYGEN_POINTS = 2
NOT_ALERT_POINTS = 3


class Part(StrEnum):
    """The seven parts of the score, as its chart lists them."""

    RESPIRATION = "respiration"
    SPO2 = "spo2"
    OXYGEN = "oxygen"
    SYSTOLIC = "systolic"
    PULSE = "pulse"
    CONSCIOUSNESS = "consciousness"
    TEMPERATURE = "temperature"


class Score(msgspec.Struct, frozen=True, gc=False):
    """What the parts that are known add up to."""

    total: int
    points: dict[Part, int]
    missing: tuple[Part, ...]
    """The parts that are not known: without them the total is not a NEWS2."""

    @property
    def worst(self) -> int:
        """The most points any single part has."""
        return max(self.points.values(), default=0)


def points(part: Part, value: float, *, scale: int = 1, on_oxygen: bool = False) -> int:
    """Return the points of one measured part; values are in the chart's units.

    Whole numbers are meant by the chart: a value between two bands counts as rounded (half
    to even), a temperature as rounded to a tenth.
    """
    if part is Part.TEMPERATURE:
        return _look_up(TEMPERATURE, round(value, 1))
    bands = {
        Part.RESPIRATION: RESPIRATION,
        Part.SYSTOLIC: SYSTOLIC,
        Part.PULSE: PULSE,
        Part.SPO2: SPO2_SCALE_1,
    }[part]
    if part is Part.SPO2 and scale == 2:
        bands = SPO2_SCALE_2_OXYGEN if on_oxygen else SPO2_SCALE_2_AIR
    return _look_up(bands, round(value))


def score(
    values: dict[Part, float],
    *,
    scale: int = 1,
    on_oxygen: bool | None = None,
    is_alert: bool | None = None,
) -> Score:
    """Return the score of what is known.

    Args:
        values: respiration and pulse per minute, oxygen saturation in percent, systolic
            pressure in mmHg, temperature in degrees Celsius.
        scale: 2 only for hypercapnic respiratory failure.
        on_oxygen: None: not known, a missing part.
        is_alert: False for new confusion, or answers only to voice or pain, or none.
    """
    found = {
        part: points(part, value, scale=scale, on_oxygen=bool(on_oxygen))
        for part, value in values.items()
    }
    if on_oxygen is not None:
        found[Part.OXYGEN] = OXYGEN_POINTS if on_oxygen else 0
    if is_alert is not None:
        found[Part.CONSCIOUSNESS] = 0 if is_alert else NOT_ALERT_POINTS
    missing = tuple(part for part in Part if part not in found)
    return Score(sum(found.values()), found, missing)


def _look_up(bands: tuple[Band, ...], value: float) -> int:
    return next(number for most, number in bands if value <= most)
