"""docs/clouds.md: every text that is offered for registration would be approved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.delivery.capabilities import Place
from alerting.delivery.parts import SIGNATURE_UNITS_MAX
from alerting.delivery.quotas import PER_PHONE
from alerting.delivery.registered import FILLED, RULES, Extra, Registered, faults
from alerting.delivery.variables import NAMES
from alerting.events import Purpose
from alerting.orders import PURPOSES, About

DOCUMENT = Path(__file__).parents[3] / "docs" / "clouds.md"
_TEXT = re.compile(r"^\| `(\w+)` \| (.*。) \|$", re.MULTILINE)
_VARIABLE = re.compile(r"^\| `(\w+)` \| [^$|]+ \|$", re.MULTILINE)


def offered() -> Iterator[tuple[str, str]]:
    return ((match[1], match[2]) for match in _TEXT.finditer(DOCUMENT.read_text()))


def test_there_is_a_text_for_every_alarm_and_reminder() -> None:
    there = [about for about, _ in offered()]
    assert len(set(there)) == len(there)
    assert set(there) <= {about.value for about in (*About, *Extra)}
    assert {about.value for about in Extra} <= set(there)
    asked_for = (Purpose.ALARM, Purpose.REMINDER)
    needed = {about.value for about in About if PURPOSES[about] in asked_for}
    assert needed <= set(there)


def test_every_variable_is_explained() -> None:
    names = {*NAMES, *(name for own in FILLED.values() for name in own)}
    assert names <= {match[1] for match in _VARIABLE.finditer(DOCUMENT.read_text())}


@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_every_text_would_be_approved_at_both_clouds(channel: str) -> None:
    signature = "字" * SIGNATURE_UNITS_MAX
    for about, text in offered():
        one = Registered(channel, about, "X", text)
        assert faults(one, "aliyun", signature, can_press=False) == [], about
        names = re.findall(RULES["aliyun"].hole, text)
        numbered = text
        for place, name in enumerate(names, start=1):
            numbered = numbered.replace(f"${{{name}}}", f"{{{place}}}")
        same = Registered(channel, about, "1", numbered, variables=tuple(names))
        assert faults(same, "tencent", signature, can_press=False) == [], about


def test_the_limits_are_those_of_the_table() -> None:
    text = DOCUMENT.read_text()
    for provider, channel, said in [
        ("aliyun", "sms", ["50 a day"]),
        ("aliyun", "voice", ["1 a minute", "5 an hour", "20 a day"]),
        ("tencent", "sms", ["10 a day"]),
        ("tencent", "voice", ["1 in 30 s", "2 in 10 min", "5 a day"]),
    ]:
        limits = PER_PHONE[(provider, channel, Place.MAINLAND_MOBILE)]
        assert [words.split()[0] for words in said] == [str(limit.most) for limit in limits]
        assert all(words in text for words in said)
    values = {name: str(rules.value_units_max) for name, rules in RULES.items()}
    assert f"| {values['aliyun']} characters | {values['tencent']} (FAQ" in text
