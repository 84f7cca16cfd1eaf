"""What is cancelled in the middle of a write leaves nothing running beside the close."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from gateway.transports.modem.memory import Memory

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


async def test_a_cancelled_write_and_the_close_after_it_do_not_meet(tmp_path: Path) -> None:
    said: list[str] = []
    memory = Memory(tmp_path, said.append)
    for number in range(60):
        writing = asyncio.create_task(memory.keep(f"{number:04x}", AT))
        await asyncio.sleep(0)
        writing.cancel()
        await memory.close()
        await asyncio.gather(writing, return_exceptions=True)
    assert not any(said)
    assert await memory.keep("ffff", AT)
    assert "ffff" in [pdu for _, pdu in await memory.received(AT)], "it works on"
    await memory.close()
