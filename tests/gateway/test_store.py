from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerting.events import DeliveryState, ErrorClass, Receipt
from devices.observation import HelpCall
from gateway.store import reading
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import Attempt, Inbound, OutboxRow, Quarantined, RowState
from gateway.store.store import Store
from gateway.store.writer import Work, Writer
from gateway.store.writing import QUARANTINE_ROWS_MAX, Snapshot
from gateway.web.records import Records
from tests.fakes.clock import START
from tests.gateway.lives import close, engine, later, live, motion, press


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "gateway.db"


@pytest.fixture
def damaged(path: Path) -> Path:
    path.parent.mkdir()
    path.write_bytes(b"this is not a database, " * 1_000)
    return path


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = Store.open(path)
    yield store
    await store.close()


def count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as db:
        (rows,) = db.execute(f"select count(*) from {table}").fetchone()
    db.close()
    return int(rows)


async def test_what_happened_and_what_we_owe_are_written_together(store: Store) -> None:
    judge = engine()
    entries = live(judge, motion(0), press(1, "3f9a:1"))
    assert await store.commit(entries, durable=True) == 2
    recorded = list(reading.journal(store.path, 0))
    assert [(one.seq, one.household, one.event) for one in recorded] == [
        (1, "h1", motion(0)),
        (2, "h1", press(1, "3f9a:1")),
    ]
    (row,) = await store.owed()
    assert (row.key, row.state, row.channel) == ("h1-0001/0/daughter/sms", RowState.LEASED, "sms")
    assert row.lease_until is not None
    assert row.lease_until > row.created_at
    (incident,) = reading.incidents_not_over(store.path)
    assert incident == judge.incidents[0]
    assert count(store.path, "timeline") > 0


async def test_writing_the_same_thing_twice_owes_nothing_twice(store: Store) -> None:
    entries = live(engine(), press(1))
    await store.commit(entries, durable=True)
    (row,) = await store.owed()
    sent = msgspec.structs.replace(row, state=RowState.DELIVERED, final_at=later(3))
    await store.save([sent])
    await store.commit(entries, durable=True)
    assert await store.owed() == []
    assert count(store.path, "outbox") == 1


async def test_progress_and_attempts_are_kept(store: Store) -> None:
    await store.commit(live(engine(), press(1)), durable=True)
    (row,) = await store.owed()
    tried = Attempt(
        key=row.key,
        number=1,
        at=later(2),
        transport="twilio",
        state=RowState.UNKNOWN,
        error=ErrorClass.AMBIGUOUS,
        code="timeout",
        detail="no answer in 5 s",
    )
    moved = msgspec.structs.replace(
        row, state=RowState.UNKNOWN, attempt=1, error=ErrorClass.AMBIGUOUS, code="timeout"
    )
    await store.save([moved], [tried])
    assert await store.owed() == [moved]
    assert count(store.path, "attempt") == 1


async def test_many_saves_at_once_become_few_transactions_and_the_last_wins(store: Store) -> None:
    await store.commit(live(engine(), press(1)), durable=True)
    (row,) = await store.owed()
    versions = [msgspec.structs.replace(row, attempt=n) for n in range(200)]
    await asyncio.gather(*(store.save([version]) for version in versions))
    assert await store.owed() == [versions[-1]]


async def test_a_row_saved_before_its_entry_is_written_keeps_its_progress(store: Store) -> None:
    entries = live(engine(), press(1))
    await store.commit(entries, durable=True)
    (row,) = await store.owed()
    with sqlite3.connect(store.path) as db:
        db.execute("delete from outbox")
    db.close()
    accepted = msgspec.structs.replace(row, state=RowState.ACCEPTED, provider_id="SM1")
    await store.save([accepted])  # it went out from memory, the store being broken
    await store.commit(entries, durable=True)
    assert await store.owed() == [accepted]


async def test_what_is_withdrawn_is_not_owed_after_a_restart(store: Store) -> None:
    judge = engine()
    await store.commit(live(judge, press(1), press(2, "other")), durable=True)
    await store.commit(live(judge, close("h1-0001", 3)), durable=True)
    (row,) = await store.owed()
    assert row.incident == "h1-0002"


async def test_all_or_nothing(path: Path) -> None:
    def probe(point: str) -> None:
        if point == "before commit":
            raise sqlite3.OperationalError("database or disk is full")

    store = Store.open(path, probe=probe)
    with pytest.raises(StoreError, match="the disk is full") as caught:
        await store.commit(live(engine(), press(1)), durable=True)
    assert caught.value.trouble is Trouble.FULL
    assert caught.value.path == path
    assert list(reading.journal(path, 0)) == []
    assert await store.owed() == []
    await store.close()


