"""Presses that look like something else."""

from __future__ import annotations

from alerting.detection.names import PARTS
from alerting.events import Changed, Effect
from devices.observation import CallState, Fault, HelpCall
from tests.builders import Life, at, changes, household, letters


def test_a_press_with_an_id_of_before_a_battery_change_is_told() -> None:
    life = Life()
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="b0:1"))
    life.closes("day 1 09:10")
    assert life.happens(HelpCall(at("day 1 09:11"), "panel", id="b0:9"))
    life.closes("day 1 09:12")
    assert letters(life.happens(HelpCall(at("day 2 03:00"), "panel", id="b0:1")))


def test_a_press_with_an_id_of_before_is_told_at_once_where_the_device_knows_the_time() -> None:
    life = Life()
    first = HelpCall(at("day 1 09:00"), "panel", id="b0:1", measured_at=at("day 1 09:00"))
    life.happens(first)
    life.closes("day 1 09:05")
    again = HelpCall(at("day 3 09:00"), "panel", id="b0:1", measured_at=at("day 1 09:00"))
    assert "emergency" not in kinds(life.happens(again)), "the broker had it for two days"
    other = HelpCall(at("day 3 09:01"), "panel", id="b0:1", measured_at=at("day 3 09:01"))
    assert "emergency" in kinds(life.happens(other))


def kinds(effects: list[Effect]) -> set[str]:
    return {str(one.record.kind) for one in effects if isinstance(one, Changed)}


def test_a_button_that_is_never_released_is_told_as_a_fault_for_it_hides_the_next_press() -> None:
    life = Life()
    life.happens(CallState(at("day 1 08:30"), "sos", on=False))
    life.happens(CallState(at("day 1 09:00"), "sos", on=True))
    life.closes("day 1 09:20")
    assert "technician" in {one.responder for one in letters(life.until("day 1 10:00"))}
    assert "再按也看不出来" in life.incident.reason.zh
    life.happens(CallState(at("day 1 10:30"), "sos", on=False))
    assert life.engine.incidents == []
    assert letters(life.happens(CallState(at("day 1 10:31"), "sos", on=True)))


def test_a_button_released_in_time_is_no_fault() -> None:
    life = Life()
    life.happens(CallState(at("day 1 08:30"), "sos", on=False))
    life.happens(CallState(at("day 1 09:00"), "sos", on=True))
    life.happens(CallState(at("day 1 09:01"), "sos", on=False))
    life.closes("day 1 09:20")
    assert letters(life.until("day 1 11:00")) == []


def test_two_presses_at_one_moment_are_one_incident_and_both_are_known() -> None:
    life = Life()
    moment = at("day 1 09:00")
    life.happens(HelpCall(moment, "panel", id="a:1"), HelpCall(moment, "panel", id="a:2"))
    assert life.incident.findings == 2


def test_every_part_of_the_gateway_can_break_and_be_told() -> None:
    life = Life(household(id="gateway"))
    called = {
        "provider": PARTS["provider"][1].zh,
        "reach/wang-daughter": "wang-daughter",
        "audit": PARTS["audit"][1].zh,
        "desk": PARTS["desk"][1].zh,
    }
    for part, name in called.items():
        found = life.happens(Fault(at("day 1 09:00"), part, active=True, detail="why"))
        assert changes(found), part
        assert name in life.incident.reason.zh
    for part in ("provider", "reach/wang-daughter", "audit"):
        life.happens(Fault(at("day 1 09:01"), part, active=False, detail="well"))
    assert life.incident.subjects == ("desk",)
    life.happens(Fault(at("day 1 09:02"), "desk", active=False, detail="well"))
    assert life.engine.incidents == []


def test_a_fault_of_a_part_that_is_broken_already_is_seen() -> None:
    life = Life(household(id="gateway"))
    life.happens(Fault(at("day 1 09:00"), "audit", active=True, detail="h1: Motion"))
    life.happens(Fault(at("day 1 09:01"), "audit", active=True, detail="h2: 请立即联系"))
    assert "h2: 请立即联系" in life.incident.reason.zh
    life.closes("day 1 09:02")
    assert letters(life.happens(Fault(at("day 1 09:03"), "audit", active=True, detail="h3: x")))
