"""Somebody falls, with a wearable on and a panel that can speak."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from alerting.events import Changed, Finding, Prompt
from alerting.household import Device, Household, IncidentKind, Role
from alerting.incident import Outcome, Response, Urgency
from devices.observation import Aftermath, Cancelled, HelpCall
from tests import waves
from tests.builders import DAUGHTER, PANEL, Life, at, changes, heard, household, told

WATCH = Device("watch", "native", Role.WEARABLE, worn="waist")
MUTE = Device("panel", "native", Role.CALL_BUTTON, "客厅")


def home(*more: Device) -> Household:
    return household(WATCH, *(more or (PANEL,)))


def fall(words: str = "day 1 09:00"):  # type: ignore[no-untyped-def]
    return waves.knock(at(words))


def asked(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Let no score be so high that the resident is not asked."""
    monkeypatch.setattr("alerting.detection.fall.OVERWHELMING", 9.0)


def test_nobody_answers_and_people_are_called(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    asked(monkeypatch)
    life = Life(home(), "day 1 08:59")
    effects = life.happens(fall())
    assert life.incident.kind is IncidentKind.FALL
    assert heard(effects) == ["all_right"]
    assert told(effects) == []
    assert told(life.until("day 1 09:00:24")) == []
    effects = life.until("day 1 09:00:25")
    assert "daughter/sms" in told(effects)
    assert heard(effects) == ["calling"]


def test_the_question_is_in_the_homes_language(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    asked(monkeypatch)
    for language, words in (("zh", "您没事吧"), ("en", "are you all right")):
        life = Life(household(WATCH, PANEL, language=language), "day 1 08:59")
        prompts = [e for e in life.happens(fall()) if isinstance(e, Prompt)]
        assert [words in prompt.text for prompt in prompts] == [True]


def test_a_press_that_says_all_right_ends_it_and_it_stays_on_record(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    asked(monkeypatch)
    life = Life(home(), "day 1 08:59")
    life.happens(fall())
    effects = life.happens(Cancelled(at("day 1 09:00:10"), "watch"))
    assert changes(effects) == ["cleared", "closed"]
    assert life.engine.incidents == []
    assert told(life.until("day 1 09:40")) == []
    closed = [e for e in effects if isinstance(e, Changed)][-1].record
    assert (closed.response, closed.outcome) == (Response.CLOSED, Outcome.SAFE)


def test_the_same_press_after_people_were_called_does_not_call_them_off(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    asked(monkeypatch)
    life = Life(home(), "day 1 08:59")
    life.happens(fall())
    life.until("day 1 09:01")
    life.happens(Cancelled(at("day 1 09:01:10"), "watch"))
    assert life.incident.response is Response.OPEN
    assert "grid/sms" in told(life.until("day 1 09:02"))


def test_lying_still_is_told_and_being_up_again_lowers_it(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    asked(monkeypatch)
    for moving, change, urgency in (
        (0.0, "joined", Urgency.HIGH),
        (0.9, "cleared", Urgency.MEDIUM),
    ):
        life = Life(home(), "day 1 08:59")
        knock = fall()
        life.happens(knock)
        after = Aftermath(at("day 1 09:00:15"), "watch", id=knock.id, seconds=12, moving=moving)
        assert changes(life.happens(after)) == [change]
        assert life.incident.urgency is urgency
        assert "daughter/sms" in told(life.until("day 1 09:01"))


def test_where_nobody_can_ask_people_are_called_at_once() -> None:
    life = Life(home(MUTE), "day 1 08:59")
    effects = life.happens(fall())
    assert f"{DAUGHTER.id}/sms" in told(effects)


def test_a_press_for_help_does_not_wait_for_the_question(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    asked(monkeypatch)
    life = Life(home(), "day 1 08:59")
    life.happens(fall())
    assert "daughter/sms" in told(life.happens(HelpCall(at("day 1 09:00:05"), "panel", id="a:1")))


def test_a_knock_that_comes_twice_and_a_bounce_are_one_fall() -> None:
    life = Life(home(), "day 1 08:59")
    knock = fall()
    life.happens(knock)
    assert changes(life.happens(knock)) == []
    bounce = waves.knock(at("day 1 09:00:03"))
    assert changes(life.happens(bounce)) == []


def test_who_gets_up_and_falls_again_is_seen_to_lie_still(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """All within a minute is one fall, and its last knock decides what came of it."""
    asked(monkeypatch)
    life = Life(home(), "day 1 08:59")
    first = fall()
    life.happens(first)
    up = Aftermath(at("day 1 09:00:15"), "watch", id=first.id, seconds=12, moving=0.9)
    life.happens(up)
    assert life.incident.urgency == "medium"
    again = msgspec.structs.replace(fall("day 1 09:00:40"), id="b1:900")
    assert not any(isinstance(effect, Finding) for effect in life.happens(again))
    life.happens(Aftermath(at("day 1 09:00:55"), "watch", id=again.id, seconds=12, moving=0.0))
    assert life.incident.urgency is Urgency.HIGH
    assert "lies still" in life.incident.reason.en


def test_the_finding_explains_itself() -> None:
    life = Life(home(), "day 1 08:59")
    (finding,) = [e for e in life.happens(fall()) if isinstance(e, Finding)]
    assert "疑似跌倒" in finding.reason.zh
    assert "looks like a fall" in finding.reason.en
    score, limit = finding.evidence["score"], finding.evidence["threshold"]
    assert isinstance(score, float)
    assert isinstance(limit, float)
    assert score >= limit
    knock, still = finding.evidence["knock"], finding.evidence["still_from"]
    assert isinstance(knock, int)
    assert isinstance(still, int)
    assert max(finding.wave_mg) == finding.wave_mg[knock]
    assert all(abs(size - 1000) <= 150 for size in finding.wave_mg[still:])


def test_walking_and_setting_a_watch_down_hard_are_no_falls() -> None:
    life = Life(home(), "day 1 08:59")
    slam = waves.standing(8)
    slam[200:203] = [0.2, 2.6, 0.1]
    for wave in (slam, waves.walking(20) * 1.35):
        try:
            knock = waves.knock(at("day 1 09:00"), wave)
        except ValueError:
            continue
        assert life.happens(knock) == []


def test_a_fall_learned_of_late_is_told_with_its_age_and_wakes_nobody() -> None:
    life = Life(home(), "day 1 08:59")
    old = msgspec.structs.replace(fall(), measured_at=at("day 1 07:20"))
    effects = life.happens(old)
    assert heard(effects) == []
    assert life.incident.urgency is Urgency.MEDIUM
    assert "about 100 min ago" in life.incident.reason.en
    assert "约100分钟前" in life.incident.reason.zh
    after = Aftermath(at("day 1 09:00:01"), "watch", id=old.id, seconds=12, moving=0.0)
    life.happens(after)
    assert life.incident.urgency is Urgency.MEDIUM


def test_a_stored_fall_does_not_hide_one_that_happens_now() -> None:
    life = Life(home(), "day 1 08:59")
    life.happens(msgspec.structs.replace(fall(), measured_at=at("day 1 07:20"), id="old:1"))
    life.happens(waves.knock(at("day 1 09:00:20")))
    assert life.incident.urgency is Urgency.HIGH


def test_a_restart_in_the_question_forgets_nothing(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    asked(monkeypatch)
    life = Life(home(), "day 1 08:59")
    life.happens(fall())
    life.engine = life.engine.restore(life.engine.snapshot())
    assert life.engine.deadline() == at("day 1 09:00") + timedelta(seconds=25)
    assert "daughter/sms" in told(life.until("day 1 09:00:30"))
