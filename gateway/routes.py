"""Which device of which home speaks at a topic, and what we remember of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alerting.household import Household, Role
from devices.profile import Profile
from devices.profiles import BY_MODEL
from devices.topic import PARTS_DOWN, PREFIX
from gateway.brokers.selftest import SELFTEST_HOUSEHOLD

ROUTES_MAX = 20_000
"""Topics remembered; whoever invents ever new ones must not fill the memory."""

FLOOD_RATE = 50.0
"""Messages a second one device may send for long."""
FLOOD_BURST = 500.0
"""More than that at once: ten seconds' worth."""
FLOOD_CALL_SECONDS = 1.0

NATIVE_SUBSCRIPTION = f"{PREFIX}/#"


class Source:
    """One device, with what we know of its stream of messages."""

    __slots__ = (
        "accel_alive_at",
        "boot",
        "device",
        "household",
        "is_flooding",
        "is_telemetry",
        "passed",
        "profile",
        "refilled_at",
        "seq",
        "tokens",
    )

    def __init__(self, household: str, device: str, profile: Profile, role: Role) -> None:
        self.household = household
        self.device = device
        self.profile = profile
        may_tell_falls = role is Role.PRESENCE and profile.model == "native"
        self.is_telemetry = role in _MOVES and profile.model in _ONLY_MOVES and not may_tell_falls
        self.boot = ""
        self.seq = -1
        self.accel_alive_at = float("-inf")
        self.tokens = FLOOD_BURST
        self.refilled_at = 0.0
        self.is_flooding = False
        self.passed: dict[str, float] = {}
        """When something urgent last passed in spite of a flood, by what it was."""

    def take(self, now: float) -> bool:
        """Count one message at `now` (monotonic seconds); return False if it is too many."""
        tokens = self.tokens + (now - self.refilled_at) * FLOOD_RATE
        self.refilled_at = now
        if tokens > FLOOD_BURST:
            tokens = FLOOD_BURST
        if tokens < 1.0:
            self.tokens = tokens
            return False
        self.tokens = tokens - 1.0
        return True

    def may_pass(self, what: str, now: float) -> bool:
        """Tell whether something urgent passes in spite of a flood: one of a kind a second.

        A button that rattles calls all the same; a thousand calls a second say no more.
        """
        if now - self.passed.get(what, float("-inf")) < FLOOD_CALL_SECONDS:
            return False
        self.passed[what] = now
        return True

    def is_calm(self, now: float) -> bool:
        """Tell whether it has been quiet for so long that it may be loud again."""
        return self.tokens + (now - self.refilled_at) * FLOOD_RATE >= FLOOD_BURST


class Route:
    """A device's topic."""

    __slots__ = ("part", "source")

    def __init__(self, source: Source, part: str) -> None:
        self.source = source
        self.part = part


class Routes:
    """Finds the route of a topic; remembers what it found."""

    def __init__(self, households: Mapping[str, Household]) -> None:
        self._bases = dict(_bases(households))
        self._known: dict[bytes, Route | None] = {}
        self._depth = max((_depth(s.profile) for s in self._bases.values()), default=0)

    def find(self, topic: bytes) -> Route | None:
        """Return the route of `topic`; None if no device of ours speaks there."""
        try:
            return self._known[topic]
        except KeyError:
            route = self._look(topic)
            if len(self._known) >= ROUTES_MAX:
                self._known.clear()
            if route is not None:
                self._known[topic] = route
            return route

    def subscriptions(self, telemetry_qos: int) -> tuple[tuple[str, int], ...]:
        """What to subscribe to, and at which QoS: our own protocol whole, of others what we know.

        Presses, falls, hazards and doors always come at QoS 1. `telemetry_qos` is for what
        only moves: a broker that saves its queue at every change (as ours does, so that a
        press survives) would otherwise save it for every movement in the village, too,
        and a press would wait behind them.
        """
        wanted: list[tuple[str, int]] = [(NATIVE_SUBSCRIPTION, telemetry_qos)]
        for base, source in sorted(self._bases.items()):
            qos = telemetry_qos if source.is_telemetry else 1
            if not base.startswith(f"{PREFIX}/"):
                wanted += ((f"{base}{part}", qos) for part in source.profile.listens)
            elif qos != telemetry_qos:
                # the broker goes by the more exact of two that match
                wanted.append((f"{base}/+", qos))
        return tuple(wanted)

    @property
    def sources(self) -> list[Source]:
        """Every configured device."""
        return list(self._bases.values())

    def _look(self, topic: bytes) -> Route | None:
        try:
            text = topic.decode()
        except UnicodeDecodeError:
            return None
        source = self._bases.get(text)
        if source is not None:
            return Route(source, "")
        base, part = text, ""
        for _ in range(self._depth):
            base, _, last = base.rpartition("/")
            part = f"{last}/{part}" if part else last
            source = self._bases.get(base)
            if source is not None and part.count("/") < _depth(source.profile):
                return None if part in PARTS_DOWN else Route(source, part)
        return None


def is_ours(topic: bytes) -> bool:
    """Tell whether we ourselves speak there, to a device or in a self-test."""
    if topic.startswith(_SELFTEST):
        return True
    return topic.startswith(_PREFIX) and topic.rpartition(b"/")[2] in _DOWN


_MOVES = frozenset({Role.MOTION, Role.PRESENCE, Role.ITEM})
_ONLY_MOVES = frozenset({"native", "z2m-motion", "z2m-presence", "z2m-contact"})
"""Devices that say only that somebody moves, by role and by profile: the next message says it
again. A button under a wrong role is still a button."""

_PREFIX = f"{PREFIX}/".encode()
_SELFTEST = f"{PREFIX}/{SELFTEST_HOUSEHOLD}/".encode()
_DOWN = frozenset(part.encode() for part in PARTS_DOWN)


def _depth(profile: Profile) -> int:
    """Return how many levels below its topic a device of the family speaks."""
    return max(filter_.count("/") for filter_ in profile.listens)


def _bases(households: Mapping[str, Household]) -> Iterator[tuple[str, Source]]:
    for home in households.values():
        for device in home.devices.values():
            profile = BY_MODEL.get(device.profile)
            if profile is not None:
                base = device.topic or f"{PREFIX}/{home.id}/{device.id}"
                yield base, Source(home.id, device.id, profile, device.role)
