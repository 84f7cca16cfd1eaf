"""A drill: clearly marked, answered or not, never an alarm, and never in an alarm's way."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from alerting.delivery.wording import ZH_UNITS_MAX
from alerting.detection.help_call import HelpCallDetector
from alerting.engine import Engine
from alerting.events import Answer, Drill, Drilled, Notify, Purpose, Reply, Withdraw
from alerting.household import IncidentKind, Path, Policy, Step
from alerting.incident import Outcome
from alerting.words import units
from devices.observation import HelpCall
from tests.builders import PLAN, Life, at, changes, household, person, told


def drilled(life: Life) -> list[str]:
    return [str(e.state) for e in life.effects if isinstance(e, Drilled)]


def asked(words: str = "day 1 10:00", channel: str = "sms", who: str = "daughter") -> Life:
    life = Life(begins="day 1 09:00", detectors=(HelpCallDetector(),))
    life.happens(Drill(at(words), who, channel))
    return life


def test_it_says_first_of_all_that_it_is_one() -> None:
    (sms,) = [e for e in asked().effects if isinstance(e, Notify)]
    assert sms.text.startswith("【桃花关爱】【演练】")
    assert "不是真的报警" in sms.text
    assert len(sms.text) <= 70
    assert sms.purpose is Purpose.DRILL
    (call,) = [e for e in asked(channel="voice").effects if isinstance(e, Notify)]
    assert call.text.startswith("演练。演练。")
    assert call.text.endswith("听到请按1，重听请按9。")


def test_whether_to_answer_is_said_by_the_way_it_goes() -> None:
    """The SIM hears the answers of the mainland; Twilio does not."""
    for path, ends in (("modem", "收到请回复1。"), ("twilio", "此短信不需回复。")):
        son = person("son", "+8613800000001")
        ladder = Policy((Step("家庭", (son,), timedelta(minutes=1)),))
        paths = (Path(path, ("sms", "voice")),)
        home = household(
            policies={IncidentKind.EMERGENCY: ladder}, paths=paths, signature="某某县关爱" * 4
        )
        life = Life(home, "day 1 09:00")
        life.happens(Drill(at("day 1 10:00"), "son", "sms"))
        (sms,) = [e for e in life.effects if isinstance(e, Notify)]
        assert sms.text.endswith(ends)
        assert units(sms.text) <= ZH_UNITS_MAX


def test_in_english_too() -> None:
    plan = {**PLAN}
    ladder = plan[IncidentKind.EMERGENCY]
    step = msgspec.structs.replace(ladder.steps[0], responders=(person("daughter", language="en"),))
    plan[IncidentKind.EMERGENCY] = msgspec.structs.replace(ladder, steps=(step,))
    life = Life(household(policies=plan), "day 1 09:00")
    life.happens(Drill(at("day 1 10:00"), "daughter", "sms"))
    (sms,) = [e for e in life.effects if isinstance(e, Notify)]
    assert sms.text.startswith("DRILL ")
    assert len(sms.text) <= 160


def test_an_answer_proves_the_way() -> None:
    life = asked()
    drill = life.engine.beside.drills[0].id
    life.happens(Reply(at("day 1 10:07"), drill, "daughter", Answer.HEARD, "sms"))
    assert drilled(life) == ["asked", "proven"]
    assert life.engine.beside.drills == ()
    assert life.until("day 3 09:00") == []


def test_no_answer_within_a_day() -> None:
    life = asked()
    life.until("day 2 09:59")
    assert drilled(life) == ["asked"]
    life.until("day 2 10:00")
    assert drilled(life) == ["asked", "unanswered"]


def test_it_is_no_incident() -> None:
    life = asked()
    assert life.engine.incidents == []
    assert changes(life.effects) == []
    life.happens(HelpCall(at("day 1 11:00"), "panel", id="a:1"))
    assert life.incident.id == "h1-0001", "and it takes no number from one"


def test_something_real_takes_its_place() -> None:
    life = asked()
    drill = life.engine.beside.drills[0].id
    life.happens(HelpCall(at("day 1 10:01"), "panel", id="a:1"))
    assert "daughter/sms" in told(life.recent)
    assert drilled(life) == ["asked", "withdrawn"]
    assert drill in [e.incident for e in life.recent if isinstance(e, Withdraw)]
    late = Reply(at("day 1 10:01:20"), drill, "daughter", Answer.HEARD, "sms")
    assert changes(life.happens(late)) == [], "it is no claim on the alarm"
    assert life.incident.responder == ""


def test_an_alarm_that_tells_others_leaves_it_alone() -> None:
    life = asked(who="town", channel="voice")
    life.happens(HelpCall(at("day 1 10:01"), "panel", id="a:1"))
    assert drilled(life) == ["asked"]
    life.until("day 1 10:04")
    assert drilled(life) == ["asked", "withdrawn"]


def test_something_real_elsewhere_ends_it_too() -> None:
    life = asked()
    life.happens(Drill(at("day 1 10:05"), "daughter", "", is_over=True))
    assert drilled(life) == ["asked", "withdrawn"]


def test_somebody_else_cannot_answer_for_them() -> None:
    life = asked()
    drill = life.engine.beside.drills[0].id
    life.happens(Reply(at("day 1 10:07"), drill, "neighbour", Answer.HEARD, "sms"))
    assert drilled(life) == ["asked"]


def test_a_way_that_is_gone_is_said_to_be() -> None:
    assert drilled(asked(who="nobody")) == ["impossible"]
    assert drilled(asked(who="town", channel="sms")) == ["impossible"]


def test_a_restart_goes_on_with_it() -> None:
    life = asked()
    life.engine = Engine.restore(life.engine.snapshot(), (HelpCallDetector(),))
    assert life.engine.deadline() is not None
    assert life.engine.beside.drills[0].at + timedelta(days=1) == at("day 2 10:00")
    life.until("day 2 10:00")
    assert drilled(life) == ["asked", "unanswered"]


def test_outcomes_of_drills_never_count_as_closed_alarms() -> None:
    life = asked()
    life.until("day 2 10:00")
    assert not [e for e in life.effects if getattr(e, "record", None) is not None]
    assert Outcome.TEST.value == "test"
