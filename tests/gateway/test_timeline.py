from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerting.engine import Engine
from alerting.events import (
    Answer,
    Configured,
    DeliveryState,
    ErrorClass,
    Event,
    Notify,
    PresenceSet,
    PresenceState,
    Purpose,
    Receipt,
    Reply,
    Resumed,
    Silenced,
    Tick,
)
from alerting.household import (
    Device,
    Household,
    IncidentKind,
    Policy,
    Resident,
    Responder,
    Role,
    Step,
)
from alerting.incident import Outcome
from devices.observation import CallState, HelpCall, Motion
from gateway.store.rows import Entry
from gateway.timeline import Line, addressee, is_second, lines

START = datetime(2026, 3, 1, 8, tzinfo=UTC)

DAUGHTER = Responder("wang-daughter", "王芳", "relative", "+85251000001")
WORKER = Responder("grid-worker", "吴网格员", "grid_worker", "+85251000011")
POLICY = Policy(
    (
        Step("家庭", (DAUGHTER,), timedelta(seconds=60)),
        Step("村", (WORKER,), timedelta(seconds=60)),
    )
)
HOME = Household(
    id="h1",
    code="A1001",
    name="王秀兰家",
    zone="Asia/Shanghai",
    residents=(Resident("王秀兰", "王奶奶"),),
    devices={
        "h1-panel": Device("h1-panel", "native", Role.CALL_BUTTON, "客厅", speaks=True),
        "h1-pir": Device("h1-pir", "native", Role.MOTION, "客厅"),
    },
    policies={IncidentKind.EMERGENCY: POLICY},
)


class Life:
    """One household, its engine, and everything its timeline ever said."""

    def __init__(self) -> None:
        self.engine = Engine(Configured(START, HOME))
        self.story: list[Line] = []
        self.entries: list[Entry] = []

    def happen(self, event: Event) -> list[Line]:
        entry = Entry("h1", event, tuple(self.engine.step(event)))
        self.entries.append(entry)
        added = lines(entry)
        self.story += added
        return added

    @property
    def incident(self) -> str:
        return self.engine.incidents[0].id

    @property
    def owed(self) -> list[Notify]:
        effects = [effect for entry in self.entries for effect in entry.effects]
        return [effect for effect in effects if isinstance(effect, Notify)]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def whats(story: list[Line]) -> list[str]:
    return [line.what for line in story]


def test_a_press_tells_its_whole_beginning() -> None:
    life = Life()
    story = life.happen(HelpCall(at=at(0), device="h1-panel", id="3f9a:17"))
    assert whats(story)[:3] == ["press", "finding", "opened"]
    assert story[0].who == "h1-panel"
    assert story[0].detail == "3f9a:17"
    assert {line.incident for line in story} == {life.incident}
    owed = [line for line in story if line.what == "owed"]
    assert [line.who for line in owed] == ["wang-daughter", "wang-daughter"]
    assert {addressee(line.key)[1] for line in owed} == {"sms", "voice"}
    assert any(line.what == "prompt" and line.who == "h1-panel" for line in story)


def test_everything_a_person_does_is_in_the_story() -> None:
    life = Life()
    life.happen(HelpCall(at=at(0), device="h1-panel"))
    incident = life.incident
    life.happen(Reply(at(5), incident, "wang-daughter", Answer.GOING, "sms"))
    life.happen(Reply(at(9), incident, "desk:李敏", Answer.NOTE, "desk", note="邻居说没事"))
    life.happen(Reply(at(60), incident, "wang-daughter", Answer.ON_SCENE, "voice"))
    life.happen(
        Reply(at(90), incident, "desk:李敏", Answer.CLOSE, "desk", Outcome.SAFE, "见到老人：王芳")
    )
    story = [(line.what, line.who) for line in life.story]
    for expected in (
        ("reply", "wang-daughter"),
        ("claimed", "wang-daughter"),
        ("note", "desk:李敏"),
        ("on_scene", "wang-daughter"),
        ("closed", "desk:李敏"),
    ):
        assert expected in story
    assert ("reply", "desk:李敏") not in story  # the closing itself says it
    note = next(line for line in life.story if line.what == "note")
    assert note.detail == "邻居说没事"
    assert life.story == sorted(life.story, key=lambda line: line.at)


def test_news_is_told_apart_from_alarms() -> None:
    life = Life()
    life.happen(HelpCall(at=at(0), device="h1-panel"))
    life.happen(Reply(at(5), life.incident, "desk:李敏", Answer.GOING, "desk"))
    purposes = {notify.key: notify.purpose for notify in life.owed}
    for line in life.story:
        if line.what in {"owed", "news"}:
            assert (line.what == "news") == (purposes[line.key] is Purpose.NEWS)


