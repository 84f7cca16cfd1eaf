"""Targets of pushes, centres and other systems: what the file may say of them."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerting.household import Path as PathOut
from gateway.cli.commands import guanai
from gateway.config import GATEWAY_HOUSEHOLD
from gateway.config.values import BadValue, read_phone
from gateway.door import FrontDoor
from gateway.transports.transport import Listener, LookedAfter
from gateway.ways_out import open_all
from tests.fakes.clock import FakeClock
from tests.gateway.test_config import WHOLE, loaded, wrong

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
PUSH = '[push.targets]\nson-ntfy = "ntfys://a-secret-topic"\n'
SCAIP = '[scaip.targets.county]\nhost = "arc.example.org"\ncontroller = "100027"\n'
WEBHOOK = f'[webhook.targets.town]\nurl = "https://town.example.org/alarms"\nsecret = "{SECRET}"\n'
SON = 'phone = "+14155550101"'


def with_targets(*tables: str, son: str = "") -> str:
    text = WHOLE.replace(SON, f"{SON}\n{son}", 1)
    head, mark, rest = text.partition("[[responder]]")
    return head + "\n".join(tables) + "\n" + mark + rest


def test_a_person_has_targets_by_name_and_their_addresses_stay_outside_the_household(
    tmp_path: Path,
) -> None:
    son = 'push = "son-ntfy"\nscaip = "county"\nwebhook = "town"'
    settings = loaded(tmp_path, with_targets(PUSH, SCAIP, WEBHOOK, son=son))
    person = settings.responders["son"]
    assert person.channels == ("sms", "voice", "push", "scaip", "webhook")
    assert person.addresses == {"push": "son-ntfy", "scaip": "county", "webhook": "town"}
    assert person.address("push") == "son-ntfy"
    assert person.address("sms") == "+14155550101"
    assert "a-secret-topic" not in repr(settings)
    assert SECRET not in repr(settings)
    for home in (settings.households["h1"], settings.households[GATEWAY_HOUSEHOLD]):
        assert home.paths == (
            PathOut("twilio", ("sms", "voice")),
            PathOut("push", ("push",)),
            PathOut("scaip", ("scaip",)),
            PathOut("webhook", ("webhook",)),
        )
    assert settings.warnings == ()


async def test_every_configured_way_is_opened_and_none_else(tmp_path: Path) -> None:
    son = 'push = "son-ntfy"\nscaip = "county"\nwebhook = "town"'
    settings = loaded(tmp_path, with_targets(PUSH, SCAIP, WEBHOOK, son=son))
    opened = open_all(settings, tmp_path, FakeClock(), FrontDoor())
    assert [one.name for one in opened] == ["twilio", "push", "scaip", "webhook"]
    assert isinstance(opened[2], Listener)
    assert isinstance(opened[2], LookedAfter)
    plain = open_all(loaded(tmp_path, WHOLE), tmp_path, FakeClock(), FrontDoor())
    assert [one.name for one in plain] == ["twilio"]


def test_without_targets_nothing_is_opened(tmp_path: Path) -> None:
    settings = loaded(tmp_path, WHOLE)
    assert (settings.push, settings.scaip, settings.webhook) == (None, None, None)
    assert settings.households["h1"].paths == (PathOut("twilio", ("sms", "voice")),)


def test_a_push_address_may_come_from_systemd(tmp_path: Path) -> None:
    (tmp_path / "push-son-bark").write_text("barks://host/key")
    (tmp_path / "push-son-bark").chmod(0o600)
    text = with_targets(son='push = "son-bark"')
    settings = loaded(tmp_path, text, CREDENTIALS_DIRECTORY=str(tmp_path))
    assert settings.push is not None
    assert settings.push.targets == {"son-bark": "barks://host/key"}


def test_a_centre_has_sip_s_ports_and_the_homes_their_own_numbers(tmp_path: Path) -> None:
    more = 'transport = "tls"\ncontrollers = { h1 = "100028" }\nhold = "5m"\nsupervised = false\n'
    settings = loaded(tmp_path, with_targets(SCAIP + more, son='scaip = "county"'))
    assert settings.scaip is not None
    county = settings.scaip.targets["county"]
    assert (county.port, county.transport) == (5061, "tls")
    assert county.controllers == {"h1": "100028"}
    assert county.hold == timedelta(minutes=5)
    assert county.heartbeat is None


REFUSED = [
    (
        (PUSH,),
        'channels = ["push"]\npush = "son-ntfy"',
        "policy[need].channels: son is told by push only, which no emergency may rest on; "
        "add sms or voice",
    ),
    ((), 'push = "daughter"', "there is no push target 'daughter'"),
    ((PUSH,), 'push = "son-nfty"', "did you mean 'son-ntfy'?"),
    ((), 'scaip = "county"', "[scaip] has no target 'county'"),
    ((WEBHOOK,), 'webhook = "twon"', "did you mean 'town'?"),
    ((PUSH,), 'channels = ["sms", "push"]', "has push without saying where it goes"),
    (('[push.targets]\nson = "wecom"\n',), 'push = "son"', "push.targets.son: is not a push"),
    (('[push.targets]\n"a b" = "ntfy://x"\n',), "", '"a b" cannot be a name'),
    ((SCAIP.replace("100027", "A-27"),), "", "is not a controller's id"),
    ((SCAIP.replace("arc.example.org", "arc.example.org/x"),), "", "is not a host name"),
    ((SCAIP + 'transport = "sctp"\n',), "", 'expected "udp", "tcp" or "tls"'),
    ((SCAIP + 'hold = "1h"\n',), "", "hold: is not between 3 and 30 minutes"),
    ((SCAIP + 'heartbeat = "30s"\n',), "", "heartbeat: is not between 1 and 1440 minutes"),
    ((SCAIP + 'controllers = { h9 = "1" }\n',), "", "there is no [[household]] 'h9'"),
    ((SCAIP + "port = 70000\n",), "", "70000 is not a port"),
    (
        (WEBHOOK.replace("https", "http"),),
        "",
        "would carry secrets in clear; only this machine may have http, write https",
    ),
    ((WEBHOOK.replace(SECRET, "whsec_c2hvcnQ="),), "", "is not a signing secret"),
    ((WEBHOOK.replace(SECRET, "密钥"),), "", "is not a signing secret"),
    ((WEBHOOK.replace(f'secret = "{SECRET}"\n', ""),), "", "secret: is missing"),
    ((WEBHOOK.replace("https://town.example.org/alarms", ""),), "", "url: is empty"),
]


@pytest.mark.parametrize(("tables", "son", "said"), REFUSED)
def test_what_cannot_work_is_refused(
    tmp_path: Path, tables: tuple[str, ...], son: str, said: str
) -> None:
    problems = wrong(tmp_path, with_targets(*tables, son=son))
    assert any(said in problem for problem in problems), problems
    assert not any("c2hvcnQ" in problem for problem in problems)


def test_a_push_beside_a_text_is_welcome(tmp_path: Path) -> None:
    text = with_targets(PUSH, son='channels = ["sms"]\npush = "son-ntfy"')
    assert loaded(tmp_path, text).responders["son"].channels == ("sms", "push")


def test_a_policy_that_leaves_the_text_out_is_refused(tmp_path: Path) -> None:
    text = with_targets(PUSH, son='push = "son-ntfy"')
    text = text.replace('kinds = ["emergency", "fall"]', 'kinds = ["emergency"]\nchannels=["push"]')
    assert any("no emergency may rest on" in problem for problem in wrong(tmp_path, text))


def test_a_centre_stands_alone(tmp_path: Path) -> None:
    text = with_targets(SCAIP, son='channels = []\nscaip = "county"')
    settings = loaded(tmp_path, text)
    assert settings.responders["son"].channels == ("scaip",)
    assert settings.warnings == ()


def test_a_target_nobody_has_is_noted(tmp_path: Path) -> None:
    settings = loaded(tmp_path, with_targets(WEBHOOK))
    assert [warning.where for warning in settings.warnings] == ["webhook.targets.town"]


class TestCheckConfig:
    """`guanai check-config` asks the library itself, in its own process."""

    def checked(self, folder: Path, url: str) -> tuple[int, str]:
        text = with_targets(f'[push.targets]\nson = "{url}"\n', son='push = "son"')
        file = folder / "gateway.toml"
        file.write_text(text)
        result = CliRunner().invoke(guanai, ["--lang", "en", "check-config", str(file)])
        return result.exit_code, f"{result.output}{result.exception or ''}"

    def test_a_service_that_exists(self, tmp_path: Path) -> None:
        code, said = self.checked(tmp_path, "wecombot://0123456789")
        assert (code, "correct" in said) == (0, True), said

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("wecom-robot1://s", "is not a push address"),
            ("wecomrobot://secret-key", "no push service is called 'wecomrobot'"),
            ("mailtos://nobody", "a mailtos:// address needs more than this"),
        ],
    )
    def test_one_that_cannot_be_used(self, tmp_path: Path, url: str, expected: str) -> None:
        code, said = self.checked(tmp_path, url)
        assert code != 0
        assert expected in said
        assert "secret-key" not in said


def test_a_mobile_number_with_a_digit_too_few_is_not_taken_for_a_landline() -> None:
    with pytest.raises(BadValue, match="has 10 digits"):
        read_phone("+861380000001")
    assert read_phone("+862112345678") == "+862112345678"
