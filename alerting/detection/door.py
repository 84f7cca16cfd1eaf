"""At home or away, as the entrance door suggests.

The rule, measured on recorded homes: a door event while at home means leaving, unless
somebody is seen inside more than 45 s later (180 s by a motion sensor in the door's own
room, which may still see who has just left); a door event after more than 5 minutes of
silence while away means arrival.
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


class Whereabouts(msgspec.Struct, frozen=True, gc=False):
    """What the door suggests."""

    is_away: bool = False
    door_at: datetime | None = None
    """When the door last moved."""
    heard_at: datetime | None = None
    """When, since the door moved, the home last gave a sign."""
    arrived_at: datetime | None = None
    """When somebody came in, until the door is closed behind them."""


def door_moved(state: Whereabouts, at: datetime, *, is_open: bool) -> tuple[Whereabouts, bool]:
    """Return the state after the door moved, and whether somebody came in."""
    if state.is_away:
        heard = state.heard_at
        if heard is not None and at - heard <= ARRIVAL_SILENCE:
            return Whereabouts(True, at, at), False
        return Whereabouts(False, at, at, at), True
    arrived = state.arrived_at
    if not is_open and arrived is not None and at - arrived <= CLOSING_BEHIND:
        return Whereabouts(False, at, at), False
    return Whereabouts(True, at, at), False


def seen_inside(state: Whereabouts, at: datetime, *, is_at_door: bool) -> Whereabouts:
    """Return the state after somebody was seen inside (the same record while at home)."""
    if not state.is_away:
        return state
    limit = STILL_LEAVING_AT_DOOR if is_at_door else STILL_LEAVING
    if state.door_at is not None and at - state.door_at <= limit:
        return Whereabouts(True, state.door_at, at)
    return Whereabouts(False, state.door_at, at)
