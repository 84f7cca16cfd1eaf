"""The `guanai` command, as a technician types it."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerting.engine import Engine
from alerting.events import Configured
from alerting.household import Role
from devices.observation import Alive, HelpCall, Motion
from gateway.brokers import broker_accounts
from gateway.cli import main
from gateway.cli.bilingual import language
from gateway.cli.commands import COMMANDS
from gateway.config import load
from gateway.store.rows import Entry, Quarantined
from gateway.store.store import Store
from gateway.store.writing import Snapshot
from gateway.web.access import Access

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "gateway" / "demo.toml"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def guanai(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command in this process: exit code, output, errors."""
    for name in ("GUANAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "GUANAI_CONFIG", "GUANAI_DATA"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return run


class TestHelp:
    def test_it_is_chinese_or_english_throughout(self, guanai: Run) -> None:
        for arguments in ([], *([command.name] for command in COMMANDS)):
            if arguments and arguments[0] in {"feed", "simulate"}:
                continue  # these hand `--help` on
            code, zh, _ = guanai("--lang", "zh", *arguments, "--help")
            assert code == 0
            assert "用法：" in zh
            assert "Usage" not in zh
            assert "Show" not in zh
            code, en, _ = guanai("--lang", "en", *arguments, "--help")
            assert code == 0
            assert not re.search("[\u4e00-\u9fff]", en), en

    def test_the_environment_chooses_the_language(
        self, guanai: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LANG", "zh_CN.UTF-8")
        assert "用法：" in guanai("--help")[1]
        monkeypatch.setenv("GUANAI_LANG", "en")
        assert "Usage" in guanai("--help")[1]
        assert "用法：" in guanai("--lang=zh", "--help")[1]

    def test_a_misspelt_command_is_pointed_out(self, guanai: Run) -> None:
        code, _, error = guanai("check-confg")
        assert code == 2
        assert "Did you mean 'check-config'?" in error
        assert "See: guanai --help" in error
        assert "命令写得不对" in guanai("--lang", "zh", "provision")[2]


class TestCheckConfig:
    def test_a_correct_file_is_counted(self, guanai: Run) -> None:
        code, output, _ = guanai("check-config", DEMO)
        assert code == 0
        assert "Households: 6, devices: 22, responders: 12." in output

    def test_a_wrong_file_is_explained_in_the_callers_language(
        self, guanai: Run, tmp_path: Path
    ) -> None:
        file = tmp_path / "gateway.toml"
        file.write_text('langage = "zh"\nzone = "Asia/Shangai"\n')
        code, output, error = guanai("--lang", "zh", "check-config", file)
        assert code == 78
        assert output == ""
        assert "langage: 没有这项设置；是否想写“language”？" in error
        code, _, error = guanai("check-config", tmp_path / "none.toml")
        assert code == 78
        assert "there is no such file" in error


class TestWhoWouldBeTold:
    def test_the_ladder_is_told_in_time(self, guanai: Run) -> None:
        code, output, _ = guanai(
            *(
                "who-would-be-told",
                "--config",
                DEMO,
                "--household",
                "h1",
                "--at",
                "2026-02-03 03:00",
            )
        )
        assert code == 0
        assert "at 2026-02-03 03:00, nobody answers:" in output
        rows = output.splitlines()
        first = next(row for row in rows if "王芳" in row)
        assert first.split() == [
            "+0s",
            "03:00",
            "家庭",
            "王芳",
            "(relative)",
            "+85251000001",
            *("text", "message", "+", "call"),
        ]
        assert any(row.startswith("     +2m  03:02  镇") for row in rows)
        assert "round 3 of 3" in output
        assert rows[-1].endswith("every 15m, until a person answers")

    def test_why_not_is_said(self, guanai: Run) -> None:
        _, output, _ = guanai("who-would-be-told", "--config", DEMO, "--household", "h5")
        assert "- sms: no reply comes back" in output
        assert "- voice: not among this person's ways" in output

    def test_quiet_hours_hold_back_what_can_wait(self, guanai: Run) -> None:
        told = ("who-would-be-told", "--config", DEMO, "--household", "h1", "--kind", "technical")
        _, output, _ = guanai(*told, "--at", "2026-02-03 22:30")
        assert "quiet from 21:00 to 08:00" in output
        assert "+9h30m  08:00" in output
        _, output, _ = guanai(*told, "--at", "2026-02-03 22:30", "--urgency", "high")
        assert "+0s  22:30" in output

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--household", "h7"), "there is no household 'h7'"),
            (("--household", "h1", "--at", "later"), "'later' is not a time"),
        ],
    )
    def test_what_cannot_be_answered_is_explained(
        self, guanai: Run, arguments: tuple[str, ...], said: str
    ) -> None:
        code, _, error = guanai("who-would-be-told", "--config", DEMO, *arguments)
        assert code == 1
        assert said in error


