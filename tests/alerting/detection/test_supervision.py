"""Who is missing, what is wrong with them, and whether the home is seen at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.detection.supervision import SupervisionDetector
from alerting.detection.troubles import faulty
from alerting.events import Finding, Tick
from alerting.household import Device, Household, Role
from alerting.incident import Urgency
from devices.observation import Alive, AnyObservation, Fault, Motion, Online, Tamper
from tests.builders import DOOR, KITCHEN, PANEL, PIR, at, hours, household, minutes

DETECTOR = SupervisionDetector()


def beats(device: Device, limit: timedelta) -> Device:
    return Device(device.id, device.profile, device.role, device.room, heartbeat=limit)


class Watch:
    """A household that is listened to."""

    def __init__(self, *devices: Device, begins: str = "day 1 09:00") -> None:
        self.home: Household = household(*devices)
        self.state = DETECTOR.start(self.home, at(begins))
        self.findings: list[Finding] = []

    def happens(self, *events: AnyObservation | Tick) -> Watch:
        for event in events:
            while (due := DETECTOR.deadline(self.home, self.state)) is not None and due <= event.at:
                self._step(Tick(due))
            self._step(event)
        return self

    def _step(self, event: AnyObservation | Tick) -> None:
        self.state, found = DETECTOR.step(self.home, self.state, event)
        self.findings += found

    def until(self, words: str) -> Watch:
        return self.happens(Tick(at(words)))

    @property
    def said(self) -> list[str]:
        return [f"{f.subject} {f.short.en}" for f in self.findings]


def test_a_silent_device_is_found_once_and_clears_when_heard() -> None:
    watch = Watch(beats(PANEL, hours(2)), beats(PIR, hours(10)))
    watch.happens(Alive(at("day 1 10:00"), "panel")).until("day 1 14:00")
    assert watch.said == ["panel call button silent"]
    assert watch.findings[0].urgency is Urgency.MEDIUM
    assert watch.happens(Alive(at("day 1 15:00"), "panel")).said[1:] == ["panel well again"]
    assert not watch.findings[1].active


def test_a_long_heartbeat_is_late_by_a_twentieth_at_most_and_never_early() -> None:
    for spoke in ("09:00", "09:05", "09:30", "10:00"):
        watch = Watch(beats(PANEL, hours(2))).happens(Motion(at(f"day 1 {spoke}"), "panel"))
        last = at(f"day 1 {spoke}")
        (found,) = watch.until("day 1 18:00").findings
        assert last + hours(2) <= found.at <= last + hours(2) + minutes(6)


def test_a_short_heartbeat_is_exact() -> None:
    watch = Watch(beats(PANEL, timedelta(seconds=10)))
    for second in range(9):
        watch.happens(Motion(at("day 1 09:00") + timedelta(seconds=second), "panel"))
    (found,) = watch.until("day 1 09:01").findings
    assert found.at == at("day 1 09:00:18")


def test_what_the_broker_kept_is_no_sign_of_life() -> None:
    watch = Watch(beats(PANEL, hours(2)))
    watch.happens(
        Alive(at("day 1 10:50"), "panel", 5, retained=True),
        Online(at("day 1 10:50"), "panel", online=True, retained=True),
    )
    assert watch.until("day 1 11:30").said == ["panel call button silent"]


def test_the_battery_has_two_limits() -> None:
    watch = Watch(PANEL, PIR)
    for minute, percent in enumerate((16, 15, 15, 20, 24, 25, 15)):
        watch.happens(Alive(at(f"day 1 09:0{minute}"), "panel", percent))
    assert watch.said == [
        "panel call button battery low",
        "panel well again",
        "panel call button battery low",
    ]
    assert watch.findings[0].evidence["battery_percent"] == 15


def test_a_device_may_only_say_that_its_battery_is_low() -> None:
    watch = Watch(PANEL, PIR).happens(
        Alive(at("day 1 09:01"), "panel", battery_low=True),
        Alive(at("day 1 09:02"), "panel"),
        Alive(at("day 1 09:03"), "panel", battery_low=False),
    )
    assert watch.said == ["panel call button battery low", "panel well again"]


def test_a_short_absence_is_borne_and_a_long_one_is_not() -> None:
    watch = Watch(PANEL, PIR).happens(
        Online(at("day 1 09:10"), "panel", online=False),
        Online(at("day 1 09:11"), "panel", online=True),
    )
    assert watch.until("day 1 10:00").said == []
    watch.happens(Online(at("day 1 10:00"), "panel", online=False))
    watch.happens(Online(at("day 1 10:01"), "panel", online=False)).until("day 1 10:02")
    assert watch.said == ["panel call button offline"]
    assert watch.happens(Motion(at("day 1 10:03"), "panel")).said[1:] == ["panel well again"]


def test_it_clears_only_when_nothing_is_wrong_any_more() -> None:
    watch = Watch(PANEL, PIR).happens(
        Tamper(at("day 1 09:01"), "panel", on=True),
        Alive(at("day 1 09:02"), "panel", 5),
        Tamper(at("day 1 09:03"), "panel", on=False),
    )
    assert watch.said == ["panel call button opened", "panel call button battery low"]
    assert watch.happens(Alive(at("day 1 09:04"), "panel", 90)).said[2:] == ["panel well again"]


def test_a_home_nothing_sees_any_more_is_a_finding_of_its_own() -> None:
    watch = Watch(PANEL, beats(PIR, hours(2)), beats(KITCHEN, hours(2)), beats(DOOR, hours(4)))
    watch.until("day 1 12:00")
    assert watch.said == ["pir motion sensor silent", "kitchen motion sensor silent"]
    watch.until("day 1 13:30")
    assert watch.said[2:] == ["door entrance door sensor silent", "h1 home not seen"]
    assert watch.findings[-1].evidence == {"devices": 3, "missing": 3}
    watch.happens(Motion(at("day 1 14:00"), "kitchen"))
    assert watch.said[4:] == ["kitchen well again", "h1 home not seen"]
    assert not watch.findings[-1].active


def test_the_gateways_own_parts_break_and_mend() -> None:
    watch = Watch(Device("store", "gateway", Role.GATEWAY))
    watch.happens(
        Fault(at("day 1 09:01"), "store", active=True, detail="disk full"),
        Fault(at("day 1 09:02"), "store", active=True, detail="disk full"),
        Fault(at("day 1 09:03"), "broker", active=True, detail="gone"),
        Fault(at("day 1 09:04"), "store", active=False, detail="ok"),
        Fault(at("day 1 09:05"), "store", active=False, detail="ok"),
    ).until("day 9 00:00")
    assert [(f.subject, f.active) for f in watch.findings] == [
        ("store", True),
        ("store", True),
        ("broker", True),
        ("store", False),
    ]
    assert watch.findings[0].urgency is Urgency.MEDIUM
    assert "disk full" in watch.findings[0].reason.en
    assert "disk full" not in watch.findings[0].reason.zh
    assert watch.findings[0].evidence["detail"] == "disk full"


@pytest.mark.parametrize(
    ("part", "zh", "en"),
    [
        (
            "provider",
            "短信与电话不正常，可能通知不到人：断了",
            "fault of the gateway (texts and calls): people may not be reached; gone",
        ),
        ("reach/daughter", "对王芳的通知发不出去：断了", "messages to 王芳 do not arrive; gone"),
        ("reach/li-son", "对li-son的通知发不出去：断了", "messages to li-son do not arrive; gone"),
        (
            "tea",
            "网关部件tea不正常：断了",
            "fault of the gateway (gateway part tea): it is broken; gone",
        ),
    ],
)
def test_a_part_of_the_gateway_is_called_by_its_name(part: str, zh: str, en: str) -> None:
    fault = Fault(at("day 1 09:01"), part, active=True, detail="断了 / gone; tcp: [Errno 111]")
    reason = faulty(household(), fault).reason
    en += "; tcp: [Errno 111]"
    assert (reason.zh, reason.en) == (zh, en)


def test_a_device_that_was_removed_is_no_longer_missed() -> None:
    watch = Watch(beats(PANEL, hours(2)), PIR).until("day 1 12:00")
    watch.home = household(PIR)
    watch.state = DETECTOR.configure(watch.home, watch.state, at("day 1 12:00"))
    watch.until("day 1 12:01")
    assert watch.said == ["panel call button silent", "panel removed"]
    assert not watch.findings[-1].active


def test_being_deaf_gives_everybody_a_full_interval_again() -> None:
    watch = Watch(beats(PANEL, hours(2)), beats(PIR, hours(3))).until("day 1 11:30")
    watch.state = DETECTOR.resume(watch.home, watch.state, at("day 1 20:00"))
    assert watch.until("day 1 22:59").said == ["panel call button silent"]
    assert watch.until("day 1 23:10").said[1:] == ["pir motion sensor silent", "h1 home not seen"]
