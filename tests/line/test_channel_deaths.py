"""Killed at any point of a message, by any way out: nothing is lost, little is sent twice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tests.line.ways import KINDS, Stands, by_sim, named, standing

pytestmark = [pytest.mark.line, pytest.mark.nightly, pytest.mark.timeout(240)]

UNANSWERED = "unanswered"
POINTS = (UNANSWERED, "answered", "followed", "ended")
"""The last three are those of `tests.line.dying`."""


CLOUDS = os.environ.get("GUANAI_DEATHS_CLOUDS", "aliyun").split(",")
"""By night `aliyun,tencent`: a run takes a minute, and their transports share what is killed."""


@pytest.mark.parametrize("cloud", CLOUDS)
async def test_killed_at_every_point_of_every_channel(tmp_path: Path, cloud: str) -> None:
    everybody = range(1, 1 + KINDS * len(POINTS))
    async with standing(tmp_path, 1 + len(everybody), cloud) as stands:
        await stands.world.start()
        await stands.world.until(lambda: all(row[3] for row in _rows(stands, [0])), "not ready")
        lives = [stands.came(everybody)]
        for turn, point in enumerate(POINTS):
            homes = range(1 + KINDS * turn, 1 + KINDS * (turn + 1))
            await _killed(stands, point, homes)
            lives.append(stands.came(everybody))
            stands.be_well()
            stands.world.gateway.start()
            await _all_told(stands, homes)
        over = "select count(*) from outbox where final_at is null"
        await stands.world.until(lambda: not stands.world.gateway.count(over), "not over")
        lives.append(stands.came(everybody))
        _judge(stands, cloud, everybody, lives)


def _judge(
    stands: Stands, cloud: str, everybody: Sequence[int], lives: Sequence[Counter[str]]
) -> None:
    """Print how often every way was told in each life, and check it."""
    print(f"told by each way in {len(POINTS) + 1} lives, killed {', '.join(POINTS)}")
    for way in sorted(named(everybody)):
        counts = [now[way] - before[way] for before, now in pairwise(lives)]
        print(f"  {cloud:8}{way:14}", *counts)
        home, _, channel = way.partition("/")
        kills = len(POINTS) - (int(home[1:]) - 1) // KINDS
        # these can be asked whether they have it; a call that our death cut off is made again
        can_ask = channel in ("sms", "sms-2", "voice") and way not in by_sim(everybody)
        assert sum(counts) >= 1, f"{way}: nobody was told"
        assert max(counts) <= 1, f"{way}: told twice in one life: {counts}"
        assert sum(counts) <= 1 + (0 if can_ask else kills), f"{way}: {counts}"
    for number in everybody:
        ids = {headers["webhook-id"] for headers in stands.posted("/alarms", number)}
        assert len(ids) <= 1, "the receiver knows a repetition by its id"


async def _killed(stands: Stands, point: str, homes: Sequence[int]) -> None:
    """Press in some homes, and let the gateway die at the point."""
    world, ways = stands.world, named(homes)
    if point == UNANSWERED:
        stands.hush()
        await world.publish(*(world.press(home) for home in homes))
        at_once, in_turn = ways - by_sim(homes), by_sim(homes)
        # a modem that does not answer holds up what comes after: one of its messages is out
        await world.until(
            lambda: at_once <= set(stands.came(homes)) and in_turn & set(stands.came(homes)),
            lambda: f"not sent: {sorted(ways - set(stands.came(homes)))} {_rows(stands, homes)}",
        )
        await world.gateway.kill()
    else:
        armed = world.folder / "armed"
        await world.gateway.stop()
        armed.touch()
        env = {
            "GUANAI_KILL_AT": point,
            "GUANAI_KILL_ARMED": str(armed),
            "GUANAI_KILL_WAYS": " ".join(ways),
        }
        world.gateway.start("tests.line.dying", env=env)
        await world.publish(*(world.press(home) for home in homes))
        await world.until(
            lambda: world.gateway.has_ended,
            lambda: f"alive after {point}: {stands.came(homes)} {_rows(stands, homes)}",
        )
        assert not armed.exists(), "it died of something else"


async def _all_told(stands: Stands, homes: Sequence[int]) -> None:
    """Return once everybody has it, and the gateway knows."""
    await stands.world.until(
        lambda: (
            set(stands.came(homes)) == named(homes) and all(row[3] for row in _rows(stands, homes))
        ),
        lambda: f"not told: {named(homes) - set(stands.came(homes))} {_rows(stands, homes)}",
        60,
    )


def _rows(stands: Stands, homes: Sequence[int]) -> list[tuple[str, ...]]:
    places = ", ".join("?" * len(homes))
    question = "select key, state, provider, provider_id, detail from outbox"
    return stands.world.gateway.ask(
        f"{question} where household in ({places})", *(f"h{home}" for home in homes)
    )
