"""Numbers and truth values of the file: each read strictly, each error with the expected form."""

from __future__ import annotations

from math import isfinite

from gateway.config.problems import shown
from gateway.config.values import BadValue

PER_MONTH_MIN, PER_MONTH_MAX = 0.1, 30.0
CELSIUS_MIN, CELSIUS_MAX = -40, 60


def read_bool(value: object, _type: object = None) -> bool:
    """Return a truth value."""
    if not isinstance(value, bool):
        raise BadValue(f"{shown(value)} 应为 true 或 false", f"{shown(value)} is not true or false")
    return value


def read_count(value: object, _type: object = None) -> int:
    """Return a whole number above nothing."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadValue(
            f"{shown(value)} 应为大于 0 的整数", f"{shown(value)} is not a whole number above 0"
        )
    return value


def read_per_month(value: object, _type: object = None) -> float:
    """Return how often a month."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not PER_MONTH_MIN <= value <= PER_MONTH_MAX:  # type: ignore[operator]
        raise BadValue(
            f"{shown(value)} 应为每月次数，{PER_MONTH_MIN} 到 {PER_MONTH_MAX:g} 之间，如 1",
            f"{shown(value)} is not how often a month; "
            f"write a number from {PER_MONTH_MIN} to {PER_MONTH_MAX:g}, e.g. 1",
        )
    return float(value)  # type: ignore[arg-type]


def read_number(value: object, _type: object = None) -> float:
    """Return a number, whole or not."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not isfinite(value):  # type: ignore[arg-type]  # it is one
        raise BadValue(
            f"{shown(value)} 不是数字；写法如 88 或 38.5",
            f"{shown(value)} is not a number; write 88 or 38.5",
        )
    return float(value)  # type: ignore[arg-type]


def read_celsius(value: object, _type: object = None) -> float:
    """Return a temperature that a room can have."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not CELSIUS_MIN <= value <= CELSIUS_MAX:  # type: ignore[operator]
        raise BadValue(
            f"{shown(value)} 不是室温；写度数，{CELSIUS_MIN} 到 {CELSIUS_MAX}，如 12 或 12.5",
            f"{shown(value)} is not a room's temperature; write degrees Celsius, "
            f"{CELSIUS_MIN} to {CELSIUS_MAX}, e.g. 12 or 12.5",
        )
    return float(value)  # type: ignore[arg-type]