async def test_a_database_locked_by_another_process_is_named_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.writer.LOCK_WAIT_SECONDS", 0.2)
    store = Store.open(path)
    script = (
        "import sqlite3, sys\n"
        f"db = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        "db.execute('begin immediate')\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert other.stdout is not None
    assert other.stdin is not None
    assert await other.stdout.readline() == b"locked\n"
    entries = live(engine(), press(1))
    with pytest.raises(StoreError) as caught:
        await store.commit(entries, durable=True)
    assert caught.value.trouble is Trouble.LOCKED
    other.stdin.close()
    await other.wait()
    await store.commit(entries, durable=True)
    assert len(await store.owed()) == 1
    await store.close()


async def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(damaged: Path) -> None:
    path = damaged
    store = Store.open(path)
    assert store.moved_aside == path.with_name("gateway.db.damaged-1")
    assert store.moved_aside.read_bytes().startswith(b"this is not")
    await store.commit(live(engine(), press(1)), durable=True)
    await store.close()


async def test_a_store_where_there_can_be_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be read or written"):
        Store.open(tmp_path / "file" / "gateway.db")


async def test_a_damaged_database_can_be_renewed_while_running(store: Store) -> None:
    await store.commit(live(engine(), press(1)), durable=True)
    aside = await store.renew()
    assert aside.exists()
    assert store.last_seq == 0
    await store.commit(live(engine(), press(1)), durable=True)
    assert len(await store.owed()) == 1


async def test_only_the_newest_of_the_quarantine_is_kept(store: Store) -> None:
    def item(number: int) -> Quarantined:
        return Quarantined(
            at=START, who=f"d{number}", reason="?", expected="!", payload=b"\xff" * 10_000
        )

    await store.quarantine([item(n) for n in range(QUARANTINE_ROWS_MAX + 5)])
    db = store.reader()
    assert db.execute("select count(*), min(who) from quarantine").fetchone()[0] == 1_000
    assert db.execute("select max(length(payload)) from quarantine").fetchone() == (4_096,)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("delete from quarantine")
    db.close()


async def test_a_persons_message_is_dealt_with_once(store: Store) -> None:
    message = Inbound(
        provider="twilio", id="SM9", at=START, sender="+85251000001", text="1", outcome="going"
    )
    assert not await store.seen_inbound("twilio", "SM9")
    await store.note_inbound(message)
    await store.note_inbound(message)
    assert await store.seen_inbound("twilio", "SM9")
    assert not await store.seen_inbound("modem", "SM9")


async def test_when_an_opening_was_written_is_known_after_a_restart(store: Store) -> None:
    store.note_stored("h1-0001", START)
    store.note_stored("h1-0001", later(9))
    await store.close()
    again = Store.open(store.path)
    records = Records(again.reader)
    assert await records.stored_at("h1-0001") == START
    assert await records.stored_at("h1-0002") is None
    await again.close()


async def test_settings_are_kept(store: Store) -> None:
    assert await store.setting("desk.password") is None
    await store.set_settings({"desk.password": "argon2…", "other": ""})
    assert await store.setting("desk.password") == "argon2…"


async def test_a_receipt_is_a_line_of_the_story(store: Store) -> None:
    judge = engine()
    receipt = Receipt(
        later(5), "h1-0001/0/daughter/sms", "h1-0001", DeliveryState.DELIVERED, detail="SM1"
    )
    await store.commit(live(judge, press(1)), durable=True)
    before = count(store.path, "timeline")
    await store.commit(live(judge, receipt), durable=False)
    assert count(store.path, "timeline") == before + 1


async def test_the_journal_is_pruned_only_below_the_snapshots(store: Store) -> None:
    judge = engine()
    await store.commit(live(judge, *(motion(n) for n in range(10))), durable=False)
    assert await store.prune(later(1e9)) == 0, "no snapshot yet: everything is still needed"
    state = Snapshot("h1", later(10), judge.snapshot())
    await store.commit(live(judge, motion(10), motion(11)), durable=False, snapshots=[state])
    await store.commit(live(judge, motion(12)), durable=False)
    assert await store.prune(later(5)) == 5
    assert await store.prune(later(1e9)) == 7
    assert [one.seq for one in reading.journal(store.path, 0)] == [13]
    assert store.last_seq == 13


async def test_old_records_go_with_all_that_belongs_to_them_and_nothing_else(store: Store) -> None:
    judge = engine()
    await store.commit(live(judge, press(1), close("h1-0001", 60)), durable=True)
    await store.commit(live(judge, press(1_000)), durable=True)
    (still_open,) = await store.owed()
    old = msgspec.structs.replace(still_open, key="h1-0001/0/daughter/sms", created_at=later(1))
    done = msgspec.structs.replace(old, state=RowState.DELIVERED, final_at=later(2))
    answer = msgspec.structs.replace(done, key="reply/SM1", incident="")
    asked = msgspec.structs.replace(done, key="measure/h1/1/panel", incident="")
    owed = msgspec.structs.replace(old, key="h1-0001/9/daughter/sms")
    await store.save(
        [done, answer, asked, owed, still_open], [attempt(done.key), attempt(owed.key)]
    )
    await store.note_inbound(text_message("SM1"))
    for incident in ("h1-0001", "h1-0002"):
        store.note_stored(incident, later(1))

    assert await store.prune_records(later(30)) == 3, (
        "a text, its answer, a request; nothing is closed"
    )
    assert await store.prune_records(later(2_000)) == 1
    assert [record.id for record in reading.incidents_not_over(store.path)] == ["h1-0002"]
    assert count(store.path, "incident") == 1
    assert {row.key for row in await store.owed()} == {owed.key, still_open.key}
    with closing(sqlite3.connect(store.path)) as db:
        assert db.execute("select key from attempt").fetchall() == [(owed.key,)]
        assert db.execute("select distinct incident from timeline").fetchall() == [("h1-0002",)]
        assert db.execute("select incident from stored").fetchall() == [("h1-0002",)]
        assert db.execute("select count(*) from outbox").fetchone() == (2,)
    assert count(store.path, "inbound") == 0


async def test_the_number_of_a_deleted_incident_is_not_used_again(store: Store) -> None:
    judge = engine()
    for n in range(12):
        number = f"h1-{n + 1:04}"
        await store.commit(live(judge, press(n * 10), close(number, n * 10 + 5)), durable=True)
    assert await store.prune_records(later(1e6)) == 12
    assert count(store.path, "incident") == 0
    assert reading.incidents_counted(store.path)("h1") == 12


async def test_records_are_deleted_in_small_steps(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = engine()
    for n in range(50):
        number = f"h1-{n + 1:04}"
        await store.commit(live(judge, press(n * 10), close(number, n * 10 + 5)), durable=True)
    steps: list[int] = []
    real = Writer.submit

    def submit(writer: Writer, work: Work, **how: Any) -> asyncio.Future[Any]:
        future = real(writer, work, **how)
        future.add_done_callback(lambda done: steps.append(done.result()))
        return future

    monkeypatch.setattr(Writer, "submit", submit)
    assert await store.prune_records(later(1e6)) == 50
    assert steps[:3] == [20, 20, 10]


def text_message(id: str) -> Inbound:
    return Inbound(provider="twilio", id=id, at=later(3), sender="+1", text="1", outcome="going")


def attempt(key: str) -> Attempt:
    return Attempt(key=key, number=1, at=later(1), transport="x", state=RowState.DELIVERED)


async def test_two_snapshots_of_each_home_are_kept(store: Store) -> None:
    judge = engine()
    for second in range(5):
        state = Snapshot("h1", later(second), f"{second}".encode())
        await store.commit(live(judge, motion(second)), durable=False, snapshots=[state])
    kept = reading.snapshots(store.path)
    assert [(one.seq, one.body) for one in kept] == [(5, b"4"), (4, b"3")]
    await store.forget(["h1"])
    assert reading.snapshots(store.path) == []


async def test_an_event_of_a_newer_version_does_not_stop_a_replay(store: Store) -> None:
    await store.commit(live(engine(), motion(1)), durable=True)
    with sqlite3.connect(store.path) as db:
        body = '{"kind":"Levitated","at":"2027-01-01T00:00:00Z"}'
        db.execute("insert into journal values (2, 0, 'h1', 'Levitated', ?)", (body,))
    db.close()
    assert [one.event for one in reading.journal(store.path, 0)] == [motion(1), None]


async def test_the_log_is_emptied_beside_the_writer(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.writer.CHECKPOINT_PAGES", 20)
    store = Store.open(path)
    judge = engine()
    for second in range(200):
        await store.commit(live(judge, motion(second)), durable=False)
        await asyncio.sleep(0.002)
    assert log_pages(path) < 180, "the log began again from its start"
    await store.close()


async def test_a_log_has_its_room_from_the_start(path: Path) -> None:
    store = Store.open(path)
    judge = engine()
    await store.commit(live(judge, motion(0)), durable=True)
    before = log_pages(path)
    for second in range(1, 50):
        await store.commit(live(judge, motion(second)), durable=True)
    assert log_pages(path) == before >= 1_000
    copy = path.with_name("copy.db")  # as a power cut leaves it: the log with zeros at its end
    for ending in ("", "-wal"):
        shutil.copy(path.with_name(path.name + ending), copy.with_name(copy.name + ending))
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("select count(*) from journal").fetchone() == (50,)
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    await store.close()


async def test_a_log_that_never_gets_a_pause_is_emptied_by_force(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.writer.CHECKPOINT_PAGES", 20)
    monkeypatch.setattr("gateway.store.writer.LOG_PAGES_MAX", 100)
    store = Store.open(path)
    judge, written = engine(), 0
    async with asyncio.timeout(20):
        while log_pages(path) >= written * 9 // 10:
            entries = [live(judge, motion(written + n)) for n in range(500)]
            await asyncio.gather(*(store.commit(one, durable=False) for one in entries))
            written += len(entries)  # each a page at least
    await store.close()


def log_pages(path: Path) -> int:
    return path.with_name("gateway.db-wal").stat().st_size // 4_096


def restore_dump(dump: Path, path: Path) -> None:
    db = sqlite3.connect(path)
    db.executescript(dump.read_text())
    db.close()


OLD = sorted((Path(__file__).parent / "old_databases").glob("version-*.sql"))


@pytest.mark.parametrize("dump", OLD, ids=lambda dump: dump.stem)
async def test_a_database_of_every_older_version_goes_on(dump: Path, path: Path) -> None:
    path.parent.mkdir()
    restore_dump(dump, path)
    store = Store.open(path)
    assert store.moved_aside is None
    assert store.last_seq == 5
    assert [type(one.event).__name__ for one in reading.journal(path, 3)] == ["HelpCall", "Motion"]
    rows = await store.owed()
    assert all(isinstance(row, OutboxRow) for row in rows)
    assert [row.key for row in rows] == ["h1-0002/0/daughter/sms", "h1-0003/0/daughter/sms"]
    assert await store.setting("colour") == "蓝"
    assert await store.seen_inbound("twilio", "SM1")
    assert [one.id for one in reading.incidents_not_over(path)] == ["h1-0002", "h1-0003"]
    await store.commit(live(engine(), press(60)), durable=True)
    await store.quarantine([Quarantined(at=START, who="d", reason="r", expected="e", payload=b"")])
    await store.close()
    assert reading.last_at(path) == later(60)


def test_the_gateway_itself_never_loads_what_migrations_need(tmp_path: Path) -> None:
    """A new database costs no memory for as long as the process lives."""
    program = (
        "import pathlib, sys\n"
        "from gateway.store.store import _prepare\n"
        "from gateway.store import reading, schema\n"
        f"path = pathlib.Path({str(tmp_path / 'new.db')!r})\n"
        "_prepare(path)\n"
        "assert schema.is_current(reading.connect(path))\n"
        "assert 'sqlite_utils' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_every_version_has_its_old_database() -> None:
    from gateway.store import schema

    assert [dump.stem for dump in OLD] == [
        f"version-{number}" for number in range(1, len(schema.MIGRATIONS) + 1)
    ]
    assert [name[:4] for name, _ in schema.MIGRATIONS] == [
        f"{number:04d}" for number in range(1, len(schema.MIGRATIONS) + 1)
    ]


def test_time_text_sorts_by_time() -> None:
    from gateway.store import codec

    moments = [START + timedelta(microseconds=n * 333_333) for n in range(10)]
    said = [codec.text(moment) for moment in moments]
    assert said == sorted(said)
    assert {len(one) for one in said} == {27}
    assert [codec.moment(codec.micros(moment)) for moment in moments] == moments


async def test_an_up_to_date_database_is_opened_without_sqlite_utils(store: Store) -> None:
    script = (
        "import sys; from pathlib import Path; from gateway.store.store import Store\n"
        f"Store.open(Path({str(store.path)!r}))\n"
        "sys.exit('sqlite_utils' in sys.modules)\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    assert await process.wait() == 0


async def test_a_press_is_the_same_after_the_journal(store: Store) -> None:
    odd = HelpCall(at=later(1.000001), device="王奶奶 的按钮", id="3f9a:17", retained=True)
    await store.commit(live(engine(), odd), durable=True)
    assert [one.event for one in reading.journal(store.path, 0)] == [odd]
