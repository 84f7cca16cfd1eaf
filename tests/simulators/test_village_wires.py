"""What the village's devices publish is what the gateway's profiles understand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from devices.accel import decode_batch
from devices.errors import PayloadError
from devices.observation import (
    Alive,
    AnyObservation,
    Bed,
    Booted,
    CallState,
    Cancelled,
    Contact,
    FallState,
    Hazard,
    HazardKind,
    HelpCall,
    Motion,
    Online,
    Presence,
    Tamper,
    Used,
)
from devices.profile import Wire
from devices.profiles import BY_MODEL
from devices.prompt import encode_prompt
from devices.topic import parse_native
from simulators.config import Device
from simulators.village import fall
from simulators.village.native import NativeThing
from simulators.village.senses import Sign
from simulators.village.thing import GARBAGE, Kept, Message
from simulators.village.zigbee import ACTION, STATE, ZigbeeThing

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def native(role: str = "call_button", battery: int | None = 80, **device: Any) -> NativeThing:
    return NativeThing(
        "h1", Device("d1", "native", role, **device), Kept(battery=battery), boot="3f9a"
    )


def zigbee(profile: str, form: str = ACTION, battery: int | None = 80) -> ZigbeeThing:
    role = {"z2m-sos": "call_button", "z2m-contact": "entrance"}.get(profile, "safety")
    device = Device("d1", profile, role, topic="zigbee2mqtt/张家 拉绳")
    return ZigbeeThing(device, Kept(battery=battery), form)


def decoded(thing: NativeThing | ZigbeeThing, message: Message) -> list[AnyObservation]:
    """Return what a gateway reads, without the signs of life beside it."""
    profile = BY_MODEL[thing.device.profile]
    return [o for o in profile.decode("d1", _wire(thing, message)) if not isinstance(o, Alive)]


def _wire(thing: NativeThing | ZigbeeThing, message: Message) -> Wire:
    if isinstance(thing, NativeThing):
        place = parse_native(message.topic)
        assert place is not None
        assert place[:2] == ("h1", "d1")
        part = place[2]
    else:
        assert message.topic.startswith(thing.device.topic)
        part = message.topic.removeprefix(thing.device.topic).lstrip("/")
    return Wire(part, message.payload, NOW, message.retain)


def fields(message: Message) -> dict[str, Any]:
    decoded_: dict[str, Any] = msgspec.json.decode(message.payload)
    return decoded_


# ---------------------------------------------------------------- native


def test_two_presses_have_two_ids_and_a_press_that_arrives_twice_has_one() -> None:
    panel = native()
    (first,), (again,), (second,) = panel.press(NOW), panel.again(), panel.press(NOW)
    # again() repeats the press before it
    calls = [decoded(panel, message)[0] for message in (first, again, second)]
    assert [call.id for call in calls if isinstance(call, HelpCall)] == [
        "3f9a:0",
        "3f9a:0",
        "3f9a:1",
    ]
    assert first.qos == 1
    assert not first.retain


def test_a_press_carries_the_devices_time_battery_and_signal() -> None:
    (message,) = native().press(NOW)
    call, alive = BY_MODEL["native"].decode("d1", _wire(native(), message))
    assert call.measured_at == NOW
    assert isinstance(alive, Alive)
    assert (alive.battery_percent, alive.signal_dbm) == (80, -58)


@pytest.mark.parametrize(
    ("sign", "kind"),
    [
        (Sign.MOTION, Motion),
        (Sign.USED, Used),
        (Sign.OPEN, Contact),
        (Sign.PRESENT, Presence),
        (Sign.OCCUPIED, Bed),
    ],
)
def test_native_signs(sign: Sign, kind: type[AnyObservation]) -> None:
    thing = native("motion")
    (message,) = thing.sense(sign, NOW)
    (seen,) = decoded(thing, message)
    assert isinstance(seen, kind)


def test_a_bed_mat_reports_only_changes() -> None:
    mat = native("bed")
    assert len(mat.sense(Sign.OCCUPIED, NOW)) == 1
    assert mat.sense(Sign.OCCUPIED, NOW) == []
    assert len(mat.sense(Sign.EMPTY, NOW)) == 1


def test_birth_and_will_are_retained_and_name_the_run() -> None:
    thing = native()
    (birth,) = thing.birth(NOW)
    online, booted = decoded(thing, birth)
    assert (isinstance(online, Online), isinstance(booted, Booted)) == (True, True)
    assert birth.retain
    will = thing.will(NOW)
    (offline,) = decoded(thing, will)
    assert isinstance(offline, Online)
    assert not offline.online
    assert will.retain
    thing.restart("b2")
    assert fields(thing.birth(NOW)[0])["boot"] == "b2"
    assert fields(thing.check_in(NOW)[0])["seq"] == 1


def test_what_comes_in_one_breath_is_said_in_one_breath() -> None:
    thing = native(speaks=True)

    def hear(key: str, text: str, at: datetime) -> str:
        expires = NOW + timedelta(minutes=1)
        payload = encode_prompt(
            key=key, phrase="received", text=text, language="zh", expires_at=expires
        )
        prompt = thing.hear(payload, at)
        assert prompt is not None
        return prompt.text

    assert hear("1", "收到了。", NOW) == "收到了。"
    assert hear("2", "正在通知家人。", NOW + timedelta(seconds=0.1)) == "收到了。正在通知家人。"
    assert hear("3", "王芳正在赶来。", NOW + timedelta(seconds=6)) == "王芳正在赶来。"


def test_a_prompt_is_said_once_and_not_too_late() -> None:
    thing = native(speaks=True)
    late = NOW.replace(hour=7)
    for key, expires, said in (
        ("p1", NOW.replace(hour=9), True),
        ("p1", NOW.replace(hour=9), False),
        ("p2", late, False),
    ):
        payload = encode_prompt(
            key=key, phrase="calling", text="正在打电话。", language="zh", expires_at=expires
        )
        assert (thing.hear(payload, NOW) is not None) is said
    assert thing.hear(b"nonsense", NOW) is None
    assert thing.prompt is not None
    assert thing.prompt.light.colour == "blue"


def test_a_fall_is_a_row_of_batches_with_one_impact() -> None:
    messages = fall.batches("h1", "d1", "3f9a", NOW, seed=1)
    batches = [decode_batch("d1", message.payload) for message in messages]
    first = batches[0].seq
    assert [batch.seq - first for batch in batches] == list(range(len(batches)))
    again = fall.batches("h1", "d1", "3f9a", NOW + timedelta(minutes=5), seed=1)
    assert decode_batch("d1", again[0].payload).seq > batches[-1].seq, "a fall is not a repetition"
    peaks = [float((batch.in_g() ** 2).sum(axis=1).max() ** 0.5) for batch in batches]
    assert sum(peak > 2.5 for peak in peaks) == 1
    assert abs(float(batches[-1].in_g()[:, 0].mean()) - 0.96) < 0.05
    assert messages == fall.batches("h1", "d1", "3f9a", NOW, seed=1)


# ---------------------------------------------------------------- zigbee2mqtt


def test_a_button_of_the_first_kind_sends_an_action_and_then_an_empty_one() -> None:
    button = zigbee("z2m-sos", ACTION)
    pressed, empty = button.press(NOW)
    assert fields(pressed)["action"] == "emergency"
    assert fields(empty)["action"] == ""
    assert [type(o) for o in decoded(button, pressed)] == [HelpCall, Tamper]
    assert [type(o) for o in decoded(button, empty)] == [Tamper]
    assert "action" not in fields(button.check_in(NOW)[0]), "an action is never remembered"
    assert button.let_go(NOW) == []


def test_a_button_of_the_second_kind_repeats_sos_in_battery_reports_until_let_go() -> None:
    cord = zigbee("z2m-sos", STATE)
    said = [*cord.press(NOW), *cord.check_in(NOW), *cord.let_go(NOW), *cord.check_in(NOW)]
    states = [o.on for m in said for o in decoded(cord, m) if isinstance(o, CallState)]
    assert states == [True, True, False, False]
    assert cord.let_go(NOW) == []


def test_a_bridge_publishes_at_qos_0_without_a_time_and_with_all_it_remembers() -> None:
    (message,) = zigbee("z2m-contact").sense(Sign.OPEN, NOW)
    assert (message.qos, message.retain) == (0, False)
    assert fields(message).keys() == {
        "battery",
        "battery_low",
        "contact",
        "linkquality",
        "tamper",
        "voltage",
    }
    assert fields(message)["contact"] is False, "no contact is open"


@pytest.mark.parametrize(
    ("profile", "hazard"),
    [
        ("z2m-smoke", HazardKind.SMOKE),
        ("z2m-gas", HazardKind.GAS),
        ("z2m-leak", HazardKind.WATER),
    ],
)
def test_hazards_come_and_go(profile: str, hazard: HazardKind) -> None:
    alarm = zigbee(profile)
    for on in (True, False):
        (message,) = alarm.hazard(on, NOW)
        seen = [o for o in decoded(alarm, message) if isinstance(o, Hazard)]
        assert [(o.hazard, o.on) for o in seen] == [(hazard, on)]


@pytest.mark.parametrize("profile", ["z2m-fall", "z2m-pendant"])
def test_a_radar_and_a_pendant_tell_falls_and_repeat_them(profile: str) -> None:
    teller = zigbee(profile)
    told = []
    (first,), (fell,), (again,), (up,) = (
        teller.check_in(NOW),
        teller.fall(True, NOW),
        teller.check_in(NOW),
        teller.fall(False, NOW),
    )
    for message in (first, fell, again, up):
        told += [o.on for o in decoded(teller, message) if isinstance(o, FallState)]
    assert told == [False, True, True, False]


def test_motion_and_presence_are_states() -> None:
    pir, radar = zigbee("z2m-motion"), zigbee("z2m-presence", battery=None)
    (first,) = pir.sense(Sign.MOTION, NOW)
    (over,) = pir.sense(Sign.ABSENT, NOW)
    assert [o.present for m in (first, over) for o in decoded(pir, m) if isinstance(o, Presence)]
    assert pir.sense(Sign.ABSENT, NOW) == []
    (there,) = radar.sense(Sign.PRESENT, NOW)
    assert "battery" not in fields(there)
    assert radar.sense(Sign.PRESENT, NOW) == []


def test_availability_is_retained() -> None:
    thing = zigbee("z2m-sos")
    message = thing.availability(online=False)
    assert message.retain
    (online,) = decoded(thing, message)
    assert isinstance(online, Online)
    assert not online.online


def test_garbage_is_refused_by_the_profiles() -> None:
    for thing in (native(), zigbee("z2m-contact")):
        refused = 0
        for message in thing.garbage():
            try:
                BY_MODEL[thing.device.profile].decode("d1", _wire(thing, message))
            except PayloadError:
                refused += 1
        assert refused == len(GARBAGE)


def test_who_is_asked_after_a_fall_answers_with_the_same_pendant() -> None:
    pendant, now = native("wearable", speaks=True), datetime.now(UTC)
    assert not pendant.is_asking
    asked = encode_prompt(
        key="k",
        phrase="all_right",
        text="您没事吧？",
        language="zh",
        expires_at=now + timedelta(minutes=1),
    )
    pendant.hear(asked, now)
    assert pendant.is_asking
    (message,) = pendant.all_right(now)
    assert message.topic == "care/v1/h1/d1/event"
    assert fields(message)["event"] == "cancel"
    assert [type(one) for one in decoded(pendant, message)] == [Cancelled]
