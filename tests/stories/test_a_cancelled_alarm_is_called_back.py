"""Whoever cancels an alarm is called back: even a cancelled alarm gets a call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.engine import Engine
from alerting.events import (
    Answer,
    Changed,
    DeliveryState,
    ErrorClass,
    Finding,
    Notify,
    Prompt,
    Purpose,
    Reply,
    TrialSet,
)
from alerting.household import Asking, Device, IncidentKind, Resident, Role
from alerting.incident import Cause, Outcome, Urgency
from devices.observation import Alive, Cancelled, HelpCall, Motion
from tests import waves
from tests.builders import PANEL, PIR, Life, at, changes, heard, household, said, told

WATCH = Device("watch", "native", Role.WEARABLE, worn="waist")
WANG = Resident("王秀兰", "王奶奶", phone="+85251000099")
HOME = household(WATCH, PANEL, residents=(WANG,))


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerting.detection.fall.OVERWHELMING", 9.0)


def cancelled_fall() -> Life:
    life = Life(HOME, "day 1 08:59")
    life.happens(waves.knock(at("day 1 09:00")))
    life.happens(Cancelled(at("day 1 09:00:10"), "watch"))
    return life


def mistaken_press() -> Life:
    life = Life(HOME, "day 1 08:59")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.closes("day 1 09:05", "daughter", Outcome.MISTAKE)
    return life


def answers(life: Life, words: str, answer: Answer) -> None:
    life.happens(Reply(at(words), "h1-0001", "resident:1", answer, "voice"))


def test_within_the_minute_by_device_and_by_telephone() -> None:
    for life, when in ((cancelled_fall(), "day 1 09:00:40"), (mistaken_press(), "day 1 09:05:30")):
        life.until(when)
        assert heard(life.recent) == ["call_back"]
        (call,) = [e for e in life.recent if isinstance(e, Notify)]
        assert (call.responder, call.purpose) == ("resident:1", Purpose.QUESTION)
        assert "您刚才取消了报警" in call.text
        assert call.text.endswith("您没事请按1，需要帮忙请按2，重听请按9。")
        assert changes(life.recent) == ["called_back"]


def test_two_is_a_new_emergency() -> None:
    life = cancelled_fall()
    life.until("day 1 09:00:40")
    answers(life, "day 1 09:00:55", Answer.HELP)
    assert (life.incident.kind, life.incident.urgency) == (IncidentKind.EMERGENCY, Urgency.HIGH)
    assert life.incident.id == "h1-0002"
    assert "daughter/sms" in told(life.recent)


def test_one_ends_it_and_the_story_says_so() -> None:
    life = cancelled_fall()
    life.until("day 1 09:00:40")
    answers(life, "day 1 09:00:55", Answer.WELL)
    (line,) = [e for e in life.recent if isinstance(e, Changed)]
    assert (line.record.id, line.words.zh) == ("h1-0001", "回访：老人答复没事")
    assert life.until("day 1 09:40") == []


def test_the_button_at_home_answers_as_well() -> None:
    life = cancelled_fall()
    life.until("day 1 09:00:40")
    life.happens(Cancelled(at("day 1 09:00:50"), "panel"))
    assert changes(life.recent) == ["called_back"]
    assert life.until("day 1 09:40") == []


def test_no_answer_after_a_fall_is_need_again() -> None:
    life = cancelled_fall()
    life.until("day 1 09:02:39")
    assert len([e for e in life.effects if isinstance(e, Notify)]) == 3, (
        "a question, two call-backs"
    )
    life.until("day 1 09:02:40")
    assert (life.incident.kind, life.incident.id) == (IncidentKind.FALL, "h1-0002")
    assert "daughter/sms" in told(life.recent)


def test_no_answer_otherwise_is_a_task_of_the_desk_and_then_of_people() -> None:
    life = mistaken_press()
    life.until("day 1 09:08")
    assert life.incident.kind is IncidentKind.VISIT
    assert "请值班台致电" in life.incident.reason.zh
    assert told(life.recent)[-1] == "resident:1/voice"
    assert told(life.until("day 1 09:22:29")) == []
    assert "daughter/sms" in told(life.until("day 1 09:22:30"))


def called_back(life: Life, state: DeliveryState, error: ErrorClass | None = None) -> None:
    """Let the cancelled alarm be called back twice, and each call come so far."""
    for clock, later in (("day 1 09:05:30", "day 1 09:06"), ("day 1 09:06:30", "day 1 09:07")):
        life.until(clock)
        (call,) = [e for e in life.recent if isinstance(e, Notify)]
        life.becomes(later, call.key, DeliveryState.ACCEPTED)
        life.becomes(later, call.key, state, error)
    life.until("day 1 09:07:30")


def test_it_says_whether_nobody_answered_or_the_call_was_never_made() -> None:
    unreachable = (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
    for became, words, short in (
        ((DeliveryState.DELIVERED,), "回访无人应答，请值班台致电", "取消后回访未答"),
        (unreachable, "回访无人应答，请值班台致电", "取消后回访未答"),
        (
            (DeliveryState.ACCEPTED,),
            "回访电话已交出，没有响铃的消息，请值班台致电",
            "取消后回访未答",
        ),
        (
            (DeliveryState.FAILED, ErrorClass.EXPIRED),
            "回访电话没能打出，请值班台致电",
            "回访电话没能打出",
        ),
        (
            (DeliveryState.UNDELIVERED, ErrorClass.EXPIRED),
            "回访电话没能打出，请值班台致电",
            "回访电话没能打出",
        ),
    ):
        life = mistaken_press()
        called_back(life, *became)
        assert life.incident.reason.zh == words
        assert life.incident.short.zh == short
        assert said(life.recent, "called_back") == words, "the story of the cancelled one, too"
        assert life.incident.kind is IncidentKind.VISIT


def test_of_which_nobody_said_anything_was_not_made() -> None:
    life = cancelled_fall()
    life.until("day 1 09:02:40")
    assert life.incident.reason.en.startswith("cancelled an alarm, and could not be called back")
    assert life.incident.kind is IncidentKind.FALL, "help is called all the same"


def test_a_call_that_rang_once_was_made() -> None:
    life = cancelled_fall()
    life.until("day 1 09:00:40")
    (call,) = [e for e in life.recent if isinstance(e, Notify)]
    life.becomes("day 1 09:01:30", call.key, DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
    life.becomes("day 1 09:01:35", call.key, DeliveryState.FAILED, ErrorClass.EXPIRED)
    life.engine = Engine.restore(life.engine.snapshot())
    life.until("day 1 09:02:40")
    assert life.incident.reason.zh.startswith("取消报警后回访无人应答（原报警：")


def test_what_became_of_the_question_before_it_says_nothing_of_the_call_back() -> None:
    life = cancelled_fall()
    (question,) = [e for e in life.effects if isinstance(e, Notify)]
    life.until("day 1 09:00:40")
    life.becomes("day 1 09:00:41", question.key, DeliveryState.DELIVERED)
    life.until("day 1 09:02:40")
    assert "回访电话没能打出" in life.incident.reason.zh


def test_two_in_a_call_that_outlasts_the_wait_is_an_emergency() -> None:
    """The second call was picked up at its last ring, and heard to its end."""
    life = mistaken_press()
    life.until("day 1 09:08")
    assert life.incident.kind is IncidentKind.VISIT
    answers(life, "day 1 09:08:10", Answer.HELP)
    assert life.engine.incidents[-1].kind is IncidentKind.EMERGENCY
    assert {"daughter/sms", "daughter/voice"} <= set(told(life.recent))


def test_the_desk_calls_and_closes_it() -> None:
    life = mistaken_press()
    life.until("day 1 09:08")
    life.closes("day 1 09:10", "desk:李", Outcome.SAFE)
    assert told(life.until("day 1 09:40")) == []


def test_something_new_makes_the_call_back_needless() -> None:
    life = cancelled_fall()
    life.happens(HelpCall(at("day 1 09:00:20"), "panel", id="a:9"))
    life.until("day 1 09:00:40")
    assert not [e for e in life.recent if isinstance(e, Notify)]
    assert any("不再单独回访" in e.words.zh for e in life.recent if isinstance(e, Changed))


def fallen_and_cancelled(life: Life, day: int = 1) -> list[str]:
    life.happens(waves.knock(at(f"day {day} 09:00")))
    life.happens(Cancelled(at(f"day {day} 09:00:10"), "watch"))
    life.until(f"day {day} 09:00:40")
    return heard(life.recent)


def test_a_button_that_is_tried_out_makes_no_call_back_needless() -> None:
    life = Life(HOME, "day 1 08:59")
    life.happens(TrialSet(at("day 1 08:59"), at("day 1 09:09"), "desk:李"))
    life.happens(HelpCall(at("day 1 08:59:30"), "panel", id="a:1"))
    assert life.incident.is_test
    assert fallen_and_cancelled(life) == ["call_back"]


def test_a_visit_that_ended_long_ago_makes_no_call_back_needless() -> None:
    life = Life(HOME, "day 1 07:00")
    life.happens(HelpCall(at("day 1 07:00"), "panel", id="a:1"))
    life.arrives("day 1 07:10", "neighbour")
    assert fallen_and_cancelled(life) == ["call_back"]


def test_a_silence_that_is_over_makes_no_call_back_needless() -> None:
    home = household(WATCH, PANEL, PIR, residents=(WANG,))
    life = Life(home, "day 1 09:00")
    life.happens(Motion(at("day 1 12:00"), "pir"), Alive(at("day 1 19:00"), "pir"))
    life.until("day 1 20:10")
    life.happens(Motion(at("day 1 20:10"), "pir"))
    over = [one.kind for one in life.engine.incidents if one.cause is Cause.CLEARED]
    assert over == [IncidentKind.INACTIVITY]
    life.happens(Motion(at("day 2 05:00"), "pir"))
    assert fallen_and_cancelled(life, 2) == ["call_back"]


def test_somebody_on_the_spot_makes_it_needless() -> None:
    life = Life(HOME, "day 1 08:50")
    life.happens(HelpCall(at("day 1 08:50"), "panel", id="a:1"))
    life.arrives("day 1 08:55", "neighbour")
    assert fallen_and_cancelled(life) == []


def test_a_flat_battery_makes_no_call_back_needless() -> None:
    life = Life(HOME, "day 1 08:50")
    life.happens(Alive(at("day 1 08:50"), "panel", 14))
    assert [one.kind for one in life.engine.incidents] == [IncidentKind.TECHNICAL]
    life.happens(waves.knock(at("day 1 09:00")))
    life.happens(Cancelled(at("day 1 09:00:10"), "watch"))
    life.until("day 1 09:00:40")
    assert heard(life.recent) == ["call_back"]


def test_without_a_phone_the_desk_is_asked_in_the_story() -> None:
    life = Life(household(WATCH, PANEL), "day 1 08:59")
    life.happens(waves.knock(at("day 1 09:00")))
    life.happens(Cancelled(at("day 1 09:00:10"), "watch"))
    life.until("day 1 09:10")
    assert [e.words.zh for e in life.recent if isinstance(e, Changed)] == [
        "家中没有可以回访的电话，请值班台致电确认"
    ]
    assert not [e for e in life.recent if isinstance(e, Notify | Prompt)]


def test_what_really_happened_and_was_dealt_with_is_not_called_back() -> None:
    life = Life(HOME, "day 1 08:59")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.closes("day 1 09:05", "daughter", Outcome.SAFE)
    assert life.until("day 1 09:40") == []


def test_it_can_be_switched_off() -> None:
    where = household(WATCH, PANEL, residents=(WANG,), asking=Asking(call_back=False))
    life = Life(where, "day 1 08:59")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.closes("day 1 09:05", "daughter", Outcome.MISTAKE)
    assert life.until("day 1 09:40") == []


def test_a_restart_forgets_no_call_back() -> None:
    life = cancelled_fall()
    life.engine = Engine.restore(life.engine.snapshot())
    life.until("day 1 09:00:40")
    assert heard(life.recent) == ["call_back"]
    life.engine = Engine.restore(life.engine.snapshot())
    assert life.engine.deadline() == at("day 1 09:00:40") + timedelta(seconds=60)


def test_the_new_incident_says_where_it_comes_from() -> None:
    life = cancelled_fall()
    life.until("day 1 09:03")
    (finding,) = [e for e in life.effects if isinstance(e, Finding) and e.detector == "call_back"]
    assert finding.evidence == {"incident": "h1-0001"}
    assert "原报警" in finding.reason.zh
