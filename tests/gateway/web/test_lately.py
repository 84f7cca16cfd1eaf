from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devices.observation import (
    Alive,
    Bed,
    Contact,
    FallState,
    Impact,
    Motion,
    Observation,
    Quantity,
    Reading,
)
from gateway.board import Board
from gateway.web.lately import in_a_word, lately

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "zh", "en"),
    [
        (Bed(NOON, "d", True), "有人", "somebody there"),
        (Bed(NOON, "d", False), "无人", "nobody there"),
        (Contact(NOON, "d", True), "开", "open"),
        (Motion(NOON, "d"), "有人走动", "moved"),
        (FallState(NOON, "d", True), "跌倒", "fall"),
        (Reading(NOON, "d", Quantity.WEIGHT, 58.4), "体重58.4kg", "weight 58.4 kg"),
        (Reading(NOON, "d", Quantity.HEART_RATE, 72), "心率72次/分", "heart rate 72/min"),
    ],
)
def test_what_a_device_said_in_a_word(one: Observation, zh: str, en: str) -> None:
    words = in_a_word(one)
    assert words is not None
    assert (words.zh, words.en) == (zh, en)


def test_the_board_keeps_the_last_of_each_kind_and_no_waveform() -> None:
    board = Board()
    for second in range(100):
        at = NOON + timedelta(seconds=second)
        board.heard("h1", Bed(at, "bed", second % 2 == 0))
        board.heard("h1", Reading(at, "bed", Quantity.HEART_RATE, 60 + second % 9))
        board.heard("h1", Alive(at, "bed"))
    board.heard("h1", Contact(NOON, "door", True, retained=True))
    board.heard("h1", Impact(NOON, "band", "a:1", b"123456", 50, 0, 3.1))
    assert len(board.last("h1", "bed")) == 2
    assert {one.words.zh for one in lately(board.last("h1", "bed"))} == {"无人", "心率60次/分"}
    assert board.last("h1", "door") == []
    (knock,) = board.last("h1", "band")
    assert isinstance(knock, Impact)
    assert knock.wave == b""
