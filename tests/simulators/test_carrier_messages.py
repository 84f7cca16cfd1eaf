"""Texts on a clock that is told: their ways, the mainland's rules, STOP, what phones show."""

from __future__ import annotations

import pytest

from simulators.carrier.core import Carrier
from simulators.carrier.faults import Fault, FaultKind
from simulators.carrier.segments import segments
from simulators.carrier.settings import DEMO_NUMBER as FROM
from simulators.carrier.settings import Timing
from simulators.carrier.virtual import VirtualCarrier
from simulators.phones.people import HABITS, Habit, Line, Person

WANG = "+85251000001"
LIU = "+8613800000006"
LANDLINE = "+862388888888"
HOUR = 3600.0
SIGNED = "【桃花关爱】王奶奶按了呼叫器。"


def a_carrier(*people: Person) -> VirtualCarrier:
    return VirtualCarrier(Carrier(people or (Person(number=WANG), Person(number=LIU))))


def fate(carrier: VirtualCarrier, sid: object) -> tuple[object, object]:
    message = carrier.fetch(f"Messages/{sid}.json")
    return message["status"], message["error_code"]


def test_a_text_advances_step_by_step() -> None:
    carrier = a_carrier()
    sid = carrier.send(WANG, SIGNED)["sid"]
    seen = [fate(carrier, sid)[0]]
    for _ in range(15):
        carrier.run(0.1)
        seen.append(fate(carrier, sid)[0])
    assert list(dict.fromkeys(seen)) == ["queued", "sending", "sent", "delivered"]


def test_the_date_sent_is_set_when_it_is_sent() -> None:
    carrier = a_carrier()
    sid = carrier.send(WANG, SIGNED)["sid"]
    assert carrier.fetch(f"Messages/{sid}.json")["date_sent"] is None
    carrier.run(2)
    assert carrier.fetch(f"Messages/{sid}.json")["date_sent"] == "Mon, 02 Mar 2026 08:31:00 +0000"


def test_a_phone_that_is_off_gets_nothing_until_it_is_on() -> None:
    carrier = a_carrier(Person(number=WANG, habit=HABITS["off"]))
    sid = carrier.send(WANG, SIGNED)["sid"]
    carrier.run(10)
    assert fate(carrier, sid) == ("undelivered", 30003)
    assert carrier.core.handset(WANG).texts == ()
    carrier.core.set_habit(WANG, "manual")
    again = carrier.send(WANG, SIGNED)["sid"]
    carrier.run(10)
    assert fate(carrier, again) == ("delivered", None)


def test_a_stuck_text_fails_when_its_validity_ends() -> None:
    carrier = a_carrier()
    carrier.core.faults.add(Fault(kind=FaultKind.STUCK))
    sid = carrier.send(WANG, SIGNED, ValidityPeriod="600")["sid"]
    carrier.run(599)
    assert fate(carrier, sid) == ("queued", None)
    carrier.run(2)
    assert fate(carrier, sid) == ("failed", 30036)
    assert carrier.core.handset(WANG).texts == ()


@pytest.mark.parametrize(
    ("habit", "replies"),
    [
        (HABITS["texts-back"], ["1"]),
        (HABITS["nonsense"], ["你是谁？打错了吧"]),
        (HABITS["ignores"], []),
        (Habit(replies=("1", "2"), replies_after_s=5), ["1"]),
    ],
)
def test_people_reply_by_habit_to_a_text_that_asks(habit: Habit, replies: list[str]) -> None:
    carrier = a_carrier(Person(number=WANG, habit=habit))
    carrier.send(WANG, SIGNED + "回复1表示前往")
    carrier.run(60)
    carrier.send(WANG, "【桃花关爱】李强正在赶往。")
    carrier.run(60)
    inbound = [message for message in carrier.core.messages() if message.direction == "inbound"]
    assert [message.body for message in inbound] == replies


def test_a_late_reply_is_late() -> None:
    carrier = a_carrier(Person(number=WANG, habit=HABITS["late"]))
    carrier.send(WANG, SIGNED + "回复1")
    carrier.run(590)
    assert len(carrier.core.messages()) == 1
    carrier.run(20)
    assert carrier.core.messages()[0].body == "1"


def test_a_landline_takes_no_text() -> None:
    carrier = a_carrier(Person(number=WANG, line=Line.LANDLINE))
    assert carrier.send(WANG, SIGNED)["code"] == 21614


# ------------------------------------------------------------------ opting out


def test_stop_bars_further_texts_until_start() -> None:
    carrier = a_carrier()
    carrier.core.text(carrier.now, WANG, " stop ", FROM)
    carrier.run(5)
    assert carrier.send(WANG, SIGNED)["code"] == 21610
    assert "unsubscribed" in carrier.core.handset(WANG).texts[-1].body
    assert [message.direction for message in carrier.core.messages()] == [
        "outbound-reply",
        "inbound",
    ]
    carrier.core.text(carrier.now, WANG, "START", FROM)
    carrier.run(5)
    assert "re-subscribed" in carrier.core.handset(WANG).texts[-1].body
    assert carrier.send(WANG, SIGNED)["status"] == "queued"


