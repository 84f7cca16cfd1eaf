"""A coordinator dies and eight devices fall silent: one incident, one message."""

from __future__ import annotations

import msgspec

from alerting.household import Device, IncidentKind, Role
from devices.observation import Alive
from tests.builders import (
    PLAN,
    REPAIR,
    SOS,
    Life,
    at,
    changes,
    heard,
    hours,
    household,
    keys,
    letters,
    told,
)

EIGHT = tuple(
    Device(f"pir-{n}", "z2m-motion", Role.MOTION, "客厅", heartbeat=hours(2 + n / 100))
    for n in range(8)
)
SAME = tuple(
    Device(f"pir-{n}", "z2m-motion", Role.MOTION, "客厅", heartbeat=hours(2)) for n in range(8)
)


def test_eight_at_once_are_one_incident_and_one_message() -> None:
    life = Life(household(*SAME), "day 1 09:00")
    effects = life.until("day 1 12:00")
    assert changes(effects) == ["opened", "stepped"]
    assert told(effects) == ["technician/sms"]
    assert life.incident.kind == "technical"
    assert set(life.incident.subjects) == {"h1", *(device.id for device in SAME)}
    assert "9处故障" in life.incident.reason.zh


def test_eight_one_after_the_other_join_quietly() -> None:
    life = Life(household(*EIGHT), "day 1 09:00")
    effects = life.until("day 1 12:00")
    assert changes(effects) == ["opened", "stepped", *["joined"] * 7, "upgraded"]
    assert told(effects) == ["technician/sms"]


def test_those_that_recover_leave_and_the_last_one_closes_it() -> None:
    life = Life(household(*SAME), "day 1 09:00")
    life.until("day 1 12:00")
    effects = life.happens(*(Alive(at(f"day 1 12:0{n}"), f"pir-{n}") for n in range(7)))
    assert changes(effects) == ["cleared"] * 8, "seven devices, and the home is seen again"
    assert life.incident.subjects == ("pir-7",)
    last = life.happens(Alive(at("day 1 12:10"), "pir-7"))
    assert changes(last) == ["cleared", "closed"]
    assert keys(last) == ["h1-0001/news-0/technician/sms"]
    assert life.engine.incidents == []


def test_the_resident_is_not_told_about_batteries() -> None:
    life = Life(begins="day 1 09:00")
    effects = life.happens(Alive(at("day 1 09:01"), "sos", 3))
    assert told(effects) == ["technician/sms"]
    claimed = life.goes("day 1 09:05", "technician")
    closed = life.closes("day 1 11:00")
    assert heard([*effects, *claimed, *closed]) == []


def test_repairs_let_people_sleep() -> None:
    quiet = msgspec.structs.replace(REPAIR, quiet=("21:00", "08:00"))
    home = household(SOS, policies={**PLAN, IncidentKind.TECHNICAL: quiet})
    life = Life(home, "day 1 22:00")
    opened = life.happens(Alive(at("day 1 22:30"), "sos", 3))
    assert changes(opened) == ["opened"]
    assert life.incident.due_at == at("day 2 08:00")
    morning = life.until("day 2 08:00")
    assert told(morning) == ["technician/sms"]

    life.until("day 2 20:00")
    night = life.happens(Alive(at("day 2 23:00"), "sos", 90))
    assert changes(night)[-1] == "closed"
    assert told(night) == [], "that it works again can wait until the morning"
    (news,) = letters(life.until("day 3 08:00"))
    assert news.purpose == "news"
    assert news.at == at("day 3 08:00")
    assert news.expires_at > news.at
