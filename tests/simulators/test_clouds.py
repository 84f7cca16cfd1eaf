"""The simulated clouds themselves: strict, and the same every time."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from simulators.__main__ import main
from simulators.clouds.both import both
from simulators.clouds.records import Request
from simulators.clouds.server import now, serving
from simulators.clouds.settings import tenants
from tests.fakes.clouds import DAUGHTER, clouds

CONFIG = """
[aliyun]
access_key_id = "LTAI1"
access_key_secret = "secret"
signature = "江畔关爱"
key_text = "TTS_9"

[[aliyun.text]]
about = "alarm"
code = "SMS_1"
text = "编号${code}呼救"
"""


def test_it_takes_the_account_of_the_gateways_configuration(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(CONFIG)
    found = tenants(file)
    assert list(found) == ["aliyun"]
    assert set(found["aliyun"].templates) == {"SMS_1", "TTS_9"}


@pytest.mark.parametrize("text", ["", "[aliyun]", "x =", '[aliyun]\naccess_key_id = "LTAI1"'])
def test_a_configuration_it_cannot_use_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"gateway|secret"):
        tenants(file)


def test_whoever_does_not_sign_gets_nothing() -> None:
    there = clouds()
    for host in ("dysmsapi.aliyuncs.com", "sms.tencentcloudapi.com"):
        answer = there.handle(now(), Request(host=host, pairs=(("PhoneNumbers", "1"),)))
        assert b"Signature" in answer.body or b"Authorization" in answer.body
    assert there.texts == []
    assert both({}).handle(now(), Request(host="sms.tencentcloudapi.com")).status == 404


async def test_the_back_room() -> None:
    async with serving(clouds()) as server, aiohttp.ClientSession() as session:
        for path, body, status in [
            ("faults", b'{"kind": "html", "times": 1}', 200),
            ("faults", b'{"kind": "nonsense"}', 400),
            (f"fates/{DAUGHTER}", b'{"code": "MK:0001"}', 200),
            (f"fates/{DAUGHTER}", b"x", 400),
            (f"texts/{DAUGHTER}", b"1", 400),
        ]:
            async with session.post(f"{server.url}/_admin/{path}", data=body) as answer:
                assert answer.status == status, path
        async with session.get(f"{server.url}/_admin/state") as answer:
            state = await answer.json()
        assert [fault["kind"] for fault in state["faults"]] == ["html"]
        async with session.delete(f"{server.url}/_admin/faults") as answer:
            assert answer.status == 200
        assert server.clouds.faults == []


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text("[aliyun]\n")
    result = CliRunner().invoke(main, ["clouds", "--config", str(file)])
    assert result.exit_code != 0
    assert "neither [aliyun] nor [tencent]" in result.output