@pytest.mark.parametrize("body", ["Stop calling me", "请停", "START", "YES"])
def test_other_words_bar_nothing_and_are_not_answered(body: str) -> None:
    carrier = a_carrier()
    carrier.core.text(carrier.now, WANG, body, FROM)
    carrier.run(5)
    assert carrier.send(WANG, SIGNED)["status"] == "queued"
    assert len(carrier.core.messages()) == 2


# ------------------------------------------------------------------ mainland China


def test_no_call_is_placed_to_the_mainland() -> None:
    answer = a_carrier().call(LIU, Twiml="<Response/>")
    assert (answer["status"], answer["code"]) == (400, 21215)


def test_texts_do_not_reach_landlines_there() -> None:
    assert a_carrier().send(LANDLINE, SIGNED)["code"] == 21614


def test_replies_from_there_are_not_carried_and_the_phone_says_so() -> None:
    carrier = a_carrier(Person(number=LIU, habit=HABITS["texts-back"]))
    carrier.send(LIU, SIGNED + "回复1")
    carrier.run(60)
    carrier.core.text(carrier.now, LIU, "STOP")
    carrier.run(60)
    assert [text.lost for text in carrier.core.handset(LIU).texts] == [False, True, True]
    assert [message.direction for message in carrier.core.messages()] == ["outbound-api"]
    assert carrier.send(LIU, SIGNED)["status"] == "queued"


def test_a_text_without_a_signature_is_filtered() -> None:
    carrier = a_carrier()
    bodies = [
        "王奶奶按了呼叫器。",
        "王奶奶【桃花】按了",
        "【】王奶奶",
        "王奶奶按了呼叫器【桃花】",
        SIGNED,
    ]
    sids = [carrier.send(LIU, body)["sid"] for body in bodies]
    carrier.run(10)
    assert [fate(carrier, sid) for sid in sids] == [
        ("undelivered", 30007),
        ("undelivered", 30007),
        ("undelivered", 30007),
        ("delivered", None),
        ("sent", None),  # the fifth different one: see below
    ]


def test_the_third_identical_text_within_a_day_is_filtered() -> None:
    carrier = a_carrier()
    fates = []
    for _ in range(3):
        sid = carrier.send(LIU, SIGNED)["sid"]
        carrier.run(8 * HOUR)
        fates.append(fate(carrier, sid))
    assert fates == [("delivered", None), ("delivered", None), ("undelivered", 30007)]
    sid = carrier.send(LIU, SIGNED)["sid"]
    carrier.run(10)
    assert fate(carrier, sid) == ("undelivered", 30007)
    carrier.run(24 * HOUR)
    sid = carrier.send(LIU, SIGNED)["sid"]
    carrier.run(10)
    assert fate(carrier, sid) == ("delivered", None)


def test_from_the_fifth_different_text_on_delivery_waits_a_day() -> None:
    carrier = a_carrier()
    sids = [carrier.send(LIU, f"【桃花关爱】第{index}条")["sid"] for index in range(5)]
    carrier.run(HOUR)
    assert [fate(carrier, sid)[0] for sid in sids] == ["delivered"] * 4 + ["sent"]
    carrier.run(24 * HOUR)
    assert fate(carrier, sids[4])[0] == "delivered"
    assert len(carrier.core.handset(LIU).texts) == 5


def test_the_rules_of_the_mainland_hold_only_there_and_per_number() -> None:
    carrier = a_carrier()
    sids = [carrier.send(WANG, "no signature")["sid"] for _ in range(6)]
    sids += [carrier.send(f"+8613800000{index:03}", SIGNED)["sid"] for index in range(6)]
    carrier.run(10)
    assert {fate(carrier, sid) for sid in sids} == {("delivered", None)}


def test_the_mainlands_day_is_calendar_time_at_any_pace() -> None:
    core = Carrier([Person(number=LIU)], timing=Timing(pace=0.01))
    carrier = VirtualCarrier(core)
    sids = [carrier.send(LIU, f"【桃花关爱】第{index}条")["sid"] for index in range(5)]
    carrier.run(23 * HOUR)
    assert fate(carrier, sids[4])[0] == "sent"
    carrier.run(2 * HOUR)
    assert fate(carrier, sids[4])[0] == "delivered"


# ------------------------------------------------------------------ small things


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("长" * 70, 1),
        ("长" * 71, 2),
        ("长" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_as_the_networks_do(body: str, count: int) -> None:
    assert segments(body) == count


def test_a_text_goes_to_whoever_wrote_or_called_last() -> None:
    carrier = a_carrier()
    carrier.send(WANG, SIGNED)
    carrier.run(5)
    assert carrier.core.text(carrier.now, WANG, "1").other == FROM
    stranger = carrier.core.text(carrier.now, WANG, "hello", "+85266666666")
    assert stranger.other == "+85266666666"
    assert len(carrier.core.messages()) == 2


def test_strangers_are_met_at_the_first_use_with_the_habit_given_for_them() -> None:
    carrier = a_carrier()
    carrier.core.set_strangers(HABITS["texts-back"])
    carrier.send("+85277777777", SIGNED + "回复1")
    carrier.run(60)
    assert carrier.core.messages()[0].sender == "+85277777777"
    carrier.core.set_habit("+85277777777", Habit(replies=("2",), replies_to=()))
    carrier.send("+85277777777", SIGNED)
    carrier.run(60)
    assert carrier.core.messages()[0].body == "2"
