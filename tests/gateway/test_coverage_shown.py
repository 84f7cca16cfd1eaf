"""Blind time as people read it: on the command line, and the words both it and the desk use."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from alerting.coverage import Report
from alerting.engine import Engine
from alerting.events import Configured, Event, Lost, Resumed
from gateway import watched
from gateway.cli import main
from gateway.config import load
from gateway.store.rows import Entry
from gateway.store.store import Store
from gateway.store.writing import Snapshot

DEMO = Path(__file__).parents[2] / "gateway" / "demo.toml"
START = datetime(2026, 1, 2, 3, tzinfo=UTC)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def guanai(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("GUANAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "GUANAI_CONFIG", "GUANAI_DATA"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return run


def lived(folder: Path) -> None:
    """Write a day of one home: two hours deaf, a few seconds of a wearable lost."""
    first = Configured(START, load(DEMO, {}).households["h1"])
    events: list[Event] = [
        Resumed(START + timedelta(hours=4), deaf_since=START + timedelta(hours=2)),
        Lost(START + timedelta(hours=5), "h1-pendant", 4.0),
        Resumed(START + timedelta(hours=10), why="the end"),
    ]

    async def keep() -> None:
        store = Store.open(folder / "guanai.db")
        entries = [Entry("h1", first), *(Entry("h1", event) for event in events)]
        await store.commit(entries[:1], True, [Snapshot("h1", START, Engine(first).snapshot())])
        await store.commit(entries[1:], True, [])
        await store.close()

    asyncio.run(keep())


def test_the_account_is_printed_by_home_and_day(guanai: Run, tmp_path: Path) -> None:
    lived(tmp_path)
    code, said, _ = guanai("coverage", "--data", tmp_path)
    assert code == 0
    assert "王秀兰家 (h1), until 01-02 21:00:" in said
    assert (
        "2026-01-02   80.0 %  the gateway heard nothing: 2 h; data of a wearable was lost: 4 s"
    ) in said
    said = guanai("--lang", "zh", "coverage", "--data", tmp_path, "--household", "h1")[1]
    assert "网关收不到消息2小时；佩戴设备丢失4秒数据" in said


def test_programs_read_it_too(guanai: Run, tmp_path: Path) -> None:
    lived(tmp_path)
    line = guanai("coverage", "--data", tmp_path, "--json")[1].splitlines()[0]
    assert json.loads(line) == {
        "household": "h1",
        "date": "2026-01-02",
        "watched_seconds": 36_000,
        "deaf_seconds": 7_200,
        "blind_seconds": 0,
        "worn_seconds": 4,
        "is_seen": True,
        "share": 0.8,
    }


def test_what_is_not_there_is_said(guanai: Run, tmp_path: Path) -> None:
    lived(tmp_path)
    code, _, error = guanai("coverage", "--data", tmp_path, "--household", "h11")
    assert code == 1
    assert "there is no household 'h11'; did you mean 'h1'?" in error
    code, _, error = guanai("coverage", "--data", tmp_path / "nowhere")
    assert code == 1
    assert "Error" in error


def report(deaf: float = 0, blind: float = 0, worn: float = 0, *, is_seen: bool = True) -> Report:
    return Report(date(2026, 1, 2), 86_400, deaf, blind, worn, is_seen)


@pytest.mark.parametrize(
    ("day", "percent", "zh"),
    [
        (report(), "100 %", "无盲区"),
        (report(deaf=1), "99.9 %", "网关收不到消息1秒"),
        (report(blind=8_640), "90.0 %", "感应设备全部失联2小时24分钟"),
        (report(worn=100), "100 %", "佩戴设备丢失2分钟数据"),
        (report(is_seen=False), "–", "没有能看到这个家的设备"),
        (report(deaf=86_400), "0.0 %", "网关收不到消息24小时"),
    ],
)
def test_a_day_is_never_called_whole_when_something_was_missed(
    day: Report, percent: str, zh: str
) -> None:
    assert watched.percent(day) == percent
    assert watched.missed(day).zh == zh
    assert watched.missed(day).en.isascii()
