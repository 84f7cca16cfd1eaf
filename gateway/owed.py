"""Everything that must prove itself: each way to each person, each path, each button, and we.

What was never proven is listed like what was: it is what somebody must look at first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alerting.delivery import router
from alerting.household import Household, Policy, Role
from alerting.incident import Urgency
from alerting.response import drills
from alerting.response.beside import DRILL
from gateway.config.settings import OWN_HOUSEHOLDS
from gateway.proven import PRESS, Kind
from gateway.store.rows import Proof


def table(homes: Iterable[Household], known: Iterable[Proof]) -> list[Proof]:
    """Return what must prove itself, with when it last did.

    Proofs of what is not there any more (somebody who left, a button, a provider) are left out.

    Args:
        homes: as configured.
        known: what was ever proven or asked.
    """
    lived_in = [home for home in homes if home.id not in OWN_HOUSEHOLDS]
    is_there = _There(lived_in)
    found = {(one.kind, one.name, one.path): one for one in known if is_there(one)}
    for one in _owed(lived_in):
        found.setdefault((one.kind, one.name, one.path), one)
    return list(found.values())


def targets(homes: Iterable[Household]) -> list[drills.Target]:
    """Return every way to everybody who may be called on, in the homes people live in."""
    lived_in = [home for home in homes if home.id not in OWN_HOUSEHOLDS]
    return drills.targets(lived_in, _paths(lived_in))


def _owed(homes: list[Household]) -> Iterator[Proof]:
    yield Proof(kind=Kind.GATEWAY, name=PRESS)
    ways = targets(homes)
    for path, channel in dict.fromkeys((way.path, way.channel) for way in ways if way.path):
        yield Proof(kind=Kind.PATH, name=path, path=channel)
    for way in ways:
        yield Proof(kind=Kind.CONTACT, name=way.responder, path=way.way)
    for home in homes:
        for device in home.devices.values():
            if device.role is Role.CALL_BUTTON:
                yield Proof(kind=Kind.BUTTON, name=f"{home.id}/{device.id}")


class _There:
    """Tells whether what a proof is of is still there."""

    def __init__(self, homes: list[Household]) -> None:
        self._people = {person.id for home in homes for person in home.people}
        self._paths = {path.name for home in homes for path in home.paths}
        self._devices = {f"{home.id}/{id}" for home in homes for id in home.devices}

    def __call__(self, proof: Proof) -> bool:
        match proof.kind:
            case Kind.CONTACT:
                _, _, carrier = proof.path.partition(" ")
                return proof.name in self._people and carrier in ("", *self._paths)
            case Kind.PATH:
                return proof.name in self._paths
            case Kind.BUTTON:
                return proof.name in self._devices
        return True


def _paths(homes: list[Household]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return, by person and channel, the paths that can carry it."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for home in homes:
        for person in home.people:
            for channel in person.channels:
                if (person.id, channel) in found:
                    continue
                alone = Policy(steps=(), channels=(channel,))
                able = router.ways(person, alone, Urgency.HIGH, home.paths)
                ways = filter(None, (home.saying(way, DRILL) for way in able))
                paths = dict.fromkeys(path for way in ways for path in way.paths or ("",))
                found[person.id, channel] = tuple(paths)
    return found
