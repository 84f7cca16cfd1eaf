"""After an automatic detection the elder's own telephone rings first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerting.events import Answer, DeliveryState, ErrorClass, Notify, Purpose, Reply
from alerting.household import Asking, Calls, Device, Household, IncidentKind, Resident, Role
from alerting.incident import Outcome, Response, Urgency
from devices.observation import Aftermath, Alive, HelpCall, Motion
from tests import waves
from tests.builders import PANEL, PIR, Life, at, changes, heard, household, said, told

PHONE = "+85251000099"
WATCH = Device("watch", "native", Role.WEARABLE, worn="waist")
MUTE = Device("panel", "native", Role.CALL_BUTTON, "客厅", heartbeat=timedelta(hours=25))
WANG = Resident("王秀兰", "王奶奶", phone=PHONE)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no score be so high that the resident is not asked."""
    monkeypatch.setattr("alerting.detection.fall.OVERWHELMING", 9.0)


def home(*devices: Device, **fields: Any) -> Household:
    return household(*(devices or (WATCH, MUTE)), residents=(WANG,), **fields)


def fallen(where: Household | None = None) -> Life:
    life = Life(where or home(), "day 1 08:59")
    life.happens(waves.knock(at("day 1 09:00")))
    return life


def calls(life: Life, purpose: Purpose = Purpose.QUESTION) -> list[Notify]:
    return [e for e in life.effects if isinstance(e, Notify) and e.purpose is purpose]


def press(life: Life, words: str, answer: Answer) -> list[str]:
    key = calls(life)[-1].key
    life.happens(Reply(at(words), key.partition("/")[0], "resident:1", answer, "voice"))
    return changes(life.recent)


def test_the_phone_rings_and_nobody_else_is_called_yet() -> None:
    life = fallen()
    assert told(life.recent) == ["resident:1/voice"]
    (question,) = calls(life)
    assert question.address == PHONE
    assert question.expires_at == at("day 1 09:00:25")
    assert question.text == (
        "王奶奶，您好，我是桃花关爱。刚才家里好像有动静。您没事请按1，需要帮忙请按2，重听请按9。"
    )
    assert "先打电话问王奶奶" in said(life.recent, "asked")


def test_where_a_device_speaks_both_ask_in_parallel() -> None:
    life = fallen(home(WATCH, PANEL))
    assert heard(life.recent) == ["all_right"]
    assert told(life.recent) == ["resident:1/voice"]


def test_one_says_that_all_is_well_and_nobody_is_called() -> None:
    life = fallen()
    assert press(life, "day 1 09:00:12", Answer.WELL) == ["answered", "closed"]
    assert life.engine.incidents == []
    assert "daughter/sms" not in told(life.until("day 1 09:00:40"))


def test_two_takes_the_first_step_at_once() -> None:
    life = fallen()
    assert press(life, "day 1 09:00:12", Answer.HELP) == ["upgraded", "stepped"]
    assert "daughter/sms" in told(life.recent)
    assert life.incident.urgency is Urgency.HIGH


def test_two_is_urgent_although_people_were_told_of_something_less_so() -> None:
    """Up again, so people had a text only; then the resident says otherwise."""
    life = fallen(home(asking=Asking(after_fall=timedelta(seconds=60))))
    life.happens(Aftermath(at("day 1 09:00:40"), "watch", waves.knock(at("day 1 09:00")).id, 30, 1))
    assert "daughter/voice" not in told(life.until("day 1 09:01"))
    assert press(life, "day 1 09:01:05", Answer.HELP) == ["upgraded", "stepped"]
    assert {"daughter/sms", "daughter/voice"} <= set(told(life.recent))


def silent() -> Life:
    life = Life(home(PIR, MUTE), "day 1 07:00")
    life.happens(Motion(at("day 1 08:00"), "pir"), Alive(at("day 1 15:00"), "pir"))
    life.until("day 1 16:00")
    assert told(life.recent) == ["resident:1/voice"]
    return life


def test_who_gets_to_the_telephone_and_presses_two_is_in_need_although_they_moved() -> None:
    life = silent()
    life.happens(Motion(at("day 1 16:00:40"), "pir"))
    assert press(life, "day 1 16:00:50", Answer.HELP) == ["upgraded", "stepped"]
    assert {"daughter/voice", "neighbour/voice"} <= set(told(life.recent))
    assert {"grid/voice"} <= set(told(life.until("day 1 16:02")))


