from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from pathlib import Path

from gateway.store.rows import Inbound
from gateway.store.store import Store
from gateway.store.writing import Snapshot
from tests.fakes.clock import START
from tests.gateway.lives import close, engine, later, live, motion, press


async def fill(path: Path) -> None:
    store = Store.open(path)
    judge = engine()
    entries = live(judge, motion(0), press(1, "3f9a:1"), close("h1-0001", 30))
    await store.commit(entries, True, [Snapshot("h1", later(30), judge.snapshot())])
    await store.commit(live(judge, press(40, "3f9a:2"), motion(50)), True)
    await store.note_inbound(
        Inbound(provider="twilio", id="SM1", at=START, sender="+85251000001", text="1", outcome="")
    )
    await store.set_settings({"colour": "蓝"})
    await store.close()


with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "gateway.db"
    asyncio.run(fill(path))
    db = sqlite3.connect(path)
    print("\n".join(db.iterdump()))
    db.close()
