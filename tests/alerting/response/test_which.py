"""Which open incident an answer is about, and how one is asked."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.events import Answer
from alerting.incident import Response
from alerting.response import which
from alerting.response.replies import Said, parse
from alerting.response.which import choose, in_view_of
from alerting.words import Words
from tests.alerting.response.waiting import incident

GOING, THERE, CANNOT = Answer.GOING, Answer.ON_SCENE, Answer.CANNOT
HOMES = (("h3", "A1003"), ("h4", "A1004"))


@given(st.text(max_size=300))
def test_no_text_at_all_upsets_it(text: str) -> None:
    said = parse(text)
    assert said.answer is not None or said.code == ""
    assert isinstance(choose(said, [incident(7), incident(8)]), list | Words)


SEVEN, EIGHT = incident(7), incident(8)
ELSEWHERE = incident(7, "h2", "A1002")


def test_a_bare_answer_means_the_only_open_incident() -> None:
    assert choose(parse("1"), [SEVEN]) == [SEVEN]


def test_with_several_open_the_person_is_asked_which() -> None:
    words = choose(parse("1"), [SEVEN, EIGHT])
    assert words == Words(
        "有2件：A1001-7、A1001-8。请回复如“1 A1001-7”。",
        '2 open: A1001-7, A1001-8. Please reply e.g. "1 A1001-7".',
    )


def test_a_code_decides() -> None:
    assert choose(parse("1 8"), [SEVEN, EIGHT]) == [EIGHT]
    assert choose(parse("1 0008"), [SEVEN, EIGHT]) == [EIGHT]
    assert choose(parse("1 a1002"), [SEVEN, ELSEWHERE]) == [ELSEWHERE]


def test_the_same_number_in_two_homes_is_told_apart_by_the_home() -> None:
    words = choose(parse("1 7"), [SEVEN, ELSEWHERE])
    assert isinstance(words, Words)
    assert words.zh == "有2件：A1001-7、A1002-7。请回复如“1 A1001-7”。"
    assert choose(parse("1 A1002"), [SEVEN, ELSEWHERE]) == [ELSEWHERE]


def test_a_wrong_code_is_asked_about_even_when_only_one_is_open() -> None:
    words = choose(parse("1 9"), [SEVEN])
    assert isinstance(words, Words)
    assert words.zh.startswith("没有这个编号。")


def test_nothing_open() -> None:
    assert isinstance(choose(parse("1"), []), Words)


def test_a_long_list_is_not_read_out() -> None:
    words = choose(parse("1"), [incident(n) for n in range(1, 30)])
    assert isinstance(words, Words)
    assert "29件" in words.zh
    assert len(words.zh) <= which.ASK_ZH_MAX
    assert len(words.en) <= which.ASK_EN_MAX
    wrong = choose(parse("1 99"), [incident(n) for n in range(1, 30)])
    assert isinstance(wrong, Words)
    assert len(wrong.zh) <= which.ASK_ZH_MAX
    assert wrong.zh.endswith("等。请回复如“1 A1001-1”。")


TWO_HOMES = [incident(n, home, code) for home, code in HOMES for n in (1, 2)]


def test_the_question_shows_a_form_that_is_taken() -> None:
    words = choose(parse("1"), TWO_HOMES)
    assert isinstance(words, Words)
    assert words.zh == "有4件：A1003-1、A1003-2、A1004-1、A1004-2。请回复如“1 A1003-1”。"
    shown = re.findall("“(.+?)”", words.zh) + re.findall('"(.+?)"', words.en)
    assert len(shown) == 2
    for form in shown:
        assert choose(parse(form, ["A1003", "A1004"]), TWO_HOMES) == [TWO_HOMES[0]]


def test_who_goes_to_a_home_goes_for_all_of_it() -> None:
    taken = msgspec.structs.replace(TWO_HOMES[2], response=Response.CLAIMED)
    candidates = [*TWO_HOMES[:2], taken, TWO_HOMES[3]]
    for text in ("1 A1004", "到了 A1004", "a1004 1"):
        assert choose(parse(text), candidates) == [TWO_HOMES[3], taken]
    words = choose(parse("3 A1004"), candidates)
    assert isinstance(words, Words)
    assert words.zh == "有2件：A1004-1、A1004-2。请回复如“3 A1004-1”。"


def test_two_readings_that_both_fit_are_asked_about() -> None:
    said = parse("A1004 1 2")
    assert in_view_of(said, TWO_HOMES).answer is None
    assert choose(in_view_of(said, TWO_HOMES[:3]), TWO_HOMES[:3]) == [TWO_HOMES[2]]
    assert in_view_of(said, TWO_HOMES[:3]).answer is THERE
    assert in_view_of(said, TWO_HOMES[3:]).answer is GOING


@pytest.mark.parametrize(
    ("text", "answer"), [("收到 A1004 2", THERE), ("好的 1 A1004", GOING), ("收到 A1004 1", GOING)]
)
def test_a_digit_beside_a_home_without_that_number_is_an_answer(text: str, answer: Answer) -> None:
    seven = incident(7, code="A1004")
    said = in_view_of(parse(text, ["A1004"]), [seven])
    assert said.answer is answer
    assert choose(said, [seven]) == [seven]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ok 2", THERE),
        ("OK 1", GOING),
        ("ok2", THERE),
        ("OK，3", CANNOT),
        ("收到 1", GOING),
        ("收到１", GOING),
        ("1收到", GOING),
        ("好的 2", THERE),
        ("2 到了", THERE),
        ("2到了", THERE),
        ("3 不能去", CANNOT),
        ("1，我去", GOING),
    ],
)
def test_a_number_nothing_open_has_is_an_answer(text: str, answer: Answer) -> None:
    said = in_view_of(parse(text), [SEVEN])
    assert said == Said(answer, "")
    assert choose(said, [SEVEN]) == [SEVEN]


def test_a_number_that_is_open_is_that_incident() -> None:
    two = incident(2)
    said = in_view_of(parse("ok 2"), [two, SEVEN])
    assert said.answer is GOING
    assert choose(said, [two, SEVEN]) == [two]


def test_a_word_that_speaks_against_its_number_is_asked_about() -> None:
    said = in_view_of(parse("到了 3"), [SEVEN])
    assert isinstance(choose(said, [SEVEN]), Words)
