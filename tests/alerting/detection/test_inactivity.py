"""What counts as movement, what counts as gone, and what counts as nothing."""

from __future__ import annotations

from alerting.detection.inactivity import InactivityDetector
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Device, Household, Role
from devices.observation import (
    Alive,
    AnyObservation,
    Bed,
    Contact,
    Motion,
    Online,
    Presence,
    Used,
)
from tests.builders import DOOR, KITCHEN, PIR, at, hours, household

BED = Device("bed", "native", Role.BED, "卧室", heartbeat=hours(25))
RADAR = Device("radar", "z2m-presence", Role.PRESENCE, "卧室", heartbeat=hours(25))
HALL = Device("hall", "z2m-motion", Role.MOTION, "门厅", heartbeat=hours(25))
KETTLE = Device("kettle", "native", Role.ITEM, "厨房", heartbeat=hours(25))
HOME = household(PIR, KITCHEN, DOOR, BED, RADAR, HALL, KETTLE)
DETECTOR = InactivityDetector()


class Silence:
    """A home that is listened to."""

    def __init__(self, home: Household = HOME, begins: str = "day 1 09:00") -> None:
        self.home = home
        self.state = DETECTOR.start(home, at(begins))
        self.findings: list[Finding] = []

    def happens(self, *events: AnyObservation | PresenceSet | Tick) -> Silence:
        for event in events:
            while (due := self.state.due) is not None and due <= event.at:
                self._step(Tick(due))
            self._step(event)
        return self

    def _step(self, event: AnyObservation | PresenceSet | Tick) -> None:
        self.state, found = DETECTOR.step(self.home, self.state, event)
        self.findings += found

    def until(self, words: str) -> Silence:
        return self.happens(Tick(at(words)))

    @property
    def said(self) -> list[str]:
        """When what was found, e.g. `17:00 silent`, `17:30 moving`."""
        tz = self.home.tz
        return [
            f"{f.at.astimezone(tz):%H:%M} {'silent' if f.active else 'over'}" for f in self.findings
        ]


def door(words: str, is_open: bool) -> Contact:
    return Contact(at(words), "door", is_open=is_open)


def known() -> Silence:
    """A home whose door is known to be closed and where somebody just moved."""
    return Silence().happens(door("day 1 09:00", False), Motion(at("day 1 09:30"), "pir"))


def test_eight_hours_by_day_said_once_for_the_ladder_does_the_repeating() -> None:
    life = known().happens(Alive(at("day 1 20:00"), "kitchen")).until("day 2 12:30")
    assert life.said == ["17:30 silent"]
    (first, *_) = life.findings
    assert first.evidence["silent_hours"] == 8.0
    assert "8.0小时" in first.reason.zh


def test_movement_ends_it_and_the_count_begins_again() -> None:
    life = known().until("day 1 17:59").happens(Motion(at("day 1 18:00"), "kitchen"))
    assert life.until("day 2 03:59").said == ["17:30 silent", "18:00 over"]
    assert life.until("day 2 04:00").said[-1] == "04:00 silent"


def test_a_repeated_state_is_no_movement() -> None:
    life = known().happens(
        Presence(at("day 1 09:40"), "radar", present=True),
        Bed(at("day 1 09:40"), "bed", occupied=False),
    )
    for clock in ("10", "12", "14", "16"):
        life.happens(
            Presence(at(f"day 1 {clock}:00"), "radar", present=True),
            Bed(at(f"day 1 {clock}:00"), "bed", occupied=False),
            Alive(at(f"day 1 {clock}:00"), "pir"),
        )
    assert life.until("day 1 18:00").said == ["17:30 silent"]


def test_edges_of_bed_radar_and_cupboards_are_movement() -> None:
    for before, after in (
        (
            Bed(at("day 1 10:00"), "bed", occupied=True),
            Bed(at("day 1 16:00"), "bed", occupied=False),
        ),
        (
            Presence(at("day 1 10:00"), "radar", present=False),
            Presence(at("day 1 16:00"), "radar", present=True),
        ),
        (Alive(at("day 1 10:00"), "kettle"), Used(at("day 1 16:00"), "kettle")),
    ):
        assert known().happens(before, after).until("day 1 23:00").said == []


def test_a_radar_that_loses_somebody_has_not_seen_them_move() -> None:
    life = known().happens(
        Presence(at("day 1 09:40"), "radar", present=True),
        Presence(at("day 1 16:00"), "radar", present=False),
    )
    assert life.until("day 1 18:00").said == ["17:30 silent"]


def test_what_the_broker_kept_and_what_a_bridge_says_is_no_movement() -> None:
    life = known().happens(
        Motion(at("day 1 16:00"), "pir", retained=True),
        Online(at("day 1 16:00"), "pir", online=True),
    )
    assert life.until("day 1 18:00").said == ["17:30 silent"]


def leaves() -> Silence:
    return known().happens(door("day 1 10:00:00", True), door("day 1 10:00:10", False))


