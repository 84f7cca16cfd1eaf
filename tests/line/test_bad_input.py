"""Whatever comes in at any door: it is counted, kept for a look, and stops nothing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiohttp
import pytest

from devices.topic import native_topic
from gateway.transports.paths import SMS_PATH
from simulators.carrier.settings import DEMO_NUMBER
from tests.line.world import STRANGER, Message, Plan, phone, village

pytestmark = pytest.mark.line

FLOOD_MESSAGES = 1_500

RUBBISH = (
    b"",
    b"\xff\x00\x13 garbage",
    b'{"v":1,"event":"pre',
    b'{"v":1,"event":"\xc3\x28"}',
    b'{"v":1,"event":42}',
    b'{"v":9,"event":"press-"}',
    b"[]",
    b"null",
    b"[" * 50_000,
    b"x" * 1_000_000,
)
NOWHERE = (
    "care/v1/h1/nobody/event",
    "care/v1/nowhere/b1/event",
    "care/v1/h1/b1/no-such-part",
    "care/v1/so/many/levels/that/nobody/means/it",
    "care/v1/王家/按钮/event",
)


def dated(home: int, ms: int) -> Message:
    """A press whose device believes it is another time."""
    said = f'{{"v":1,"boot":"lost","seq":1,"t":{ms},"event":"press"}}'
    return native_topic(f"h{home}", f"b{home}", "event"), said.encode()


async def test_bad_input_end_to_end(tmp_path: Path) -> None:
    async with village(tmp_path, Plan(homes=7, webhooks=True)) as world:
        await world.publish(world.press(4), retain=True)
        await world.start()

        button = native_topic("h1", "b1", "event")
        wearable = native_topic("h1", "b1", "accel")
        await world.publish(
            *((topic, said) for said in RUBBISH for topic in (button, wearable)),
            *((topic, b'{"v":1,"event":"press"}') for topic in NOWHERE),
        )
        await world.publish(dated(2, 0), dated(3, 4_294_967_295_000))
        await world.all_told([2, 3])

        flood = [world.motion(5) for _ in range(FLOOD_MESSAGES)]
        async with asyncio.TaskGroup() as together:
            together.create_task(world.publish(*flood))
            await asyncio.sleep(0.1)
            pressed = time.monotonic()
            await world.publish(world.press(1))
            await world.all_told([1], 10)
            print(f"told {time.monotonic() - pressed:.2f} s after a press in a flood")

        async with aiohttp.ClientSession() as session:
            forged = {"From": phone(1), "Body": "1", "MessageSid": "SM" + "0" * 32}
            signature = {"X-Twilio-Signature": "AAAA"}
            for headers in ({}, signature):
                async with session.post(
                    world.desk + SMS_PATH, data=forged, headers=headers
                ) as answer:
                    assert answer.status == 403

        carrier = world.carrier
        carrier.core.set_sms_url(DEMO_NUMBER, world.desk + SMS_PATH)
        carrier.live.text(STRANGER, "1", DEMO_NUMBER)
        carrier.live.text(phone(1), "这是什么？", DEMO_NUMBER)
        carrier.live.text(phone(1), "1", DEMO_NUMBER)
        claimed = "select count(*) from incident where household = 'h1' and response = 'claimed'"
        await world.until(lambda: world.gateway.count(claimed), "the answer is lost")
        assert not world.texts(STRANGER), "whoever can make us send texts can make us pay"

        await world.publish(world.press(6))
        await world.all_told([6])
        verify = world.texts(phone(4))
        assert len(verify) == 1
        assert "核实" in verify[0], "a kept press is of unknown age: somebody is asked to look"
        assert not world.told([5]), "nobody pressed there"
        assert not world.gateway.has_ended

        await asyncio.sleep(1.5)  # what cannot be used is written once a second
        page = await world.technical()
        for what in (
            "bad payload",
            "too long",
            "unknown topic",
            "retained press",
            "flaw",
            "flood",
            "forged webhook",
            "reply from a stranger",
            "reply not understood",
        ):
            assert what in page, what
        assert "ff 00 13" in page, "as it came, where a technician can read it"
        kept = world.gateway.ask("select reason, expected, payload from quarantine")
        assert all(reason and expected for reason, expected, _ in kept)
        assert any(payload == b'{"v":1,"event":"pre' for *_, payload in kept)
