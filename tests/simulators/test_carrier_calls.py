"""The way of a call, on a clock that is told."""

from __future__ import annotations

from datetime import datetime

import pytest

from simulators.carrier.core import Carrier
from simulators.carrier.faults import Fault, FaultKind
from simulators.carrier.virtual import VirtualCarrier
from simulators.carrier.webhooks import CameBack, Webhook
from simulators.phones.exchange import CallState, LineKind, PhoneError
from simulators.phones.people import HABITS, Habit, OnCall, Person

WANG = "+85251000001"
HOOK = "http://gateway.test/voice"
EVENTS = "initiated ringing answered completed"
ASK = (
    '<Response><Gather numDigits="1" timeout="10" action="/key">'
    '<Say language="zh-CN">王奶奶按了呼叫。</Say></Gather><Say>Nobody pressed.</Say></Response>'
)


class Website:
    """Answers the carrier by path; keeps what it was asked."""

    def __init__(self, **documents: str) -> None:
        self.documents = documents
        self.asked: list[Webhook] = []

    def __call__(self, _: datetime, webhook: Webhook) -> CameBack:
        self.asked.append(webhook)
        name = webhook.url.partition("?")[0].rpartition("/")[2]
        if name == "status":
            return CameBack(status=204)
        if name not in self.documents:
            return CameBack(status=404)
        return CameBack(status=200, content_type="text/xml", body=self.documents[name].encode())

    def events(self) -> list[str]:
        return [webhook.form["CallStatus"] for webhook in self.asked if webhook.purpose == "status"]

    def last(self, purpose: str) -> dict[str, str]:
        return dict([webhook for webhook in self.asked if webhook.purpose == purpose][-1].form)


def a_carrier(habit: Habit | str = "manual", **documents: str) -> tuple[VirtualCarrier, Website]:
    chosen = HABITS[habit] if isinstance(habit, str) else habit
    website = Website(**documents)
    core = Carrier([Person(number=WANG, name="王芳", habit=chosen)])
    return VirtualCarrier(core, website), website


def place(carrier: VirtualCarrier, **more: str) -> str:
    more.setdefault("Url", f"{HOOK}/ask")
    answer = carrier.call(WANG, StatusCallback=f"{HOOK}/status", StatusCallbackEvent=EVENTS, **more)
    return str(answer["sid"])


def said(carrier: VirtualCarrier) -> list[str]:
    call = carrier.core.handset(WANG).call
    return [] if call is None else [line.text for line in call.lines if line.kind is LineKind.SAID]


def test_a_person_answers_hears_it_and_presses_one() -> None:
    carrier, website = a_carrier("helpful", ask=ASK, key="<Response><Say>Thanks</Say></Response>")
    sid = place(carrier)
    carrier.run(60)
    assert website.events() == ["initiated", "ringing", "in-progress", "completed"]
    assert [hook.form["SequenceNumber"] for hook in website.asked if hook.purpose == "status"] == [
        "0", "1", "2", "3",
    ]  # fmt: skip
    key = website.last("document")
    assert (key["Digits"], key["CallSid"], key["CallStatus"]) == ("1", sid, "in-progress")
    assert said(carrier) == ["王奶奶按了呼叫。", "Thanks"]
    call = carrier.fetch(f"Calls/{sid}.json")
    assert call["status"] == "completed"
    assert int(str(call["duration"])) >= 3


@pytest.mark.parametrize(
    ("habit", "status", "sip"),
    [
        ("busy", "busy", "486"),
        ("rejects", "busy", "486"),
        ("ignores", "no-answer", "487"),
        ("off", "failed", "480"),
    ],
)
def test_a_call_that_reaches_nobody_says_how(habit: str, status: str, sip: str) -> None:
    carrier, website = a_carrier(habit, ask=ASK)
    sid = place(carrier)
    carrier.run(90)
    last = website.last("status")
    assert (last["CallStatus"], last["SipResponseCode"], last["CallDuration"]) == (status, sip, "0")
    assert carrier.fetch(f"Calls/{sid}.json")["status"] == status
    assert said(carrier) == []


def test_ringing_ends_after_the_asked_for_timeout() -> None:
    carrier, _ = a_carrier("ignores", ask=ASK)
    sid = place(carrier, Timeout="20")
    carrier.run(20)
    assert carrier.fetch(f"Calls/{sid}.json")["status"] == "ringing"
    carrier.run(2)
    assert carrier.fetch(f"Calls/{sid}.json")["status"] == "no-answer"


def test_voicemail_is_spoken_to_and_presses_nothing() -> None:
    carrier, website = a_carrier("voicemail", ask=ASK)
    sid = place(carrier, MachineDetection="Enable")
    carrier.run(120)
    call = carrier.fetch(f"Calls/{sid}.json")
    assert (call["status"], call["answered_by"]) == ("completed", "machine_start")
    assert website.last("document")["AnsweredBy"] == "machine_start"
    assert said(carrier)[-1] == "Nobody pressed."


