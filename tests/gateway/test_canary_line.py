"""Our own press, by way of a real broker, the real engine, store and outbox, and back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway import canary
from gateway.canary import CanaryPress
from gateway.proven import Kind, Proven
from gateway.store import reading
from tests.gateway.lives import until
from tests.gateway.pressing import pressing

pytestmark = pytest.mark.line


async def test_it_comes_through_everything_and_leaves_nothing_open(tmp_path: Path) -> None:
    async with pressing(tmp_path) as whole:
        whole.press.proven = Proven(whole.store, whole.outbox.row)
        await whole.press.press()
        await until(lambda: whole.press.is_through)
        await until(lambda: not whole.runtime.engines["canary"].incidents)
        assert whole.press.seconds is not None
        assert ("watchdog", False) in whole.faults
        assert not [part for part, is_one in whole.faults if is_one]
        proof = whole.press.proven.last(Kind.GATEWAY, "press")
        assert proof is not None
        await until(lambda: reading.proofs(tmp_path / "guanai.db"))
        await until(lambda: not list(reading.incidents_not_over(tmp_path / "guanai.db")))


async def test_it_does_not_come_through_when_the_outbox_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(canary, "THROUGH_SECONDS_MAX", 1.0)
    monkeypatch.setattr(canary, "LOOK_SECONDS", 0.1)
    async with pressing(tmp_path) as whole:
        monkeypatch.setattr(whole.press, "sink", None)
        whole.outbox.owe = lambda rows: None  # type: ignore[method-assign]
        running = asyncio.create_task(whole.press.run())
        await until(lambda: whole.press.is_through is False)
        assert ("watchdog", True) in whole.faults
        running.cancel()


def test_nobody_can_be_told_by_the_canarys_channel() -> None:
    from alerting.delivery.router import refusal

    assert refusal("canary", "+85251000001") is not None
    assert refusal("canary", "") is not None
    assert CanaryPress.__doc__
