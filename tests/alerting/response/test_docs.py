"""Every number in docs/answers.md is the one in the code, and so is every digit."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from alerting.delivery.channels import spoken
from alerting.detection.contacts import WHY
from alerting.response.replies import parse

DOCUMENT = (Path(__file__).parents[3] / "docs" / "answers.md").read_text(encoding="utf-8")
CONSTANTS = re.findall(r"\| `([a-z_.]+)\.([A-Z_]+)` \| ([0-9.]+) \|", DOCUMENT)
DIGITS = re.findall(r"^\| (\d) \| (.+?) · ", DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize(("module", "name", "value"), CONSTANTS)
def test_a_number_is_the_one_in_the_code(module: str, name: str, value: str) -> None:
    assert getattr(import_module(module), name) == float(value)


@pytest.mark.parametrize(("digit", "words"), DIGITS)
def test_a_digit_and_its_words_mean_the_same_by_text_and_key(digit: str, words: str) -> None:
    meaning = parse(digit).answer
    assert meaning is not None
    assert [parse(word).answer for word in words.split()] == [meaning] * len(words.split())
    if digit != spoken.REPEAT_KEY:
        assert spoken.KEYS[digit] is meaning


def test_everything_that_keeps_people_from_being_reached_is_explained() -> None:
    assert len(CONSTANTS) == 9
    assert len(DIGITS) == 5
    for words in WHY.values():
        assert f"| {words.en} |" in DOCUMENT
