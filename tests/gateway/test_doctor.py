"""The doctor: one finding for each question, the remedy with it, nothing disturbed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from gateway.brokers import BrokerAddress, SupervisedBroker, open_broker
from gateway.brokers.broker import free_port
from gateway.cli import main
from gateway.config import load
from gateway.doctor import Finding, Level, examine, machine
from gateway.doctor.machine import DISK_FREE_BYTES_MIN
from gateway.store.store import Store
from tests.gateway.test_config import WHOLE

pytestmark = pytest.mark.line

DATABASE = "guanai.db"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration whose provider is nobody on this machine."""
    nobody = f"http://127.0.0.1:{free_port('127.0.0.1')}"
    text = WHOLE.replace("[twilio]", f'[twilio]\nbase_url = "{nobody}"')
    text = text.replace('kind = "mosquitto"', f'listen = "127.0.0.1:{free_port("127.0.0.1")}"')
    text = text.replace("[desk]", f'[desk]\nlisten = "127.0.0.1:{free_port("127.0.0.1")}"')
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    file.chmod(0o600)
    return file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


async def examined(config: Path, data: Path) -> dict[str, Finding]:
    return {one.what.en: one async for one in examine(config, data, DATABASE)}


def found(config: Path, data: Path) -> dict[str, Finding]:
    return asyncio.run(examined(config, data))


def test_a_sound_machine_is_green_but_for_the_silent_provider(config: Path, data: Path) -> None:
    before = config.read_bytes()
    findings = found(config, data)
    levels = {what: one.level for what, one in findings.items()}
    assert levels["Python"] is Level.OK
    assert levels["data folder"] is Level.OK
    assert levels["store"] is Level.OK
    assert levels["configuration"] is Level.OK
    assert levels["broker"] is Level.OK
    assert "survives the broker being killed" in findings["broker"].words.en
    assert levels["duty desk"] is Level.OK
    assert levels["texts and calls"] is Level.FAIL
    assert "check the network" in findings["texts and calls"].words.en
    assert list(data.iterdir()) == [], "it leaves nothing behind"
    assert config.read_bytes() == before
    for one in findings.values():
        assert one.words.zh


async def test_a_running_broker_is_tried_and_left_running(config: Path, data: Path) -> None:
    settings = load(config)
    broker = open_broker(settings.broker, data)
    assert isinstance(broker, SupervisedBroker)
    await broker.start()
    try:
        pid = broker.pid
        written = (data / "broker" / "mosquitto.conf").stat().st_mtime_ns
        findings = await examined(config, data)
        assert findings["broker"].level is Level.OK
        assert "survives the broker being killed" in findings["broker"].words.en
        assert "the gateway runs" in findings["duty desk"].words.en
        assert broker.pid == pid
        assert (data / "broker" / "mosquitto.conf").stat().st_mtime_ns == written
    finally:
        await broker.stop()


def test_a_wrong_configuration_ends_the_examination(config: Path, data: Path) -> None:
    config.write_text("x = 1")
    findings = found(config, data)
    assert findings["configuration"].level is Level.FAIL
    assert "x: no such setting" in findings["configuration"].words.en
    assert "broker" not in findings


def test_a_damaged_store_is_found(config: Path, data: Path) -> None:
    (data / DATABASE).write_bytes(b"not a database" * 1000)
    findings = found(config, data)
    assert findings["store"].level is Level.FAIL


def test_a_sound_store_is_counted(config: Path, data: Path) -> None:
    async def make() -> None:
        await Store.open(data / DATABASE).close()

    asyncio.run(make())
    assert "0 entries" in found(config, data)["store"].words.en


def test_what_others_may_read_is_pointed_out(config: Path, data: Path) -> None:
    config.chmod(0o644)
    data.chmod(0o755)
    findings = found(config, data)
    assert "chmod 640" in findings["configuration"].words.en
    assert "chmod 700" in findings["data folder"].words.en


def test_a_full_disk_fails(config: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = os.statvfs_result((4096, 4096, 10**6, 10, 10, 0, 0, 0, 0, 255))
    monkeypatch.setattr("os.statvfs", lambda _path: usage)
    findings = found(config, data)
    assert findings["disk"].level is Level.FAIL
    assert DISK_FREE_BYTES_MIN > 10 * 4096


def test_a_broker_that_is_away_fails(config: Path, data: Path) -> None:
    away = BrokerAddress(host="127.0.0.1", port=free_port("127.0.0.1"))
    text = config.read_text()
    start, end = text.index("[broker]"), text.index("[desk]")
    config.write_text(text[:start] + f'[broker]\nurl = "{away}"\n' + text[end:])
    findings = found(config, data)
    assert findings["broker"].level is Level.FAIL
    assert "did not answer" in findings["broker"].words.en


def test_the_exit_code_says_whether_something_fails(
    config: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--lang", "zh", "doctor", "--config", str(config), "--data", str(data)])
    assert ended.value.code == 1
    shown = capsys.readouterr().out.splitlines()
    assert any(line.startswith("故障  短信和电话: ") for line in shown)
    assert any(line.startswith("正常  代理: ") for line in shown)


def test_root_may_look_at_what_belongs_to_the_service(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() == 0:
        os.chown(data, 1000, 1000)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    finding = machine.user(data)
    assert finding.level is Level.OK
    assert f"belongs to uid {data.stat().st_uid}" in finding.words.en
    assert machine.user(data / "none").level is Level.WARN


def test_without_the_token_the_provider_is_not_accused(config: Path, data: Path) -> None:
    lines = [line for line in config.read_text().splitlines() if not line.startswith("auth_token")]
    config.write_text("\n".join(lines))
    findings = found(config, data)
    assert findings["texts and calls"].level is Level.WARN
    assert "not tried: the token cannot be read here" in findings["texts and calls"].words.en
    assert "auth_token: cannot be read here" in findings["configuration"].words.en
