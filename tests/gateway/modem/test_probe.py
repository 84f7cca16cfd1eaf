"""What the doctor says of a modem."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Settings, load
from gateway.config.modem import ModemSection, ModemSettings
from gateway.doctor import modem as doctor
from gateway.doctor.finding import Level
from simulators.modem.emulator import Emulator
from simulators.modem.settings import HURRIED, Setup
from tests.fakes.modem import OURS, modem_world, until
from tests.gateway.test_config import WHOLE


def settings(folder: Path, device: Path | None) -> Settings:
    file = folder / "gateway.toml"
    file.write_text(WHOLE)
    loaded = load(file, {})
    if device is None:
        return loaded
    section = ModemSection(device=str(device), number=OURS)
    object.__setattr__(loaded, "modem", ModemSettings(section=section))
    return loaded


@pytest.mark.parametrize(
    ("setup", "level", "said"),
    [
        (Setup(), Level.OK, "texts, speech and keys work"),
        (Setup(family="quectel", can_hear=False), Level.WARN, "hears no keys"),
        (Setup(family="generic"), Level.WARN, "only rings"),
        (Setup(pin="1234"), Level.FAIL, "SIM PIN"),
    ],
)
async def test_it_says_what_the_modem_can(
    tmp_path: Path, setup: Setup, level: Level, said: str
) -> None:
    emulator = Emulator(tmp_path / "tty", setup=setup, timing=HURRIED)
    emulator.start()
    try:
        (finding,) = await doctor.look(settings(tmp_path, tmp_path / "tty"))
    finally:
        emulator.stop()
    assert finding.level is level
    assert said in finding.words.en


async def test_no_network_is_named(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path / "tty", timing=HURRIED)
    emulator.registered = 3
    emulator.start()
    (finding,) = await doctor.look(settings(tmp_path, tmp_path / "tty"))
    emulator.stop()
    assert (finding.level, "no network" in finding.words.en) == (Level.FAIL, True)


async def test_a_device_that_is_not_there_and_one_in_use(tmp_path: Path) -> None:
    (finding,) = await doctor.look(settings(tmp_path, tmp_path / "none"))
    assert finding.level is Level.FAIL
    assert f"there is no {tmp_path / 'none'}" in finding.words.en
    async with modem_world(tmp_path):
        (finding,) = await doctor.look(settings(tmp_path, tmp_path / "tty"))
        assert finding.level is Level.OK
        assert "in use" in finding.words.en


async def test_a_device_that_is_no_serial_line_is_named_and_looked_for_on(tmp_path: Path) -> None:
    (finding,) = await doctor.look(settings(tmp_path, Path("/dev/null")))
    assert finding.level is Level.FAIL
    assert "Inappropriate ioctl" in finding.words.en
    async with modem_world(tmp_path, ready=False, device="/dev/null") as world:
        await until(lambda: "Inappropriate ioctl" in world.faults.get("link", ""))


async def test_one_that_is_not_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "usb-SimTech__Incorporated-if02-port0").touch()
    (tmp_path / "usb-1a86_USB_Serial-if00-port0").touch()
    monkeypatch.setattr(doctor, "candidates", lambda: doctor_candidates(tmp_path))
    (finding,) = await doctor.look(settings(tmp_path, None))
    assert "SimTech" in finding.words.en


def doctor_candidates(folder: Path) -> list[str]:
    from gateway.transports.modem.probe import candidates

    found = candidates(folder)
    assert len(found) == 1
    return found
