"""What is measured of a person: units, what a living body can have, and other units.

Every reading is in the one unit of its quantity. A profile converts where the device or
its configuration names the unit; a unit that is not named is never guessed.
"""

from __future__ import annotations

from typing import Any

from devices.observation import AnyObservation, Quantity, Reading, Worn

UNITS: dict[Quantity, str] = {
    Quantity.HEART_RATE: "/min",
    Quantity.SPO2: "%",
    Quantity.RESPIRATION: "/min",
    Quantity.BLOOD_PRESSURE: "mmHg",
    Quantity.TEMPERATURE: "°C",
    Quantity.GLUCOSE: "mmol/L",
    Quantity.WEIGHT: "kg",
}

PLAUSIBLE: dict[Quantity, tuple[float, float]] = {
    Quantity.HEART_RATE: (20, 300),
    Quantity.SPO2: (50, 100),
    Quantity.RESPIRATION: (4, 70),
    Quantity.BLOOD_PRESSURE: (40, 300),
    Quantity.TEMPERATURE: (28, 44),
    Quantity.GLUCOSE: (0.5, 60),
    Quantity.WEIGHT: (20, 300),
}
"""What a living grown-up can have, both ends included; beyond it the device is wrong.

Wider than any alarm limit: what is possible, however bad, is judged as a reading.
"""
DIASTOLIC = (15.0, 220.0)
"""The same for the lower of the two pressures, which is also below the upper one."""

MG_DL_PER_MMOL_L = 18.0
"""Of glucose (molar mass 180.16 g/mol, as the field rounds it)."""
MMHG_PER_KPA = 7.50062
KG_PER_LB = 0.45359237
KG_PER_JIN = 0.5

_FACTORS: dict[tuple[Quantity, str], float] = {
    (Quantity.GLUCOSE, "mg/dl"): 1 / MG_DL_PER_MMOL_L,
    (Quantity.BLOOD_PRESSURE, "kpa"): MMHG_PER_KPA,
    (Quantity.WEIGHT, "lb"): KG_PER_LB,
    (Quantity.WEIGHT, "lbs"): KG_PER_LB,
    (Quantity.WEIGHT, "jin"): KG_PER_JIN,
}
_SAME = {
    **{(quantity, unit.lower()): 1.0 for quantity, unit in UNITS.items()},
    (Quantity.HEART_RATE, "bpm"): 1.0,
    (Quantity.RESPIRATION, "bpm"): 1.0,
    (Quantity.TEMPERATURE, "c"): 1.0,
}
_FAHRENHEIT = ("f", "°f")
DIGITS = 4
"""A converted value is rounded to so many digits after the point."""


def in_unit(quantity: Quantity, value: float, unit: str) -> float:
    """Return `value`, given in `unit` as devices write it (`mg/dL`, `°F`, `kPa`), in our unit.

    Raises:
        ValueError: a unit that is not known for this quantity.
    """
    name = unit.strip().lower()
    if quantity is Quantity.TEMPERATURE and name in _FAHRENHEIT:
        return round((value - 32) / 1.8, DIGITS)
    if (quantity, name) in _SAME:
        return value
    factor = _FACTORS.get((quantity, name))
    if factor is None:
        raise ValueError(f"{quantity} in {unit[:16]!r}: no such unit")
    return round(value * factor, DIGITS)


def is_possible(reading: Reading) -> bool:
    """Tell whether a living person can have this; False is a matter of the device."""
    low, high = PLAUSIBLE[reading.quantity]
    if not low <= reading.value <= high:
        return False
    if reading.quantity is not Quantity.BLOOD_PRESSURE:
        return reading.second is None
    second = reading.second
    return second is not None and DIASTOLIC[0] <= second <= DIASTOLIC[1] and second < reading.value


FIELDS: dict[str, Quantity] = {
    "heart_rate": Quantity.HEART_RATE,
    "spo2": Quantity.SPO2,
    "respiration": Quantity.RESPIRATION,
    "temperature": Quantity.TEMPERATURE,
    "glucose": Quantity.GLUCOSE,
    "weight": Quantity.WEIGHT,
}
"""The fields of a native message with one number; blood pressure has two fields."""


def told(said: Any, base: dict[str, Any]) -> list[AnyObservation]:
    """Return what a native `vitals` message reports; `base` fills the common fields.

    What a device measures that says it is not worn is the table it lies on: left out.

    Raises:
        ValueError: one of the two pressures without the other.
    """
    seen: list[AnyObservation] = []
    if said.worn is not None:
        seen.append(Worn(worn=said.worn, **base))
    if (said.systolic is None) is not (said.diastolic is None):
        raise ValueError("one of systolic and diastolic without the other")
    if said.worn is False:
        return seen
    for name, quantity in FIELDS.items():
        value: float | None = getattr(said, name)
        if value is not None:
            seen.append(Reading(quantity=quantity, value=value, quality=said.quality, **base))
    if said.systolic is not None:
        seen.append(
            Reading(
                quantity=Quantity.BLOOD_PRESSURE,
                value=said.systolic,
                second=said.diastolic,
                quality=said.quality,
                **base,
            )
        )
    return seen


def fields_of(reading: Reading) -> dict[str, Any] | None:
    """Return the fields of a native message for `reading`; None if it cannot say it."""
    if reading.repeats:
        return None
    said: dict[str, Any]
    if reading.quantity is Quantity.BLOOD_PRESSURE:
        if reading.second is None:
            return None
        said = {"systolic": reading.value, "diastolic": reading.second}
    elif reading.second is not None:
        return None
    else:
        said = {reading.quantity.value: reading.value}
    return said if reading.quality is None else said | {"quality": reading.quality}
