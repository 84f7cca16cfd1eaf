"""Who of a home's contacts can be reached, and what is said of it."""

from __future__ import annotations

import msgspec

from alerting.detection.contacts import Trouble, standing
from alerting.events import Configured, Finding
from alerting.household import IncidentKind, Path, Policy, Step
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import How, Reached
from tests.builders import (
    DAUGHTER,
    DOCTOR,
    NEIGHBOUR,
    REPAIR,
    Life,
    at,
    changes,
    household,
    letters,
    minutes,
    person,
)

TEXTS = person("neighbour", channels=("sms",))


def small(*people: object) -> Life:
    """A home with two contacts: the daughter (text and call) and a neighbour (text only)."""
    step = Step("家庭", tuple(people) or (DAUGHTER, TEXTS), minutes(1))  # type: ignore[arg-type]
    policies = {IncidentKind.EMERGENCY: Policy((step,)), IncidentKind.TECHNICAL: REPAIR}
    return Life(household(policies=policies))


def learn(life: Life, clock: str, who: str, how: How, channel: str = "sms") -> list[Finding]:
    effects = life.happens(Reached(at(clock), who, how, channel))
    found = [effect for effect in effects if isinstance(effect, Finding)]
    return [one for one in found if one.detector == "contacts"]


def troubles(life: Life, who: str) -> dict[str, Trouble | None]:
    contacts = standing(life.home, life.engine.known("contacts"))
    return next(one.channels for one in contacts if one.responder.id == who)


def test_who_opts_out_of_texts_is_lost_if_that_was_all() -> None:
    life = small()
    (found,) = learn(life, "day 1 09:00", "neighbour", How.OPTED_OUT)
    assert found.reason.zh == (
        "这位老人现在只剩一位能联系上的联系人：王芳；联系不上：周婶（已退订短信）"
    )
    assert "this elder now has one reachable contact, 王芳" in found.reason.en
    assert found.urgency is Urgency.MEDIUM
    (incident,) = life.engine.incidents
    assert incident.kind is IncidentKind.TECHNICAL
    assert {letter.responder for letter in letters(life.recent)} == {"technician"}
    assert "只剩1位联系人" in letters(life.recent)[0].text
    (well,) = learn(life, "day 1 10:00", "neighbour", How.OPTED_IN)
    assert not well.active
    assert life.engine.incidents == []
    assert changes(life.recent)[-1] == "closed"


def test_who_can_still_be_rung_is_not_lost() -> None:
    life = small(DAUGHTER, NEIGHBOUR)
    assert learn(life, "day 1 09:00", "neighbour", How.OPTED_OUT) == []
    assert troubles(life, "neighbour") == {"sms": Trouble.OPTED_OUT, "voice": None}


def test_of_nobody_left_it_is_said_at_once_and_urgently() -> None:
    life = small()
    learn(life, "day 1 09:00", "neighbour", How.DEAD)
    learn(life, "day 1 09:01", "daughter", How.DEAD)
    (found,) = learn(life, "day 1 09:02", "daughter", How.DEAD, "voice")
    assert found.urgency is Urgency.HIGH
    assert found.reason.zh.startswith("这位老人现在没有一位能联系上的联系人：王芳（号码不可用）")
    (well,) = learn(life, "day 1 09:03", "daughter", How.HEARD, "voice")
    assert well.active  # one again: still few
    assert well.reason.zh.startswith("这位老人现在只剩一位")


def test_three_contacts_of_whom_one_is_lost_are_no_fault_of_the_home() -> None:
    life = small(DAUGHTER, TEXTS, DOCTOR)
    assert learn(life, "day 1 09:00", "neighbour", How.DEAD) == []


def test_a_phone_that_is_off_for_an_evening_is_not_lost_and_for_days_it_is() -> None:
    life = small()
    for clock in ("day 1 20:00", "day 1 21:00", "day 1 22:00", "day 2 22:00"):
        assert learn(life, clock, "neighbour", How.NO_ANSWER) == []
    (found,) = learn(life, "day 3 20:00", "neighbour", How.NO_ANSWER)
    assert "周婶（多日联系不上）" in found.reason.zh
    (well,) = learn(life, "day 3 21:00", "neighbour", How.ARRIVED)
    assert not well.active


def test_an_answer_in_between_begins_the_count_anew() -> None:
    life = small()
    learn(life, "day 1 09:00", "neighbour", How.NO_ANSWER)
    learn(life, "day 2 09:00", "neighbour", How.HEARD)
    for clock in ("day 3 09:00", "day 3 10:00", "day 4 09:00"):
        assert learn(life, clock, "neighbour", How.NO_ANSWER) == []


def test_drills_never_confirmed_leave_nobody_to_count_on() -> None:
    life = small()
    learn(life, "day 1 09:00", "neighbour", How.DRILL_MISSED)
    learn(life, "day 8 09:00", "neighbour", How.DRILL_MISSED)
    (found,) = learn(life, "day 15 09:00", "neighbour", How.DRILL_MISSED)
    assert "周婶（演练从未确认）" in found.reason.zh
    (well,) = learn(life, "day 15 09:05", "neighbour", How.HEARD)
    assert not well.active


