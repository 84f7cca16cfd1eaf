"""Starts that find something broken: people must be told all the same."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from gateway.board import Board
from gateway.config import load
from gateway.fleet import restore
from gateway.only import AlreadyRunning, claim
from gateway.parts import Parts
from gateway.running import EXIT_RUNNING
from gateway.spare import open_spare, open_store
from gateway.store.errors import StoreError, Trouble
from gateway.store.store import Store
from gateway.web.serve import DeskServer
from gateway.wiring import Gateway as Wired
from tests.fakes.clock import START
from tests.fakes.engine import TINY, household
from tests.gateway.lives import engine, live, press
from tests.line.world import Gateway, Plan, village

HOMES = {"h1": household(), "gateway": household("gateway")}
BROKEN = StoreError(Path("x"), Trouble.BROKEN, "read-only file system")


@pytest.mark.line
async def test_with_the_desks_port_taken_presses_are_told(tmp_path: Path) -> None:
    async with village(tmp_path, Plan(homes=2)) as world:
        with socket.create_server(("127.0.0.1", world.desk_port)):
            world.gateway.start()
            for _ in range(100):
                await world.publish(world.press(1))
                if world.told([1]):
                    break
                await asyncio.sleep(0.2)
            assert world.told([1]), world.gateway.said()[-3000:]
        await world.until(world.has_desk, lambda: "the desk comes when its port is free")


@pytest.mark.line
async def test_nothing_is_a_fault_because_the_start_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.wiring.LATE_PARTS_SECONDS", 0.1)
    settled: list[None] = []
    monkeypatch.setattr("gateway.garbage.settle", lambda: settled.append(None))
    async with village(tmp_path, Plan(homes=1)) as world:
        gateway = Wired(load(world.config), world.gateway.data)
        try:
            await gateway.start()
            async with asyncio.timeout(10):
                while len(settled) < 2:  # noqa: ASYNC110 - real time
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            assert gateway._runtime is not None
            assert "desk" not in gateway._runtime.faults.active
        finally:
            await gateway.stop()


@pytest.mark.line
async def test_a_second_gateway_in_one_data_folder_ends_at_once(tmp_path: Path) -> None:
    async with village(tmp_path, Plan(homes=2)) as world:
        await world.start()
        second = Gateway(world.config, world.gateway.data, tmp_path / "second.log")
        second.start()
        assert second.process is not None
        assert await asyncio.to_thread(second.process.wait, 30) == EXIT_RUNNING
        assert "another gateway runs" in second.said()
        await world.publish(world.press(1))
        await world.all_told([1])


def test_a_folder_is_free_again_once_its_gateway_has_died(tmp_path: Path) -> None:
    code = "import pathlib, sys; from gateway.only import claim; claim(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    held = claim(tmp_path)
    assert held is not None
    with pytest.raises(AlreadyRunning, match="another gateway"):
        claim(tmp_path)


async def test_a_call_that_was_open_goes_on_where_the_disk_became_read_only(
    tmp_path: Path,
) -> None:
    disk = Store.open(tmp_path / "disk" / "guanai.db")
    first = await restore(disk, HOMES, START, TINY)
    del first
    await disk.commit(live(engine(), press(1)), True)
    spare, wrong = open_spare(disk.path, BROKEN, [tmp_path / "full", tmp_path])
    assert "read-only file system" in wrong
    assert "is known" in wrong
    again = await restore(spare, HOMES, START, TINY)
    assert [record.id for record in again.engines["h1"].incidents] == ["h1-0001"]
    assert len(await spare.owed()) == 1
    await spare.close()
    await disk.close()


async def test_what_cannot_be_read_is_said_to_be_forgotten(tmp_path: Path) -> None:
    (tmp_path / "disk").write_text("a file where a folder should be")
    store, wrong = open_store(tmp_path / "disk" / "guanai.db")
    assert "NOT known" in wrong
    await store.commit(live(engine(), press(1)), True)
    await store.close()


async def test_nothing_that_carries_alarms_ends_unnoticed() -> None:
    async def ends() -> None:
        await asyncio.sleep(0)

    async def is_cancelled() -> None:
        raise asyncio.CancelledError

    for work in (ends, is_cancelled):
        parts = Parts(lambda part, active, detail, source="": None)
        parts.vital(work())
        with pytest.raises(RuntimeError, match="carries alarms"):
            await asyncio.wait_for(parts.until(asyncio.Event()), 5)
        await parts.end()


async def test_a_part_that_works_again_is_no_fault_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.parts.RESTART_SECONDS", 0.01)
    monkeypatch.setattr("gateway.parts.WELL_SECONDS", 0.05)
    said: list[bool] = []
    tries = 0

    async def poll() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ZeroDivisionError
        await asyncio.sleep(60)

    parts = Parts(lambda part, active, detail, source="": said.append(active))
    parts.aside("texts", poll)
    async with asyncio.timeout(5):
        while said != [True, False]:  # noqa: ASYNC110 - real time
            await asyncio.sleep(0.01)
    await parts.end()


async def test_a_part_that_ends_is_begun_again_and_said_to_have_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.parts.RESTART_SECONDS", 0.01)
    said: list[str] = []
    begun = 0

    async def ends() -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            return
        if begun == 2:
            raise asyncio.CancelledError  # of what it waited for, not of itself
        await asyncio.sleep(60)

    parts = Parts(lambda part, active, detail, source="": said.append(detail))
    parts.aside("self-test", ends)
    async with asyncio.timeout(5):
        while begun < 3:  # noqa: ASYNC110 - real time
            await asyncio.sleep(0.01)
    assert len(said) == 2
    assert all("self-test ended" in detail for detail in said)
    await parts.end()


async def test_a_desk_that_dies_later_is_told_and_served_again_on_its_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.parts.RESTART_SECONDS", 0.05)
    monkeypatch.setattr("gateway.parts.WELL_SECONDS", 0.2)
    said: list[tuple[str, bool, str]] = []
    servers: list[DeskServer] = []
    opened = asyncio.Event()
    port = 0

    async def serve() -> None:
        server = DeskServer(answer_ok, Board(), "127.0.0.1", port)
        servers.append(server)
        await server.serve(opened)

    parts = Parts(lambda part, active, detail, source="": said.append((part, active, source)))
    parts.aside("desk", serve)
    async with asyncio.timeout(20):
        await opened.wait()
        port = servers[0].port
        assert await asked(port) == b"HTTP/1.1 200 OK"
        opened.clear()

        async def dies(counter: int) -> bool:
            raise OSError("too many open files")

        monkeypatch.setattr(servers[0]._server, "on_tick", dies)
        await opened.wait()
        assert said == [("desk", True, "desk")]
        assert servers[1].port == port
        assert await asked(port) == b"HTTP/1.1 200 OK"
        while said[-1] != ("desk", False, "desk"):  # noqa: ASYNC110 - real time
            await asyncio.sleep(0.01)
    parts.stopping = True
    await servers[1].stop()
    await parts.end()


async def answer_ok(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


async def asked(port: int) -> bytes:
    """Return the first line of the answer to a request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    line = await reader.readline()
    writer.close()
    return line.strip()