def test_detection_in_the_background_is_reported_while_it_speaks() -> None:
    carrier, website = a_carrier("voicemail", ask=ASK)
    place(
        carrier,
        MachineDetection="DetectMessageEnd",
        AsyncAmd="true",
        AsyncAmdStatusCallback=f"{HOOK}/status",
    )
    carrier.run(18)
    assert said(carrier) == ["王奶奶按了呼叫。"]
    carrier.run(30)
    detected = [hook.form for hook in website.asked if "MachineDetectionDuration" in hook.form]
    assert [form["AnsweredBy"] for form in detected] == ["machine_end_beep"]


def test_a_human_is_told_from_a_machine() -> None:
    carrier, website = a_carrier("helpful", ask=ASK, key="<Response/>")
    place(carrier, MachineDetection="Enable")
    carrier.run(60)
    assert website.last("document")["AnsweredBy"] == "human"


def test_a_phone_that_talks_is_busy_for_the_next_caller() -> None:
    carrier, _ = a_carrier(ask=ASK)
    first = place(carrier)
    carrier.run(3)
    carrier.core.answer(carrier.now, WANG)
    second = place(carrier)
    carrier.run(3)
    assert carrier.fetch(f"Calls/{second}.json")["status"] == "busy"
    assert carrier.fetch(f"Calls/{first}.json")["status"] == "in-progress"


def test_a_hand_answers_presses_and_hangs_up() -> None:
    carrier, website = a_carrier(ask=ASK, key='<Response><Pause length="60"/></Response>')
    place(carrier)
    carrier.run(2)
    carrier.core.answer(carrier.now, WANG)
    carrier.run(1)
    shown = carrier.core.handset(WANG).call
    assert shown is not None
    assert (shown.state, shown.asked) == (CallState.TALKING, True)
    carrier.core.press(carrier.now, WANG, "2")
    carrier.run(1)
    assert website.last("document")["Digits"] == "2"
    carrier.core.hang_up(carrier.now, WANG)
    carrier.run(1)
    assert website.events()[-1] == "completed"


def test_a_hand_cannot_do_what_the_phone_cannot() -> None:
    carrier, _ = a_carrier()
    core, now = carrier.core, carrier.now
    with pytest.raises(PhoneError, match="nothing rings"):
        core.answer(now, WANG)
    with pytest.raises(PhoneError, match="nothing rings"):
        core.reject(now, WANG)
    with pytest.raises(PhoneError, match="no call"):
        core.hang_up(now, WANG)
    with pytest.raises(PhoneError, match="no call"):
        core.press(now, WANG, "1")
    with pytest.raises(PhoneError, match="one of 0-9"):
        core.press(now, WANG, "A")
    with pytest.raises(PhoneError, match="nobody has this number"):
        core.answer(now, "+85299999999")
    with pytest.raises(PhoneError, match="a text of 0 characters"):
        core.text(now, WANG, "")


def test_several_questions_get_several_keys() -> None:
    habit = Habit(on_call=OnCall.ANSWERS, keys=("9", "1"))
    carrier, website = a_carrier(habit, ask=ASK, key=ASK)
    place(carrier)
    carrier.run(40)
    keys = [hook.form["Digits"] for hook in website.asked if "Digits" in hook.form]
    assert keys[:2] == ["9", "1"]


def test_a_key_pressed_before_the_question_counts_for_nothing() -> None:
    carrier, website = a_carrier(
        ask="<Response><Say>A long introduction, spoken first.</Say><Redirect>ask2</Redirect>"
        "</Response>",
        ask2=ASK,
        key="<Response/>",
    )
    place(carrier)
    carrier.run(2)
    carrier.core.answer(carrier.now, WANG)
    carrier.run(0.5)
    carrier.core.press(carrier.now, WANG, "1")
    carrier.run(60)
    assert not [hook for hook in website.asked if "Digits" in hook.form]
    assert said(carrier)[-1] == "Nobody pressed."


def test_a_call_may_be_set_to_fail_after_it_was_accepted() -> None:
    carrier, website = a_carrier("helpful", ask=ASK)
    carrier.core.faults.add(Fault(kind=FaultKind.UNDELIVER))
    place(carrier)
    carrier.run(60)
    assert website.events() == ["initiated", "failed"]


def test_a_call_may_be_stuck_in_the_queue() -> None:
    carrier, website = a_carrier("helpful", ask=ASK)
    carrier.core.faults.add(Fault(kind=FaultKind.STUCK))
    sid = place(carrier)
    carrier.run(600)
    assert carrier.fetch(f"Calls/{sid}.json")["status"] == "queued"
    assert website.events() == []


def test_only_the_asked_for_events_are_reported_and_completed_by_default() -> None:
    carrier, website = a_carrier("helpful", ask=ASK, key="<Response/>")
    carrier.call(WANG, Url=f"{HOOK}/ask", StatusCallback=f"{HOOK}/status")
    carrier.run(60)
    assert website.events() == ["completed"]


def test_a_call_ends_at_its_time_limit() -> None:
    carrier, _ = a_carrier("helpful", ask='<Response><Pause length="3000"/></Response>')
    sid = place(carrier, TimeLimit="30")
    carrier.run(60)
    call = carrier.fetch(f"Calls/{sid}.json")
    assert (call["status"], call["duration"]) == ("completed", "30")
