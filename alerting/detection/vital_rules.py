"""The limits of vital signs, as data: docs/detection-vitals.md shows the same table.

From the project's own rules for homes (a doctor signs them off for each resident), after
NEWS2 (Royal College of Physicians 2017), the Chinese guideline on blood pressure and the
ADA's levels of hypoglycaemia. Every limit can be a resident's own: `limits` in the
configuration, under the rule's name.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from alerting.household import Resident
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import Quantity, Reading

SECOND = "_diastolic"
"""Ends the name under which a resident's own limit of the lower pressure stands."""
STRAY = 0.8
"""A second reading counts from this share of the time it was asked for."""
UNBROKEN = timedelta(seconds=90)
"""Readings further apart than this are no longer one measurement that goes on."""
UNBROKEN_ROOM = timedelta(minutes=15)
"""The same of a radar or mattress: some tell a value every few minutes only, and nobody can be
asked to measure again. One reading that is well ends it."""
READINGS_MIN = 3
"""A measurement that goes on has at least so many readings."""
FORGET = timedelta(hours=1)
"""A reading that nobody repeated within this is not the first of two any more."""
FORGET_FOUND = timedelta(hours=12)
"""What was found and not measured since, for so long, has to be measured twice again."""

_NEVER = timedelta()


class Rule(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One limit: when it is passed, when that counts, and when it is over."""

    name: str
    quantity: Quantity
    is_high: bool
    """At or above the limit; otherwise at or below it."""
    limit: float
    second: float | None = None
    """Of the lower pressure: either of the two passes the rule."""
    is_strict: bool = False
    """The limit itself does not pass."""
    clear: float
    """From here on (the other way) it is over; values between change nothing."""
    clear_second: float | None = None
    clear_after: timedelta = _NEVER
    """For so long it must have been over."""
    hold: timedelta
    """What measures all the time counts when it has shown it for so long, unbroken."""
    apart: timedelta | None
    """A second reading so much later counts; None: only `hold` does."""
    urgency: Urgency
    alone: Urgency | None = None
    """How urgent one reading is that nobody repeated in `wait`; None: not at all."""
    wait: timedelta = timedelta(minutes=10)
    short: Words
    ask: Words | None = None
    """What the resident is asked when one reading passes it; None: only a machine measures."""


def _minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


_SIT = Words("请坐下歇一歇，再量一次", "please sit down and rest, then measure again")
_HAND = Words(
    "请坐下，把手焐暖，再量一次血氧",
    "please sit down, warm your hand and measure your oxygen again",
)
_ARM = Words(
    "请坐下休息五分钟，再量一次血压",
    "please sit and rest for five minutes, then measure your blood pressure again",
)
_FEVER = Words("请过十分钟再量一次体温", "please take your temperature again in ten minutes")
_SUGAR = Words("请现在再测一次血糖", "please measure your blood glucose again now")

RULES: tuple[Rule, ...] = (
    Rule(
        name="heart_rate_very_low",
        quantity=Quantity.HEART_RATE,
        is_high=False,
        limit=40,
        clear=45,
        clear_after=_minutes(3),
        hold=_minutes(1),
        apart=_minutes(2),
        urgency=Urgency.HIGH,
        alone=Urgency.MEDIUM,
        short=Words("心率过慢", "heart rate very low"),
        ask=_SIT,
    ),
    Rule(
        name="heart_rate_very_high",
        quantity=Quantity.HEART_RATE,
        is_high=True,
        limit=131,
        clear=125,
        clear_after=_minutes(3),
        hold=_minutes(1),
        apart=_minutes(2),
        urgency=Urgency.HIGH,
        alone=Urgency.MEDIUM,
        short=Words("心率过快", "heart rate very high"),
        ask=_SIT,
    ),
    Rule(
        name="heart_rate_low",
        quantity=Quantity.HEART_RATE,
        is_high=False,
        limit=50,
        clear=55,
        clear_after=_minutes(5),
        hold=_minutes(5),
        apart=_minutes(5),
        urgency=Urgency.MEDIUM,
        short=Words("心率偏慢", "heart rate low"),
        ask=_SIT,
    ),
    Rule(
        name="heart_rate_high",
        quantity=Quantity.HEART_RATE,
        is_high=True,
        limit=111,
        clear=106,
        clear_after=_minutes(5),
        hold=_minutes(5),
        apart=_minutes(5),
        urgency=Urgency.MEDIUM,
        short=Words("心率偏快", "heart rate high"),
        ask=_SIT,
    ),
    Rule(
        name="spo2_very_low",
        quantity=Quantity.SPO2,
        is_high=False,
        limit=91,
        clear=93,
        clear_after=_minutes(3),
        hold=_minutes(1),
        apart=_minutes(1),
        urgency=Urgency.HIGH,
        alone=Urgency.MEDIUM,
        short=Words("血氧过低", "oxygen very low"),
        ask=_HAND,
    ),
    Rule(
        name="spo2_low",
        quantity=Quantity.SPO2,
        is_high=False,
        limit=93,
        clear=95,
        hold=_minutes(5),
        apart=_minutes(2),
        urgency=Urgency.LOW,
        short=Words("血氧偏低", "oxygen low"),
        ask=_HAND,
    ),
    Rule(
        name="respiration_low",
        quantity=Quantity.RESPIRATION,
        is_high=False,
        limit=8,
        clear=10,
        hold=_minutes(3),
        apart=None,
        urgency=Urgency.MEDIUM,
        short=Words("呼吸过慢", "breathing very slow"),
    ),
    Rule(
        name="respiration_high",
        quantity=Quantity.RESPIRATION,
        is_high=True,
        limit=25,
        clear=22,
        hold=_minutes(3),
        apart=None,
        urgency=Urgency.MEDIUM,
        short=Words("呼吸过快", "breathing very fast"),
    ),
    Rule(
        name="blood_pressure_very_high",
        quantity=Quantity.BLOOD_PRESSURE,
        is_high=True,
        limit=180,
        second=110,
        clear=175,
        clear_second=105,
        hold=_minutes(5),
        apart=_minutes(5),
        urgency=Urgency.MEDIUM,
        alone=Urgency.MEDIUM,
        wait=_minutes(30),
        short=Words("血压过高", "blood pressure very high"),
        ask=_ARM,
    ),
    Rule(
        name="blood_pressure_low",
        quantity=Quantity.BLOOD_PRESSURE,
        is_high=False,
        limit=90,
        clear=100,
        hold=_minutes(5),
        apart=_minutes(5),
        urgency=Urgency.MEDIUM,
        alone=Urgency.LOW,
        wait=_minutes(30),
        short=Words("血压过低", "blood pressure low"),
        ask=_ARM,
    ),
    Rule(
        name="temperature_very_high",
        quantity=Quantity.TEMPERATURE,
        is_high=True,
        limit=39.1,
        clear=37.8,
        hold=_minutes(10),
        apart=_minutes(10),
        urgency=Urgency.MEDIUM,
        alone=Urgency.LOW,
        wait=_minutes(30),
        short=Words("高烧", "high fever"),
        ask=_FEVER,
    ),
    Rule(
        name="temperature_high",
        quantity=Quantity.TEMPERATURE,
        is_high=True,
        limit=38.1,
        clear=37.8,
        hold=_minutes(10),
        apart=_minutes(10),
        urgency=Urgency.LOW,
        short=Words("发烧", "fever"),
        ask=_FEVER,
    ),
    Rule(
        name="temperature_low",
        quantity=Quantity.TEMPERATURE,
        is_high=False,
        limit=35.0,
        clear=35.5,
        hold=_minutes(10),
        apart=_minutes(10),
        urgency=Urgency.MEDIUM,
        alone=Urgency.LOW,
        wait=_minutes(30),
        short=Words("体温过低", "temperature very low"),
        ask=_FEVER,
    ),
    Rule(
        name="glucose_very_low",
        quantity=Quantity.GLUCOSE,
        is_high=False,
        is_strict=True,
        limit=3.0,
        clear=3.9,
        hold=_minutes(10),
        apart=_minutes(1),
        urgency=Urgency.HIGH,
        alone=Urgency.MEDIUM,
        short=Words("血糖过低", "blood glucose very low"),
        ask=_SUGAR,
    ),
    Rule(
        name="glucose_low",
        quantity=Quantity.GLUCOSE,
        is_high=False,
        is_strict=True,
        limit=3.9,
        clear=4.4,
        hold=_minutes(10),
        apart=_minutes(1),
        urgency=Urgency.MEDIUM,
        alone=Urgency.MEDIUM,
        short=Words("血糖偏低", "blood glucose low"),
        ask=_SUGAR,
    ),
    Rule(
        name="glucose_high",
        quantity=Quantity.GLUCOSE,
        is_high=True,
        limit=16.7,
        clear=13.9,
        hold=_minutes(10),
        apart=_minutes(1),
        urgency=Urgency.MEDIUM,
        alone=Urgency.LOW,
        wait=_minutes(30),
        short=Words("血糖过高", "blood glucose very high"),
        ask=_SUGAR,
    ),
)
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
BY_QUANTITY: dict[Quantity, tuple[Rule, ...]] = {
    quantity: tuple(rule for rule in RULES if rule.quantity is quantity) for quantity in Quantity
}
"""The graver ones first."""

TARGET = "blood_pressure_target"
"""Name of the own target of blood pressure at home, which the daily review looks at."""
TARGET_SYSTOLIC, TARGET_DIASTOLIC = 135.0, 85.0
"""Hypertension at home (Chinese guideline 2024): the mean of several days at or above."""

LIMIT_NAMES: tuple[str, ...] = (
    *(rule.name for rule in RULES),
    *(f"{rule.name}{SECOND}" for rule in RULES if rule.second is not None),
    TARGET,
    f"{TARGET}{SECOND}",
    "news2_medium",
    "news2_high",
    "news2_single",
)
"""What a resident's own `limits` may set."""


def limits_of(rule: Rule, resident: Resident) -> tuple[float, float | None]:
    """Return the limit that holds for this resident, and that of the lower pressure."""
    own = resident.limits
    if not own:
        return rule.limit, rule.second
    second = None if rule.second is None else own.get(f"{rule.name}{SECOND}", rule.second)
    return own.get(rule.name, rule.limit), second


def passes(rule: Rule, resident: Resident, reading: Reading) -> bool:
    """Tell whether the reading is at or beyond the limit."""
    limit, second = limits_of(rule, resident)
    if rule.is_high:
        if second is not None and reading.second is not None and reading.second >= second:
            return True
        return reading.value > limit if rule.is_strict else reading.value >= limit
    return reading.value < limit if rule.is_strict else reading.value <= limit


def is_over(rule: Rule, resident: Resident, reading: Reading) -> bool:
    """Tell whether the reading is well again; an own limit moves this with it."""
    limit, second = limits_of(rule, resident)
    clear = rule.clear + (limit - rule.limit)
    if not rule.is_high:
        return reading.value >= clear
    if rule.clear_second is not None and rule.second is not None and second is not None:
        clear_second = rule.clear_second + (second - rule.second)
        if reading.second is not None and reading.second > clear_second:
            return False
    return reading.value <= clear
