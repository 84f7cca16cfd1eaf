"""A radar, a pendant and a wearable tell of one fall: one incident, and more confidence."""

from __future__ import annotations

from alerting.events import Finding
from alerting.household import Device, IncidentKind, Role
from alerting.incident import Cause, Urgency
from alerting.response.sources import SAME_FALL
from alerting.words import Words
from devices.observation import Cancelled, FallState
from tests.builders import (
    PANEL,
    PIR,
    Life,
    at,
    changes,
    heard,
    hours,
    household,
    letters,
    said,
    told,
)

RADAR = Device("radar", "z2m-fall", Role.PRESENCE, "卫生间", heartbeat=hours(25))
PENDANT = Device("pendant", "z2m-pendant", Role.WEARABLE, "", heartbeat=hours(25))
HOME = household(PANEL, PIR, RADAR, PENDANT)


def word(words: str, device: str, on: bool, *, retained: bool = False) -> FallState:
    return FallState(at(words), device, on=on, retained=retained)


def begun() -> Life:
    """Both devices were heard: nobody has fallen."""
    life = Life(HOME, "day 1 09:00")
    first = (word("day 1 09:01", "radar", False), word("day 1 09:01", "pendant", False))
    assert life.happens(*first) == []
    return life


def test_a_told_fall_calls_people_and_the_resident_hears_it() -> None:
    life = begun()
    effects = life.happens(word("day 1 09:10", "radar", True))
    assert life.incident.kind is IncidentKind.FALL
    assert life.incident.urgency is Urgency.HIGH
    assert told(effects) == ["daughter/sms", "daughter/voice", "neighbour/sms", "neighbour/voice"]
    assert "卫生间有人跌倒" in letters(effects)[0].text
    assert life.incident.reason.zh == "卫生间跌倒雷达报告有人跌倒"
    assert heard(effects) == ["calling"]


def test_a_second_source_within_minutes_joins_and_is_named() -> None:
    life = begun()
    life.happens(word("day 1 09:10", "radar", True))
    effects = life.happens(word("day 1 09:12", "pendant", True))
    assert changes(effects)[-1] == "joined"
    assert len(life.engine.incidents) == 1
    assert life.incident.subjects == ("radar", "pendant")
    assert life.incident.reason.zh == (
        "2处设备相互印证：卫生间跌倒雷达报告有人跌倒；佩戴设备报告有人跌倒"
    )
    assert life.incident.reason.en.startswith("2 sources agree: the bathroom fall radar")
    assert life.incident.short.zh == "卫生间有人跌倒，2处印证"
    (later, *_) = letters(life.until("day 1 09:20"))
    assert "印证" in later.text


def test_two_sources_at_one_moment_are_told_together() -> None:
    life = begun()
    moment = at("day 1 09:10")
    found = [
        Finding(moment, "any", IncidentKind.FALL, id, words, short=words, group=id)
        for id, words in (("radar", Words("甲", "a")), ("pendant", Words("乙", "b")))
    ]
    effects = life.engine._group(moment, found)
    assert changes(effects) == ["opened", "stepped"]
    assert life.incident.reason.en == "2 sources agree: a; b"


def test_what_alone_is_only_to_be_verified_is_beyond_doubt_together() -> None:
    life = Life(HOME, "day 1 09:00")
    first = life.happens(word("day 1 09:05", "radar", True))
    before = life.incident
    assert before.urgency is Urgency.MEDIUM, "its first word: perhaps an old one"
    assert told(first) == ["daughter/sms", "neighbour/sms"]
    effects = life.happens(word("day 1 09:06", "pendant", True))
    assert life.incident.urgency is Urgency.HIGH
    assert "upgraded" in changes(effects)
    assert "daughter/voice" in told(effects)
    assert life.incident.reason.en.startswith("2 sources agree")


def test_a_pendant_that_takes_its_word_back_has_said_it_all_the_same() -> None:
    life = Life(HOME, "day 1 09:00")
    life.happens(word("day 1 09:01", "pendant", False))
    life.happens(word("day 1 09:05", "pendant", True))
    life.happens(word("day 1 09:05:10", "pendant", False))
    assert life.incident.cause is Cause.CLEARED
    life.happens(word("day 1 09:06", "radar", True))
    assert life.incident.urgency is Urgency.HIGH, "alone it would only be verified"
    assert life.incident.reason.zh.startswith("2处设备相互印证：佩戴设备报告有人跌倒")
    life.happens(word("day 1 09:07", "pendant", True))
    assert life.incident.reason.zh.startswith("2处"), "one device is one source"


def test_the_residents_own_word_is_written_down_and_a_human_closes_it() -> None:
    life = begun()
    life.happens(word("day 1 09:10", "radar", True))
    life.happens(Cancelled(at("day 1 09:10:30"), "panel"))
    assert life.incident.cause is Cause.CLEARED
    assert "本人按键表示没事" in said(life.effects, "cleared")
    assert life.happens(Cancelled(at("day 1 09:10:40"), "panel")) == []
    life.happens(word("day 1 09:11", "pendant", True))
    assert life.incident.reason.zh == "卫生间跌倒雷达报告有人跌倒", (
        "that one does not count any more"
    )


def test_a_later_word_is_a_further_fall_and_not_a_confirmation() -> None:
    life = begun()
    life.happens(word("day 1 09:10", "radar", True))
    late = at("day 1 09:10") + SAME_FALL + (at("day 1 00:01") - at("day 1 00:00"))
    life.happens(FallState(late, "pendant", on=True))
    assert len(life.engine.incidents) == 1
    assert life.incident.reason.zh == "卫生间跌倒雷达报告有人跌倒"


def test_a_cached_word_after_a_restart_invents_nothing() -> None:
    life = begun()
    life.happens(word("day 1 09:10", "radar", True))
    life.closes("day 1 09:20")
    for clock in ("09:30", "09:40", "10:00"):
        assert life.happens(word(f"day 1 {clock}", "radar", True)) == [], "a battery report"
    assert life.happens(word("day 1 10:10", "radar", True, retained=True)) == []
    assert life.engine.incidents == []


def test_getting_up_ends_the_cause_but_only_a_human_ends_the_alarm() -> None:
    life = begun()
    life.happens(word("day 1 09:10", "radar", True))
    life.happens(word("day 1 09:12", "radar", False))
    assert life.incident.cause is Cause.CLEARED
    assert told(life.until("day 1 09:15")) != []
    assert said(life.effects, "cleared") == "卫生间跌倒雷达不再报告跌倒"
