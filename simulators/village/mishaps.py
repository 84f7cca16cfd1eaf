"""What can happen in the village: written out, each with its words and where it fits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from simulators.village import fall
from simulators.village.habits import What
from simulators.village.house import AnyThing, House, new_boot
from simulators.village.native import NativeThing
from simulators.village.said import Said
from simulators.village.thing import BATTERY_LOW_PERCENT, BATTERY_NEW_PERCENT
from simulators.village.village import Village

FLOOD_MESSAGES = 3_000
DOUBLE_PRESS_SECONDS = 0.5
SECOND_ARRIVAL_SECONDS = 0.3


class MishapError(ValueError):
    """No such mishap, home or device, or it cannot happen there."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.words = Said(zh, en)


class Scope(StrEnum):
    """What a mishap happens to."""

    DEVICE = "device"
    HOME = "home"
    VILLAGE = "village"


class Scene(msgspec.Struct):
    """Where a mishap happens."""

    village: Village
    house: House | None = None
    thing: AnyThing | None = None

    def on(self) -> tuple[House, AnyThing]:
        """Return the home and the device of a device's mishap."""
        assert self.house is not None
        assert self.thing is not None
        return self.house, self.thing

    def at(self) -> House:
        """Return the home of a home's mishap."""
        assert self.house is not None
        return self.house


class Mishap(msgspec.Struct, frozen=True):
    """One thing that can happen."""

    id: str
    words: Said
    scope: Scope
    act: Callable[[Scene], None]
    fits: Callable[[House, AnyThing | None], bool] = lambda house, thing: True
    """Whether it can happen to this home or device as it is now."""


def _now() -> datetime:
    return datetime.now(UTC)


# ---------------------------------------------------------------- the button


def _press(scene: Scene) -> None:
    house, thing = scene.on()
    house.press(thing)


def _double(scene: Scene) -> None:
    house, thing = scene.on()
    house.press(thing)
    house.soon(f"double {thing.device.id}", DOUBLE_PRESS_SECONDS, lambda: house.press(thing))


def _twice(scene: Scene) -> None:
    house, thing = scene.on()
    house.press(thing)
    house.soon(
        f"again {thing.device.id}",
        SECOND_ARRIVAL_SECONDS,
        lambda: house.post(thing, thing.again()),
    )


def _hold(scene: Scene) -> None:
    house, thing = scene.on()
    house.hold(thing)


def _let_go(scene: Scene) -> None:
    house, thing = scene.on()
    house.let_go(thing)


# ---------------------------------------------------------------- the device


def _report(scene: Scene) -> None:
    house, thing = scene.on()
    house.post(thing, thing.check_in(_now()))


def _battery(percent: int) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        house, thing = scene.on()
        thing.kept.battery = percent
        house.post(thing, thing.check_in(_now()))

    return act


def _tamper(on: bool) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        house, thing = scene.on()
        house.post(thing, thing.tamper(on, _now()))

    return act


def _hazard(on: bool) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        house, thing = scene.on()
        house.post(thing, thing.hazard(on, _now()))

    return act


def _told_fall(on: bool) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        house, thing = scene.on()
        house.post(thing, thing.fall(on, _now()))

    return act


def _die(scene: Scene) -> None:
    _, thing = scene.on()
    scene.village.kill(thing)


def _revive(scene: Scene) -> None:
    house, thing = scene.on()
    scene.village.revive(house, thing)


def _lose_line(scene: Scene) -> None:
    _, thing = scene.on()
    scene.village.cut_line(thing)


def _garbage(scene: Scene) -> None:
    house, thing = scene.on()
    house.post(thing, thing.garbage())


def _flood(scene: Scene) -> None:
    house, thing = scene.on()
    now = _now()
    house.post(thing, [said for _ in range(FLOOD_MESSAGES) for said in thing.check_in(now)])


# ---------------------------------------------------------------- the resident


def _fall(scene: Scene) -> None:
    house = scene.at()
    for thing in house.things.values():
        if isinstance(thing, NativeThing) and thing.device.role == "wearable":
            now = _now()
            seed = int(now.timestamp())
            # it measures only around a fall: each time it wakes up anew, with a new clock and count
            house.post(thing, fall.batches(house.home.id, thing.device.id, new_boot(), now, seed))
            house.fallen = house.wearer(thing)
    _still(scene)


