"""Nothing is lost, whatever dies: real processes, a real broker, a real database."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import aiomqtt
import pytest

from devices.observation import HelpCall
from gateway.store import reading
from gateway.store.writing import COMMIT_POINTS
from tests.fakes.broker import Mosquitto
from tests.gateway.lives import until

pytestmark = pytest.mark.line

HOMES = 50


class Phone:
    """Hears what is said, and remembers it."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.keys.append(line.decode().split()[1])
            writer.write(b"ok\n")
        writer.close()

    @property
    def homes(self) -> set[str]:
        """The homes that were told of."""
        return {key.partition("-")[0] for key in self.keys}

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()


class World:
    """A broker, a phone, and a gateway that is killed."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.path = folder / "gateway.db"
        self.broker = broker
        self.phone = Phone()
        self.port = 0
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *death: str) -> None:
        arguments = (self.path, self.broker.port, self.port, HOMES, *death)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.gateway.small", *map(str, arguments)
        )

    async def kill(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    def limit_files(self, bytes_max: int) -> None:
        """Let no file of the gateway grow beyond this from now on."""
        assert self._process is not None
        limits = (bytes_max, resource.RLIM_INFINITY)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, limits)

    async def died(self) -> None:
        assert self._process is not None
        async with asyncio.timeout(20):
            assert await self._process.wait() == -signal.SIGKILL

    async def press(self, homes: Iterable[int], event: str = "press") -> None:
        async with aiomqtt.Client("127.0.0.1", self.broker.port) as device:
            for home in homes:
                payload = json.dumps({"v": 1, "boot": "b", "seq": home, "event": event})
                await device.publish(f"care/v1/h{home}/h{home}-button/event", payload, qos=1)

    async def listening(self) -> None:
        """Wait until the session exists: before the very first start nothing is queued."""
        await until(lambda: self.path.exists() and reading_ok(self.path), 20)
        await asyncio.sleep(0.5)


def reading_ok(path: Path) -> bool:
    try:
        return len(reading.snapshots(path)) >= HOMES
    except Exception:
        return False


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with Mosquitto(tmp_path) as broker:
        world = World(tmp_path, broker)
        world.port = await world.phone.start()
        yield world
        await world.kill()
        world.phone.stop()


async def test_pressed_while_the_gateway_is_dead(world: World) -> None:
    await world.start()
    await world.listening()
    await world.kill()
    await world.press(range(10))
    await world.start()
    await until(lambda: len(world.phone.homes) == 10, 20)
    assert len(world.phone.keys) == 10, "nobody is told twice"


async def test_killed_in_the_middle_of_a_burst(world: World) -> None:
    await world.start()
    await world.listening()
    burst = asyncio.create_task(world.press(range(HOMES)))
    await until(lambda: len(world.phone.keys) >= 5)
    await world.kill()
    await burst
    await world.start()
    await until(lambda: len(world.phone.homes) == HOMES, 20)


async def test_broker_and_gateway_killed_with_presses_queued(world: World) -> None:
    await world.start()
    await world.listening()
    await world.kill()
    await world.press(range(10))
    await asyncio.sleep(1.5)  # the broker writes its queue once a second
    await world.broker.kill()
    await world.broker.start()
    await world.start()
    await until(lambda: len(world.phone.homes) == 10, 20)


@pytest.mark.parametrize("point", COMMIT_POINTS)
async def test_killed_at_every_point_of_a_commit(world: World, point: str) -> None:
    await world.start()
    await world.listening()
    await world.kill()
    await world.press(range(20))
    await world.start(point, "2")
    await world.died()
    await world.start()
    await until(lambda: len(world.phone.homes) == 20, 20)
    again = len(world.phone.keys) - 20
    assert again <= 20, "at worst once more, never without end"


async def test_a_disk_that_is_really_full(world: World) -> None:
    await world.start()
    await world.listening()
    await asyncio.sleep(1.5)  # the session is made and the first group written
    # files may not grow any more: to the database it is a full disk
    world.limit_files(4_096)
    await world.press(range(10))
    await until(lambda: {f"h{n}" for n in range(10)} <= world.phone.homes, 20)
    assert "gateway" in world.phone.homes, "the broken store is an alarm itself"
    written = {one.household for one in reading.journal(world.path, 0) if is_press(one)}
    assert not written
    world.limit_files(resource.RLIM_INFINITY)
    await until(lambda: len(presses_written(world.path)) == 10, 20)
    assert presses_written(world.path) == {f"h{n}" for n in range(10)}
    told = [key for key in world.phone.keys if not key.startswith("gateway")]
    assert len(told) == len(set(told)), "nobody is told twice"


def is_press(one: reading.Recorded) -> bool:
    return isinstance(one.event, HelpCall)


def presses_written(path: Path) -> set[str]:
    return {one.household for one in reading.journal(path, 0) if is_press(one)}


async def test_silence_is_still_told_after_a_kill(world: World) -> None:
    await world.start()
    await world.listening()
    await world.press(range(20), event="motion")
    await asyncio.sleep(1.3)  # written, but no silence yet
    await world.kill()
    assert world.phone.keys == []
    await world.start()
    await until(lambda: len(world.phone.homes) == 20, 20)


async def test_a_restart_owes_nothing_twice(world: World) -> None:
    await world.start()
    await world.listening()
    await world.press(range(10))
    await until(lambda: len(world.phone.keys) == 10)
    await asyncio.sleep(0.3)
    for _ in range(3):
        await world.kill()
        await world.start()
        await world.listening()
    await asyncio.sleep(0.5)
    assert len(world.phone.keys) == 10
    open_now = reading.incidents_not_over(world.path)
    assert len(open_now) == 10
