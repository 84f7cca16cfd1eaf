"""One home while the village runs: its residents live, its devices notice it."""

from __future__ import annotations

import asyncio
import secrets
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from simulators.config import Device, Home
from simulators.village.clock import VillageClock
from simulators.village.habits import AT_THE_DOOR, Body, Doing, What, after, day
from simulators.village.native import NativeThing
from simulators.village.personas import persona
from simulators.village.said import Said
from simulators.village.senses import Sign, noticed
from simulators.village.thing import Kept, Message
from simulators.village.zigbee import ZigbeeThing

MOTION_ENDS_SECONDS = 90.0
"""Village seconds after which a Zigbee motion device sees nobody any more."""
PRESS_LASTS_SECONDS = 6.0
"""Real seconds after which a button that reports a state is let go."""
NATIVE_BEAT_SECONDS = 600.0
MAINS_BEAT_SECONDS = 900.0
BATTERY_BEAT_SECONDS = 3_000.0

AnyThing = NativeThing | ZigbeeThing


class Post(Protocol):
    """Brings a device's messages to its line."""

    def __call__(self, house: House, thing: AnyThing, messages: Iterable[Message]) -> None:
        """Publish them in order."""


class KeptHouse(msgspec.Struct):
    """What a home is like over a restart of the village."""

    devices: dict[str, Kept] = {}
    still: bool = False
    gone: bool = False


