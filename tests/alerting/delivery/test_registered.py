"""A text that an operator would refuse is refused here, in words."""

from __future__ import annotations

import msgspec
import pytest

from alerting.delivery.registered import RULES, Registered, Unsayable, faults, fills, said, values
from alerting.delivery.variables import NAMES
from alerting.orders import About

GOOD = Registered(
    "sms",
    About.ALARM,
    "SMS_1",
    "紧急：编号${code}于${when}报${event}。请立即上门。回复1前往，2到场，3不能。",
)
NUMBERED = Registered(
    "sms",
    About.ALARM,
    "1110",
    "紧急：编号{1}于{2}报{3}。请立即上门。",
    variables=("code", "when", "event"),
)


def wrong(one: Registered, provider: str = "aliyun", can_press: bool = False) -> list[str]:
    return [words.en for words in faults(one, provider, "江畔关爱", can_press)]


def with_text(text: str, **changes: object) -> Registered:
    return msgspec.structs.replace(GOOD, text=text, **changes)


def test_a_good_text_is_taken() -> None:
    assert wrong(GOOD) == []
    assert wrong(NUMBERED, "tencent") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("${code}${when}已呼救", "nothing between"),
        ("${code}，${code}呼救", "twice"),
        ("${code}，${when}。", "variables only"),
        ("编号${name}呼救", "nothing fills name"),
        ("编号{code}呼救", "not written ${code}"),
        ("编号${code呼救", "not written ${code}"),
        ("编号${code}呼救，详见www.care.cn", "a link"),
        ("编号${code}呼救，详见care.example.com/x", "a link"),
        ("编号${code}呼救，请加微信", "messenger"),
        ("编号${code}呼救，电13800000001", "mobile number"),
        ("编号${code}呼救，HELP", "English word"),
        ("【关爱】编号${code}呼救", "a sign"),
        ("编号${code}呼救" + "请" * 60, "at most 70"),
    ],
)
def test_what_operators_refuse(text: str, reason: str) -> None:
    assert any(reason in found for found in wrong(with_text(text))), wrong(with_text(text))


def test_the_length_counts_signature_and_longest_values() -> None:
    fixed = "编号${code}呼救"  # 4 and the hole
    for extra, refused in [(54, False), (55, True)]:
        text = fixed + "请" * extra  # 4 + 6 + extra + signature of 6
        assert bool(wrong(with_text(text))) is refused, extra
    spoken = with_text(fixed + "请" * 120, channel="voice")
    assert wrong(spoken) == []


def test_tencent_counts_its_holes() -> None:
    two = ("code", "when")
    assert wrong(
        msgspec.structs.replace(NUMBERED, text="编号{1}在{3}呼救", variables=two), "tencent"
    )
    missing = msgspec.structs.replace(NUMBERED, variables=two)
    assert "has 3 variables, and variables names 2" in wrong(missing, "tencent")[0]
    touching = msgspec.structs.replace(NUMBERED, text="编号{1}{2}{3}呼救")
    assert wrong(touching, "tencent") == []  # not forbidden there


def test_a_call_may_ask_for_a_key_only_where_keys_come_back() -> None:
    asks = with_text("编号${code}呼救。前往请按1。", channel="voice")
    assert any("keys cannot come back" in found for found in wrong(asks))
    assert wrong(asks, can_press=True) == []
    assert wrong(with_text("编号${code}于${when}按呼叫键。", channel="voice")) == []


def test_every_variable_there_is_may_be_used() -> None:
    for name in NAMES:
        assert wrong(with_text(f"编号${{{name}}}，请上门。")) == []


def test_what_arrives_is_known() -> None:
    filled = values(GOOD, RULES["aliyun"], {"code": "A1", "when": "08:42", "event": "呼救"})
    assert said(GOOD, RULES["aliyun"], filled, "江畔关爱") == (
        "【江畔关爱】紧急：编号A1于08:42报呼救。请立即上门。回复1前往，2到场，3不能。"
    )
    spoken = msgspec.structs.replace(NUMBERED, channel="voice")
    filled = values(spoken, RULES["tencent"], {"code": "A1", "when": "08:42", "event": "呼救"})
    assert said(spoken, RULES["tencent"], filled, "x") == "紧急：编号A1于08:42报呼救。请立即上门。"


def test_holes_may_be_named_after_something_else() -> None:
    one = with_text("编号${home}呼救", variables=("code",))
    assert wrong(one) == []
    assert fills(one, RULES["aliyun"]) == {"home": "code"}
    assert wrong(with_text("编号${home}呼救", variables=("code", "when")))
    with pytest.raises(Unsayable, match="home"):
        values(one, RULES["aliyun"], {})