def test_who_asked_for_help_and_moves_still_needs_it() -> None:
    life = silent()
    press(life, "day 1 16:00:50", Answer.HELP)
    assert changes(life.happens(Motion(at("day 1 16:01:10"), "pir"))) == ["cleared"]
    assert told(life.recent) == []
    assert {"grid/voice"} <= set(told(life.until("day 1 16:02")))
    life.goes("day 1 16:02:10", "grid")
    assert "stepped" in changes(life.until("day 1 16:22:10")), "and the claim that runs out as well"


def test_two_after_the_end_is_a_new_emergency() -> None:
    """The desk closed it while the resident was still listening to the question."""
    life = fallen()
    life.until("day 1 09:00:25")
    life.closes("day 1 09:00:41")
    press(life, "day 1 09:00:45", Answer.HELP)
    assert (life.incident.kind, life.incident.urgency) == (IncidentKind.EMERGENCY, Urgency.HIGH)
    assert {"daughter/sms", "daughter/voice"} <= set(told(life.recent))


def test_one_after_the_end_changes_nothing() -> None:
    life = fallen()
    life.until("day 1 09:00:25")
    life.closes("day 1 09:00:41")
    assert press(life, "day 1 09:00:45", Answer.WELL) == []
    assert life.engine.incidents == []


@pytest.mark.parametrize(
    ("state", "detail"),
    [
        (DeliveryState.UNDELIVERED, "busy"),
        (DeliveryState.UNDELIVERED, "answered by machine_start"),
        (DeliveryState.DELIVERED, "the call ended without a key press"),
        (DeliveryState.FAILED, "no route"),
        (DeliveryState.ACCEPTED, ""),
    ],
)
def test_no_key_counts_as_need_whatever_the_provider_says(
    state: DeliveryState, detail: str
) -> None:
    """Voicemail picks up, the line is busy, nothing goes out: the ladder begins in time."""
    life = fallen()
    life.becomes("day 1 09:00:15", calls(life)[0].key, state, ErrorClass.UNREACHABLE)
    assert told(life.until("day 1 09:00:24")) == []
    assert "daughter/sms" in told(life.until("day 1 09:00:25"))


def test_a_provider_that_says_nothing_delays_nothing() -> None:
    life = fallen()
    assert "daughter/sms" in told(life.until("day 1 09:00:25"))


def test_well_comes_too_late_to_call_people_off() -> None:
    life = fallen()
    life.until("day 1 09:00:25")
    assert press(life, "day 1 09:00:31", Answer.WELL) == ["answered"]
    assert life.incident.response is Response.OPEN
    assert "grid/sms" in told(life.until("day 1 09:02"))


def test_a_home_whose_telephone_nothing_reaches_loses_no_time() -> None:
    """The provider places no calls to the mainland, and no device speaks."""
    where = household(WATCH, MUTE, residents=(Resident("王秀兰", phone="+8613800000001"),))
    assert "daughter/sms" in told(fallen(where).recent)


def test_who_must_never_be_called_is_not() -> None:
    life = fallen(home(asking=Asking(calls=Calls.NEVER)))
    assert "daughter/sms" in told(life.recent)
    assert calls(life) == []


def test_a_press_is_never_asked_about() -> None:
    life = Life(home(), "day 1 08:59")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    assert "daughter/sms" in told(life.recent)
    assert calls(life) == []


def test_a_silence_asks_twice_before_people_are_called() -> None:
    life = Life(home(PIR, MUTE), "day 1 07:00")
    life.happens(Motion(at("day 1 08:00"), "pir"), Alive(at("day 1 15:00"), "pir"))
    life.until("day 1 16:00")
    assert life.incident.kind is IncidentKind.INACTIVITY
    assert told(life.recent) == ["resident:1/voice"]
    life.until("day 1 16:01:59")
    first, second = calls(life)
    assert (first.at, second.at) == (at("day 1 16:00"), at("day 1 16:01"))
    assert "好久没见您走动了" in first.text
    assert "daughter/sms" not in told(life.effects)
    assert "daughter/sms" in told(life.until("day 1 16:02"))


def test_the_one_on_the_other_end_may_not_claim_their_own_alarm() -> None:
    life = fallen()
    assert press(life, "day 1 09:00:12", Answer.GOING) == []
    assert life.incident.response is Response.OPEN


def test_the_answer_stays_on_the_story_as_safe() -> None:
    life = fallen()
    press(life, "day 1 09:00:12", Answer.WELL)
    closed = [e for e in life.effects if getattr(e, "change", "") == "closed"]
    assert [e.record.outcome for e in closed] == [Outcome.SAFE]  # type: ignore[union-attr]