class House:
    """Residents and devices of one home; changes are told to `changed`."""

    def __init__(
        self,
        home: Home,
        clock: VillageClock,
        seed: str,
        kept: KeptHouse,
        forms: dict[str, str],
        post: Post,
        changed: Callable[[str], None],
    ) -> None:
        self.home = home
        self.kept = kept
        self.zone = ZoneInfo(home.zone)
        self.personas = tuple(persona(home, resident) for resident in home.residents)
        self.things: dict[str, AnyThing] = {
            device.id: _thing(home, device, kept, forms) for device in home.devices
        }
        self.fallen: int | None = None
        """Number of the resident who fell."""
        self._clock = clock
        self._seed = seed
        self._post = post
        self._changed = changed
        self._planned = [Body() for _ in home.residents]
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._fold()

    # ------------------------------------------------------------ life

    @property
    def bodies(self) -> tuple[Body, ...]:
        """The residents as they are: by habit, unless something happened to them."""
        if self.kept.gone:
            words = Said("出门了", "has gone out")
            return tuple(Body(away=True, lying=False, words=words) for _ in self._planned)
        if self.kept.still:
            words = Said("躺着不动", "lies still")
            if self.fallen is not None:
                words = Said("摔倒了，起不来", "fell and cannot get up")
            return tuple(
                Body(room=body.room or self.personas[index].bedroom, lying=True, words=words)
                if self._lies(index)
                else body
                for index, body in enumerate(self._planned)
            )
        return tuple(self._planned)

    def wearer(self, thing: AnyThing) -> int:
        """Return the number of the resident who wears a device; without a name the first."""
        names = [resident.name for resident in self.home.residents]
        owner = thing.device.resident
        return names.index(owner) if owner in names else 0

    def _lies(self, number: int) -> bool:
        """Tell whether it is this resident who lies still: all do, unless one of them fell."""
        return self.fallen is None or self.fallen == number

    def begin(self) -> None:
        """Start the heartbeats; called once, in the event loop."""
        for thing in self.things.values():
            every = _beat_seconds(thing)
            first = zlib.crc32(thing.device.id.encode()) % 1000 / 1000 * every
            self._in(f"beat {thing.device.id}", first, partial(self._beat, thing))

    async def live(self, number: int) -> None:
        """Let one resident live, day after day, until cancelled."""
        async for doing in self._days(number):
            self._planned[number] = after(self._planned[number], doing)
            if not (self.kept.gone or (self.kept.still and self._lies(number))):
                self.notice(doing)
            self._changed(self.home.id)

    def close(self) -> None:
        """Stop everything that is yet to come."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def notice(self, doing: Doing) -> None:
        """Let the devices notice what somebody does."""
        for notice in noticed(self.home, doing, self.bodies):
            thing = self.things[notice.device]
            if notice.after_seconds:
                self._in(
                    f"{notice.sign} {notice.device}",
                    notice.after_seconds / self._clock.speed,
                    partial(self.sense, thing, notice.sign),
                )
            else:
                self.sense(thing, notice.sign)

    def sense(self, thing: AnyThing, sign: Sign) -> None:
        """One device notices something."""
        self.post(thing, thing.sense(sign, _now()))
        if sign is Sign.MOTION and isinstance(thing, ZigbeeThing):
            self._in(
                f"absent {thing.device.id}",
                MOTION_ENDS_SECONDS / self._clock.speed,
                lambda: self.sense(thing, Sign.ABSENT),
            )

    def look_again(self) -> None:
        """Let the devices notice the residents as they are now."""
        for body in self.bodies:
            if not body.away:
                what = What.LIE_DOWN if body.lying else What.ENTER
                self.notice(Doing(_now(), what, body.room, body.words))

    def pass_the_door(self, what: What) -> None:
        """Somebody goes out or comes in, whatever the habits say."""
        self.notice(Doing(_now(), what, AT_THE_DOOR))

    # ------------------------------------------------------------ devices

    def post(self, thing: AnyThing, messages: Iterable[Message]) -> None:
        """Publish what a device says, unless it is dead."""
        if not thing.kept.dead:
            self._post(self, thing, messages)
        self._changed(self.home.id)

    def press(self, thing: AnyThing) -> None:
        """Press its button; one that reports a state is let go a little later."""
        self.post(thing, thing.press(_now()))
        self._in(f"let go {thing.device.id}", PRESS_LASTS_SECONDS, lambda: self.let_go(thing))

    def let_go(self, thing: AnyThing) -> None:
        """Let its button go."""
        self._stop(f"let go {thing.device.id}")
        self.post(thing, thing.let_go(_now()))

    def hold(self, thing: AnyThing) -> None:
        """Press its button, and do not let it go."""
        self.post(thing, thing.press(_now()))
        self._stop(f"let go {thing.device.id}")

    def soon(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        """Do something a little later, in real time."""
        self._in(name, seconds, act)

    def hear(self, thing: NativeThing, payload: bytes) -> None:
        """A prompt for a device of ours has come; it is over when it expires."""
        prompt = None if thing.kept.dead else thing.hear(payload, _now())
        if prompt is None:
            return
        left = (prompt.expires_at - _now()).total_seconds()
        self._in(f"prompt {thing.device.id}", left, lambda: self._changed(self.home.id))
        self._changed(self.home.id)

    def _beat(self, thing: AnyThing) -> None:
        self.post(thing, thing.check_in(_now()))
        self._in(f"beat {thing.device.id}", _beat_seconds(thing), lambda: self._beat(thing))

    # ------------------------------------------------------------ time

    def _fold(self) -> None:
        """Bring everybody to where their habits have them by now."""
        now = self._clock.now()
        for number in range(len(self._planned)):
            for doing in self._plan(number, now.astimezone(self.zone) - timedelta(days=1), 2):
                if doing.at <= now:
                    self._planned[number] = after(self._planned[number], doing)
        for thing in self.things.values():
            lying = any(body.lying and not body.away for body in self.bodies)
            inside = any(body.room == thing.device.room for body in self.bodies)
            thing.kept.occupied = thing.device.role == "bed" and lying
            thing.kept.present = thing.device.role == "presence" and inside
            thing.kept.open = False

    async def _days(self, number: int) -> AsyncIterator[Doing]:
        begun = self._clock.now()
        first = begun.astimezone(self.zone) - timedelta(days=1)
        while True:
            for doing in self._plan(number, first, 1):
                if doing.at > begun:
                    await self._clock.until(doing.at)
                    yield doing
            first += timedelta(days=1)

    def _plan(self, number: int, first: datetime, days: int) -> Iterator[Doing]:
        seed = f"{self._seed}/{self.home.id}/{number}"
        for later in range(days):
            date = (first + timedelta(days=later)).date()
            yield from day(self.personas[number], self.zone, date, seed)

    def _in(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        self._stop(name)

        def run() -> None:
            self._timers.pop(name, None)
            act()

        self._timers[name] = asyncio.get_running_loop().call_later(max(seconds, 0), run)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()


def _now() -> datetime:
    return datetime.now(UTC)


def new_boot() -> str:
    """Return a name for one run of a device."""
    return secrets.token_hex(3)


def _thing(home: Home, device: Device, kept: KeptHouse, forms: dict[str, str]) -> AnyThing:
    if device.id not in kept.devices:
        kept.devices[device.id] = Kept(battery=_battery(device))
    own = kept.devices[device.id]
    if device.is_native:
        return NativeThing(home.id, device, own, new_boot())
    return ZigbeeThing(device, own, forms.get(device.id, "action"))


def _battery(device: Device) -> int | None:
    """Return how full a device is at first; None for those on mains power."""
    on_mains = device.profile in ("z2m-presence", "z2m-gas", "z2m-fall") or (
        device.is_native
        and (device.role in ("bed", "speaker") or (device.speaks and device.role != "wearable"))
    )
    return None if on_mains else 62 + zlib.crc32(device.id.encode()) % 39


def _beat_seconds(thing: AnyThing) -> float:
    if isinstance(thing, NativeThing):
        return NATIVE_BEAT_SECONDS
    return MAINS_BEAT_SECONDS if thing.kept.battery is None else BATTERY_BEAT_SECONDS
