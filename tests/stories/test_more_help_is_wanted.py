"""升级: the desk, or who is there, wants more people now; and who cannot hands it back."""

from __future__ import annotations

import msgspec

from alerting.events import Answer
from alerting.household import IncidentKind
from devices.observation import HelpCall, Motion
from tests.builders import LADDER, Life, at, changes, household, letters, told


def pressed() -> Life:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    return life


def test_the_desk_does_not_wait_for_the_step_to_end() -> None:
    life = pressed()
    effects = life.says("day 1 09:00:20", "desk:李", Answer.ESCALATE)
    assert changes(effects) == ["upgraded", "stepped"]
    assert told(effects) == ["grid/sms", "grid/voice", "doctor/sms", "doctor/voice"]
    assert life.incident.due_at == at("day 1 09:02:20"), "the new step has its whole wait"


def test_who_is_there_asks_for_more_and_keeps_it() -> None:
    life = pressed()
    life.arrives("day 1 09:05", "daughter")
    effects = life.says("day 1 09:06", "daughter", Answer.ESCALATE)
    assert life.incident.response == "on_scene"
    assert life.incident.responder == "daughter"
    assert letters(effects)
    assert all("增援" in letter.text for letter in letters(effects))
    assert all("王芳" in letter.text for letter in letters(effects))
    assert all("桃花村3组12号" in letter.text for letter in letters(effects))
    again = life.says("day 1 09:07", "daughter", Answer.ESCALATE)
    assert changes(again) == ["upgraded", "stepped"]
    assert not {"daughter/sms"} & set(told(again))


def test_after_the_last_step_everybody_is_asked() -> None:
    life = pressed()
    for minute in range(10):
        life.says(f"day 1 09:{minute:02}:20", "desk:李", Answer.ESCALATE)
        assert life.incident.response in ("open", "exhausted")
    assert len({way.partition("/")[0] for way in told(life.recent)}) == 5


def test_whoever_comes_as_well_is_noted_and_the_claim_still_runs_out() -> None:
    life = pressed()
    life.goes("day 1 09:01", "daughter")
    life.says("day 1 09:02", "desk:李", Answer.ESCALATE)
    assert changes(life.goes("day 1 09:03", "grid")) == ["also_coming"]
    assert changes(life.until("day 1 09:11")) == ["reminded"]
    assert changes(life.until("day 1 09:21")) == ["lapsed", "claimed"]
    assert life.incident.responder == "grid"


def test_the_desk_hands_it_back() -> None:
    life = pressed()
    life.goes("day 1 09:00:30", "desk:李")
    effects = life.cannot("day 1 09:04", "desk:李")
    assert changes(effects) == ["lapsed", "stepped"]
    assert told(effects)


def test_the_desk_may_wake_people_in_quiet_hours() -> None:
    """Nobody else knows how grave it is: the clock holds for what goes by itself."""
    quiet = msgspec.structs.replace(LADDER, quiet=("21:00", "07:30"))
    life = Life(household(policies={IncidentKind.EMERGENCY: quiet}), begins="day 1 20:00")
    life.happens(HelpCall(at("day 1 21:30"), "panel", id="a:1", retained=True))
    assert told(life.recent) == [], "a call of unknown time is to be verified, in the morning"
    effects = life.says("day 1 21:31", "desk:李", Answer.ESCALATE)
    assert told(effects) == ["daughter/sms", "neighbour/sms"]
    assert told(life.until("day 1 23:00")) == []
    assert life.incident.due_at == at("day 2 07:30"), "and what goes by itself waits"


def test_all_steps_taken_the_desk_may_wake_everybody_in_quiet_hours() -> None:
    quiet = msgspec.structs.replace(LADDER, quiet=("21:00", "07:30"))
    life = Life(household(policies={IncidentKind.EMERGENCY: quiet}), begins="day 1 20:00")
    life.happens(HelpCall(at("day 1 20:00"), "panel", id="a:1", retained=True))
    life.until("day 1 21:31")
    assert life.incident.response == "exhausted"
    assert told(life.says("day 1 21:32", "desk:李", Answer.ESCALATE))


def test_a_silence_that_seems_over_is_gone_into_when_the_desk_says_so() -> None:
    life = Life(begins="day 1 09:00")
    life.until("day 1 17:00")
    life.happens(Motion(at("day 1 17:00:30"), "pir"))
    effects = life.says("day 1 17:05", "desk:李", Answer.ESCALATE)
    assert told(effects) == ["grid/sms", "grid/voice", "doctor/sms", "doctor/voice"]
