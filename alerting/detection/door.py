"""At home or away, as the entrance door suggests.

The rule, measured on recorded homes: a door event while at home means leaving, unless
somebody is seen inside more than 45 s later (180 s by a motion sensor in the door's own
room, which may still see who has just left); a door event after more than 5 minutes of
silence while away means arrival.

Some signs of a person at home are weak: somebody came in by the door and nothing inside
has been heard since; or long after the door one thing gave a sign, though nobody came in
by it. They count, but not as much as a second thing, or a third sign, would.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

STILL_LEAVING = timedelta(seconds=45)
"""Until then a sign from inside may come from the person who is leaving."""
STILL_LEAVING_AT_DOOR = timedelta(seconds=180)
"""The same for a motion sensor or radar in the room of the entrance."""
ARRIVAL_SILENCE = timedelta(minutes=5)
"""A door that moves after this much silence lets somebody in."""
CLOSING_BEHIND = timedelta(minutes=2)
"""The door closing within this after an arrival belongs to the arrival."""
BOUNCE = timedelta(seconds=0.5)
"""A door that moves again this soon has moved once."""
SOON = timedelta(minutes=30)
"""A sign from inside this soon after the door moved is proof enough of somebody at home."""
SIGNS_ENOUGH = 3
SIGNS_APART = timedelta(minutes=5)
"""So many signs of one thing, over so long a time, are proof as well."""


class Whereabouts(msgspec.Struct, frozen=True, gc=False):
    """What the door suggests."""

    is_away: bool = False
    door_at: datetime | None = None
    """When the door last moved."""
    heard_at: datetime | None = None
    """When, since the door moved, the home last gave a sign."""
    arrived_at: datetime | None = None
    """When somebody came in, until the door is closed behind them."""
    is_weak: bool = False
    """At home, but on weak signs only."""
    sign: str = ""
    """The device that gave them; empty: the door itself."""
    sign_at: datetime | None = None
    """When it gave the first."""
    signs: int = 0


def door_moved(state: Whereabouts, at: datetime, *, is_open: bool) -> tuple[Whereabouts, bool]:
    """Return the state after the door moved, and whether somebody came in."""
    if state.door_at is not None and at - state.door_at <= BOUNCE:
        return state, False
    if state.is_away:
        heard = state.heard_at
        if heard is not None and at - heard <= ARRIVAL_SILENCE:
            return Whereabouts(True, at, at), False
        return Whereabouts(False, at, at, at, is_weak=True), True
    arrived = state.arrived_at
    if not is_open and arrived is not None and at - arrived <= CLOSING_BEHIND:
        return Whereabouts(False, at, at, is_weak=state.is_weak, sign=state.sign), False
    return Whereabouts(True, at, at), False


def seen_inside(
    state: Whereabouts, at: datetime, device: str, *, is_at_door: bool = False
) -> Whereabouts:
    """Return the state after `device` saw somebody inside (the same record while at home)."""
    if not state.is_away:
        return _stronger(state, at, device) if state.is_weak else state
    limit = STILL_LEAVING_AT_DOOR if is_at_door else STILL_LEAVING
    if state.door_at is not None and at - state.door_at <= limit:
        return Whereabouts(True, state.door_at, at)
    if state.door_at is None or at - state.door_at <= SOON:
        return Whereabouts(False, state.door_at, at)
    return Whereabouts(False, state.door_at, at, None, True, device, at, 1)


def _stronger(state: Whereabouts, at: datetime, device: str) -> Whereabouts:
    """Return the state after a further sign of somebody at home."""
    first = state.sign_at or at
    signs = state.signs + 1
    is_soon = state.door_at is not None and at - state.door_at <= SOON
    is_another = state.sign not in ("", device)
    if is_soon or is_another or (signs >= SIGNS_ENOUGH and at - first > SIGNS_APART):
        return Whereabouts(False, state.door_at, at, state.arrived_at)
    return Whereabouts(
        False, state.door_at, at, state.arrived_at, True, state.sign or device, first, signs
    )
