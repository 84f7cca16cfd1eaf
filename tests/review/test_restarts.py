"""What a start finds of before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alerting.events import Tick
from gateway.clock import SystemClock
from gateway.engines import CORE
from gateway.fleet import restore
from gateway.store import reading
from gateway.store.rows import RowState
from gateway.store.store import Store
from gateway.store.writing import Snapshot
from tests.builders import household
from tests.fakes.clock import START
from tests.fakes.engine import TinyEngine
from tests.gateway.lives import engine, live, press


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store.open(tmp_path / "gateway.db")
    yield store
    await store.close()


async def test_a_start_in_the_past_does_not_run_before_the_engines_own_time(store: Store) -> None:
    homes = {"h1": household(), "gateway": household(id="gateway")}
    judge = (await restore(store, homes, START, CORE)).engines["h1"]
    later = START + timedelta(minutes=10)
    assert judge.step(Tick(later)) == []  # causes nothing: it is not written
    await store.commit([], True, [Snapshot("h1", later, judge.snapshot())])
    # a Raspberry Pi without a clock battery
    clock = SystemClock(reading.last_at(store.path), wall=lambda: 0.0, steady=lambda: 0.0)
    again = await restore(store, homes, clock.now(), CORE)
    for home, event in again.events:
        again.engines[home].step(event)


async def test_what_nobody_will_ever_tell_us_of_is_owed_no_more(store: Store) -> None:
    tiny: TinyEngine = engine()
    await store.commit(live(tiny, press(1)), True)
    (row,) = await store.owed()
    given_up = msgspec.structs.replace(
        row, state=RowState.ACCEPTED, final_at=START, detail="nobody ever said"
    )
    await store.save([given_up])
    assert await store.owed() == []