class TestKeys:
    def test_a_device_gets_a_name_and_a_password_once(self, guanai: Run, tmp_path: Path) -> None:
        here = ("--config", DEMO, "--data", tmp_path)
        code, output, error = guanai("provision", "h1-panel", *here)
        assert code == 0
        assert error == ""
        password = output.splitlines()[1].removeprefix("password: ")
        assert len(password) > 20
        assert [account.name for account in broker_accounts(tmp_path).all()] == ["h1-panel"]
        code, _, _ = guanai("provision", "h1-panel", "--remove", *here)
        assert code == 0
        code, _, error = guanai("provision", "h1-panel", "--remove", *here)
        assert code == 1
        assert "there is no account" in error

    def test_an_unknown_device_is_pointed_out(self, guanai: Run, tmp_path: Path) -> None:
        here = ("--config", DEMO, "--data", tmp_path)
        code, output, error = guanai("provision", "h9-x", *here)
        assert (code, output) == (1, "")
        assert "has no device 'h9-x'" in error
        assert "did you mean 'h1-panel'" in guanai("provision", "h1-pannel", *here)[2]
        assert "h9-x" not in [one.name for one in broker_accounts(tmp_path).all()]
        assert guanai("provision", "zigbee2mqtt", "--topic", "zigbee2mqtt/#", *here)[2] == ""

    def test_a_strangers_broker_has_its_own_accounts(self, guanai: Run, tmp_path: Path) -> None:
        file = tmp_path / "gateway.toml"
        file.write_text(DEMO.read_text() + '\n[broker]\nurl = "mqtt://10.0.0.1"\n')
        code, _, error = guanai("provision", "h1-panel", "--config", file, "--data", tmp_path)
        assert code == 1
        assert "add the account there" in error

    def test_the_desk_gets_a_new_pass_phrase(self, guanai: Run, tmp_path: Path) -> None:
        code, output, error = guanai("desk-password", "--data", tmp_path)
        assert code == 0
        assert "Changed" in error
        phrase = output.strip()

        async def works() -> bool:
            store = Store.open(tmp_path / "guanai.db")
            try:
                return await (await Access.open(store, tmp_path)).verify(phrase)
            finally:
                await store.close()

        assert asyncio.run(works())
        assert not (tmp_path / "desk-password").exists(), "no file knows it any more"

    def test_a_slip_of_the_pen_makes_no_new_gateway(self, guanai: Run, tmp_path: Path) -> None:
        code, output, error = guanai("desk-password", "--data", tmp_path / "guani")
        assert (code, output) == (1, "")
        assert "there is no folder" in error
        assert not (tmp_path / "guani").exists()


class TestQuarantine:
    def test_it_shows_who_sent_what_and_what_was_expected(
        self, guanai: Run, tmp_path: Path
    ) -> None:
        assert guanai("quarantine", "--data", tmp_path)[0] == 1

        async def keep() -> None:
            store = Store.open(tmp_path / "guanai.db")
            bad = [
                Quarantined(
                    at=datetime(2026, 1, 2, tzinfo=UTC),
                    who="h1-panel",
                    reason="battery is not a whole number",
                    expected="0 to 100",
                    payload=payload,
                )
                for payload in (b'{"battery": "x"}', b"\xff\x00")
            ]
            await store.quarantine(bad)
            await store.close()

        asyncio.run(keep())
        code, output, _ = guanai("quarantine", "--data", tmp_path)
        assert code == 0
        assert "h1-panel: battery is not a whole number; expected 0 to 100" in output
        assert '{"battery": "x"}' in output
        assert r"b'\xff\x00'" in output
        lines = guanai("quarantine", "--data", tmp_path, "--json", "--last", "1")[1].splitlines()
        assert json.loads(lines[0])["payload"] == "ff00"


