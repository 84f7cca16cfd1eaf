"""What the detectors of vital signs have in common: whose reading, when, usable, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.events import PresenceState
from alerting.household import Household, Role
from alerting.words import Words
from devices.observation import Quantity, Reading
from devices.vitals import UNITS, is_possible

QUALITY_PERCENT_MIN = 50
"""A reading whose own signal is poorer is not judged; it is a matter of the device."""
LATE_MAX = timedelta(hours=12)
"""A reading may have waited so long at its device and still count, at its own time."""
CONTINUOUS = frozenset({Role.WEARABLE, Role.PRESENCE, Role.BED})
"""Devices that measure by themselves; with all others a person measures."""
ROOM = frozenset({Role.PRESENCE, Role.BED})
"""Those that measure whoever is there."""
MEASURING = CONTINUOUS | {Role.HEALTH}
"""Whatever can measure somebody."""

NAMES: dict[Quantity, Words] = {
    Quantity.HEART_RATE: Words("心率", "heart rate"),
    Quantity.SPO2: Words("血氧", "oxygen saturation"),
    Quantity.RESPIRATION: Words("呼吸", "breathing"),
    Quantity.BLOOD_PRESSURE: Words("血压", "blood pressure"),
    Quantity.TEMPERATURE: Words("体温", "temperature"),
    Quantity.GLUCOSE: Words("血糖", "blood glucose"),
    Quantity.WEIGHT: Words("体重", "weight"),
}
_UNITS_ZH = {"/min": "次/分"}


def is_usable(reading: Reading) -> bool:
    """Tell whether a reading may be judged: possible, and of a signal good enough."""
    poor = reading.quality is not None and reading.quality < QUALITY_PERCENT_MIN
    return not poor and is_possible(reading)


def taken_at(reading: Reading) -> datetime | None:
    """Return when it was measured, as far as the device says; None: too long ago to judge."""
    measured = reading.measured_at
    if measured is None or measured >= reading.at:
        return reading.at
    return measured if reading.at - measured <= LATE_MAX else None


def is_watched(home: Household, device: str, person: PresenceState) -> bool:
    """Tell whether a device's readings are the resident's own, as far as people said.

    Nobody at home is judged while in hospital or paused. Away, a radar or mattress sees
    somebody else, but what is worn or held says that its owner is there.
    """
    if device not in home.devices or person in (PresenceState.HOSPITAL, PresenceState.PAUSED):
        return False
    return person is PresenceState.HOME or home.devices[device].role not in ROOM


def amount(quantity: Quantity, value: float, second: float | None = None) -> Words:
    """Return a value with its unit, e.g. `138次/分`, `138/min`, `182/95 mmHg`."""
    unit = UNITS[quantity]
    number = f"{value:.3g}" if quantity is Quantity.GLUCOSE else f"{round(value, 1):g}"
    if second is not None:
        number = f"{number}/{round(second, 1):g}"
    space = "" if unit in ("/min", "%") else " "
    return Words(f"{number}{_UNITS_ZH.get(unit, unit)}", f"{number}{space}{unit}")


def whose(home: Household, device: str) -> Words:
    """Return whom a device measures to begin a sentence with, where the home has several.

    All of them where the device does not say whose it is.
    """
    if home.is_known(device):
        return _begun(home, home.measured_by(device).name)
    return _begun(home, "")


def theirs(home: Household, resident: str) -> Words:
    """Return the resident's name to begin a sentence with, where the home has several."""
    return _begun(home, resident if are_known(home, resident) else "")


def are_known(home: Household, resident: str) -> bool:
    """Tell whether all that counts as a resident's is known to be theirs.

    What devices measure that do not say whose they are counts as the first resident's.
    """
    if not home.residents or resident != home.residents[0].name:
        return True
    return all(home.is_known(id) for id, one in home.devices.items() if one.role in MEASURING)


def _begun(home: Household, resident: str) -> Words:
    names = [resident] if resident else [one.name for one in home.residents]
    if len(home.residents) < 2 or not all(names):
        return Words("", "")
    return Words(f"{'或'.join(names)}：", f"{' or '.join(names)}: ")
