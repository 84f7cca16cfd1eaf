"""What people write back, and what it means."""

from __future__ import annotations

import pytest

from alerting.events import Answer
from alerting.response import which
from alerting.response.replies import Said, parse
from tests.alerting.response.waiting import incident

GOING, THERE, CANNOT = Answer.GOING, Answer.ON_SCENE, Answer.CANNOT
TWO_OF_A1004 = incident(2, code="A1004")


@pytest.mark.parametrize(
    ("text", "answer", "code"),
    [
        ("1", GOING, ""),
        ("１", GOING, ""),
        (" 1 。", GOING, ""),
        ("2", THERE, ""),
        ("3", CANNOT, ""),
        ("9", Answer.REPEAT, ""),
        ("９", Answer.REPEAT, ""),
        ("0", Answer.MISTAKE, ""),
        ("０。", Answer.MISTAKE, ""),
        ("误报", Answer.MISTAKE, ""),
        ("弄错了", Answer.MISTAKE, ""),
        ("虚惊一场！", Answer.MISTAKE, ""),
        ("False alarm.", Answer.MISTAKE, ""),
        ("0 A1001", Answer.MISTAKE, "A1001"),
        ("A1001 0", Answer.MISTAKE, "A1001"),
        ("误报 A1001", Answer.MISTAKE, "A1001"),
        ("重发", Answer.REPEAT, ""),
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


@pytest.mark.parametrize(
    ("text", "answer", "number"),
    [
        ("1 A1004 2", GOING, "2"),
        ("1 2 A1004", GOING, "2"),
        ("1 1 A1004", GOING, "1"),
        ("1 A1004 1", GOING, "1"),
        ("1 A1004-2", GOING, "2"),
        ("1-A1004-2", GOING, "2"),
        ("1 A1004 编号2", GOING, "2"),
        ("1编号2 A1004", GOING, "2"),
        ("收到 A1004 2号", GOING, "2"),
        ("收到A1004编号2", GOING, "2"),
        ("我去A1004的2号", GOING, "2"),
        ("A1004-2 1", GOING, "2"),
        ("A1004-2到了", THERE, "2"),
        ("A1004 2号 到了", THERE, "2"),
        ("１，Ａ１００４－２", GOING, "2"),
        ("2、a1004、１", THERE, "1"),
        ("3A1004-02", CANNOT, "2"),
        ("on my way A1004 2", GOING, "2"),
        ("ok a1004 #2", GOING, "2"),
        ("1 1 A1004-2", None, ""),
        ("1 A1004-1 2号", None, ""),
        ("A1004-2", None, ""),
        ("1 A1003 A1004", None, ""),
        ("1 A1004 2 5", None, ""),
        ("听说 A1004-2", None, ""),
        ("10分钟到 A1004-2", None, ""),
    ],
)
def test_home_and_number_stand_in_any_order(text: str, answer: Answer | None, number: str) -> None:
    two = [incident(1, code="A1004"), TWO_OF_A1004]
    said = which.in_view_of(parse(text, ["A1004"]), two)
    assert said.answer is answer
    if answer is not None:
        assert which.choose(said, two) == [two[int(number) - 1]]


@pytest.mark.parametrize("code", ["3-201", "3栋201", "桃花1", "1003", "guanai-01", "A 7"])
@pytest.mark.parametrize("form", ["1 {}-2", "1 {} 编号2", "收到{}-2", "{}-2 1"])
def test_a_home_may_be_called_as_one_likes(code: str, form: str) -> None:
    two = [incident(1, code=code), incident(2, code=code)]
    said = which.in_view_of(parse(form.format(code), [code]), two)
    assert said.answer is GOING
    assert which.choose(said, two) == [two[1]]


@pytest.mark.parametrize(
    "text",
    ["误报？", "是误报?", "0？", "False alarm?", "到了？", "here?", "2?", "收到？", "1？ A1004"],
)
def test_a_question_is_no_answer(text: str) -> None:
    assert parse(text, ["A1004"]).answer is None


def test_whoever_asks_politely_is_told_again() -> None:
    assert parse("再说一遍？").answer is Answer.REPEAT


@pytest.mark.parametrize("text", ["no A1004 2", "No. A1004 1", "No, A1004 0"])
def test_a_no_before_a_home_is_asked_about(text: str) -> None:
    assert parse(text, ["A1004"]).answer is None


@pytest.mark.parametrize(("code", "other"), [("2A101", "A101"), ("3-2", "3")])
def test_the_name_of_a_home_alone_is_no_answer(code: str, other: str) -> None:
    assert parse(code, [other, code]).answer is None
    assert parse(f"1 {code}", [other, code]) == Said(GOING, code)


@pytest.mark.parametrize("code", ["A1004", "3-201"])
def test_the_second_of_two_is_not_taken_for_there(code: str) -> None:
    two = [incident(1, code=code), incident(2, code=code)]
    said = parse(f"{code} 2", [code])
    assert which.in_view_of(said, two).answer is None
    assert which.in_view_of(said, two[1:]).answer is THERE, "nobody asked which one"
    for clear in (f"2 {code}", f"{code} 到了"):
        assert which.in_view_of(parse(clear, [code]), two).answer is THERE
    assert which.in_view_of(parse(f"{code} 2", [code]), [two[0], incident(7)]).answer is THERE
