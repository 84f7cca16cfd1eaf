"""The page about safety and supervision gives the code's own figures."""

from __future__ import annotations

import re
from pathlib import Path

from alerting.coverage import DAYS_KEPT
from alerting.detection import climate, supervision, told_fall
from alerting.detection.home import SILENCE
from alerting.household import Household
from alerting.response.sources import SAME_FALL
from tests.builders import hours, household, minutes

PAGE = (Path(__file__).parents[3] / "docs" / "detection-safety.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())


def test_every_role_stands_there_with_its_longest_silence() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (\d+) h \|", PAGE, re.MULTILINE)
    told = {
        role: hours(int(limit))
        for names, limit in rows
        for role in re.findall(r"`(\w+)`", names)
        if role != "cold_or_heat_after"
    }
    assert told == {str(role): limit for role, limit in SILENCE.items()}


def test_the_limits_are_those_of_the_code() -> None:
    home: Household = household()
    assert f"| {home.cold_below:g} °C |" in PAGE
    assert f"| {home.heat_above:g} °C |" in PAGE
    assert home.cold_or_heat_after == hours(1)
    assert "| `cold_or_heat_after` | 1 h |" in PAGE
    assert f"when it is {climate.MARGIN_C:g} °C on the right side" in TEXT
    assert f"within {SAME_FALL // minutes(1)} minutes of the first" in TEXT
    assert f"more than {told_fall.OLD_AFTER // minutes(1)} minutes old" in TEXT
    assert f"still shown after {told_fall.STUCK_AFTER // hours(1)} hours" in TEXT
    assert f"{DAYS_KEPT} are kept" in TEXT
    low, well = supervision.BATTERY_LOW_PERCENT, supervision.BATTERY_WELL_PERCENT
    assert f"| {low} % or the device's word; over at {well} % |" in PAGE
    assert f"| {supervision.BATTERY_CRITICAL_PERCENT} % |" in PAGE
    assert (
        f"| {supervision.WEAK_DBM} dBm or {supervision.WEAK_LINK} of 255, or less, for "
        f"{supervision.WEAK_AFTER // hours(1)} hours without a good word "
        f"({supervision.WELL_DBM} dBm, {supervision.WELL_LINK}) |"
    ) in PAGE
