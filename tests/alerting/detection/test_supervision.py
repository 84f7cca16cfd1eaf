"""Who is missing, what is wrong with them, and whether the home is seen at all."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from alerting.detection.home import SILENCE, heartbeat
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
        Alive(at("day 1 09:02"), "panel", 10),
        Tamper(at("day 1 09:03"), "panel", on=False),
    )
    assert watch.said == ["panel call button opened", *["panel call button battery low"] * 2]
    assert watch.happens(Alive(at("day 1 09:04"), "panel", 90)).said[3:] == ["panel well again"]


def test_a_home_nothing_sees_any_more_is_a_finding_of_its_own() -> None:
    watch = Watch(PANEL, beats(PIR, hours(2)), beats(KITCHEN, hours(2)), beats(DOOR, hours(4)))
    watch.until("day 1 12:00")
    assert watch.said == ["pir motion sensor silent", "kitchen motion sensor silent"]
    watch.until("day 1 13:30")
    assert watch.said[2:] == ["door entrance door sensor silent", "h1 home not seen"]
    assert watch.findings[-1].evidence == {"devices": 3, "missing": 3, "unseen_minutes": 240.0}
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


def test_a_battery_that_is_all_but_empty_is_said_again_and_graver_for_a_button() -> None:
    watch = Watch(PANEL, PIR)
    for minute, percent in enumerate((14, 5, 4, 14, 5, 30)):
        watch.happens(Alive(at(f"day 1 09:0{minute}"), "panel", percent))
    assert watch.said == [
        "panel call button battery low",
        "panel call button battery nearly empty",
        "panel well again",
    ]
    assert [f.urgency for f in watch.findings[:2]] == [Urgency.LOW, Urgency.MEDIUM]
    assert "随时可能失效" in watch.findings[1].reason.zh
    (nearly,) = Watch(PANEL, PIR).happens(Alive(at("day 1 09:00"), "pir", 4)).findings
    assert nearly.urgency is Urgency.LOW


def test_what_the_resident_calls_with_is_graver_than_what_sees_them() -> None:
    pendant = Device("pendant", "native", Role.WEARABLE)
    bed = Device("bed", "z2m-bed", Role.BED, "卧室", heartbeat=hours(2))
    watch = Watch(beats(PANEL, hours(2)), beats(PIR, hours(2)), beats(pendant, hours(2)), bed)
    watch.until("day 1 11:30")
    grave = {f.subject: f.urgency for f in watch.findings if f.subject != "h1"}
    assert grave == {
        "panel": Urgency.MEDIUM,
        "pendant": Urgency.MEDIUM,
        "pir": Urgency.LOW,
        "bed": Urgency.LOW,
    }
    ward = Watch(PANEL, bed)
    ward.home = msgspec.structs.replace(ward.home, care_bed=True)
    (mattress, *_) = ward.until("day 1 11:30").findings
    assert mattress.urgency is Urgency.MEDIUM, "in a home-care bed the mattress is what we have"


@pytest.mark.parametrize(
    ("role", "profile", "limit"),
    [
        (Role.CALL_BUTTON, "somebody else's", 4),
        (Role.CALL_BUTTON, "native", 0.75),
        (Role.WEARABLE, "somebody else's", 4),
        (Role.SAFETY, "z2m-smoke", 12),
        (Role.ENTRANCE, "somebody else's", 12),
        (Role.ENTRANCE, "z2m-contact", 12),
        (Role.CONTACT, "z2m-contact", 24),
        (Role.MOTION, "z2m-motion", 12),
        (Role.BED, "z2m-bed", 12),
        (Role.ITEM, "z2m-item", 24),
        (Role.CALL_BUTTON, "z2m-sos", 4),
        (Role.WEARABLE, "z2m-pendant", 4),
        (Role.PRESENCE, "z2m-presence", 1),
        (Role.ITEM, "somebody else's", 24),
        (Role.GATEWAY, "gateway", None),
    ],
)
def test_the_longest_silence_is_the_shorter_of_family_and_role(
    role: Role, profile: str, limit: float | None
) -> None:
    device = Device("d", profile, role)
    assert heartbeat(device) == (None if limit is None else hours(limit))
    assert heartbeat(beats(device, hours(30))) == hours(30), "the configuration's word goes first"


def test_every_role_has_a_longest_silence() -> None:
    assert set(SILENCE) == set(Role) - {Role.GATEWAY, Role.HEALTH}
    assert max(SILENCE.values()) < hours(25), "a dead button would be unnoticed for a day"


def signal(clock: str, dbm: int | None = None, link: int | None = None) -> Alive:
    return Alive(at(f"day 1 {clock}"), "panel", signal_dbm=dbm, link_quality=link)


def test_a_signal_that_is_weak_for_hours_is_found_once_and_clears_when_well() -> None:
    watch = Watch(PANEL, PIR).happens(
        signal("09:00", -60),
        signal("10:00", -90),
        signal("12:00", -83),  # in between: it stays what it was
        Alive(at("day 1 13:00"), "panel", 80),  # says nothing of it
        signal("15:59", -88),
    )
    assert watch.said == []
    watch.happens(signal("16:00", -88), signal("16:30", -88))
    assert watch.said == ["panel call button signal weak"]
    (weak,) = watch.findings
    assert weak.evidence == {"device": "panel", "weak_hours": 6.0, "signal_dbm": -88}
    assert weak.urgency is Urgency.LOW
    assert "信号弱已6小时（-88 dBm）" in weak.reason.zh
    assert watch.happens(signal("17:00", -79)).said[1:] == ["panel well again"]


def test_the_last_finding_of_a_device_says_all_that_is_wrong_with_it() -> None:
    low = Alive(at("day 1 09:10"), "panel", 4)
    watch = Watch(PANEL, PIR).happens(low, Tamper(at("day 1 09:20"), "panel", on=True))
    assert watch.findings[-1].reason.zh == "客厅呼叫器外壳被打开；另外：将没电"
    assert watch.findings[-1].evidence["also"] == "battery, battery_critical"
    watch.happens(Tamper(at("day 1 09:30"), "panel", on=False))
    assert watch.findings[-1].reason.zh == "客厅呼叫器还有：将没电"
    assert watch.findings[-1].urgency is Urgency.MEDIUM
    watch.happens(Alive(at("day 1 09:40"), "panel", 90))
    assert not watch.findings[-1].active


def test_who_speaks_again_with_an_empty_battery_is_no_longer_called_silent() -> None:
    watch = Watch(beats(PANEL, hours(2))).happens(Alive(at("day 1 09:10"), "panel", 12))
    assert watch.until("day 1 13:00").findings[-1].reason.zh.endswith("没有消息；另外：电量低")
    watch.happens(Alive(at("day 1 14:00"), "panel", 12))
    assert watch.findings[-1].reason.zh == "客厅呼叫器还有：电量低"


def test_a_changed_household_and_a_moment_of_deafness_put_nothing_off() -> None:
    def signal(clock: str) -> Alive:
        return Alive(at(f"day 1 {clock}"), "panel", signal_dbm=-88)

    watch = Watch(PANEL, PIR).happens(signal("09:00"))
    watch.state = DETECTOR.configure(watch.home, watch.state, at("day 1 12:00"))
    assert watch.happens(signal("15:00")).said == ["panel call button signal weak"]
    gone = Watch(PANEL, PIR).happens(Online(at("day 1 09:00"), "panel", online=False))
    for second in (30, 60, 90):
        moment = at("day 1 09:00") + timedelta(seconds=second)
        gone.state = DETECTOR.resume(gone.home, gone.state, moment, is_blink=True)
    assert gone.until("day 1 09:02:30").said == ["panel call button offline"]


def test_a_weak_link_counts_too_and_a_good_word_begins_anew() -> None:
    watch = Watch(PANEL, PIR).happens(
        signal("09:00", link=12), signal("12:00", link=40), signal("13:00", link=9)
    )
    assert watch.happens(signal("18:59", link=9)).said == []
    assert watch.happens(signal("19:00", link=9)).said == ["panel call button signal weak"]
    assert "9/255" in watch.findings[0].reason.en


def test_what_the_broker_kept_says_nothing_of_battery_case_or_signal() -> None:
    kept: list[AnyObservation] = [
        Alive(at("day 1 09:01"), "panel", 2, signal_dbm=-99, retained=True),
        Tamper(at("day 1 09:02"), "panel", on=True, retained=True),
        Alive(at("day 1 18:00"), "panel", 2, signal_dbm=-99, retained=True),
    ]
    assert Watch(PANEL, PIR).happens(*kept).said == []


def test_a_home_is_unseen_since_the_last_word_of_any_that_sees_it() -> None:
    watch = Watch(PANEL, beats(PIR, hours(2)), beats(KITCHEN, hours(2)))
    watch.happens(Motion(at("day 1 10:00"), "pir"), Motion(at("day 1 10:30"), "kitchen"))
    watch.until("day 1 14:00")
    blind = watch.findings[-1]
    assert blind.subject == "h1"
    since = blind.at - timedelta(minutes=float(str(blind.evidence["unseen_minutes"])))
    assert since == at("day 1 10:30")
