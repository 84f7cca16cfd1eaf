"""Without the Internet the SIM carries everything; after an outage of all, everybody is told."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from devices.topic import native_topic
from tests.line.ways import KINDS, Stands, number, standing
from tests.line.world import TECHNICIAN

pytestmark = [pytest.mark.line, pytest.mark.timeout(240)]

PRESSES = 4
"""So often each: when all is well, and with the Internet cut."""
RATIO_MAX = 5.0
OUTAGE_SECONDS = 30.0
CROWD = 50


async def test_without_internet_the_modem_carries_everything_as_soon(tmp_path: Path) -> None:
    async with standing(tmp_path, 1 + 2 * PRESSES * KINDS, "tencent") as stands:
        await stands.world.start()
        mainland = [home for home in range(1, stands.world.plan.homes) if home % KINDS == 2]
        well = [await _until_the_modem_is_asked(stands, home) for home in mainland[:PRESSES]]
        stands.cut()
        cut_off = mainland[PRESSES:]
        cut = [await _until_the_modem_is_asked(stands, home) for home in cut_off]
        ratio = statistics.median(cut) / statistics.median(well)
        print(f"from press to the modem: cut off {ratio:.2f} times as long as when all is well")
        assert ratio <= RATIO_MAX, (well, cut)
        phones = [stands.modem.network.phone(number(home)) for home in cut_off]
        await stands.world.until(
            lambda: all(phone.texts and phone.calls for phone in phones),
            lambda: str([(phone.texts, phone.calls) for phone in phones]),
        )


async def _until_the_modem_is_asked(stands: Stands, home: int) -> float:
    """Press; return the seconds until the modem begins to carry it."""
    modem, phone = stands.modem, stands.modem.network.phone(number(home))
    await stands.world.until(lambda: modem.calls.current is None, "the line is taken")
    began = time.monotonic()
    await stands.world.publish(stands.world.press(home))
    await stands.world.until(lambda: phone.calls or phone.texts, "the modem is not asked")
    return time.monotonic() - began


@pytest.mark.nightly
async def test_after_an_outage_of_everything_all_are_told(tmp_path: Path) -> None:
    async with standing(tmp_path, 2 + CROWD, "aliyun") as stands:
        world = stands.world
        await world.start()
        homes = range(1, 1 + CROWD)
        stands.cut()
        stands.modem.tty.vanish()
        await world.publish(*(world.press(home) for home in homes))
        low = json.dumps({"v": 1, "boot": "line", "seq": 1, "battery": 3, "battery_low": True})
        await world.publish((native_topic("h0", "b0", "state"), low.encode()))
        owed = "select count(*) from outbox where address = ?"
        await world.until(lambda: world.gateway.count(owed, TECHNICIAN), "no news of the battery")
        await asyncio.sleep(OUTAGE_SECONDS)
        assert not _told(stands, homes), "something went out"
        await stands.mend()
        stands.modem.tty.appear()
        await world.until(lambda: world.texts(TECHNICIAN), "the technician was forgotten", 60)
        before = _told(stands, homes)
        await world.until(
            lambda: len(_told(stands, homes)) == CROWD,
            lambda: f"not told: {set(homes) - _told(stands, homes)}",
            60,
        )
        print(f"{CROWD} of {CROWD} told after it, {len(before)} before the battery")
        assert len(before) > CROWD / 2, "urgent ones first, but for those a modem had in hand"


def _told(stands: Stands, homes: Sequence[int]) -> set[int]:
    """Return whose relative was told by text or call, by whichever way."""
    by_cloud = {text.number for text in stands.clouds.texts}
    return {home for home in homes if number(home) in by_cloud or _rang(stands, number(home))}


def _rang(stands: Stands, to: str) -> bool:
    by_sim = stands.modem.network.phone(to)
    return bool(by_sim.texts or by_sim.calls or stands.world.texts(to) or stands.world.rung(to))
