from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from alerting.events import (
    Answer,
    Change,
    Changed,
    DeliveryState,
    Event,
    Receipt,
    Reply,
)
from alerting.household import IncidentKind, Policy
from alerting.incident import Incident, Response, Urgency
from alerting.words import Words
from devices.observation import Alive, HelpCall, Motion, Online
from gateway import board as boards
from gateway.board import Board, progress
from gateway.store.rows import Entry
from gateway.timeline import Line
from tests.gateway.test_timeline import Life, at

WORDS = Words("按下呼叫键", "call button pressed")
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def incident(id: str, **fields: object) -> Incident:
    record = Incident(
        id=id,
        household="h1",
        kind=IncidentKind.EMERGENCY,
        urgency=Urgency.HIGH,
        opened_at=NOW,
        reason=WORDS,
        policy=Policy(()),
        subjects=("h1",),
        due_at=NOW,
    )
    return msgspec.structs.replace(record, **fields)


def opened(record: Incident, change: Change = Change.OPENED) -> Entry:
    event = HelpCall(at=record.opened_at, device="h1-panel")
    return Entry("h1", event, (Changed(record.opened_at, change, record, WORDS),))


def test_the_desk_sees_first_what_needs_somebody_most() -> None:
    board = Board()
    later = NOW + timedelta(seconds=60)
    for record in (
        incident("repair", kind=IncidentKind.TECHNICAL, urgency=Urgency.LOW),
        incident("there", response=Response.ON_SCENE),
        incident("going", response=Response.CLAIMED),
        incident("quiet", urgency=Urgency.MEDIUM, kind=IncidentKind.INACTIVITY),
        incident("second", opened_at=later),
        incident("exhausted", response=Response.EXHAUSTED),
    ):
        board.apply(opened(record))
    ids = [story.record.id for story in board.open()]
    assert ids == ["exhausted", "second", "quiet", "going", "there", "repair"]


def test_a_closed_incident_leaves_the_list_and_is_remembered() -> None:
    board = Board()
    board.apply(opened(incident("h1-0001")))
    board.apply(opened(incident("h1-0001", response=Response.CLOSED), Change.CLOSED))
    assert board.open() == []
    assert [story.record.id for story in board.recent()] == ["h1-0001"]
    story = board.story("h1-0001")
    assert story is not None
    assert [line.what for line in story.lines][-1] == "closed"


def test_memory_of_the_closed_and_of_long_stories_has_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boards, "LINES_FIRST", 3)
    monkeypatch.setattr(boards, "LINES_LAST", 4)
    board = Board()
    for number in range(boards.RECENT_MAX + 5):
        board.apply(opened(incident(f"i{number}", response=Response.CLOSED)))
    assert len(board.recent()) == boards.RECENT_MAX
    assert board.recent()[0].record.id == f"i{boards.RECENT_MAX + 4}"
    for _ in range(10):
        board.apply(opened(incident("long"), Change.JOINED))
    story = board.story("long")
    assert story is not None
    assert len(story.lines) == 7
    assert story.left_out == 13


def test_a_restart_takes_up_where_it_was() -> None:
    board = Board()
    line = Line(NOW, "h1-0001", "h1", "press", "h1-panel", WORDS)
    board.restore(incident("h1-0001"), [line], NOW)
    board.apply(opened(incident("h1-0001"), Change.JOINED))
    story = board.story("h1-0001")
    assert story is not None
    assert [entry.what for entry in story.lines] == ["press", "press", "joined"]
    assert story.stored_at == NOW


def test_the_moment_of_writing_is_kept_only_when_it_was_written() -> None:
    written = Board(lambda: NOW)
    written.apply(opened(incident("a")))
    story = written.story("a")
    assert story is not None
    assert story.stored_at == NOW
    noted: list[tuple[str, object]] = []
    both = Board(lambda: NOW, lambda id, at: noted.append((id, at)))
    both.apply(opened(incident("a")))
    both.apply(opened(incident("a"), Change.JOINED))
    assert noted == [("a", NOW)]
    broken = Board(lambda: None)
    broken.apply(opened(incident("a")))
    story = broken.story("a")
    assert story is not None
    assert story.stored_at is None


