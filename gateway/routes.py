"""Which device of which home speaks at a topic, and what we remember of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alerting.household import Household
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

NATIVE_SUBSCRIPTION = f"{PREFIX}/#"
OTHER_PARTS = ("", "/availability")


class Source:
    """One device, with what we know of its stream of messages."""

    __slots__ = (
        "accel_alive_at",
        "accel_boot",
        "accel_seq",
        "boot",
        "device",
        "household",
        "is_flooding",
        "profile",
        "refilled_at",
        "seq",
        "tokens",
    )

    def __init__(self, household: str, device: str, profile: Profile) -> None:
        self.household = household
        self.device = device
        self.profile = profile
        self.boot = ""
        self.seq = -1
        self.accel_boot = ""
        self.accel_seq = -1
        self.accel_alive_at = float("-inf")
        self.tokens = FLOOD_BURST
        self.refilled_at = 0.0
        self.is_flooding = False

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

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """What to subscribe to: our own protocol whole, of others only configured topics."""
        others = (base for base in self._bases if not base.startswith(f"{PREFIX}/"))
        return (
            NATIVE_SUBSCRIPTION,
            *(f"{base}{part}" for base in sorted(others) for part in OTHER_PARTS),
        )

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
        base, _, part = text.rpartition("/")
        source = self._bases.get(base)
        return None if source is None or part in PARTS_DOWN else Route(source, part)


def is_ours(topic: bytes) -> bool:
    """Tell whether we ourselves speak there, to a device or in a self-test."""
    if topic.startswith(_SELFTEST):
        return True
    return topic.startswith(_PREFIX) and topic.rpartition(b"/")[2] in _DOWN


_PREFIX = f"{PREFIX}/".encode()
_SELFTEST = f"{PREFIX}/{SELFTEST_HOUSEHOLD}/".encode()
_DOWN = frozenset(part.encode() for part in PARTS_DOWN)


def _bases(households: Mapping[str, Household]) -> Iterator[tuple[str, Source]]:
    for home in households.values():
        for device in home.devices.values():
            profile = BY_MODEL.get(device.profile)
            if profile is not None:
                base = device.topic or f"{PREFIX}/{home.id}/{device.id}"
                yield base, Source(home.id, device.id, profile)
