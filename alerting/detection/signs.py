"""Signs of a person: which words of devices are one, where it was, and whether they are in."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.door import Whereabouts, door_moved, seen_inside
from alerting.detection.habit import kind_of_room, wall
from alerting.detection.home import INSIDE
from alerting.events import PresenceState
from alerting.household import Household, Role
from devices.observation import AnyObservation, Bed, Contact, Motion, Presence, Used

SIGNS = (Motion, Presence, Contact, Bed, Used)
MOVING = frozenset({Motion, Used})
"""Signs without a state: each is a movement, and changes nothing of what is known."""
INDOORS = frozenset({Motion, Presence, Bed, Used})
"""Signs that do not change whether somebody at home is at home.

Whoever leaves them out while the resident is in does not learn the states of devices inside;
they are forgotten when the resident leaves (`forgotten`).
"""
DAY_MINUTES = 1440


class Place(msgspec.Struct, frozen=True, gc=False):
    """Whether the resident is at home."""

    door: Whereabouts = Whereabouts()
    known: dict[str, bool] = {}
    """The last reported state of each device that has states."""
    person: PresenceState = PresenceState.HOME
    """What a person said."""

    @property
    def is_home(self) -> bool:
        """At home, as far as the door and people tell."""
        return self.person is PresenceState.HOME and not self.door.is_away


def changed(known: dict[str, bool], event: AnyObservation) -> tuple[dict[str, bool], bool]:
    """Return the known states after `event`, and whether somebody moved to cause it.

    What is repeated, and the first word of a device, is no movement. What a radar no
    longer sees may have left long ago; what it newly sees has moved.
    """
    kind = event.__class__
    if kind is Motion or kind is Used:
        return known, True
    if isinstance(event, Presence):
        is_on = event.present
    elif isinstance(event, Contact):
        is_on = event.is_open
    elif isinstance(event, Bed):
        is_on = event.occupied
    else:
        return known, False
    before = known.get(event.device)
    if before is is_on:
        return known, False
    is_sign = before is not None and (is_on or kind is not Presence)
    return {**known, event.device: is_on}, is_sign


def forgotten(home: Household, place: Place, *keep: Role) -> Place:
    """Return the place without the states of devices inside: they may be old by now.

    The entrances are kept, and devices of the roles to `keep`.
    """
    kept = (Role.ENTRANCE, *keep)
    known = {
        id: on
        for id, on in place.known.items()
        if (device := home.devices.get(id)) is not None and device.role in kept
    }
    return Place(place.door, known, place.person)


def followed(home: Household, place: Place, event: AnyObservation) -> tuple[Place, bool]:
    """Return where the resident is after `event`, and whether it is a sign of a person."""
    device = home.devices.get(event.device)
    if event.retained or device is None:
        return place, False
    known, is_sign = changed(place.known, event)
    door = place.door
    if is_sign and device.role is Role.ENTRANCE and isinstance(event, Contact):
        door, _ = door_moved(door, event.at, is_open=event.is_open)
    elif is_sign and device.role in INSIDE:
        if door.is_away or door.is_weak:
            door = seen_inside(door, event.at, event.device)
    else:
        is_sign = False
    if known is place.known and door is place.door:
        return place, is_sign
    return Place(door, known, place.person), is_sign


def room(home: Household, device: str) -> str:
    """Return what kind of room a device is in (`habit.kind_of_room`); a bed is a bedroom."""
    known = home.devices.get(device)
    if known is None:
        return "other"
    return "bedroom" if known.role is Role.BED else kind_of_room(known.room)


def minute_of_day(home: Household, at: datetime) -> float:
    """Return the minute the household's clock on the wall shows."""
    return wall(home, at) % DAY_MINUTES


def next_time(home: Household, after: datetime, minute: float) -> datetime:
    """Return the first moment later than `after` at which the wall shows `minute` of a day."""
    ahead = (minute - minute_of_day(home, after)) % DAY_MINUTES
    moment = after + timedelta(minutes=ahead or DAY_MINUTES)
    # once more from there: on the day the clocks change, an hour is missing or double
    slip = (minute - minute_of_day(home, moment) + DAY_MINUTES / 2) % DAY_MINUTES - DAY_MINUTES / 2
    moment += timedelta(minutes=slip)
    return moment if moment > after else moment + timedelta(days=1)


def is_night(home: Household, at: datetime) -> bool:
    """Return True in the deep night: an hour into it, until an hour and a half before its end."""
    begins, ends = night(home)
    minute = minute_of_day(home, at)
    return minute >= begins or minute < ends if begins > ends else begins <= minute < ends


def night(home: Household) -> tuple[int, int]:
    """Return the minutes of the day at which the deep night begins and ends."""
    day_begins, day_ends = (int(text[:2]) * 60 + int(text[3:]) for text in home.day)
    return (day_ends + 60) % DAY_MINUTES, (day_begins - 90) % DAY_MINUTES


def span_zh(minutes: float) -> str:
    """Say a duration in Chinese."""
    return f"{minutes:.0f}分钟" if minutes < 100 else f"{minutes / 60:.1f}小时"


def span_en(minutes: float) -> str:
    """Say a duration in English."""
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"