def test_devices_are_known_by_what_they_last_said() -> None:
    board = Board()

    def say(event: Event) -> None:
        board.apply(Entry("h1", event, ()))

    assert board.seen("h1", "pir").at is None
    say(Alive(at=NOW, device="pir", battery_percent=93, signal_dbm=-61))
    later = NOW + timedelta(minutes=1)
    say(Motion(at=later, device="pir"))
    say(Motion(at=later + timedelta(hours=1), device="pir", retained=True))
    seen = board.seen("h1", "pir")
    assert (seen.at, seen.battery_percent, seen.signal_dbm, seen.online) == (later, 93, -61, True)
    say(Online(at=later + timedelta(hours=2), device="pir", online=False))
    assert board.seen("h1", "pir").online is False
    assert board.seen("h1", "pir").at == later  # a last will is no sign of life
    board.heard("h1", Alive(at=later, device="new", battery_low=True))
    assert board.seen("h1", "new").battery_low is True


async def test_a_browser_hears_of_changes_and_of_nothing_else() -> None:
    board = Board()
    feed = board.subscribe()
    board.apply(Entry("h1", Motion(at=NOW, device="pir"), ()))
    assert await feed.next(0.01) == []
    board.apply(opened(incident("h1-0001")))
    board.apply(opened(incident("h1-0002")))
    assert [change.incidents for change in await feed.next(1)] == [("h1-0001",), ("h1-0002",)]
    board.unsubscribe(feed)
    assert board.subscribers == 0
    assert feed.is_over


async def test_a_browser_that_is_too_slow_is_dropped() -> None:
    board = Board()
    slow, quick = board.subscribe(), board.subscribe()
    for number in range(boards.QUEUE_MAX + 1):
        board.apply(opened(incident(f"i{number}")))
        await quick.next(1)
    assert slow.is_over
    assert not quick.is_over
    assert board.subscribers == 1
    board.close()
    assert quick.is_over
    assert await asyncio.wait_for(quick.next(60), 5) == []


async def test_whoever_pressed_a_button_learns_what_came_of_it() -> None:
    board, life = Board(), Life()
    life.happen(HelpCall(at=at(0), device="h1-panel"))
    reply = Reply(at(1), life.incident, "desk:李敏", Answer.GOING, "desk")
    waiting, also = board.watch(reply), board.watch(reply)
    board.unwatch(reply, also)
    # the runtime stamps its own time on it
    life.happen(msgspec.structs.replace(reply, at=at(2)))
    board.apply(life.entries[-1])
    entry = await asyncio.wait_for(waiting, 5)
    assert any(isinstance(effect, Changed) for effect in entry.effects)
    assert not also.done()
    board.unwatch(reply, waiting)


def test_progress_is_the_last_word_on_each_channel() -> None:
    life = Life()
    life.happen(HelpCall(at=at(0), device="h1-panel"))
    sms = next(notify for notify in life.owed if notify.channel == "sms")
    life.happen(Receipt(at(1), sms.key, sms.incident, DeliveryState.ACCEPTED))
    life.happen(Receipt(at(2), sms.key, sms.incident, DeliveryState.DELIVERED, detail="x"))
    told = {one.channel: one for one in progress(life.story)["wang-daughter"]}
    assert (told["sms"].what, told["sms"].at, told["sms"].detail) == ("delivered", at(2), "x")
    assert told["voice"].what == "owed"
    assert "grid-worker" not in progress(life.story)


def test_what_was_withdrawn_is_not_said_to_be_on_its_way() -> None:
    life = Life()
    life.happen(HelpCall(at=at(0), device="h1-panel"))
    incident = life.incident
    sms, voice = (
        next(notify for notify in life.owed if notify.channel == channel)
        for channel in ("sms", "voice")
    )
    life.happen(Receipt(at(1), sms.key, incident, DeliveryState.DELIVERED))
    life.happen(Reply(at(2), incident, "desk:李敏", Answer.GOING, "desk"))
    told = {one.channel: one.what for one in progress(life.story)["wang-daughter"]}
    assert told == {"sms": "delivered", "voice": "withdrawn"}
    # it had gone out after all
    life.happen(Receipt(at(3), voice.key, incident, DeliveryState.ACCEPTED))
    told = {one.channel: one.what for one in progress(life.story)["wang-daughter"]}
    assert told["voice"] == "accepted"
