"""What people write back, and what it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.events import Answer
from alerting.household import IncidentKind
from alerting.incident import Incident, Urgency
from alerting.response.replies import Said, choose, in_view_of, parse
from alerting.words import Words
from tests.builders import LADDER, at

GOING, THERE, CANNOT = Answer.GOING, Answer.ON_SCENE, Answer.CANNOT


@pytest.mark.parametrize(
    ("text", "answer", "code"),
    [
        ("1", GOING, ""),
        ("１", GOING, ""),
        (" 1 。", GOING, ""),
        ("2", THERE, ""),
        ("3", CANNOT, ""),
        ("9", CANNOT, ""),
        ("收到", GOING, ""),
        ("好的！", GOING, ""),
        ("知道了", GOING, ""),
        ("马上来", GOING, ""),
        ("还没到", GOING, ""),
        ("到了", THERE, ""),
        ("已到场。", THERE, ""),
        ("不能去", CANNOT, ""),
        ("去不了", CANNOT, ""),
        ("没空", CANNOT, ""),
        ("OK", GOING, ""),
        ("On my way!", GOING, ""),
        ("I'm coming", GOING, ""),
        ("arrived", THERE, ""),
        ("I can't go", CANNOT, ""),
        ("no", CANNOT, ""),
        ("1 7", GOING, "7"),
        ("１　７", GOING, "7"),
        ("1，编号7", GOING, "7"),
        ("1编号7", GOING, "7"),
        ("编号7 2", THERE, "7"),
        ("2 A1001", THERE, "A1001"),
        ("2a1001", THERE, "A1001"),
        ("a1001 3", CANNOT, "A1001"),
        ("收到 7", GOING, "7"),
        ("收到7", GOING, "7"),
        ("1。", GOING, ""),
        ("2!", THERE, ""),
        ("２！", THERE, ""),
        ("(3)", CANNOT, ""),
        ("回复1", GOING, ""),
        ("按2", THERE, ""),
        ("收到，马上去", GOING, ""),
        ("收到，谢谢", GOING, ""),
        ("收到谢谢！", GOING, ""),
        ("马上去", GOING, ""),
        ("好", GOING, ""),
        ("我没空", CANNOT, ""),
        ("7 收到", GOING, "7"),
        ("不能去 A1001", CANNOT, "A1001"),
        ("on my way 7", GOING, "7"),
        ("3 h1-0007", CANNOT, "H1-0007"),
    ],
)
def test_what_is_understood(text: str, answer: Answer, code: str) -> None:
    assert parse(text) == Said(answer, code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "17",
        "12",
        "4",
        "8",
        "你好吗",
        "谁啊",
        "不到",
        "可以吗",
        "not ok",
        "I can go?? no",
        "10分钟到",
        "好，不能去",
        "谢谢",
        "👍",
    ],
)
def test_what_is_not_understood_is_not_guessed(text: str) -> None:
    assert parse(text).answer is None


@given(st.text(max_size=300))
def test_no_text_at_all_upsets_it(text: str) -> None:
    said = parse(text)
    assert said.answer is not None or said.code == ""
    assert isinstance(choose(said, [incident(7), incident(8)]), Incident | Words)


def incident(number: int, home: str = "h1", code: str = "A1001") -> Incident:
    return Incident(
        id=f"{home}-{number:04}",
        household=home,
        kind=IncidentKind.EMERGENCY,
        urgency=Urgency.HIGH,
        opened_at=at("day 1 09:00"),
        reason=Words("按呼救", "help button pressed"),
        policy=LADDER,
        subjects=("panel",),
        due_at=at("day 1 09:01"),
        code=code,
    )


SEVEN, EIGHT = incident(7), incident(8)
ELSEWHERE = incident(7, "h2", "A1002")


def test_a_bare_answer_means_the_only_open_incident() -> None:
    assert choose(parse("1"), [SEVEN]) is SEVEN


def test_with_several_open_the_person_is_asked_which() -> None:
    words = choose(parse("1"), [SEVEN, EIGHT])
    assert words == Words(
        "有2件：7（A1001）、8（A1001）。请回复如“1 7”。",
        '2 open: 7 (A1001), 8 (A1001). Please reply e.g. "1 7".',
    )


def test_a_code_decides() -> None:
    assert choose(parse("1 8"), [SEVEN, EIGHT]) is EIGHT
    assert choose(parse("1 0008"), [SEVEN, EIGHT]) is EIGHT
    assert choose(parse("1 a1002"), [SEVEN, ELSEWHERE]) is ELSEWHERE


def test_the_same_number_in_two_homes_is_told_apart_by_the_home() -> None:
    words = choose(parse("1 7"), [SEVEN, ELSEWHERE])
    assert isinstance(words, Words)
    assert words.zh == "有2件：A1001、A1002。请回复如“1 A1001”。"
    assert choose(parse("1 A1002"), [SEVEN, ELSEWHERE]) is ELSEWHERE


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
    assert len(words.zh) < 60


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
    assert choose(said, [SEVEN]) is SEVEN


def test_a_number_that_is_open_is_that_incident() -> None:
    two = incident(2)
    said = in_view_of(parse("ok 2"), [two, SEVEN])
    assert said.answer is GOING
    assert choose(said, [two, SEVEN]) is two


def test_a_word_that_speaks_against_its_number_is_asked_about() -> None:
    said = in_view_of(parse("到了 3"), [SEVEN])
    assert isinstance(choose(said, [SEVEN]), Words)
