from __future__ import annotations

import asyncio
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.web.access import (
    FREE_FAILURES,
    PASSWORD_FILE,
    TEMPORARY_FILE,
    WAIT_SECONDS_MAX,
    Access,
    Throttle,
    clean_name,
    pass_phrase,
)


class Settings:
    """Settings in memory, that can break."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.broken = False

    async def setting(self, name: str) -> str | None:
        return self.values.get(name)

    async def set_settings(self, settings: Mapping[str, str]) -> None:
        if self.broken:
            raise OSError("disk full")
        self.values.update(settings)


def phrase(folder: Path, name: str = PASSWORD_FILE) -> str:
    return (folder / name).read_text().strip()


async def test_the_first_start_makes_a_phrase_only_its_owner_can_read(tmp_path: Path) -> None:
    settings = Settings()
    access = await Access.open(settings, tmp_path)
    file = tmp_path / PASSWORD_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert access.first_password_file == file
    said = phrase(tmp_path)
    assert len(said) == 19
    assert await access.verify(said)
    assert not await access.verify("guanai")
    assert not await access.verify("")
    kept = " ".join(settings.values.values())
    assert said not in kept
    assert "$argon2id$" in kept


async def test_a_restart_keeps_phrase_and_sessions(tmp_path: Path) -> None:
    settings = Settings()
    first = await Access.open(settings, tmp_path)
    again = await Access.open(settings, tmp_path)
    assert await again.verify(phrase(tmp_path))
    assert (again.secret, again.stamp) == (first.secret, first.stamp)


async def test_a_changed_phrase_ends_sessions_and_removes_the_file(tmp_path: Path) -> None:
    settings = Settings()
    access = await Access.open(settings, tmp_path)
    old, stamp = phrase(tmp_path), access.stamp
    await access.change("四个字的一句话就很好")
    assert access.first_password_file is None
    assert access.stamp != stamp
    assert await access.verify("四个字的一句话就很好")
    assert not await access.verify(old)
    assert await (await Access.open(settings, tmp_path)).verify("四个字的一句话就很好")


async def test_a_change_that_cannot_be_kept_changes_nothing(tmp_path: Path) -> None:
    settings = Settings()
    access = await Access.open(settings, tmp_path)
    settings.broken = True
    with pytest.raises(OSError, match="disk full"):
        await access.change("a new pass phrase")
    assert await access.verify(phrase(tmp_path))


async def test_a_first_start_that_cannot_be_kept_does_not_lock_the_door(tmp_path: Path) -> None:
    settings = Settings()
    settings.broken = True
    with pytest.raises(OSError, match="disk full"):
        await Access.open(settings, tmp_path)
    access = await Access.temporary(settings, tmp_path)
    assert await access.verify(phrase(tmp_path, TEMPORARY_FILE))


def test_phrases_differ() -> None:
    assert len({pass_phrase() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("李敏", "李敏"),
        ("  Anna   Li ", "Anna Li"),
        ("O'Brien", "O'Brien"),
        ("", None),
        ("   ", None),
        ("-", None),
        ("a" * 21, None),
        ("desk:root", None),
        ("<b>", None),
        ("a\x00b", None),
        ("a\u202eb", None),
    ],
)
def test_names(raw: str, name: str | None) -> None:
    assert clean_name(raw) == name


def test_guessing_becomes_slower_and_slower() -> None:
    now = 0.0
    throttle = Throttle(lambda: now)
    waits = []
    for _ in range(FREE_FAILURES + 9):
        throttle.failed("name li", "address 10.0.0.7")
        waits.append(throttle.wait_seconds("name li"))
    assert waits[: FREE_FAILURES - 1] == [0.0] * (FREE_FAILURES - 1)
    assert waits[FREE_FAILURES - 1 :][:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == WAIT_SECONDS_MAX
    assert throttle.wait_seconds("name other", "address 10.0.0.7") == WAIT_SECONDS_MAX
    assert throttle.wait_seconds("name other", "address 10.0.0.8") == 0
    now += WAIT_SECONDS_MAX
    assert throttle.wait_seconds("name li") == 0
    throttle.succeeded("name li", "address 10.0.0.7")
    throttle.failed("name li")
    assert throttle.wait_seconds("name li") == 0


def test_the_throttle_forgets_and_has_an_end() -> None:
    now = 0.0
    throttle = Throttle(lambda: now)
    for _ in range(FREE_FAILURES):
        throttle.failed("a")
    now += 1_000
    throttle.failed("a")
    assert throttle.wait_seconds("a") == 0
    for number in range(3_000):
        throttle.failed(f"stranger {number}")
    assert len(throttle._failures) <= 1_000


async def test_hashing_gives_its_memory_back() -> None:
    script = """
import asyncio, sys
import psutil
from gateway.web import access

async def main():
    rss = psutil.Process().memory_info
    before = rss().rss
    for _ in range(3):
        await asyncio.gather(*(access._hashed("four words and more") for _ in range(3)))
    print(rss().rss - before)

asyncio.run(main())
"""
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await run.communicate()
    assert int(output) < 10_000_000
