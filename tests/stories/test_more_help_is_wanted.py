"""升级: the desk, or who is there, wants more people now; and who cannot hands it back."""

from __future__ import annotations

from alerting.events import Answer
from devices.observation import HelpCall
from tests.builders import Life, at, changes, letters, told


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
