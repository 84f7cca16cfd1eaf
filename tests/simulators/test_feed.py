"""A recorded home goes through a real broker in order, with its own time."""

from __future__ import annotations

import gzip
import json
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from devices.observation import AnyObservation
from devices.profile import Wire
from devices.profiles.native import NATIVE
from devices.recordings import homes
from devices.topic import parse_native
from simulators.__main__ import main
from simulators.config import BrokerAddress, parse
from simulators.feed import (
    TIME_MARK_TOPIC,
    Fed,
    Feeder,
    FeedError,
    Pace,
    config_for,
    feed,
    household_of,
    lines_of,
)
from tests.simulators.mosquitto import broker, ear, until

BEGIN = 1_300_000_000


def recording(folder: Path, rows: int = 300) -> Path:
    """Write an invented home: somebody walks about, uses things, goes out and to bed."""
    kinds = (
        ("M1", "motion", "Kitchen"),
        ("D1", "door", "Entry"),
        ("B1", "bed", "Bedroom"),
        ("Kettle", "item", "Kitchen"),
    )
    lines = [homes.HEADER]
    for number in range(rows):
        sensor, kind, room = kinds[number % len(kinds)]
        value = number // len(kinds) % 2 if kind in ("door", "bed") else 1
        lines.append(
            f"{BEGIN + number * 20 + number % 3 * 0.25:.3f},{sensor},{kind},{room},{value}"
        )
    file = folder / "invented home.csv.gz"
    file.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n"))
    return file


def nothing(fed: Fed) -> None:
    """Report to nobody."""


@pytest.mark.line
@pytest.mark.parametrize("speed", [None, 20_000.0])
async def test_what_arrives_is_what_was_recorded_in_order_each_after_its_time(
    tmp_path: Path, speed: float | None
) -> None:
    file = recording(tmp_path)
    with broker(tmp_path) as address:
        async with ear(address) as listening:
            with Feeder(address) as feeder:
                fed = feed(file, "h1", feeder, Pace(speed), nothing)
            await until(lambda: len(listening.heard) >= fed.messages, "everything fed")
            heard = [(message.topic, bytes(message.payload)) for message in listening.heard]
    assert len(heard) == fed.messages
    told = datetime.min.replace(tzinfo=UTC)
    arrived: list[AnyObservation] = []
    for topic, payload in heard:
        if topic == TIME_MARK_TOPIC:
            told = datetime.fromtimestamp(json.loads(payload)["t"] / 1000, UTC)
            continue
        place = parse_native(topic)
        assert place is not None
        household, device, part = place
        assert household == "h1"
        arrived += NATIVE.decode(device, Wire(part, payload, told))
    assert arrived == list(homes.observations(lines_of(file)))
    assert fed.observations == len(arrived)
    assert heard[-1][0] == TIME_MARK_TOPIC, "time has the last word"


@pytest.mark.line
async def test_a_speed_is_kept_and_time_is_told_while_nothing_happens(tmp_path: Path) -> None:
    file = tmp_path / "quiet.csv"
    file.write_text(f"{BEGIN},M1,motion,Kitchen,1\n{BEGIN + 2_400},M1,motion,Kitchen,1\n")
    with broker(tmp_path) as address:
        async with ear(address) as listening:
            begun = time.monotonic()
            with Feeder(address) as feeder:
                fed = feed(file, household_of(file), feeder, Pace(1_000.0), nothing)
            assert time.monotonic() - begun >= 2.4
            await until(lambda: len(listening.heard) >= fed.messages, "everything fed")
            marks = [json.loads(said)["t"] for said in listening.of(TIME_MARK_TOPIC)]
    assert marks == sorted(marks)
    assert marks[0] == BEGIN * 1000
    assert marks[-1] == (BEGIN + 2_400) * 1000
    assert any(BEGIN * 1000 < mark < marks[-1] for mark in marks), "told in between"
    assert fed.observations == 2


@pytest.mark.line
def test_the_command_feeds_and_says_how_much(tmp_path: Path) -> None:
    file = recording(tmp_path, 50)
    with broker(tmp_path) as address:
        result = CliRunner().invoke(
            main,
            ["feed", str(file), "--broker", str(address), "--household", "h1", "--first", "10"],
        )
    assert result.exit_code == 0, result.output
    assert "10 observations" in result.output


def test_as_fast_as_possible_still_keeps_to_a_rate() -> None:
    pace = Pace(None, rate_max=1_000)
    begun = time.monotonic()
    for number in range(200):
        pace.wait(datetime.fromtimestamp(BEGIN + number * 86_400, UTC), lambda at: None)
    assert time.monotonic() - begun >= 0.15


class Delayed(Pace):
    """Reads the time on a machine that is busy with something else."""

    def _now(self) -> datetime:
        time.sleep(0.1)
        return super()._now()


def test_no_mark_is_later_than_what_comes_next() -> None:
    pace, told = Delayed(40_000.0), list[datetime]()
    first, then = (datetime.fromtimestamp(BEGIN + at, UTC) for at in (0, 1.05 * 40_000))
    for at in (first, then):
        pace.wait(at, told.append)
    assert told == [then]


def test_a_configuration_for_a_recording_names_each_device_once(tmp_path: Path) -> None:
    text = config_for(recording(tmp_path), "h1", BrokerAddress("10.0.0.1", 1999))
    world = parse(tomllib.loads(text), "written")
    (home,) = world.homes
    roles = {device.role: device.id for device in home.devices}
    assert set(roles) == {"motion", "entrance", "bed", "item"}
    assert len(home.devices) == 4
    assert (world.broker.host, world.broker.port) == ("10.0.0.1", 1999)
    assert home.zone == homes.ZONE
    names = {
        observation.device
        for observation in homes.observations(lines_of(tmp_path / "invented home.csv.gz"))
    }
    assert names == set(roles.values())


def test_a_households_id_comes_from_the_files_name() -> None:
    assert household_of(Path("/x/aruba_fill.csv.gz")) == "aruba_fill"
    assert household_of(Path("王家 录音 1.csv")) == "1"
    assert household_of(Path("王家.csv")) == "home"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["feed", "{file}", "--broker", "http://x"], "expected mqtt://"),
        (["feed", "{file}", "--broker", "mqtt://127.0.0.1:1"], "no connection"),
        (["feed", "{file}", "--speed", "fast"], "expected a number or max"),
        (["config-for", "{file}", "--household", "王家"], "expected letters"),
        (["config-for", "{bad}"], "line 2"),
    ],
)
def test_what_cannot_be_fed_is_said_without_a_traceback(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(f"{homes.HEADER}\nno,such,line\n")
    names = {"file": str(recording(tmp_path, 8)), "bad": str(bad)}
    result = CliRunner().invoke(main, [argument.format(**names) for argument in arguments])
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_speed_zero_is_refused() -> None:
    with pytest.raises(FeedError, match="expected more than 0"):
        Pace(0.0)


@pytest.mark.parametrize(
    "command", ["village", "phones", "serve", "carrier", "feed", "config-for", "mishaps", "do"]
)
def test_every_command_explains_itself_in_both_languages(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    explanation = result.output.partition("Options:")[0]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in explanation)
    assert any(word.isascii() and word.isalpha() for word in explanation.split()[3:])