class TestReplay:
    LINES = ("unix_local,sensor,kind,room,value", "1000000000,M1,motion,kitchen,1")

    def home(self, folder: Path) -> Path:
        text = DEMO.read_text()
        device = '[[household.device]]\nid = "motion_kitchen_M1"\nprofile = "native"\n'
        own = text.replace('zone = "Asia/Shanghai"', 'zone = "UTC"', 1)
        file = folder / "home.toml"
        file.write_text(own + f'\n{device}role = "motion"\nroom = "kitchen"\n')
        return file

    def test_a_recording_is_judged_without_waiting(self, guanai: Run, tmp_path: Path) -> None:
        recording = tmp_path / "home.csv.gz"
        with gzip.open(recording, "wt") as stream:
            stream.write("\n".join(self.LINES))
        arguments = ("replay", recording, "--config", self.home(tmp_path), "--household", "h6")
        code, output, _ = guanai(*arguments)
        assert code == 0
        assert output.startswith("1 events, 0 findings, 0 incidents")
        code, output, _ = guanai(*arguments, "--until", "2001-09-10 03:00")
        assert "technical   found  the study call button has been silent" in output
        assert "h6-0001" in output
        lines = guanai(*arguments, "--until", "2001-09-10 03:00", "--json")[1].splitlines()
        found = [json.loads(line) for line in lines]
        assert any(one.get("subject") == "h6-panel" for one in found)

    def test_a_recording_that_is_none_is_explained(self, guanai: Run, tmp_path: Path) -> None:
        file = tmp_path / "home.csv"
        config = ("--config", self.home(tmp_path), "--household", "h6")
        for content, said in (("a,b\n", "line 1"), ("", "holds nothing"), ("\udcff", "home.csv")):
            file.write_text(content, errors="surrogateescape")
            code, _, error = guanai("replay", file, *config)
            assert code == 1
            assert said in error
        assert "say with --household" in guanai("replay", file, "--config", DEMO)[2]

    def test_a_journal_is_lived_again(self, guanai: Run, tmp_path: Path) -> None:
        home = load(DEMO, {}).households["h1"]
        start = datetime(2026, 1, 2, 3, tzinfo=UTC)
        first = Configured(start, home)
        press = HelpCall(start + timedelta(minutes=1), "h1-panel", id="1:1")

        async def keep() -> None:
            store = Store.open(tmp_path / "guanai.db")
            state = Snapshot("h1", start, Engine(first).snapshot())
            await store.commit([Entry("h1", first)], True, [state])
            await store.commit([Entry("h1", press)], True)
            await store.close()

        asyncio.run(keep())
        code, output, _ = guanai("replay", tmp_path, "--household", "h1")
        assert code == 0
        assert "emergency   found" in output
        assert "1 events, 1 findings, 1 incidents" in output
        assert guanai("replay", tmp_path, "--household", "h2")[0] == 1

    def test_other_settings_are_tried_on_the_journal(self, guanai: Run, tmp_path: Path) -> None:
        home = load(DEMO, {}).households["h1"]
        start = datetime(2026, 1, 2, 1, tzinfo=UTC)
        pir = next(id for id, device in home.devices.items() if device.role is Role.MOTION)
        first = Configured(start, home)
        # by day eight hours are allowed: nine are told, and with six it is told earlier
        hours = [start + timedelta(hours=hour / 2) for hour in range(20)]
        seen = {start, hours[18], hours[19]}
        events = [Motion(at, pir) if at in seen else Alive(at, pir) for at in hours]

        async def keep() -> None:
            store = Store.open(tmp_path / "guanai.db")
            state = Snapshot("h1", start, Engine(first).snapshot())
            await store.commit([Entry("h1", first)], True, [state])
            await store.commit([Entry("h1", event) for event in events], True)
            await store.close()

        asyncio.run(keep())
        changed = tmp_path / "changed.toml"
        text = DEMO.read_text()
        for limit, said in (
            ("6h", "told once; with these settings once (as many)"),
            ("12h", "told once; with these settings 0 times (1 fewer)"),
        ):
            changed.write_text(
                text.replace('id = "h1"', f'id = "h1"\ninactivity_by_day = "{limit}"')
            )
            code, output, _ = guanai("backtest", tmp_path, "--config", changed)
            assert code == 0
            assert said in output
        changed.write_text(text.replace('id = "h1"', 'id = "h1"\ninactivity_by_day = "6h"'))
        output = guanai("backtest", tmp_path, "--config", changed, "--json")[1]
        (one,) = (json.loads(line) for line in output.splitlines())
        assert one["shifted"][0]["later_minutes"] < 0
        code, _, error = guanai("backtest", tmp_path, "-c", DEMO, "--household", "h2")
        assert code == 1
        assert "no household h2" in error


@pytest.mark.line
class TestAsAProgram:
    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=ROOT,
            env={**os.environ, "GUANAI_LANG": "en", **environment},
        )

    def test_the_version_is_the_packages(self) -> None:
        assert re.fullmatch(r"guanai \d+\.\d+\.\d+\n", self.run("version").stdout)

    def test_a_wrong_configuration_ends_run_without_a_traceback(self, tmp_path: Path) -> None:
        file = tmp_path / "gateway.toml"
        file.write_text("x = 1")
        ended = self.run("run", "--config", str(file), "--data", str(tmp_path / "data"))
        assert ended.returncode == 78
        assert "Traceback" not in ended.stderr
        assert "x: no such setting" in ended.stderr

    def test_feed_and_simulate_are_the_simulators(self) -> None:
        assert "guanai simulate feed" in self.run("feed", "--help").stdout
        assert "mishaps" in self.run("simulate", "--help").stdout

    def test_a_reader_that_has_seen_enough_is_no_error(self) -> None:
        command = f"{sys.executable} -m gateway who-would-be-told --config {DEMO} --household h1"
        shell = f"set -o pipefail; {command} | true; echo ${{PIPESTATUS[0]}}"
        ended = subprocess.run(
            ["bash", "-c", shell], capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
        )
        assert "Traceback" not in ended.stderr
        assert ended.stdout.strip() in {"0", "1"}


def test_one_call_does_not_decide_what_the_next_one_speaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GUANAI_LANG", "en")
    with pytest.raises(SystemExit):
        main(["--lang", "zh", "no-such-command"])
    assert language() == "en"
