"""All homes together: lines to the broker, residents, what can go wrong, who is watching."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from simulators.config import BrokerAddress, World
from simulators.village.clock import VillageClock
from simulators.village.house import AnyThing, House, KeptHouse, new_boot
from simulators.village.line import Line
from simulators.village.native import NativeThing
from simulators.village.thing import Message
from simulators.village.zigbee import ACTION, STATE, ZigbeeThing

log = logging.getLogger(__name__)

BRIDGE_RESTART_SECONDS = 3.0
LINE_LOST_SECONDS = 12


class VillageState(msgspec.Struct):
    """What is kept over a restart."""

    homes: dict[str, KeptHouse] = {}


class Bridge:
    """One zigbee2mqtt: a line, and the devices behind it."""

    def __init__(self, base: str, line: Line) -> None:
        self.base = base
        self.line = line
        self.things: list[ZigbeeThing] = []
        self._started = False

    def start(self) -> None:
        """Connect; what is remembered is published at the first connection only."""
        self._started = False
        self.line.start(self._birth, self.online(False))

    def online(self, online: bool) -> Message:
        """Return the bridge's own state."""
        payload = msgspec.json.encode({"state": "online" if online else "offline"})
        return Message(f"{self.base}/bridge/state", payload, retain=True)

    def _birth(self) -> list[Message]:
        said = [self.online(True)]
        said += [thing.availability(online=True) for thing in self.things if not thing.kept.dead]
        if not self._started:
            now = datetime.now(UTC)
            said += [message for thing in self.things for message in thing.check_in(now)]
        self._started = True
        return said


