"""`who-would-be-told` shows that the elder is asked first, by what, and what follows when."""

from __future__ import annotations

from alerting.household import Asking, Calls, Household, IncidentKind, Path, Resident
from gateway.cli.ladder import lines, on_asking
from gateway.foresight import foresee
from tests.builders import PANEL, SOS, at, household

WANG = Resident("王秀兰", "王奶奶", phone="+85251000099")
NIGHT = at("day 2 03:00")


def shown(home: Household, kind: IncidentKind, language: str = "zh") -> list[str]:
    """Return the lines a technician reads, blanks squeezed."""
    moments = list(foresee(home, kind, NIGHT))
    said = [*on_asking(moments, kind, NIGHT)]
    said += lines(moments, NIGHT, home.policy(kind), home.tz)
    return [" ".join(line.said(language).split()) for line in said]


def test_after_a_fall_once_by_telephone_and_by_what_speaks() -> None:
    first, asked, follows, step, *_ = shown(household(PANEL, residents=(WANG,)), IncidentKind.FALL)
    assert "毫无疑问的跌倒不问老人" in first
    assert asked == "+0s 03:00 先问老人是否没事：王奶奶 +85251000099 电话；客厅呼叫器"
    assert (
        follows == "没事（按 1）：结案；需要帮助（按 2）：立即通知；+25s 仍无答复：按需要帮助通知"
    )
    assert step.startswith("+25s 03:00 家庭 王芳")


def test_in_english() -> None:
    home = household(SOS, residents=(WANG,))
    _, asked, follows, *_ = shown(home, IncidentKind.FALL, "en")
    assert asked == (
        "+0s 03:00 the resident is asked first, are you all right: 王奶奶 +85251000099 call"
    )
    assert follows == (
        "well (key 1): closed; help (key 2): people are told at once; "
        "no answer by +25s: people are told"
    )


def test_after_a_long_silence_twice() -> None:
    asked, follows, again, step, *_ = shown(
        household(SOS, residents=(WANG,)), IncidentKind.INACTIVITY
    )
    assert asked.startswith("+0s 03:00 先问老人是否没事：王奶奶")
    assert "+2m 仍无答复" in follows
    assert again == "+1m 03:01 再问老人一次：王奶奶 +85251000099 电话"
    assert step.startswith("+2m 03:02 家庭 王芳")


def test_a_home_that_cannot_be_asked_is_told_why() -> None:
    first, step, *_ = shown(household(SOS), IncidentKind.FALL)
    assert first.startswith("不先问老人：家里没有会说话的设备，打不通老人的电话")
    assert step.startswith("+0s 03:00 家庭 王芳")
    first, step, *_ = shown(household(PANEL), IncidentKind.INACTIVITY)
    assert first.startswith("不先问老人：打不通老人的电话"), "a silence is asked about by telephone"
    never = household(SOS, residents=(WANG,), asking=Asking(calls=Calls.NEVER))
    assert shown(never, IncidentKind.FALL)[0].startswith("不先问老人")
    no_calls = household(SOS, residents=(WANG,), paths=(Path("aliyun", ("sms",)),))
    assert shown(no_calls, IncidentKind.FALL)[0].startswith("不先问老人")


def test_a_press_is_asked_about_by_nobody() -> None:
    home = household(PANEL, residents=(WANG,))
    assert not [line for line in shown(home, IncidentKind.EMERGENCY) if "问老人" in line]