def _all_right(scene: Scene) -> None:
    house, thing = scene.on()
    if isinstance(thing, NativeThing):
        house.post(thing, thing.all_right(_now()))
    _up(scene)


def _still(scene: Scene) -> None:
    house = scene.at()
    house.kept.still = True
    house.look_again()


def _up(scene: Scene) -> None:
    house = scene.at()
    house.kept.still = False
    house.fallen = None
    house.look_again()


def _leave(scene: Scene) -> None:
    house = scene.at()
    house.kept.gone = True
    house.pass_the_door(What.LEAVE)


def _return(scene: Scene) -> None:
    house = scene.at()
    house.kept.gone = False
    house.pass_the_door(What.RETURN)
    house.look_again()


# ---------------------------------------------------------------- the village


def _restart_bridges(scene: Scene) -> None:
    scene.village.restart_bridges()


def _lose_broker(scene: Scene) -> None:
    scene.village.cut_all_lines()


def _button(house: House, thing: AnyThing | None) -> bool:
    return thing is not None and thing.has_button


def _asking(house: House, thing: AnyThing | None) -> bool:
    return isinstance(thing, NativeThing) and thing.is_asking and not thing.kept.dead


def _holdable(held: bool) -> Callable[[House, AnyThing | None], bool]:
    return lambda house, thing: thing is not None and thing.can_hold and thing.kept.held is held


def _dead(dead: bool) -> Callable[[House, AnyThing | None], bool]:
    return lambda house, thing: thing is not None and thing.kept.dead is dead


def _battery_low(low: bool) -> Callable[[House, AnyThing | None], bool]:
    return lambda house, thing: (
        thing is not None and thing.kept.battery is not None and thing.kept.battery_low is low
    )


def _tampered(on: bool) -> Callable[[House, AnyThing | None], bool]:
    return lambda house, thing: thing is not None and thing.kept.tamper is on


def _hazardous(on: bool) -> Callable[[House, AnyThing | None], bool]:
    return lambda house, thing: thing is not None and thing.has_hazard and thing.kept.hazard is on


def _tells_falls(on: bool) -> Callable[[House, AnyThing | None], bool]:
    return lambda house, thing: thing is not None and thing.has_fall and thing.kept.fallen is on


def _lying_still(still: bool) -> Callable[[House, AnyThing | None], bool]:
    return lambda house, thing: house.kept.still is still


def _is_gone(gone: bool) -> Callable[[House, AnyThing | None], bool]:
    return lambda house, thing: house.kept.gone is gone


def _wears(house: House, thing: AnyThing | None) -> bool:
    worn = any(
        thing.device.is_native and thing.device.role == "wearable"
        for thing in house.things.values()
    )
    return worn and not house.kept.still


DEVICE, HOME, VILLAGE = Scope.DEVICE, Scope.HOME, Scope.VILLAGE

