"""`[modem]` in the file: what is refused, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.household import Path as WayOut
from gateway.clock import SystemClock
from gateway.config import ConfigError, Settings, load
from gateway.transports.modem import Modem
from gateway.ways_out import open_all
from tests.fakes.modem import FakeDoor
from tests.gateway.test_config import WHOLE

MODEM = '[modem]\nnumber = "+8613800000000"\n'


def loaded(folder: Path, more: str, whole: str = WHOLE, **environment: str) -> Settings:
    file = folder / "gateway.toml"
    file.write_text(f"{whole}\n{more}")
    return load(file, environment)


def test_a_number_is_all_it_needs(tmp_path: Path) -> None:
    settings = loaded(tmp_path, MODEM)
    assert settings.modem is not None
    access = settings.modem.access
    assert (access.number, access.device) == ("+8613800000000", "/dev/guanai-modem")
    assert WayOut("modem", ("sms", "voice"), line="sim") in settings.delivery.paths


async def test_it_is_opened_beside_the_provider(tmp_path: Path) -> None:
    settings = loaded(tmp_path, MODEM)
    opened = open_all(settings, tmp_path, SystemClock(), FakeDoor())
    assert [transport.name for transport in opened] == ["twilio", "modem"]
    assert isinstance(opened[1], Modem)
    for transport in opened:
        await transport.close()


def test_the_pin_is_a_secret(tmp_path: Path) -> None:
    (tmp_path / "modem-pin").write_text("9876\n")
    (tmp_path / "modem-pin").chmod(0o600)
    for settings in (
        loaded(tmp_path, MODEM, CREDENTIALS_DIRECTORY=str(tmp_path)),
        loaded(tmp_path, MODEM + 'pin_file = "modem-pin"'),
        loaded(tmp_path, MODEM + 'pin = "9876"'),
    ):
        assert settings.modem is not None
        assert settings.modem.access.pin == "9876"
        assert "9876" not in repr(settings)
        assert "9876" not in repr(settings.modem.access)


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ('device = "ttyUSB2"', "modem.device"),
        ('pin = "12a4"', "modem.pin"),
        ('family = "nokia"', "modem.family"),
        ('balance_number = "ten"', "modem.balance_number"),
        ("balance_pattern = '('", "modem.balance_pattern"),
        ("balance_pattern = 'x'", "modem.balance_pattern"),
        ('balance_every = "1m"', "modem.balance_every"),
        ("speed = 115200", "modem.speed"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, line: str, where: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, MODEM + line)
    assert [problem.where for problem in raised.value.problems] == [where]


def test_without_a_number_it_says_how(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"modem\.number"):
        loaded(tmp_path, "[modem]\n")
