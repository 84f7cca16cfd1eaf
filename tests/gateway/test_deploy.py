"""What `deploy/` ships is correct: the example, the unit, the broker's configuration."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.household import IncidentKind, Role
from devices.profiles import PROFILES
from gateway.brokers import Accounts, BrokerAddress, self_test
from gateway.brokers.accounts import GATEWAY_ACCOUNT, hashed
from gateway.brokers.broker import free_port
from gateway.brokers.program import (
    MOSQUITTO_DURABLE,
    PACKET_BYTES_MAX,
    QUEUED_MESSAGES_MAX,
    find_mosquitto,
)
from gateway.config import load
from gateway.config.sections import LISTS, TABLES

DEPLOY = Path(__file__).parents[2] / "deploy"
EXAMPLE = DEPLOY / "gateway.example.toml"
EXPOSURE_MAX = 2.0
SECRETS = {
    "push-wang-wecom": "wecombot://0123456789",
    "modem-pin": "0000",
    "webhook-town": "whsec_" + base64.b64encode(bytes(32)).decode(),
}
"""Those that must have a form."""

_OTHER_WAY = re.compile(r"#or (\w+) = ")
_UNUSED = re.compile(r"#(\w+ = .*|\[\w+\])")
_SETTING = re.compile(r"#?(?:or )?(\w+) = ")
_TABLE = re.compile(r"#?\[\[?([\w.]+)\]\]?")
_UNUSED_TABLE = re.compile(r"#(\[\w+\])")
_NEEDED = ("number",)
"""What may not be missing in a table that is not in use as the example stands."""


def activated(text: str, *, other_way: bool = False) -> str:
    """Return the example with every setting in use: one way to say it, or the other."""
    lines: list[str] = []
    for line in text.splitlines():
        if _OTHER_WAY.match(line):
            if other_way:
                lines[-1] = line.removeprefix("#or ")
            continue
        unused = _UNUSED.fullmatch(line)
        lines.append(unused[1] if unused else line)
    return "\n".join(lines)


def with_every_table(text: str) -> str:
    """Return the example with every table in use, and nothing else that was not."""
    needed = "|".join(_NEEDED)
    text = re.sub(rf"^#({needed}) = ", r"\1 = ", text, flags=re.MULTILINE)
    return re.sub(_UNUSED_TABLE.pattern, r"\1", text)


def settings_in_example() -> Iterator[tuple[str, str]]:
    table = ""
    for line in EXAMPLE.read_text().splitlines():
        if found := _TABLE.fullmatch(line):
            table = found[1]
        elif found := _SETTING.match(line):
            yield table, found[1]


def settings_of_schema() -> set[tuple[str, str]]:
    return {
        (table, field.name.rstrip("_"))
        for table, section in TABLES.items()
        for field in dataclasses.fields(section)
    }


class TestExample:
    def test_it_works_as_it_is_with_a_secret(self, tmp_path: Path) -> None:
        credential = tmp_path / "twilio-auth-token"
        credential.write_text("a-secret")
        credential.chmod(0o600)
        settings = load(EXAMPLE, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
        assert settings.warnings == ()

    def test_it_names_every_setting_once(self) -> None:
        named = [one for one in settings_in_example() if one[0] not in LISTS]
        assert len(named) == len(set(named)), "a setting is explained twice"
        assert set(settings_in_example()) == settings_of_schema()

    @pytest.mark.parametrize("other_way", [False, True])
    def test_it_works_with_every_setting_in_use(self, tmp_path: Path, other_way: bool) -> None:
        text = activated(EXAMPLE.read_text(), other_way=other_way)
        assert not [line for line in text.splitlines() if re.match(r"#\w", line)]
        text = text.replace("/etc/guanai/", f"{tmp_path}/")
        for name in (
            "broker-password",
            "twilio-auth-token",
            "twilio-second-token",
            "twilio-api-secret",
            "modem-pin",
            "push-wang-wecom",
            "webhook-town",
            "aliyun-key-secret",
            "aliyun-hook-secret",
            "tencent-secret-key",
            "tencent-hook-secret",
        ):
            own = name.replace("-", "") * 2 if name.endswith("hook-secret") else name
            (tmp_path / name).write_text(SECRETS.get(name, own))
            (tmp_path / name).chmod(0o600)
        shutil.copy(DEPLOY / "wording.example.toml", tmp_path / "wording.toml")
        (tmp_path / "wording").mkdir()
        file = tmp_path / "gateway.toml"
        file.write_text(text)
        settings = load(file, {})
        assert settings.warnings == ()
        expected = "..." if other_way else "twilio-second-token"
        assert settings.twilio is not None
        assert settings.twilio.second_token == expected

    def test_defaults_are_what_it_says(self, tmp_path: Path) -> None:
        """A commented line that is not an example of something absent shows the true default."""
        text = with_every_table(EXAMPLE.read_text())
        whole = tmp_path / "whole.toml"
        whole.write_text(text)
        base = load(whole, {"CREDENTIALS_DIRECTORY": str(_with_token(tmp_path))})
        for line in text.splitlines():
            unused = _UNUSED.fullmatch(line)
            if not unused or unused[1].split(" ")[0] in _EXAMPLES_OF_ABSENT:
                continue
            file = tmp_path / "one.toml"
            file.write_text(text.replace(line, unused[1], 1))
            one = load(file, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
            assert dataclasses.replace(one, path=base.path) == base, line

    def test_it_lists_every_profile_role_and_kind(self) -> None:
        text = EXAMPLE.read_text()
        words = [*(profile.model for profile in PROFILES), *IncidentKind, *Role]
        for word in words:
            if word != Role.GATEWAY:
                assert re.search(rf"[ :]{word}\b", text), f"{word} is not in the example"


_EXAMPLES_OF_ABSENT = {
    *("place", "team", "url", "ca_file", "username", "password_file", "public_url"),
    *("auth_token_file", "second_token_file", "edge", "base_url", "quiet", "room", "speaks"),
    *("resident", "worn", "deputies", "away", "copy", "about"),
    *("heartbeat", "api_key", "api_secret_file", "messaging_service", "region"),
    *("pin_file", "message_centre", "balance_number", "reset_command", "recording"),
    *("longest_silence", "care_bed", "file", "folder", "studio_flow"),
    *("prefer", "weights"),
    *("target_files", "targets", "push", "scaip", "webhook"),
    *("access_key_id", "access_key_secret_file", "signature", "shown_number", "key_text"),
    *("hook_secret_file", "secret_id", "secret_key_file", "sms_app", "voice_app", "variables"),
}


def _with_token(folder: Path) -> Path:
    (folder / "twilio-auth-token").write_text("a-secret")
    (folder / "twilio-auth-token").chmod(0o600)
    return folder


class TestUnit:
    def unit(self) -> str:
        return (DEPLOY / "systemd" / "guanai.service").read_text()

    def test_it_is_watched_and_always_comes_back(self) -> None:
        for line in ("Type=notify", "WatchdogSec=30", "Restart=always", "StartLimitIntervalSec=0"):
            assert f"\n{line}\n" in self.unit()

    @pytest.mark.line
    def test_it_is_exposed_as_little_as_promised(self) -> None:
        tool = shutil.which("systemd-analyze")
        if tool is None:
            pytest.skip("systemd-analyze is not installed here: the unit's exposure is not judged")
        command = [tool, "security", "--offline=yes", "--no-pager"]
        command.append(str(DEPLOY / "systemd" / "guanai.service"))
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        found = re.search(r"Overall exposure level for \S+: ([\d.]+)", result.stdout)
        if found is None:
            pytest.skip(f"systemd-analyze cannot judge offline here: {result.stderr.strip()[:100]}")
        assert float(found[1]) <= EXPOSURE_MAX


@pytest.mark.line
class TestSystemMosquitto:
    def test_it_has_the_settings_our_own_has(self) -> None:
        rows = (DEPLOY / "mosquitto" / "guanai.conf").read_text().splitlines()
        for row in MOSQUITTO_DURABLE:
            assert row in rows or row == "persistence true"  # Debian's own file has this one
        assert f"max_queued_messages {QUEUED_MESSAGES_MAX}" in rows
        assert f"max_packet_size {PACKET_BYTES_MAX}" in rows
        assert "allow_anonymous false" in rows

    async def test_debians_broker_runs_with_it_and_keeps_a_press(self, tmp_path: Path) -> None:
        """Debian's own main file, with ours beside it, as INSTALL.md says."""
        program = find_mosquitto()
        assert program is not None
        port = free_port("127.0.0.1")
        (tmp_path / "conf.d").mkdir()
        (tmp_path / "queue").mkdir()
        ours = (DEPLOY / "mosquitto" / "guanai.conf").read_text()
        ours = ours.replace("/etc/mosquitto/", f"{tmp_path}/")
        ours = ours.replace("listener 1883", f"listener {port} 127.0.0.1")
        (tmp_path / "conf.d" / "guanai.conf").write_text(ours)
        shutil.copy(DEPLOY / "mosquitto" / "guanai.acl", tmp_path)
        (tmp_path / "guanai.passwords").write_text(f"{GATEWAY_ACCOUNT}:{hashed('own')}\n")
        main = tmp_path / "mosquitto.conf"
        main.write_text(
            f"persistence true\npersistence_location {tmp_path}/queue/\n"
            f"log_dest file {tmp_path}/log\ninclude_dir {tmp_path}/conf.d\nuser root\n"
        )
        command = [str(program.binary), "-c", str(main)]
        server = await asyncio.create_subprocess_exec(*command)
        address = BrokerAddress(
            host="127.0.0.1", port=port, username=GATEWAY_ACCOUNT, password="own"
        )

        async def kill_and_start() -> None:
            nonlocal server
            server.kill()
            await server.wait()
            server = await asyncio.create_subprocess_exec(*command)
            await _until_it_listens(port)

        try:
            await _until_it_listens(port)
            found = await self_test(address, kill_and_start)
        finally:
            server.terminate()
            await server.wait()
        assert found.ok, found.words.en

    def test_its_access_list_is_the_one_we_write(self, tmp_path: Path) -> None:
        from gateway.brokers.accounts import access_lines

        accounts = Accounts(tmp_path / "a.json")
        accounts.provide("zigbee2mqtt", ("zigbee2mqtt/#",))
        shipped = (DEPLOY / "mosquitto" / "guanai.acl").read_text().splitlines()
        rules = [line for line in shipped if line and not line.startswith("#")]
        assert rules == access_lines(accounts.all(), anonymous=False).splitlines()


async def _until_it_listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return