def test_a_sim_without_balance_cuts_off_whoever_only_it_reaches() -> None:
    modem = Path("modem", ("sms",), line="mobile")
    cloud = Path("twilio", ("voice",))
    life = small()
    home = msgspec.structs.replace(life.home, paths=(modem, cloud))
    life.happens(Configured(at("day 1 08:30"), home))
    (found,) = learn(life, "day 1 09:00", "modem", How.CUT, "")
    assert "周婶（通道不可用）" in found.reason.zh
    (well,) = learn(life, "day 1 10:00", "modem", How.MENDED, "")
    assert not well.active


def test_a_new_plan_is_looked_at_at_once() -> None:
    life = small()
    learn(life, "day 1 09:00", "neighbour", How.OPTED_OUT)
    step = Step("家庭", (DAUGHTER, TEXTS, DOCTOR), minutes(1))
    policies = {IncidentKind.EMERGENCY: Policy((step,)), IncidentKind.TECHNICAL: REPAIR}
    effects = life.happens(
        Configured(at("day 1 10:00"), msgspec.structs.replace(life.home, policies=policies))
    )
    assert "closed" in changes(effects)


VITALS = Policy((Step("村医", (DOCTOR, DAUGHTER), minutes(1)),))


def with_doctor() -> Life:
    life = small()
    home = msgspec.structs.replace(life.home, routes={"health/vitals": VITALS})
    life.happens(Configured(at("day 1 08:30"), home))
    life.home = home
    return life


def test_each_ladder_is_counted_by_itself() -> None:
    life = with_doctor()
    assert learn(life, "day 1 09:00", "doctor", How.DEAD) == []
    (found,) = learn(life, "day 1 09:01", "doctor", How.DEAD, "voice")
    assert found.reason.en == (
        "in matters of health (vitals) this elder now has one reachable contact, 王芳; "
        "not reachable: 郑村医 (the number does not work)"
    )
    assert found.short == Words(
        "健康异常时只剩1位联系人", "one reachable contact left in matters of health"
    )
    (well,) = learn(life, "day 1 10:00", "doctor", How.HEARD, "voice")
    assert not well.active


def test_what_is_wrong_with_the_ladder_for_emergencies_is_said_first_and_once() -> None:
    life = with_doctor()
    learn(life, "day 1 09:00", "neighbour", How.DEAD)
    learn(life, "day 1 09:01", "doctor", How.DEAD)
    assert learn(life, "day 1 09:02", "doctor", How.DEAD, "voice") == [], "one left in both"
    learn(life, "day 1 09:03", "daughter", How.DEAD)
    (none,) = learn(life, "day 1 09:04", "daughter", How.DEAD, "voice")
    assert none.urgency is Urgency.HIGH
    assert none.reason.zh.startswith("这位老人现在没有一位能联系上的联系人：王芳")
    assert "vitals" not in none.reason.zh


def test_a_ladder_that_fares_worse_is_named_after_it() -> None:
    life = with_doctor()
    alone = {"health/vitals": Policy((Step("村医", (DOCTOR,), minutes(1)),))}
    home = msgspec.structs.replace(life.home, routes=alone)
    life.happens(Configured(at("day 1 08:40"), home))
    learn(life, "day 1 09:00", "neighbour", How.DEAD)
    learn(life, "day 1 09:01", "doctor", How.DEAD)
    (both,) = learn(life, "day 1 09:02", "doctor", How.DEAD, "voice")
    assert both.reason.zh == (
        "这位老人现在只剩一位能联系上的联系人：王芳；联系不上：周婶（号码不可用）；"
        "健康异常（vitals）时，没有一位能联系上的联系人：郑村医（号码不可用）"
    )
    assert both.short.zh == "只剩1位联系人"


def test_who_only_gets_copies_is_no_contact_left() -> None:
    step = Step("家庭", (DAUGHTER, TEXTS), minutes(1), copies=(DOCTOR,))
    policies = {IncidentKind.EMERGENCY: Policy((step,)), IncidentKind.TECHNICAL: REPAIR}
    life = Life(household(policies=policies))
    (found,) = learn(life, "day 1 09:00", "neighbour", How.DEAD)
    assert found.reason.zh.startswith("这位老人现在只剩一位能联系上的联系人：王芳")


def test_everybody_who_may_be_called_on_stands_behind_those_of_an_emergency() -> None:
    life = with_doctor()
    contacts = standing(life.home, life.engine.known("contacts"))
    assert [(one.responder.id, one.is_first) for one in contacts] == [
        ("daughter", True),
        ("neighbour", True),
        ("technician", False),
        ("doctor", False),
    ]


def test_a_dead_technician_is_no_fault_of_every_home() -> None:
    life = small()
    assert learn(life, "day 1 09:00", "technician", How.DEAD) == []


def test_when_somebody_last_answered_is_known() -> None:
    life = small()
    learn(life, "day 1 09:00", "daughter", How.ARRIVED)
    learn(life, "day 1 09:05", "daughter", How.HEARD, "voice")
    first = standing(life.home, life.engine.known("contacts"))[0]
    assert (first.arrived_at, first.heard_at) == (at("day 1 09:05"), at("day 1 09:05"))
