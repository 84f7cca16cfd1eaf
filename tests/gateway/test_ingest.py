from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pytest
from aiomqtt import Topic

from alerting.events import Event, Lost
from alerting.household import Household, Role
from devices.accel import AccelBatch, encode_batch
from devices.observation import (
    Aftermath,
    Alive,
    CallState,
    Cancelled,
    FallState,
    Fault,
    Hazard,
    HelpCall,
    Impact,
    Motion,
    Online,
)
from devices.profiles import BY_MODEL
from gateway.brokers.address import BrokerAddress
from gateway.counters import RECENT_MAX, WHO_MAX, Counters
from gateway.faults import Faults
from gateway.inbox import Inbox, Item
from gateway.ingest import QUARANTINE_AT_ONCE_MAX, Ingest
from gateway.routes import Source
from gateway.store.rows import Quarantined
from tests import waves
from tests.fakes.clock import START, FakeClock
from tests.fakes.engine import household

TOPICS = {"h1-radar": "zigbee2mqtt/王家 客厅", "h1-sos": "zigbee2mqtt/王家/呼叫"}


class FakeRuntime:
    """Keeps what it is offered; the test acknowledges."""

    def __init__(self, clock: FakeClock) -> None:
        self.counters = Counters(clock.now)
        self.faults = Faults(clock, lambda fault: self.reported.append(fault))
        self.reported: list[Fault] = []
        self.offered: list[tuple[str, Event, Callable[[], None] | None]] = []
        self.resumed: list[tuple[datetime, str]] = []
        self.is_full = False
        self.waiting: list[Callable[[], None]] = []

    def offer(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> None:
        self.offered.append((household, event, acknowledge))

    def resume(self, deaf_since: datetime, why: str) -> None:
        self.resumed.append((deaf_since, why))

    def when_room(self, call: Callable[[], None]) -> None:
        self.waiting.append(call)


class FakeStore:
    def __init__(self) -> None:
        self.items: list[Quarantined] = []
        self.fails: Exception | None = None

    async def quarantine(self, items: list[Quarantined]) -> None:
        if self.fails is not None:
            raise self.fails
        self.items += items


class Door:
    """An ingest without a broker: a test says what comes."""

    def __init__(self, protocol: str = "3.1.1") -> None:
        self.clock = FakeClock()
        self.runtime = FakeRuntime(self.clock)
        self.store = FakeStore()
        self.acknowledged: list[bytes] = []
        self.marks: list[bytes] = []
        self.ingest = Ingest(
            BrokerAddress(host="127.0.0.1", port=1),
            "test",
            {"h1": home(), "h2": household("h2")},
            self.runtime,
            self.store,
            self.clock,
            protocol=protocol,
            specials={"care/v1/clock/feed/tick": self.marks.append},
        )

    def hear(self, topic: str | bytes, payload: str | bytes, retained: bool = False) -> None:
        body = payload.encode() if isinstance(payload, str) else payload
        where = topic.encode() if isinstance(topic, str) else topic
        self.ingest.heard(where, body, retained, lambda: self.acknowledged.append(body))

    @property
    def events(self) -> list[Event]:
        return [event for _, event, _ in self.runtime.offered]

    def counted(self, what: str) -> int:
        return self.runtime.counters.total(what)


def home() -> Household:
    plain = household(**{"h1-radar": "z2m-presence", "h1-sos": "z2m-sos"})
    devices = {
        id: msgspec.structs.replace(device, topic=TOPICS.get(id, ""))
        for id, device in plain.devices.items()
    }
    return msgspec.structs.replace(plain, devices=devices)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    yield door
    await door.clock.advance(2)  # what is set aside is written


async def test_a_press_finds_its_home(door: Door) -> None:
    door.hear("care/v1/h1/h1-button/event", '{"v":1,"boot":"3f9a","seq":17,"event":"press"}')
    ((home_id, event, acknowledge),) = door.runtime.offered
    assert home_id == "h1"
    assert event == HelpCall(at=START, device="h1-button", id="3f9a:17")
    assert door.acknowledged == [], "not before it is written"
    assert acknowledge is not None
    acknowledge()
    assert len(door.acknowledged) == 1


async def test_a_message_that_says_two_things_is_acknowledged_when_both_are_kept(
    door: Door,
) -> None:
    door.hear(
        "care/v1/h1/h1-button/event",
        '{"v":1,"boot":"3f9a","seq":17,"event":"press","battery":93}',
    )
    assert [type(event) for event in door.events] == [HelpCall, Alive]
    for _, _, acknowledge in door.runtime.offered:
        assert door.acknowledged == []
        assert acknowledge is not None
        acknowledge()
    assert len(door.acknowledged) == 1


async def test_topics_of_bridges_with_spaces_slashes_and_chinese(door: Door) -> None:
    door.hear("zigbee2mqtt/王家 客厅", '{"presence":true,"linkquality":80}')
    door.hear("zigbee2mqtt/王家 客厅/availability", '{"state":"offline"}')
    door.hear("zigbee2mqtt/王家/呼叫", '{"action":"emergency","battery":90}')
    kinds = [type(event).__name__ for event in door.events]
    assert "Presence" in kinds
    assert "HelpCall" in kinds
    assert any(isinstance(event, Online) and not event.online for event in door.events)


async def test_what_we_subscribe_to(door: Door) -> None:
    assert door.ingest._routes.subscriptions(1) == (
        ("care/v1/#", 1),
        ("zigbee2mqtt/王家 客厅", 1),
        ("zigbee2mqtt/王家 客厅/+", 1),
        ("zigbee2mqtt/王家/呼叫", 1),
        ("zigbee2mqtt/王家/呼叫/+", 1),
    )


async def test_movements_may_come_at_most_once_but_never_a_press(door: Door) -> None:
    asked = dict(door.ingest._routes.subscriptions(0))
    assert asked["care/v1/#"] == 0
    assert asked["care/v1/h1/h1-button/+"] == 1
    assert asked["zigbee2mqtt/王家 客厅"] == 0
    assert asked["zigbee2mqtt/王家/呼叫"] == 1


def test_what_may_tell_a_fall_is_never_asked_for_at_most_once() -> None:
    def is_telemetry(role: Role, model: str) -> bool:
        return Source("h1", "d", BY_MODEL[model], role).is_telemetry

    assert is_telemetry(Role.MOTION, "native")
    assert is_telemetry(Role.PRESENCE, "z2m-presence")
    for role, model in (
        (Role.PRESENCE, "native"),
        (Role.PRESENCE, "z2m-fall"),
        (Role.WEARABLE, "native"),
        (Role.WEARABLE, "z2m-pendant"),
    ):
        assert not is_telemetry(role, model)


def test_a_fall_goes_before_measurements() -> None:
    inbox = Inbox()
    knock = waves.knock(START)
    for event in (
        Motion(START, "pir"),
        FallState(START, "radar", on=True),
        Lost(START, "pendant", 1.0),
        knock,
        Aftermath(START, "watch", id=knock.id, seconds=12.0, moving=0.0),
        Cancelled(START, "panel"),
    ):
        inbox.put(Item("h1", event, None))
    order = [item.event for item in iter(inbox.take, None) if item]
    assert [type(event) for event in order] == [
        FallState,
        Impact,
        Aftermath,
        Cancelled,
        Motion,
        Lost,
    ]


BAD = {
    "nothing": b"",
    "not text": b"\xff\xfe\x00",
    "not JSON": b'{"v":1,"event":',
    "a list": b"[1,2,3]",
    "a wrong version": b'{"v":99,"event":"motion"}',
    "a wrong type": b'{"v":1,"event":7}',
    "deep nesting": b"[" * 10_000,
    "too long": b'{"v":1,"event":"motion","x":"' + b"x" * 20_000 + b'"}',
}


@pytest.mark.parametrize("payload", BAD.values(), ids=BAD.keys())
async def test_bad_payloads_are_counted_kept_and_acknowledged(door: Door, payload: bytes) -> None:
    door.hear("care/v1/h1/h1-button/event", payload)
    door.hear("care/v1/h1/h1-button/event", '{"v":1,"event":"press"}')
    assert [type(event) for event in door.events][-1:] == [HelpCall]
    assert door.acknowledged[0] == payload
    assert door.counted("bad payload") + door.counted("too long") == 1
    await door.clock.advance(1.5)
    (item,) = door.store.items
    assert item.who == "h1-button"
    assert item.payload == payload[:16_384]
    assert item.reason
    assert item.expected
    tally = next(one for one in door.runtime.counters.tallies if one.who == "h1-button")
    assert "expected" in tally.last_detail


STRANGE = [
    b"care/v1/h9/x/event",
    b"care/v1/h1/nobody/event",
    b"care/v1",
    b"care/v1/h1/h1-button/event/more",
    b"care/v1/\xff\xfe/x/event",
    b"care/v1/" + b"x" * 60_000,
]


@pytest.mark.parametrize("topic", STRANGE, ids=range(len(STRANGE)))
async def test_unknown_devices_and_topics_are_counted_with_their_topic(
    door: Door, topic: bytes
) -> None:
    door.hear(topic, '{"v":1,"event":"press"}')
    assert door.events == []
    assert len(door.acknowledged) == 1
    assert door.counted("unknown topic") == 1
    assert door.runtime.counters.recent[0].who.startswith("care/v1")


async def test_a_known_device_with_a_part_that_does_not_exist(door: Door) -> None:
    door.hear("care/v1/h1/h1-button/colour", "{}")
    assert door.counted("bad payload") == 1
    assert len(door.acknowledged) == 1


async def test_our_own_prompts_come_back_and_are_no_trouble(door: Door) -> None:
    door.hear("care/v1/h1/h1-button/prompt", '{"key":"h1-0001/prompt-1/h1-button"}')
    assert door.events == []
    assert door.runtime.counters.recent == []


async def test_special_topics_go_to_whoever_asked_for_them(door: Door) -> None:
    door.hear("care/v1/clock/feed/tick", '{"t":1}')
    assert door.marks == [b'{"t":1}']
    assert door.acknowledged == [b'{"t":1}']


async def test_a_retained_press_is_marked_and_counted(door: Door) -> None:
    door.hear("care/v1/h1/h1-button/event", '{"v":1,"event":"press"}', retained=True)
    (event,) = door.events
    assert isinstance(event, HelpCall)
    assert event.retained
    assert door.counted("retained press") == 1


@pytest.mark.parametrize("time", [0, 1, 4_294_967_295_000, -1, 2**60, "now"])
async def test_impossible_times_do_not_cost_the_press(door: Door, time: object) -> None:
    door.hear("care/v1/h1/h1-button/event", json.dumps({"v": 1, "event": "press", "t": time}))
    press = next(event for event in door.events if isinstance(event, HelpCall))
    assert press.at == START
    assert press.measured_at is None
    assert door.counted("flaw") + door.counted("bad payload") == 1


async def test_gaps_in_the_sequence_are_counted(door: Door) -> None:
    def send(boot: str, seq: int) -> None:
        body = f'{{"v":1,"boot":"{boot}","seq":{seq},"event":"motion"}}'
        door.hear("care/v1/h1/h1-pir/event", body)

    for seq in (0, 1, 2, 5, 5, 6):
        send("a", seq)
    send("b", 100)
    send("b", 101)
    assert len(door.events) == 8
    assert door.counted("messages missing") == 2
    (gap,) = door.runtime.counters.tallies
    assert (gap.what, gap.who, gap.last_detail) == ("sequence gap", "h1-pir", "2 between 2 and 5")


async def test_a_flood_is_limited_and_others_are_not(door: Door) -> None:
    for number in range(2_000):
        door.hear("care/v1/h1/h1-pir/event", '{"v":1,"event":"motion"}')
        if number % 10 == 0:
            door.hear("care/v1/h2/h2-pir/event", '{"v":1,"event":"motion"}')
    loud = sum(1 for home_id, _, _ in door.runtime.offered if home_id == "h1")
    assert loud == 500
    assert len(door.runtime.offered) - loud == 200
    assert door.counted("flood") == 1_500
    assert len(door.acknowledged) == 1_500, "what is left out must not come again"
    (fault,) = door.runtime.reported
    assert fault.device == "ingest"
    assert "h1-pir" in fault.detail

    door.runtime.offered.clear()
    door.hear("care/v1/h1/h1-pir/event", '{"v":1,"event":"press"}')
    door.hear("care/v1/h1/h1-pir/state", '{"v":1,"smoke":true}')
    door.hear("care/v1/h1/h1-pir/state", '{"v":1,"call":true}')
    door.hear("care/v1/h1/h1-pir/state", '{"v":1,"fall":true}')
    assert {type(event) for event in door.events} >= {HelpCall, Hazard, CallState, FallState}

    await door.clock.advance(11)
    door.ingest.review()
    assert [one.active for one in door.runtime.reported] == [True, False]


async def test_a_button_that_rattles_calls_but_fills_no_disk(door: Door) -> None:
    for number in range(20_000):
        door.hear(
            "care/v1/h1/h1-button/event", f'{{"v":1,"boot":"b","seq":{number},"event":"press"}}'
        )
        if number % 1_000 == 0:
            await door.clock.advance(1)
    assert 500 < len(door.runtime.offered) < 1_600
    door.runtime.offered.clear()
    await door.clock.advance(1)
    door.hear("care/v1/h1/h1-button/state", '{"v":1,"call":true}')
    door.hear("care/v1/h1/h1-button/state", '{"v":1,"smoke":true}')
    door.hear("care/v1/h1/h1-button/state", '{"v":1,"gas":true}')
    door.hear("care/v1/h1/h1-button/state", '{"v":1,"fall":true}')
    assert len(door.runtime.offered) == 4, "what is another thing is told"


async def test_a_wearable_that_cannot_show_a_fall_is_a_fault(door: Door) -> None:
    """It is heard and looks alive, but nobody would learn that its wearer fell."""

    async def wear(scale: float) -> None:
        for one in waves.sent(waves.standing(90) * np.float32(scale)):
            worn.append(msgspec.structs.replace(one, seq=len(worn)))
            door.hear("care/v1/h1/h1-pir/accel", encode_batch(worn[-1]))
        await door.clock.advance(60)
        door.ingest.review()

    worn: list[AccelBatch] = []
    await wear(1.0)
    assert not door.runtime.reported
    await wear(9.81)
    (fault,) = door.runtime.reported
    assert (fault.device, fault.active) == ("ingest", True)
    assert "h1/h1-pir" in fault.detail
    assert "m/s²" in fault.detail
    assert "看不出跌倒" in fault.detail
    await wear(9.81)
    assert len(door.runtime.reported) == 1, "said once"
    await wear(1.0)
    assert [one.active for one in door.runtime.reported] == [True, False]


async def test_fifty_a_second_for_long_are_no_flood(door: Door) -> None:
    for _ in range(60):
        for _ in range(50):
            door.hear("care/v1/h1/h1-pir/event", '{"v":1,"event":"motion"}')
        await door.clock.advance(1)
    assert door.counted("flood") == 0
    assert len(door.events) == 3_000


def batch(seq: int, boot: str = "w1") -> bytes:
    return encode_batch(
        AccelBatch(
            device="h1-pir",
            boot=boot,
            seq=seq,
            start=None,
            rate_hz=50.0,
            range_g=8,
            samples=np.zeros((50, 3), np.int16),
        )
    )


async def test_batches_are_a_sign_of_life_once_a_minute_and_lost_ones_are_blind_time(
    door: Door,
) -> None:
    for seq in (*range(10), *range(13, 73)):
        door.hear("care/v1/h1/h1-pir/accel", batch(seq))
        await door.clock.advance(1)
    assert [type(event) for event in door.events] == [Alive, Lost, Alive]
    assert door.events[1] == Lost(door.clock.now() - timedelta(seconds=10), "h1-pir", 3.0)
    (tally,) = [one for one in door.runtime.counters.tallies if one.what == "blind wearable"]
    assert tally.last_detail.endswith("3 batches lost: blind for about 3.0 s")
    door.hear("care/v1/h1/h1-pir/accel", batch(5)[:100])
    assert door.counted("bad payload") == 1


async def test_a_fall_is_offered_even_when_the_stream_ends_with_it(door: Door) -> None:
    for batch in waves.sent(waves.a_fall(after=1.4)):
        door.hear("care/v1/h1/h1-pir/accel", encode_batch(batch))
    assert [type(event) for event in door.events] == [Alive]
    await door.clock.advance(60)
    door.ingest.review()
    assert Impact in [type(event) for event in door.events]


async def test_a_decoder_that_fails_costs_one_message(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.hear("care/v1/h1/h1-pir/event", '{"v":1,"event":"motion"}')
    source = door.ingest.sources[1]

    class Broken:
        model = "broken"
        heartbeat = timedelta(1)

        def decode(self, device: str, wire: object) -> tuple[Motion, ...]:
            raise ZeroDivisionError

        def encode(self, observation: object) -> None: ...

    monkeypatch.setattr(source, "profile", Broken())
    door.hear("care/v1/h1/h1-pir/event", '{"v":1,"event":"motion"}')
    door.hear("care/v1/h1/h1-button/event", '{"v":1,"event":"press"}')
    assert [type(event) for event in door.events] == [Motion, HelpCall]
    assert door.counted("ingest failed") == 1
    assert len(door.acknowledged) == 1


async def test_rubbish_does_not_fill_the_disk(door: Door) -> None:
    for _ in range(1_000):
        door.hear("care/v1/h1/h1-pir/event", "rubbish")
    await door.clock.advance(2)
    assert len(door.store.items) == 20
    assert door.counted("bad payload") == 1_000


async def test_a_full_inbox_leaves_messages_with_the_broker(door: Door) -> None:
    door.runtime.is_full = True
    door.hear("care/v1/h1/h1-pir/event", '{"v":1,"event":"motion"}')
    door.hear("care/v1/h1/h1-pir/event", '{"v":1,"event":"motion"}')
    assert len(door.runtime.waiting) == 1
    assert door.counted("paused") == 1
    door.runtime.is_full = False
    door.runtime.waiting.pop()()
    door.hear("care/v1/h1/h1-pir/event", '{"v":1,"event":"motion"}')
    assert door.runtime.waiting == []


async def test_a_lost_broker_is_time_in_which_we_were_deaf(door: Door) -> None:
    door.ingest.connected(None)
    assert door.runtime.resumed == [], "the start itself says so already"
    await door.clock.advance(100)
    lost = door.clock.now()
    await door.clock.advance(50)
    door.ingest.connected(lost)
    assert door.runtime.resumed == [(lost, "the broker was lost")]


async def test_a_broker_that_comes_late_is_time_in_which_we_were_deaf(door: Door) -> None:
    await door.clock.advance(3_600)
    door.ingest.connected(None)
    ((since, _),) = door.runtime.resumed
    assert since == START


def test_counters_are_bounded() -> None:
    counters = Counters(FakeClock().now)
    for number in range(WHO_MAX + 500):
        counters.count("unknown topic", f"t{number}", "x" * 1_000)
    assert len(counters.tallies) == WHO_MAX
    assert len(counters.recent) == RECENT_MAX
    assert counters.total("unknown topic") == WHO_MAX + 500
    assert len(counters.recent[0].detail) == 300
    assert counters.totals == {"unknown topic": WHO_MAX + 500}


def test_a_flood_does_not_push_everything_else_out() -> None:
    counters = Counters(FakeClock().now)
    counters.count("bad payload", "h1-door", "not JSON")
    for _ in range(RECENT_MAX + 1):
        counters.count("flood", "h1-pir", "3 left out")
    assert [(one.what, one.times) for one in counters.recent] == [
        ("flood", RECENT_MAX + 1),
        ("bad payload", 1),
    ]


async def test_a_press_sent_as_a_single_attribute_is_subscribed_to_and_told(door: Door) -> None:
    topic = "zigbee2mqtt/王家/呼叫/action"
    wanted = [pattern for pattern, _ in door.ingest._routes.subscriptions(1)]
    assert any(Topic(topic).matches(pattern) for pattern in wanted)
    door.hear(topic, "emergency")
    door.hear("zigbee2mqtt/王家/呼叫/set", '{"action":"emergency"}')
    assert [type(event) for event in door.events] == [HelpCall]


async def test_a_quarantine_that_failed_once_keeps_what_comes_next() -> None:
    door = Door()
    door.store.fails = ZeroDivisionError("a bug")
    for number in range(QUARANTINE_AT_ONCE_MAX):
        door.ingest.heard(b"care/v1/h1/stranger/event", f"{number}".encode(), False, None)
    await door.clock.advance(2)
    door.store.fails = None
    door.ingest.heard(b"care/v1/h1/stranger/event", b"next", False, None)
    await door.clock.advance(2)
    assert [item.payload for item in door.store.items] == [b"next"]