MISHAPS: tuple[Mishap, ...] = (
    Mishap("press", Said("按呼叫键", "Press for help"), DEVICE, _press, _button),
    Mishap("double", Said("连按两下", "Press twice"), DEVICE, _double, _button),
    Mishap("twice", Said("同一次按压送达两次", "One press arrives twice"), DEVICE, _twice, _button),
    Mishap("all-right", Said("按“我没事”", "Press “I am all right”"), DEVICE, _all_right, _asking),
    Mishap("hold", Said("拉绳卡住不放", "Button gets stuck"), DEVICE, _hold, _holdable(False)),
    Mishap("let-go", Said("松开拉绳", "Button let go"), DEVICE, _let_go, _holdable(True)),
    Mishap(
        "hazard",
        Said("报警：烟、气、水", "Smoke, gas or water"),
        DEVICE,
        _hazard(True),
        _hazardous(False),
    ),
    Mishap(
        "hazard-over", Said("险情解除", "Hazard over"), DEVICE, _hazard(False), _hazardous(True)
    ),
    Mishap(
        "told-fall",
        Said("看到有人跌倒", "Sees somebody fall"),
        DEVICE,
        _told_fall(True),
        _tells_falls(False),
    ),
    Mishap(
        "told-fall-over",
        Said("看到人起来了", "Sees them up again"),
        DEVICE,
        _told_fall(False),
        _tells_falls(True),
    ),
    Mishap(
        "report", Said("例行上报（重复旧状态）", "Routine report (repeats state)"), DEVICE, _report
    ),
    Mishap(
        "battery-low",
        Said("电量将尽", "Battery runs low"),
        DEVICE,
        _battery(BATTERY_LOW_PERCENT - 3),
        _battery_low(False),
    ),
    Mishap(
        "battery-new",
        Said("换新电池", "New battery"),
        DEVICE,
        _battery(BATTERY_NEW_PERCENT),
        _battery_low(True),
    ),
    Mishap("tamper", Said("外壳被打开", "Case opened"), DEVICE, _tamper(True), _tampered(False)),
    Mishap("tamper-over", Said("外壳合上", "Case closed"), DEVICE, _tamper(False), _tampered(True)),
    Mishap("die", Said("设备坏了", "Device dies"), DEVICE, _die, _dead(False)),
    Mishap("revive", Said("设备修好", "Device works again"), DEVICE, _revive, _dead(True)),
    Mishap(
        "lose-line",
        Said("掉线十几秒", "Loses its line for a while"),
        DEVICE,
        _lose_line,
        _dead(False),
    ),
    Mishap("garbage", Said("发出乱码", "Sends garbage"), DEVICE, _garbage, _dead(False)),
    Mishap("flood", Said("狂发消息", "Floods the line"), DEVICE, _flood, _dead(False)),
    Mishap("fall", Said("摔倒", "Falls"), HOME, _fall, _wears),
    Mishap("still", Said("躺着不动", "Lies still"), HOME, _still, _lying_still(False)),
    Mishap("up", Said("起来走动", "Gets up"), HOME, _up, _lying_still(True)),
    Mishap("leave", Said("出门", "Goes out"), HOME, _leave, _is_gone(False)),
    Mishap("return", Said("回家", "Comes home"), HOME, _return, _is_gone(True)),
    Mishap(
        "z2m-restart", Said("重启 zigbee2mqtt", "Restart zigbee2mqtt"), VILLAGE, _restart_bridges
    ),
    Mishap(
        "lose-broker", Said("全村掉线十几秒", "All lines lost for a while"), VILLAGE, _lose_broker
    ),
)
"""Everything that can happen, in the order the page shows it."""

BY_ID = {mishap.id: mishap for mishap in MISHAPS}


def happen(village: Village, mishap: str, home: str = "", device: str = "") -> None:
    """Let it happen. Without `device`, a home's only (or first) fitting device is taken.

    Raises:
        MishapError: there is no such mishap, home or device, or it cannot happen there now.
    """
    what = BY_ID.get(mishap)
    if what is None:
        raise MishapError(f"没有“{mishap}”这种事", f"no such mishap: {mishap}")
    scene = Scene(village)
    if what.scope is not Scope.VILLAGE:
        scene.house = village.houses.get(home)
        if scene.house is None:
            raise MishapError(f"没有“{home}”这一户", f"no such home: {home}")
        if what.scope is Scope.DEVICE:
            scene.thing = _device(scene.house, what, device)
        elif not what.fits(scene.house, None):
            raise MishapError("现在不会发生", f"{mishap} cannot happen in {home} now")
    what.act(scene)
    village.keep()
    village.changed(home)


def _device(house: House, what: Mishap, device: str) -> AnyThing:
    if not device:
        for thing in house.things.values():
            if what.fits(house, thing):
                return thing
        raise MishapError("这户没有合适的设备", f"{house.home.id} has no device for {what.id} now")
    chosen = house.things.get(device)
    if chosen is None:
        raise MishapError(f"没有“{device}”这个设备", f"{house.home.id} has no device {device}")
    if not what.fits(house, chosen):
        raise MishapError("这个设备现在不会这样", f"{what.id} cannot happen to {device} now")
    return chosen