class Village:
    """Runs every home of a configuration against a real broker."""

    def __init__(
        self,
        world: World,
        *,
        broker: BrokerAddress | None = None,
        speed: float = 1.0,
        start: datetime | None = None,
        seed: str = "桃花村",
        state_file: Path | None = None,
        passwords: dict[str, str] | None = None,
        line_lost_seconds: int = LINE_LOST_SECONDS,
    ) -> None:
        self.world = world
        self.broker = broker or world.broker
        self.clock = VillageClock(speed, start)
        self._lost_seconds = line_lost_seconds
        self._file = state_file
        self._passwords = passwords or {}
        self._state = _load(state_file)
        self._watchers: set[Callable[[str], None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: dict[str, Line] = {}
        self._bridges: dict[str, Bridge] = {}
        forms = _forms(world)
        self.houses: dict[str, House] = {
            home.id: House(
                home,
                self.clock,
                seed,
                self._state.homes.setdefault(home.id, KeptHouse()),
                forms,
                self._post,
                self.changed,
            )
            for home in world.homes
        }

    # ------------------------------------------------------------ life

    async def start(self) -> None:
        """Connect every device and let everybody live."""
        for house in self.houses.values():
            for thing in house.things.values():
                if isinstance(thing, NativeThing):
                    self._lines[thing.device.id] = self._native_line(house, thing)
                    if not thing.kept.dead:
                        self._connect(thing)
                else:
                    self._bridge(thing).things.append(thing)
            house.begin()
            for number in range(len(house.home.residents)):
                self._spawn(house.live(number))
        for bridge in self._bridges.values():
            bridge.start()

    async def stop(self) -> None:
        """Leave the broker politely and keep what is to be kept."""
        for house in self.houses.values():
            house.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(
            *(line.close() for line in self._lines.values()),
            *(bridge.line.close([bridge.online(False)]) for bridge in self._bridges.values()),
        )
        self.keep()

    def keep(self) -> None:
        """Write down what is to outlive a restart."""
        if self._file is None:
            return
        replace(self._file, msgspec.json.format(msgspec.json.encode(self._state)))

    # ------------------------------------------------------------ lines

    def is_connected(self, thing: AnyThing) -> bool:
        """True while the broker hears this device (or its bridge)."""
        line = self._line(thing)
        return line is not None and line.connected and not thing.kept.dead

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every connection to the broker: the native devices', then the bridges'."""
        return (*self._lines.values(), *(bridge.line for bridge in self._bridges.values()))

    def cut_line(self, thing: AnyThing) -> None:
        """Lose the line of one device (or its bridge) for a while, without a word."""
        line = self._line(thing)
        if line is not None:
            line.cut(self._lost_seconds)

    def cut_all_lines(self) -> None:
        """The broker is gone for everybody, for a while."""
        for line in self.lines:
            line.cut(self._lost_seconds)

    def kill(self, thing: AnyThing) -> None:
        """The device is dead: its line breaks, or its bridge hears it no more."""
        thing.kept.dead = True
        if isinstance(thing, NativeThing):
            self._lines[thing.device.id].die()

    def revive(self, house: House, thing: AnyThing) -> None:
        """The device works again, in a new run."""
        thing.kept.dead = False
        if isinstance(thing, NativeThing):
            thing.restart(new_boot())
            self._lines[thing.device.id] = self._native_line(house, thing)
            self._connect(thing)
        else:
            house.post(thing, [thing.availability(online=True)])
            house.post(thing, thing.check_in(datetime.now(UTC)))

    def restart_bridges(self) -> None:
        """zigbee2mqtt is restarted: it says goodbye, comes back and repeats what it remembers."""
        for bridge in self._bridges.values():
            self._spawn(self._restart(bridge))

    async def _restart(self, bridge: Bridge) -> None:
        await bridge.line.close([bridge.online(False)])
        await asyncio.sleep(BRIDGE_RESTART_SECONDS)
        bridge.line = self._bridge_line(bridge.base)
        bridge.start()

    def _post(self, house: House, thing: AnyThing, messages: Iterable[Message]) -> None:
        line = self._line(thing)
        if line is not None:
            line.send(messages)

    def _line(self, thing: AnyThing) -> Line | None:
        if isinstance(thing, NativeThing):
            return self._lines.get(thing.device.id)
        bridge = self._bridges.get(_base(thing))
        return bridge.line if bridge else None

    def _bridge(self, thing: ZigbeeThing) -> Bridge:
        base = _base(thing)
        if base not in self._bridges:
            self._bridges[base] = Bridge(base, self._bridge_line(base))
        return self._bridges[base]

    def _bridge_line(self, base: str) -> Line:
        return Line(
            self.broker,
            base,
            password=self._passwords.get(base, ""),
            changed=lambda _: self._all_changed(),
        )

    def _native_line(self, house: House, thing: NativeThing) -> Line:
        name = thing.device.id
        return Line(
            self.broker,
            name,
            password=self._passwords.get(name, ""),
            listens=(thing.prompt_topic,) if thing.device.speaks else (),
            hear=lambda _, payload: house.hear(thing, payload),
            changed=lambda _: self.changed(house.home.id),
        )

    def _connect(self, thing: NativeThing) -> None:
        now = datetime.now(UTC)
        self._lines[thing.device.id].start(lambda: thing.birth(datetime.now(UTC)), thing.will(now))

    # ------------------------------------------------------------ watchers

    def watch(self, told: Callable[[str], None]) -> Callable[[], None]:
        """Call `told` with a home's id whenever it changed; the result ends it."""
        self._watchers.add(told)
        return lambda: self._watchers.discard(told)

    def changed(self, home: str) -> None:
        """Tell everybody who watches that a home is not as it was (empty: all homes)."""
        if not home:
            self._all_changed()
            return
        for told in tuple(self._watchers):
            told(home)

    def _all_changed(self) -> None:
        for home in self.houses:
            self.changed(home)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("the village: a resident's day broke off", exc_info=task.exception())


def replace(file: Path, content: bytes) -> None:
    """Write `file` in one step; a disk that is full must not stop the village."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".new")
        beside.write_bytes(content)
        beside.replace(file)
    except OSError as error:
        log.warning("%s cannot be written: %s", file, error)


def _forms(world: World) -> dict[str, str]:
    """Half of the Zigbee buttons report presses, half report a state: both are sold."""
    buttons = [
        device.id for home in world.homes for device in home.devices if device.profile == "z2m-sos"
    ]
    return {name: STATE if number % 2 else ACTION for number, name in enumerate(buttons)}


def _base(thing: ZigbeeThing) -> str:
    return thing.device.topic.partition("/")[0]


def _load(file: Path | None) -> VillageState:
    if file is None or not file.exists():
        return VillageState()
    try:
        return msgspec.json.decode(file.read_bytes(), type=VillageState)
    except msgspec.DecodeError as error:
        log.warning("%s cannot be read (%s): the village starts afresh", file, error)
        return VillageState()
