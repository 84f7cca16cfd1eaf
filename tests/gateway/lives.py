"""Entries, rows and small lives for the tests of store and runtime."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from alerting.events import Answer, Configured, Event, Reply
from devices.observation import HelpCall, Motion
from gateway.store.rows import Entry
from tests.fakes.clock import START
from tests.fakes.engine import TinyEngine, household

HOME = household()


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def press(seconds: float = 0, id: str = "", device: str = "h1-button") -> HelpCall:
    return HelpCall(at=later(seconds), device=device, id=id)


def motion(seconds: float = 0, device: str = "h1-pir") -> Motion:
    return Motion(at=later(seconds), device=device)


def close(incident: str, seconds: float = 0) -> Reply:
    return Reply(later(seconds), incident, "daughter", Answer.CLOSE, "sms")


def engine(home: str = "h1") -> TinyEngine:
    return TinyEngine(Configured(START, household(home)))


def live(judge: TinyEngine, *events: Event) -> list[Entry]:
    """Return what the store is given for `events`."""
    home = judge.household.id
    return [Entry(home, event, tuple(judge.step(event))) for event in events]


async def until(true: Callable[[], object], seconds: float = 10) -> None:
    """Wait for real things (a thread, a process, a broker) to happen."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for is outside this event loop
            await asyncio.sleep(0.002)
