"""Residents' own limits of vital signs: names that exist, values a body can have, in order."""

from __future__ import annotations

from alerting.detection.vital_rules import (
    BY_NAME,
    LIMIT_NAMES,
    RULES,
    SECOND,
    TARGET,
    Rule,
    limits_of,
)
from alerting.household import Resident, Role
from alerting.words import Words
from devices.observation import Quantity
from devices.vitals import DIASTOLIC, PLAUSIBLE, UNITS
from gateway.config.plan import HouseholdPlan
from gateway.config.problems import Problems, did_you_mean, shown
from gateway.config.sections import DeviceSection, ResidentSection

MEASURING = ("native", "theengs", "esphome")
"""Families that can carry readings of a person."""
MEASURES_BY_ITSELF = (Role.WEARABLE, Role.PRESENCE, Role.BED)

SCORE_MAX = 20
"""NEWS2 ends there; a limit above it switches it off."""


def check_vitals(home: HouseholdPlan, problems: Problems, warnings: Problems) -> None:
    """Note what is wrong with limits, and with whom devices measure."""
    section = home.section
    for number, resident in enumerate(section.residents, 1):
        where = f"{home.where}.residents[#{number}]"
        for name, value in resident.limits.items():
            _check_limit(f"{where}.limits.{name}", name, value, problems)
        _check_order(f"{where}.limits", resident, problems)
        if resident.spo2_scale not in (1, 2):
            problems.add(
                f"{where}.spo2_scale",
                f"{resident.spo2_scale} 不可用；应为 1，或由医生确定的 2",
                f"{resident.spo2_scale} is unknown; expected 1, or 2 as a doctor decided",
            )
    names = [resident.name for resident in section.residents if resident.name]
    for place, device in home.devices:
        if device.resident and names and device.resident not in names:
            hint = did_you_mean(device.resident, names)
            problems.add(
                f"{place}.resident",
                f"没有住户成员 {shown(device.resident)}{hint.zh}",
                f"{shown(device.resident)} does not live here{hint.en}",
            )
        elif not device.resident and len(names) > 1 and _may_measure(device):
            warnings.add(
                f"{place}.resident",
                f"没有写明是谁的；读数按 {names[0]} 的限值判断，通知里写“{'或'.join(names)}”",
                f"is missing: its readings are judged by the limits of {names[0]} and told of "
                f"{' or '.join(names)}",
            )


def _may_measure(device: DeviceSection) -> bool:
    """Tell whether readings of a person may come from this device."""
    return device.role is Role.HEALTH or (
        device.profile in MEASURING and device.role in MEASURES_BY_ITSELF
    )


def _check_limit(where: str, name: str, value: float, problems: Problems) -> None:
    if name not in LIMIT_NAMES:
        near = did_you_mean(name, LIMIT_NAMES)
        listed = ", ".join(LIMIT_NAMES)
        hint = near if near.en else Words(f"；可用：{listed}", f"; there are: {listed}")
        problems.add(where, f"没有这个限值{hint.zh}", f"there is no such limit{hint.en}")
        return
    low, high = _range(name)
    if low <= value <= high:
        return
    unit = f" {UNITS[_quantity(name)]}" if not name.startswith("news2") else ""
    problems.add(
        where,
        f"{value:g} 不可能；应在 {low:g} 到 {high:g}{unit} 之间",
        f"{value:g} is impossible; expected {low:g} to {high:g}{unit}",
    )


def _range(name: str) -> tuple[float, float]:
    if name.startswith("news2"):
        return 1, SCORE_MAX + 1
    return DIASTOLIC if name.endswith(SECOND) else PLAUSIBLE[_quantity(name)]


def _quantity(name: str) -> Quantity:
    plain = name.removesuffix(SECOND)
    return Quantity.BLOOD_PRESSURE if plain == TARGET else BY_NAME[plain].quantity


def _check_order(where: str, section: ResidentSection, problems: Problems) -> None:
    """A graver limit is further out, and every low one below every high one."""
    own = {name: value for name, value in section.limits.items() if name in LIMIT_NAMES}
    person = Resident(section.name, limits=own)
    for number, rule in enumerate(RULES):
        for other in RULES[number + 1 :]:
            mine = {rule.name, other.name} & set(own)
            if rule.quantity is not other.quantity or not mine:
                continue
            low, high = _in_order(rule, other)
            a, b = limits_of(low, person)[0], limits_of(high, person)[0]
            if a >= b:
                problems.add(
                    f"{where}.{sorted(mine)[0]}",
                    f"{low.name}（{a:g}）应低于 {high.name}（{b:g}）",
                    f"{low.name} ({a:g}) must be below {high.name} ({b:g})",
                )


def _in_order(graver: Rule, other: Rule) -> tuple[Rule, Rule]:
    """Return two limits of one quantity, that with the smaller value first."""
    if graver.is_high and other.is_high:
        return other, graver
    return (other, graver) if graver.is_high else (graver, other)
