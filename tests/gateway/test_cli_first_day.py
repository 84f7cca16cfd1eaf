"""The first day of a technician: what is not there yet is said as it is."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config import ConfigError, load
from gateway.store.rows import Quarantined
from gateway.store.store import Store
from tests.gateway.test_cli import DEMO, ROOT, Run, guanai
from tests.gateway.test_config import WHOLE, changed, loaded, written, wrong

__all__ = ["guanai"]

TOKEN = 'auth_token = "0123456789abcdef0123456789abcdef"\n'


def installed(folder: Path) -> Path:
    """Return a configuration as docs/INSTALL.md has it: the token comes from systemd."""
    lines = [line for line in WHOLE.splitlines() if not line.startswith("auth_token")]
    return written(folder, "\n".join(lines))


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


class TestTheTokenIsSystemds:
    def test_what_sends_nothing_does_without(self, guanai: Run, tmp_path: Path) -> None:
        file = installed(tmp_path)
        code, output, _ = guanai("check-config", file)
        assert code == 0
        assert "note: twilio.auth_token: cannot be read here" in output
        assert "systemd" in output
        told = ("who-would-be-told", "--config", file, "--household", "h1")
        assert guanai(*told)[0] == 0
        here = ("--config", file, "--data", tmp_path)
        assert guanai("provision", "zigbee2mqtt", "--topic", "zigbee2mqtt/#", *here)[0] == 0

    def test_the_gateway_itself_refuses(self, guanai: Run, tmp_path: Path) -> None:
        file = installed(tmp_path)
        code, _, error = guanai("run", "--config", file, "--data", tmp_path)
        assert code == 78
        assert "twilio.auth_token: is missing" in error
        (tmp_path / "twilio-auth-token").write_text("0123456789abcdef0123456789abcdef")
        with pytest.raises(ConfigError):
            load(file, {})

    def test_the_file_beside_the_configuration_is_looked_at(
        self, guanai: Run, tmp_path: Path
    ) -> None:
        token = tmp_path / "twilio-auth-token"
        token.write_text("0123456789abcdef0123456789abcdef")
        token.chmod(0o600)
        settings = load(installed(tmp_path), {}, serving=False)
        assert settings.twilio is not None
        assert settings.twilio.auth_token == "0123456789abcdef0123456789abcdef"
        assert "auth_token" not in guanai("check-config", installed(tmp_path))[1]

    def test_a_file_that_is_empty_is_a_mistake_all_the_same(
        self, guanai: Run, tmp_path: Path
    ) -> None:
        (tmp_path / "twilio-auth-token").write_text("\n")
        code, _, error = guanai("check-config", installed(tmp_path))
        assert code == 78
        assert "is empty" in error


class TestWhatIsNotThereYet:
    @pytest.mark.parametrize("command", ["coverage", "quarantine"])
    def test_no_data_is_said_as_such(self, guanai: Run, tmp_path: Path, command: str) -> None:
        code, output, error = guanai(command, "--data", tmp_path / "guani")
        assert (code, output) == (1, "")
        assert "there is no folder" in error
        assert "--data" in error
        code, _, error = guanai(command, "--data", tmp_path)
        assert code == 1
        assert "no gateway has run there" in error

    def test_times_of_quarantine_are_local(self, guanai: Run, tmp_path: Path) -> None:
        at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

        async def keep() -> None:
            store = Store.open(tmp_path / "guanai.db")
            await store.quarantine(
                [Quarantined(at=at, who="x", reason="y", expected="z", payload=b"{}")]
            )
            await store.close()

        asyncio.run(keep())
        output = guanai("quarantine", "--data", tmp_path)[1]
        assert output.startswith(f"{at.astimezone():%Y-%m-%d %H:%M:%S}  x: y")

    def test_where_the_desk_is_is_said_at_the_start(
        self,
        guanai: Run,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        from gateway import running

        monkeypatch.setattr(running, "run", lambda *_, **__: 0)
        caplog.set_level("INFO", "gateway.desk")
        assert guanai("--lang", "en", "run", "-c", DEMO, "-d", tmp_path)[0] == 0
        assert "the duty desk is at http://127.0.0.1:" in caplog.text
        assert f"first pass phrase is in {tmp_path / 'desk-password'}" in caplog.text

    def test_what_can_wait_is_no_repair(self, guanai: Run) -> None:
        told = ("who-would-be-told", "--config", DEMO, "--household", "h1", "--urgency", "low")
        assert "health (can wait)" in guanai("--lang", "en", *told, "--kind", "health")[1]
        assert "equipment (to repair)" in guanai("--lang", "en", *told, "--kind", "technical")[1]


def test_the_simulators_name_themselves_as_they_were_called() -> None:
    command = [sys.executable, "-m", "gateway", "simulate", "do", "--help"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "用法 Usage: guanai simulate do" in said
    assert "选项 Options:" in said
    command = [sys.executable, "-m", "gateway", "simulate", "mishaps"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "told-fall-over  device" in said


SOS = 'profile = "z2m-sos"\nrole = "call_button"\ntopic = "zigbee2mqtt/sos"'


class TestSlips:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ('"z2m-sos"', '"z2m-pir"', "there are: native, z2m-sos, z2m-motion"),
            ('"z2m-sos"', '"z2m-motoin"', "did you mean 'z2m-motion'?"),
            ('"z2m-sos"', '"motion"', "did you mean 'z2m-motion'?"),
            ('["21:00", "08:00"]', '"21:00-08:00"', 'write ["21:00", "08:00"]'),
            ('"zigbee2mqtt/sos"', '"zigbee2mqtt/sos "', "has a blank"),
            ('"zigbee2mqtt/sos"', '"zigbee2mqtt/sos/set"', "leave out /set"),
            (
                'called = "Grandpa Li"',
                'called = "Grandpa Li", limits = { bp_high = 160 }',
                "blood_pressure",
            ),
        ],
    )
    def test_the_hint_leads_to_what_is_right(
        self, tmp_path: Path, before: str, after: str, expected: str
    ) -> None:
        said = wrong(tmp_path, changed(before, after))
        assert len(said) == 1, said
        assert expected in said[0]

    @pytest.mark.parametrize(
        ("device", "expected"),
        [
            (SOS.replace("call_button", "motion"), "z2m-sos calls for help"),
            (SOS.replace("z2m-sos", "z2m-motion"), "z2m-motion devices cannot call"),
            (SOS.replace("zigbee2mqtt/", ""), "is one word"),
        ],
    )
    def test_what_may_be_a_slip_is_a_note(self, tmp_path: Path, device: str, expected: str) -> None:
        assert loaded(tmp_path, WHOLE).warnings == ()
        notes = [one.said("en") for one in loaded(tmp_path, changed(SOS, device)).warnings]
        assert [note for note in notes if expected in note]

    @pytest.mark.parametrize(
        ("profile", "role", "is_noted"),
        [
            ("native", "wearable", True),
            ("native", "health", True),
            ("esphome", "presence", True),
            ("theengs", "health", True),
            ("native", "motion", False),
            ("z2m-bed", "bed", False),
        ],
    )
    def test_where_two_live_each_reading_is_somebodys(
        self, tmp_path: Path, profile: str, role: str, is_noted: bool
    ) -> None:
        two = changed(
            'called = "Grandpa Li" }', 'called = "Grandpa Li" }, { name = "Zhou Guilan" }'
        )
        topic = "" if profile == "native" else 'topic = "home/x/y"\n'
        device = f'id = "x"\nprofile = "{profile}"\nrole = "{role}"\n{topic}'
        text = f"{two}\n[[household.device]]\n{device}"
        notes = [one.said("en") for one in loaded(tmp_path, text).warnings]
        assert any("judged by the limits of Li Dashan" in note for note in notes) is is_noted