def test_a_deadline_met_late_keeps_its_own_moment() -> None:
    life = Life()
    life.happen(HelpCall(at=at(0), device="h1-panel"))
    story = life.happen(Motion(at=at(100), device="h1-pir"))
    stepped = [line for line in story if line.what == "stepped"]
    assert [line.at for line in stepped] == [at(60)]
    assert [line.who for line in story if line.what == "owed"][:1] == ["grid-worker"]


def test_receipts_say_what_became_of_which_message() -> None:
    life = Life()
    life.happen(HelpCall(at=at(0), device="h1-panel"))
    sms, voice = (
        next(notify for notify in life.owed if notify.channel == channel)
        for channel in ("sms", "voice")
    )
    (line,) = life.happen(Receipt(at(1), sms.key, sms.incident, DeliveryState.ACCEPTED))
    assert (line.what, line.who, line.key) == ("accepted", "wang-daughter", sms.key)
    story = life.happen(
        Receipt(
            at(2),
            sms.key,
            sms.incident,
            DeliveryState.FAILED,
            ErrorClass.CONTACT,
            "21211 invalid 'To'",
        )
    )
    assert story[0].what == "failed"
    assert "此号码不可用" in story[0].words.zh
    assert story[0].detail == "21211 invalid 'To'"
    (line,) = life.happen(Receipt(at(3), voice.key, voice.incident, DeliveryState.DELIVERED))
    assert "不能证明" in line.words.zh  # an answered call is no human


@pytest.mark.parametrize(
    ("detail", "zh"), [("no-answer", "电话响了，无人接听"), ("busy", "电话占线")]
)
def test_a_phone_that_nobody_took_is_not_called_off(detail: str, zh: str) -> None:
    receipt = Receipt(
        at(0),
        "h1-0001/0/wang-daughter/voice",
        "h1-0001",
        DeliveryState.UNDELIVERED,
        error=ErrorClass.UNREACHABLE,
        detail=detail,
    )
    (line,) = lines(Entry("h1", receipt, ()))
    assert line.words.zh == zh


def test_a_press_repeated_by_a_battery_report_is_no_second_press() -> None:
    quiet = Entry("h1", CallState(at=at(0), device="h1-panel", on=True), ())
    assert lines(quiet) == []
    (line,) = lines(Entry("h1", HelpCall(at=at(0), device="h1-panel"), ()))
    assert (line.what, line.incident) == ("press", "")  # never lost, even if it opened nothing


def test_measurements_and_ticks_say_nothing() -> None:
    assert lines(Entry("h1", Motion(at=at(0), device="h1-pir"), ())) == []
    assert lines(Entry("h1", Tick(at=at(0)), ())) == []


def test_household_matters_belong_to_no_incident() -> None:
    until = at(3600)
    events: list[Event] = [
        PresenceSet(at(0), PresenceState.AWAY, "desk:李敏", until),
        Silenced(at(1), IncidentKind.INACTIVITY, until, "desk:李敏", "走亲戚"),
        Resumed(at(2), at(-60), "broker"),
    ]
    story = [line for event in events for line in lines(Entry("h1", event, ()))]
    assert whats(story) == ["presence", "silenced", "resumed"]
    assert {line.incident for line in story} == {""}
    assert "走亲戚" in story[1].words.zh
    assert "2026-03-01T09:00:00" in story[0].detail


def test_a_refusal_tells_why() -> None:
    life = Life()
    (line,) = [
        line
        for line in life.happen(Reply(at(0), "h1-9999", "grid-worker", Answer.GOING, "sms"))
        if line.what == "refused"
    ]
    assert (line.incident, line.who) == ("h1-9999", "grid-worker")
    assert line.words.zh
    assert line.words.en


def test_keys_name_whom_they_are_for() -> None:
    assert addressee("h1-0007/2/wang-daughter/sms") == ("wang-daughter", "sms")
    assert addressee("h1-0007/prompt-3/h1-panel") == ("h1-panel", "prompt")
    assert addressee("strange") == ("strange", "prompt")


def test_the_same_text_on_another_line_stays_a_text_of_its_person() -> None:
    key = "h1-0007/2/wang-daughter/sms-2"
    assert addressee(key) == ("wang-daughter", "sms")
    assert is_second(key)
    assert not is_second("h1-0007/2/wang-daughter/sms")
    assert not is_second("h1-0007/prompt-3/h1-panel-2")  # a device may be called so
    (line,) = lines(Entry("h1", Receipt(at(0), key, "h1-0007", DeliveryState.DELIVERED), ()))
    assert (line.who, line.words.zh) == ("wang-daughter", "短信（另一线路）已送达")


def test_a_call_to_the_resident_that_is_ended_says_not_that_somebody_answered() -> None:
    key = "h1-0001/0/resident:1/voice"
    (line,) = lines(Entry("h1", Receipt(at(0), key, "h1-0001", DeliveryState.RECALLED), ()))
    assert "有人应答" not in line.words.zh
    assert "somebody" not in line.words.en
