"""What would be refused at night is refused when it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import ConfigError, Settings, load
from gateway.ways_out import open_all
from tests.fakes.clock import FakeClock
from tests.fakes.clouds import FakeDoor

REST = """
[[responder]]
id = "son"
name = "王强"
role = "relative"
phone = "+8613800000001"
channels = ["sms"]

[[policy]]
id = "urgent"
kinds = ["emergency"]
channels = ["sms"]

[[policy.step]]
tier = "家庭"
who = ["relative"]
wait = "3m"

[[household]]
id = "h1"
code = "A1001"
name = "王秀兰家"
residents = [{ name = "王秀兰" }]
team = { relative = ["son"] }

[[household.device]]
id = "sos"
profile = "native"
role = "call_button"
"""
ALIYUN = """
[aliyun]
access_key_id = "LTAI1"
access_key_secret = "secret"
signature = "江畔关爱"
"""
TENCENT = """
[tencent]
secret_id = "AKID1"
secret_key = "secret"
signature = "江畔关爱"
sms_app = "1400006666"
"""
MODEM = """
[modem]
number = "+8613800000000"
"""
HOOK = 'public_url = "https://care.example.org"\nhook_secret = "abcdefghijklmnopqrstuvwxyz"\n'


def text(about: str, said: str = "编号${code}呼救，请上门。", *more: str) -> str:
    lines = [f'about = "{about}"', f'code = "SMS_{about}"', f'text = "{said}"', *more]
    return "\n".join(["[[aliyun.text]]", *lines, ""])


def numbered(about: str, said: str = "编号{1}呼救，请上门。", *more: str) -> str:
    lines = [f'about = "{about}"', 'code = "1"', f'text = "{said}"', 'variables = ["code"]', *more]
    return "\n".join(["[[tencent.text]]", *lines, ""])


BOTH_NEEDED = text("alarm") + text("escalated")


def loaded(tmp_path: Path, *parts: str) -> Settings:
    file = tmp_path / "gateway.toml"
    file.write_text("\n".join([*parts, REST]))
    return load(file, {})


def problems(tmp_path: Path, *parts: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, *parts)
    for problem in caught.value.problems:
        assert problem.words.zh
        assert problem.words.en
        assert problem.words.zh != problem.words.en
    return {problem.where: problem.words.en for problem in caught.value.problems}


def test_a_cloud_is_a_way_out(tmp_path: Path) -> None:
    tencent = TENCENT + numbered("alarm") + numbered("escalated")
    settings = loaded(tmp_path, ALIYUN, BOTH_NEEDED, tencent)
    assert settings.aliyun is not None
    assert settings.aliyun.path.channels == ("sms",)
    assert settings.aliyun.path.one_way == ("sms",), "replies are pushed, and nobody can push"
    assert settings.tencent is not None
    assert settings.tencent.path.one_way == (), "replies are asked for"
    assert [path.name for path in settings.households["h1"].paths] == ["aliyun", "tencent"]
    transports = open_all(settings, tmp_path, FakeClock(), FakeDoor())
    assert [(one.name, one.channels) for one in transports] == [
        ("aliyun", ("sms",)),
        ("tencent", ("sms",)),
    ]
    assert "secret" not in repr(settings)


def test_with_a_public_address_answers_come_back(tmp_path: Path) -> None:
    settings = loaded(tmp_path, ALIYUN + HOOK, BOTH_NEEDED)
    assert settings.aliyun is not None
    assert settings.aliyun.path.one_way == ()


def test_texts_may_be_prepared_before_there_is_an_account(tmp_path: Path) -> None:
    prepared = loaded(tmp_path, "[aliyun]", text("alarm"))
    assert prepared.aliyun is None
    found = problems(tmp_path, "[aliyun]", text("alarm", "编号${name}呼救"))
    assert "nothing fills name" in found["aliyun.text[#1].text"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("编号${code}呼救，请立即上门。" + "请回电值班室。" * 8, "at most 70"),
        ("编号${name}呼救", "nothing fills name"),
        ("编号${code}呼救，详见www.care.cn", "a link"),
        ("编号${code}呼救，HELP", "an English word"),
        ("${code}，${when}", "variables only"),
    ],
)
def test_a_text_that_would_be_refused_is_refused(tmp_path: Path, said: str, reason: str) -> None:
    found = problems(tmp_path, ALIYUN, text("alarm", said), text("escalated"))
    assert reason in found["aliyun.text[#1].text"]


@pytest.mark.parametrize(
    ("parts", "where", "reason"),
    [
        ((ALIYUN,), "aliyun.text", "nothing can be sent"),
        ((ALIYUN, text("alarm")), "aliyun.text", "no text about 'escalated'"),
        ((ALIYUN, BOTH_NEEDED, text("alarm")), "aliyun.text[#3]", "says the same as"),
        ((ALIYUN, BOTH_NEEDED, text("alarmed")), "aliyun.text[#3].about", "alarm"),
        (
            (ALIYUN.replace('signature = "江畔关爱"', ""), BOTH_NEEDED),
            "aliyun.signature",
            "is missing",
        ),
        (
            (ALIYUN.replace('access_key_secret = "secret"', ""), BOTH_NEEDED),
            "aliyun.access_key_secret",
            "is missing",
        ),
        (
            (ALIYUN + 'public_url = "https://care.example.org"\n', BOTH_NEEDED),
            "aliyun.hook_secret",
            "is missing",
        ),
        (
            (ALIYUN + HOOK.replace("abcdefghijklmnopqrstuvwxyz", "short"), BOTH_NEEDED),
            "aliyun.hook_secret",
            "24 or more",
        ),
        (
            (
                TENCENT.replace('sms_app = "1400006666"', ""),
                numbered("alarm"),
                numbered("escalated"),
            ),
            "tencent.sms_app",
            "is missing",
        ),
        (
            (TENCENT, numbered("alarm", "编号{1}于{2}呼救"), numbered("escalated")),
            "tencent.text[#1].text",
            "has 2 variables, and variables names 1",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    tmp_path: Path, parts: tuple[str, ...], where: str, reason: str
) -> None:
    assert reason in problems(tmp_path, *parts)[where]


def test_what_nobody_would_be_told_of_is_pointed_out(tmp_path: Path) -> None:
    settings = loaded(tmp_path, ALIYUN, BOTH_NEEDED)
    (warning,) = [one for one in settings.warnings if one.where == "aliyun.text"]
    assert "over" in warning.words.en


def test_a_modem_says_what_has_no_registered_text(tmp_path: Path) -> None:
    settings = loaded(tmp_path, ALIYUN, MODEM, BOTH_NEEDED)
    assert not [one for one in settings.warnings if one.where == "aliyun.text"]


def test_a_call_that_asks_for_a_key_needs_an_address(tmp_path: Path) -> None:
    asks = 'channel = "voice"'
    calls = text("alarm", "编号${code}呼救。前往请按1。", asks) + text(
        "escalated", "编号${code}呼救。", asks
    )
    found = problems(tmp_path, ALIYUN, BOTH_NEEDED, calls)
    assert "keys cannot come back" in found["aliyun.text[#3].text"]
    number = 'shown_number = "05710000000"\nkey_text = "TTS_9"\n'
    settings = loaded(tmp_path, ALIYUN + number + HOOK, BOTH_NEEDED, calls)
    assert settings.aliyun is not None
    assert settings.aliyun.path.channels == ("sms", "voice")
    assert settings.aliyun.path.one_way == ()


def test_a_mainland_phone_may_be_rung_where_a_cloud_calls(tmp_path: Path) -> None:
    """Twilio places no calls to the mainland; without a cloud that does, the plan is refused."""
    rung = REST.replace('channels = ["sms"]', 'channels = ["sms", "voice"]')
    calls = text("alarm", "编号${code}呼救。", 'channel = "voice"') + text(
        "escalated", "编号${code}呼救。", 'channel = "voice"'
    )
    file = tmp_path / "gateway.toml"
    file.write_text("\n".join([ALIYUN, BOTH_NEEDED, calls, rung]))
    settings = load(file, {})
    assert settings.households["h1"].paths[0].channels == ("sms", "voice")
    file.write_text("\n".join([ALIYUN, BOTH_NEEDED, rung]))
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert any("voice" in problem.words.en for problem in caught.value.problems)


def test_a_code_that_a_registered_text_would_cut_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "REST", REST.replace("A1001", "guanai-01"))
    found = problems(tmp_path, ALIYUN, text("alarm"), text("escalated"))
    assert found == {
        "household[h1].code": "has 9 characters and would be cut in messages; at most 6"
    }
    loaded(tmp_path, MODEM)
