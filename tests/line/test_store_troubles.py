"""A disk that is full, a database that is locked: alarms go out, and are written later."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.line.world import TECHNICIAN, Plan, World, village

pytestmark = pytest.mark.line

DISK_BYTES = 4 * 1024 * 1024
BROKEN = "无法写入"


class SmallDisk:
    """A disk of 4 MB of its own, where we may mount one; else a limit on the size of files."""

    def __init__(self, folder: Path, mounted: bool) -> None:
        self.mounted = mounted
        self._ballast = folder / "ballast"

    def fill(self, world: World) -> None:
        if self.mounted:
            with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as file:
                while file.write(b"x" * 4_096):
                    pass
        else:
            size = max(file.stat().st_size for file in world.gateway.data.glob("guanai.db*"))
            resource.prlimit(world.gateway.pid, resource.RLIMIT_FSIZE, (size, -1))

    def free(self, world: World) -> None:
        if self.mounted:
            self._ballast.unlink()
        else:
            resource.prlimit(world.gateway.pid, resource.RLIMIT_FSIZE, (-1, -1))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "guanai-test", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield SmallDisk(folder, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_full_disk(tmp_path: Path) -> None:
    homes = range(1, 6)
    with small_disk(tmp_path / "data") as disk:
        async with village(tmp_path, Plan(homes=6)) as world:
            await world.start()
            disk.fill(world)
            await world.publish(*(world.press(home) for home in homes))
            await world.all_told(homes)
            await world.until(lambda: world.texts(TECHNICIAN), "no technician was told")
            page = await world.technical()
            assert BROKEN in page
            assert ("the disk is full" if disk.mounted else "cannot be read or written") in page
            assert world.gateway.presses < 5, "the disk is full"
            disk.free(world)
            await world.until(
                lambda: world.gateway.presses >= 6, "not written after there was space"
            )
            assert BROKEN not in await world.technical()
            kept = "select count(*) from outbox where household like 'h%' and purpose = 'alarm'"
            assert world.gateway.count(kept) == 6
            # and it goes on from there after a kill
            await world.gateway.kill()
            world.gateway.start()
            await world.until(world.has_desk, "does not start again")
            assert world.told(homes) == dict.fromkeys(homes, 1)
            print("disk:", "a small one, mounted" if disk.mounted else "a limit on files")


async def test_a_database_locked_for_10_seconds(tmp_path: Path) -> None:
    async with village(tmp_path, Plan(homes=3)) as world:
        await world.start()
        with contextlib.closing(sqlite3.connect(world.gateway.data / "guanai.db")) as other:
            other.isolation_level = None
            other.execute("begin immediate")
            async with asyncio.timeout(30):
                locked = asyncio.create_task(asyncio.sleep(10))
                await world.publish(world.press(1))
                await world.all_told([1], 8)
                assert not locked.done(), "told while it was locked"
                await locked
            await world.publish(world.press(2))
            await world.all_told([2], 8)
            other.execute("rollback")
        await world.until(lambda: world.gateway.presses >= 3, "not written afterwards")
        await world.until(lambda: world.texts(TECHNICIAN), "no technician was told")
        assert world.told([1, 2]) == {1: 1, 2: 1}
