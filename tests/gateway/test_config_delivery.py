"""[delivery], the ways out that are configured, and what a technician is told of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path as File
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import msgspec
import pytest

from alerting.household import Household, IncidentKind, Path
from gateway.cli.ladder import lines
from gateway.config.delivery import KNOWN, DeliverySection, delivery_settings, paths_of
from gateway.foresight import foresee
from tests.gateway.test_config import WHOLE, loaded, wrong

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def names(*tables: str, prefer: tuple[str, ...] = ()) -> list[str]:
    file = SimpleNamespace(**dict.fromkeys(tables, object()))
    return [path.name for path in paths_of(file, prefer)]


def test_what_stands_in_the_file_is_a_way_out_the_preferred_first() -> None:
    assert names("twilio", "modem", "broker") == ["twilio", "modem"]
    assert names("tencent", "modem", "twilio", prefer=("tencent",)) == [
        "tencent",
        "twilio",
        "modem",
    ]
    assert names() == []
    assert {path.name: path.line for path in KNOWN}["modem"] == "sim"


def test_every_home_and_the_gateway_itself_get_the_ways_out(tmp_path: File) -> None:
    settings = loaded(tmp_path, WHOLE)
    assert [path.name for path in settings.delivery.paths] == ["twilio"]
    for home in settings.households.values():
        assert home.paths == settings.delivery.paths


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('prefer = ["twillio"]', "no way out 'twillio'"),
        ('prefer = ["modem"]', "'modem' is not configured: write [modem]"),
        ("weights = { twilio = 101 }", "is 101; from 1 to 100"),
        ("weights = { pigeon = 1 }", "no way out 'pigeon'"),
        ("sim_texts_per_hour = 0", "0 is not a whole number above 0"),
        ("sim_kept_for_alarms = 60", "less than both limits"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: File, line: str, said: str) -> None:
    problems = wrong(tmp_path, WHOLE + f"\n[delivery]\n{line}\n")
    assert any(said in problem for problem in problems), problems


def test_what_is_written_is_taken(tmp_path: File) -> None:
    text = WHOLE + '\n[delivery]\nprefer = ["twilio"]\nweights = { twilio = 51 }\n'
    settings = loaded(tmp_path, text + "sim_texts_per_day = 100\n")
    assert settings.delivery.weights == {"twilio": 51}
    assert settings.delivery.sim_texts_per_day == 100
    assert delivery_settings(DeliverySection(), SimpleNamespace()).lines == {}


def told(home: Household) -> str:
    start = NOW
    moments = foresee(home, IncidentKind.EMERGENCY, start)
    policy = home.policy(IncidentKind.EMERGENCY)
    return "\n".join(line.en for line in lines(moments, start, policy, ZoneInfo("UTC")))


def village(tmp_path: File, *paths: Path) -> Household:
    """Return a home whose neighbour has a mainland mobile number."""
    text = WHOLE.replace("+14155550101", "+8613800000006")
    text = text.replace('phone = "+8613800000006"', 'phone = "+8613800000006"\nchannels = ["sms"]')
    home = next(home for id, home in loaded(tmp_path, text).households.items() if id == "h1")
    people = {
        kind: msgspec.structs.replace(
            policy,
            steps=tuple(
                msgspec.structs.replace(
                    step,
                    responders=tuple(
                        msgspec.structs.replace(one, channels=("sms", "voice"))
                        for one in step.responders
                    ),
                )
                for step in policy.steps
            ),
        )
        for kind, policy in home.policies.items()
    }
    return msgspec.structs.replace(home, paths=paths, policies=people)


def test_who_would_be_told_names_the_paths_of_each_message(tmp_path: File) -> None:
    said = told(village(tmp_path, *KNOWN[:2]))
    assert "text message (modem → twilio)" in said
    assert "text message (twilio)" in said, "and once more by the other line"
    assert "call (modem)" in said


def test_who_hangs_on_one_line_is_pointed_out(tmp_path: File) -> None:
    only_calls = Path("modem", ("voice",), line="sim")
    said = told(village(tmp_path, Path("aliyun", ("sms", "voice")), only_calls))
    assert "hangs on one line" not in said.split("+8613800000006")[1].split("\n")[1]
    said = told(village(tmp_path, Path("twilio", ("sms",)), only_calls))
    assert "no reply comes back" in said
