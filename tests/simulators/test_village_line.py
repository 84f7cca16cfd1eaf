"""The village against a real broker, pressed through its page."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from devices.prompt import encode_prompt
from simulators.config import BrokerAddress, load
from simulators.server import build_app, serving
from simulators.village.native import NativeThing
from simulators.village.page import routes
from simulators.village.village import Village
from tests.simulators.mosquitto import Ear, broker, ear, until

pytestmark = pytest.mark.line

CONFIG = Path(__file__).parents[2] / "gateway" / "demo.toml"
MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # ten o'clock in the village
JSON = {"Content-Type": "application/json"}


class Scene:
    def __init__(self, village: Village, ear: Ear, url: str, http: aiohttp.ClientSession) -> None:
        self.village, self.ear, self.url, self.http = village, ear, url, http

    async def happen(self, mishap: str, home: str = "", device: str = "") -> int:
        query = {"home": home, "device": device}
        address = f"{self.url}/village/mishaps/{mishap}"
        async with self.http.post(address, params=query, data="{}", headers=JSON) as answer:
            return answer.status

    async def home(self, name: str) -> dict[str, Any]:
        async with self.http.get(f"{self.url}/village/state") as answer:
            homes = (await answer.json())["homes"]
        found: dict[str, Any] = next(home for home in homes if home["id"] == name)
        return found

    async def device(self, home: str, name: str) -> dict[str, Any]:
        devices = (await self.home(home))["devices"]
        found: dict[str, Any] = next(device for device in devices if device["id"] == name)
        return found


@contextlib.asynccontextmanager
async def playing(address: BrokerAddress, state: Path) -> AsyncIterator[Scene]:
    async with ear(address) as listening:
        village = Village(
            load(CONFIG),
            broker=address,
            start=MORNING,
            state_file=state,
            line_lost_seconds=1,
        )
        await village.start()
        try:
            async with (
                serving(build_app(routes(village, {})), "127.0.0.1", 0) as url,
                aiohttp.ClientSession() as http,
            ):
                everything = [
                    (house, thing)
                    for house in village.houses.values()
                    for thing in house.things.values()
                ]
                await until(
                    lambda: all(village.is_connected(thing) for _, thing in everything),
                    "all devices to connect",
                )
                yield Scene(village, listening, url, http)
        finally:
            await village.stop()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    with broker(tmp_path) as address:
        async with playing(address, tmp_path / "village.json") as found:
            yield found


async def test_a_press_on_the_page_arrives_once_on_the_devices_own_topic(scene: Scene) -> None:
    assert await scene.happen("press", "h1", "h1-panel") == 200
    topic = "care/v1/h1/h1-panel/event"
    await until(lambda: bool(scene.ear.of(topic)), "the press")
    (payload,) = scene.ear.of(topic)
    assert json.loads(payload)["event"] == "press"
    assert (await scene.device("h1", "h1-panel"))["pressed"]

    assert await scene.happen("press", "h2") == 200
    await until(lambda: len(scene.ear.of("zigbee2mqtt/李家呼叫器")) >= 3, "the Zigbee press")
    actions = [json.loads(said).get("action") for said in scene.ear.of("zigbee2mqtt/李家呼叫器")]
    assert [action for action in actions if action is not None] == ["emergency", ""]


async def test_every_device_is_born_on_its_own_connection(scene: Scene) -> None:
    births = [topic for topic in scene.ear.topics() if topic.endswith("/status")]
    natives = [
        f"care/v1/{home.id}/{device.id}/status"
        for home in scene.village.world.homes
        for device in home.devices
        if device.is_native
    ]
    await until(lambda: set(natives) <= set(scene.ear.topics()), "all births")
    assert births
    await until(lambda: "zigbee2mqtt/bridge/state" in scene.ear.topics(), "the bridge")
    assert await scene.happen("die", "h1", "h1-panel") == 200
    topic = "care/v1/h1/h1-panel/status"
    await until(
        lambda: any(not json.loads(said)["online"] for said in scene.ear.of(topic)),
        "the last will",
    )
    assert (await scene.device("h1", "h1-panel"))["dead"]
    assert await scene.happen("press", "h1", "h1-panel") == 200, "a dead button can be pressed"
    assert await scene.happen("revive", "h1", "h1-panel") == 200
    await until(lambda: len(scene.ear.of(topic)) >= 3, "the second birth")
    assert scene.ear.of("care/v1/h1/h1-panel/event") == []
    boots = {json.loads(said).get("boot") for said in scene.ear.of(topic)}
    assert len(boots) == 2


async def test_a_prompt_is_shown_with_its_light(scene: Scene) -> None:
    payload = encode_prompt(
        key="k1",
        phrase="coming",
        text="王芳正在赶来。",
        language="zh",
        expires_at=datetime.now(UTC) + timedelta(minutes=2),
    )
    scene.ear.say("care/v1/h1/h1-panel/prompt", payload)
    panel = scene.village.houses["h1"].things["h1-panel"]
    assert isinstance(panel, NativeThing)
    await until(lambda: panel.prompt is not None, "the prompt")
    device = await scene.device("h1", "h1-panel")
    assert device["prompt"]["text"] == "王芳正在赶来。"
    assert device["prompt"]["speaking"]
    assert device["light"] == {"colour": "green", "pattern": "pulse"}


async def test_a_restart_of_zigbee2mqtt_repeats_what_it_remembers(scene: Scene) -> None:
    topic = "zigbee2mqtt/张家卫生间拉绳"
    await scene.happen("hold", "h3")
    await until(lambda: any(json.loads(said)["sos"] for said in scene.ear.of(topic)), "the pull")
    before = len(scene.ear.of(topic))
    await scene.happen("z2m-restart")
    await until(lambda: len(scene.ear.of(topic)) > before, "the cached state")
    assert json.loads(scene.ear.of(topic)[-1])["sos"] is True
    states = [json.loads(said)["state"] for said in scene.ear.of("zigbee2mqtt/bridge/state")]
    assert "offline" in states
    assert states[-1] == "online"


async def test_a_lost_line_is_a_will_and_a_new_birth_and_loses_no_press(scene: Scene) -> None:
    topic = "care/v1/h5/h5-button/status"
    await until(lambda: len(scene.ear.of(topic)) == 1, "the birth")
    await scene.happen("lose-line", "h5", "h5-button")
    await until(lambda: len(scene.ear.of(topic)) == 2, "the will")
    await scene.happen("press", "h5", "h5-button")
    await until(lambda: bool(scene.ear.of("care/v1/h5/h5-button/event")), "the press")
    assert len(scene.ear.of(topic)) >= 2


async def test_who_lies_still_makes_nothing_move_and_who_is_out_has_left_by_the_door(
    scene: Scene,
) -> None:
    assert await scene.happen("still", "h1") == 200
    home = await scene.home("h1")
    assert home["still"]
    assert [mishap["id"] for mishap in home["mishaps"]] == ["up", "leave"]
    assert await scene.happen("still", "h1") == 409, "they lie already"
    assert await scene.happen("leave", "h6") == 200
    await until(
        lambda: any(
            json.loads(said).get("contact") is False
            for said in scene.ear.of("zigbee2mqtt/赵家大门")
        ),
        "the door to open",
    )
    assert (await scene.home("h6"))["away"]


async def test_what_cannot_happen_is_refused_in_words(scene: Scene) -> None:
    for mishap, home, device in (
        ("no-such", "h1", ""),
        ("press", "h99", ""),
        ("press", "h1", "h1-door"),
        ("hazard", "h1", ""),
        ("fall", "h1", ""),
    ):
        assert await scene.happen(mishap, home, device) == 409
    async with scene.http.post(f"{scene.url}/village/mishaps/press?home=h1") as answer:
        assert answer.status == 415, "a form of another site cannot press"
    assert scene.ear.of("care/v1/h1/h1-panel/event") == []


async def test_the_page_is_told_of_changes(scene: Scene) -> None:
    async with scene.http.get(f"{scene.url}/village/events") as stream:
        first = await stream.content.readuntil(b"\n\n")
        assert first.startswith(b"event: village\n")
        await scene.happen("press", "h3")
        while True:
            block = (await stream.content.readuntil(b"\n\n")).decode()
            if block.startswith("event: home\n"):
                home = json.loads(block.partition("data: ")[2])
                if home["id"] == "h3" and any(device["pressed"] for device in home["devices"]):
                    break


async def test_a_restarted_village_goes_on_as_it_was(tmp_path: Path) -> None:
    state = tmp_path / "village.json"
    with broker(tmp_path) as address:
        async with playing(address, state) as scene:
            await scene.happen("battery-low", "h4", "h4-pendant")
            await scene.happen("leave", "h6")
        async with playing(address, state) as scene:
            assert (await scene.device("h4", "h4-pendant"))["low"]
            assert (await scene.home("h6"))["away"]
            assert (await scene.home("h1"))["away"] is False
