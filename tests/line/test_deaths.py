"""Killed at any moment, the gateway goes on where it was, and nobody is told twice."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import aiomqtt
import pytest

from gateway.store.writing import COMMIT_POINTS
from simulators.carrier.faults import Fault, FaultKind
from tests.line.world import Plan, neighbour, phone, village

pytestmark = pytest.mark.line


async def test_killed_at_every_point_of_a_commit(tmp_path: Path) -> None:
    armed = tmp_path / "armed"

    def dying(point: str) -> dict[str, str]:
        return {"GUANAI_KILL_AT": point, "GUANAI_KILL_ARMED": str(armed)}

    async with village(tmp_path, Plan(homes=1 + 3 * len(COMMIT_POINTS))) as world:
        await world.start("tests.line.dying", env=dying(COMMIT_POINTS[0]))
        for number, point in enumerate(COMMIT_POINTS):
            homes = range(1 + 3 * number, 4 + 3 * number)
            armed.touch()
            await world.publish(*(world.press(home) for home in homes))
            await world.until(lambda: world.gateway.has_ended, f"alive after {point}")
            before = len(world.told(homes))
            following = COMMIT_POINTS[(number + 1) % len(COMMIT_POINTS)]
            world.gateway.start("tests.line.dying", env=dying(following))
            await world.all_told(homes)
            print(f"killed {point}: {before} of 3 told before, all of them after")
        everybody = range(1, 1 + 3 * len(COMMIT_POINTS))
        assert world.told(everybody) == dict.fromkeys(everybody, 1)
        assert world.gateway.presses >= len(everybody)


async def test_killed_between_a_send_and_its_answer(tmp_path: Path) -> None:
    """The provider has the text, and we do not know: it is looked up, not sent again."""
    async with village(tmp_path) as world:
        await world.start()
        world.carrier.core.faults.add(Fault(kind=FaultKind.HANG_AFTER, times=1))
        await world.publish(world.press(1))
        await world.all_told([1])
        await world.gateway.kill()
        world.gateway.start()
        found = "select count(*) from outbox where household = 'h1' and provider_id != ''"
        await world.until(lambda: world.gateway.count(found) == 1, "not found again")
        await world.publish(world.press(2))
        await world.all_told([2])
        assert world.told([1, 2]) == {1: 1, 2: 1}


async def test_a_power_cut_in_an_unanswered_alarm(tmp_path: Path) -> None:
    """Three steps fall due while everything is off: on return there is one, not three."""
    ladder = (("relative", "3s"), ("neighbour", "3s"))
    async with village(tmp_path, Plan(homes=2, ladder=ladder, rounds=50)) as world:
        await world.start()
        await world.publish(world.press(1))
        await world.all_told([1])
        submitted = "select count(*) from outbox where household = 'h1' and provider_id != ''"
        await world.until(lambda: world.gateway.count(submitted), "not noted")
        await world.gateway.kill()
        await world.broker.kill()
        before = len(world.texts(phone(1))), len(world.texts(neighbour(1)))
        assert before == (1, 0)
        await asyncio.sleep(10)
        await world.broker.start()
        world.gateway.start()
        await world.until(lambda: world.texts(neighbour(1)), "the ladder stopped")
        await asyncio.sleep(1)
        after = len(world.texts(phone(1))), len(world.texts(neighbour(1)))
        assert after == (1, 1), "one round of messages on return"
        await world.until(lambda: len(world.texts(phone(1))) == 2, "it does not go on")


async def test_killed_with_the_broker_it_brought(tmp_path: Path) -> None:
    """Where nothing was prepared, gateway and broker die together, or the broker alone."""
    async with village(tmp_path, Plan(homes=4, supervised=True)) as world:
        await world.start()
        await world.publish(world.press(1))
        await world.gateway.kill()
        await world.until(lambda: not world.has_own_broker, "it outlives the gateway")
        world.gateway.start()
        await world.all_told([1])
        await world.until(world.has_desk, "the gateway does not start again")
        assert await world.kill_own_broker(), "this time it dies alone"
        for _ in range(100):
            with contextlib.suppress(aiomqtt.MqttError):
                await world.publish(world.press(2))
                break
            await asyncio.sleep(0.1)
        await world.all_told([2])
        await world.gateway.stop()
        assert not await world.kill_own_broker(), "stopped, it leaves nothing running"
        assert world.told([1, 2]) == {1: 1, 2: 1}