def test_whoever_went_out_is_not_missed() -> None:
    assert leaves().until("day 3 12:00").said == []


def test_a_sign_just_after_the_door_may_come_from_who_is_leaving() -> None:
    for device, second in (("pir", "10:00:50"), ("hall", "10:03:05")):
        life = leaves().happens(Motion(at(f"day 1 {second}"), device))
        assert life.until("day 3 12:00").said == [], device


def test_a_later_sign_from_inside_means_that_nobody_left() -> None:
    for device, second, silent in (("pir", "10:01:00", "18:01"), ("hall", "10:03:11", "18:03")):
        life = leaves().happens(Motion(at(f"day 1 {second}"), device))
        assert life.until("day 1 19:00").said == [f"{silent} silent"], device


def test_a_door_after_silence_while_away_is_an_arrival() -> None:
    life = leaves().happens(door("day 1 12:00:00", True), door("day 1 12:00:08", False))
    assert life.until("day 1 20:30").said == ["20:00 silent"]


def test_a_door_soon_after_leaving_is_still_leaving() -> None:
    life = leaves().happens(door("day 1 10:03:00", True), door("day 1 10:03:05", False))
    assert life.until("day 3 12:00").said == []


def test_going_out_again_after_an_arrival() -> None:
    life = leaves().happens(
        door("day 1 12:00:00", True),
        door("day 1 12:00:08", False),
        Motion(at("day 1 12:05:00"), "pir"),
        door("day 1 13:00:00", True),
        door("day 1 13:00:05", False),
    )
    assert life.until("day 3 12:00").said == []


def test_a_door_repeated_by_a_battery_report_moves_nobody() -> None:
    life = known().happens(door("day 1 10:00", False), door("day 1 12:00", False))
    assert life.until("day 1 18:00").said == ["17:30 silent"]


def test_a_door_while_it_is_too_quiet_takes_nobody_out() -> None:
    life = known().until("day 1 17:31")
    life.happens(door("day 1 18:00", True), door("day 1 18:01", False)).until("day 2 05:00")
    assert life.said == ["17:30 silent"]
    assert not life.state.door.is_away
    life.happens(Motion(at("day 2 05:00"), "pir")).until("day 2 15:30")
    assert life.said == ["17:30 silent", "05:00 over", "13:40 silent"]


def test_a_persons_word_stops_and_starts_the_count() -> None:
    life = known().happens(PresenceSet(at("day 1 10:00"), PresenceState.HOSPITAL, "desk:李"))
    assert life.until("day 3 12:00").said == []
    life.happens(PresenceSet(at("day 3 12:00"), PresenceState.HOME, "desk:李"))
    life.happens(Alive(at("day 3 12:01"), "pir"))
    assert life.until("day 3 20:00").said == ["20:00 silent"]


def test_a_persons_word_explains_a_silence() -> None:
    life = known().until("day 1 17:31")
    life.happens(PresenceSet(at("day 1 17:40"), PresenceState.AWAY, "desk:李"))
    assert life.said == ["17:30 silent", "17:40 over"]


def test_being_deaf_begins_the_count_again() -> None:
    life = known()
    life.state = DETECTOR.resume(HOME, life.state, at("day 1 17:00"))
    assert life.until("day 2 02:29").said == []
    assert life.until("day 2 02:30").said == ["02:30 silent"]


def quick(device: Device) -> Device:
    return Device(device.id, device.profile, device.role, device.room, heartbeat=hours(2))


def test_a_long_silence_is_told_once_a_day_while_the_home_is_seen() -> None:
    life = known().happens(Alive(at("day 2 20:00"), "kitchen")).until("day 9 12:00")
    assert life.said == ["17:30 silent", "17:30 silent"]
    life.happens(Motion(at("day 9 12:00"), "pir"), Alive(at("day 9 19:00"), "pir"))
    assert life.until("day 9 20:00").said[2:] == ["12:00 over", "20:00 silent"]


def test_a_home_that_is_not_seen_cannot_be_judged() -> None:
    life = Silence(household(quick(PIR), quick(KITCHEN), DOOR))
    assert life.until("day 3 12:00").said == []
    life.happens(Alive(at("day 3 12:00"), "pir"))
    for clock in (14, 16, 18, 20):
        life.happens(Alive(at(f"day 3 {clock}:00"), "pir"))
    assert life.said == ["20:00 silent"]
    assert life.findings[0].evidence["last_heard_device"] == "pir"


def test_one_device_that_speaks_is_enough_to_judge() -> None:
    life = Silence(household(quick(PIR), quick(KITCHEN), DOOR))
    for clock in (11, 13, 15, 16):
        life.happens(Alive(at(f"day 1 {clock}:00"), "kitchen"))
    assert life.until("day 1 17:00").said == ["17:00 silent"]


def test_a_home_with_nothing_inside_is_never_judged() -> None:
    assert Silence(household(DOOR)).until("day 9 00:00").said == []
