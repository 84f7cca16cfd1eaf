"""What was last proven: by people, handsets and buttons, and over a restart."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec

from alerting.detection.detector import Detector
from alerting.detection.help_call import HelpCallDetector
from alerting.events import (
    Answer,
    DeliveryState,
    Drill,
    Drilled,
    DrillState,
    Notify,
    Purpose,
    Receipt,
    Reply,
)
from alerting.household import Household
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import HelpCall
from gateway.config.settings import DrillSettings
from gateway.drilling import Drilling
from gateway.proven import Kind, Proven
from gateway.store import reading
from gateway.store.rows import Entry, OutboxRow, Proof
from gateway.store.store import Store
from tests.builders import Life, at, household
from tests.fakes.clock import START, FakeClock


class Kept:
    def __init__(self) -> None:
        self.proofs: list[Proof] = []

    def note_proof(self, proof: Proof) -> None:
        self.proofs.append(proof)


def row(key: str, **fields: object) -> OutboxRow:
    made = OutboxRow(
        key=key,
        household="h1",
        incident="h1-0001",
        responder="daughter",
        channel="sms",
        address="+85251000001",
        purpose=Purpose.ALARM,
        urgency=Urgency.HIGH,
        text="",
        language="zh",
        created_at=START,
        due_at=START,
        expires_at=START,
        provider="twilio",
    )
    return msgspec.structs.replace(made, **fields)


ROWS = {
    "k/sms": row("k/sms"),
    "k/voice": row("k/voice", channel="voice", provider="modem"),
}


def proven(kept: Kept | None = None, tried_out: bool = False) -> Proven:
    return Proven(kept or Kept(), ROWS.get, (), lambda home: tried_out)


def receipt(key: str, state: DeliveryState, seconds: float = 0) -> Entry:
    at = START + timedelta(seconds=seconds)
    return Entry("h1", Receipt(at, key, "h1-0001", state))


def test_an_answered_alarm_proves_the_person_the_way_and_the_path() -> None:
    table = proven()
    table.applied(receipt("k/sms", DeliveryState.ACCEPTED))
    assert table.all() == []
    reply = Reply(START, "h1-0001", "daughter", Answer.GOING, "sms")
    table.applied(Entry("h1", reply))
    contact = table.last(Kind.CONTACT, "daughter", "sms twilio")
    path = table.last(Kind.PATH, "twilio", "sms")
    assert contact is not None
    assert path is not None
    assert (contact.proven_at, contact.how, path.proven_at) == (START, "alarm", START)


def test_an_answer_proves_no_path_by_which_nothing_came_or_nothing_comes_back() -> None:
    phone = "+8613800000006"
    rows = {
        "k/sms": row("k/sms", address=phone, provider="modem"),
        "k/sms-2": row("k/sms-2", address=phone, provider="twilio"),
        "k/aliyun": row("k/aliyun", address=phone, provider="aliyun"),
    }
    table = Proven(Kept(), rows.get)
    table.applied(receipt("k/sms", DeliveryState.DELIVERED))
    table.applied(receipt("k/sms-2", DeliveryState.ACCEPTED))  # answers do not come back by it
    table.applied(Entry("h1", Reply(START, "h1-0001", "daughter", Answer.GOING, "sms")))
    assert table.last(Kind.CONTACT, "daughter", "sms modem") is not None
    assert table.last(Kind.PATH, "twilio", "sms") is None
    table.applied(receipt("k/aliyun", DeliveryState.ACCEPTED))
    table.applied(receipt("k/aliyun", DeliveryState.UNDELIVERED))
    table.applied(Entry("h1", Reply(START, "h1-0001", "daughter", Answer.GOING, "sms")))
    assert table.last(Kind.PATH, "aliyun", "sms") is None


def test_a_handset_proves_the_path_but_no_person_and_a_picked_up_call_proves_nothing() -> None:
    table = proven()
    table.applied(receipt("k/sms", DeliveryState.DELIVERED))
    table.applied(receipt("k/voice", DeliveryState.DELIVERED))
    assert [(one.kind, one.name, one.how) for one in table.all()] == [("path", "twilio", "receipt")]
    table.applied(receipt("k/voice", DeliveryState.HEARD))
    assert table.last(Kind.PATH, "modem", "voice") is not None


def test_a_handset_proves_a_person_where_a_drill_asks_for_no_answer() -> None:
    mainland = row("d/sms", address="+8613800000006", purpose=Purpose.DRILL)
    abroad = row("d/2", purpose=Purpose.DRILL)
    table = Proven(Kept(), {"d/sms": mainland, "d/2": abroad}.get)
    table.applied(receipt("d/2", DeliveryState.DELIVERED))
    assert table.last(Kind.CONTACT, "daughter", "sms twilio") is None
    table.applied(receipt("d/sms", DeliveryState.DELIVERED))
    assert table.last(Kind.CONTACT, "daughter", "sms twilio") is not None


def test_the_desk_and_the_resident_prove_no_contact() -> None:
    table = proven()
    for who, via in (("desk:李", "desk"), ("resident:1", "voice")):
        table.applied(Entry("h1", Reply(START, "h1-0001", who, Answer.GOING, via)))
    assert table.all() == []


def drilled(state: DrillState, hours: float = 0) -> Entry:
    moment = START + timedelta(hours=hours)
    event = Reply(moment, "h1-drill-1", "daughter", Answer.HEARD, "sms")
    what = Drilled(moment, "h1-drill-1", "daughter", "sms", "twilio", state, Words("", ""))
    return Entry("h1", event, (what,))


def test_a_drill_that_was_never_answered_is_a_doubt_about_the_person() -> None:
    table = proven()
    table.applied(drilled(DrillState.ASKED))
    assert table.unconfirmed(START + timedelta(hours=23)) == []
    (doubt,) = table.unconfirmed(START + timedelta(hours=24))
    assert (doubt.name, doubt.path, doubt.proven_at) == ("daughter", "sms twilio", None)
    table.applied(drilled(DrillState.PROVEN, 30))
    assert table.unconfirmed(START + timedelta(hours=48)) == []


def test_a_button_is_proven_by_its_press_and_a_trial_is_marked() -> None:
    life = Life()
    for tried, how in ((False, "press"), (True, "trial")):
        table = proven(tried_out=tried)
        press = HelpCall(at("day 1 09:00"), "panel", id="a:1")
        table.applied(Entry("h1", press, tuple(life.happens(press)) or (Words,)))  # type: ignore[arg-type]
        proof = table.last(Kind.BUTTON, "h1/panel")
        assert proof is not None
        assert proof.how == how


def test_what_was_just_proven_is_not_written_again() -> None:
    kept = Kept()
    table = proven(kept)
    for minute in range(0, 180, 10):
        table.applied(receipt("k/sms", DeliveryState.DELIVERED, minute * 60))
    assert len(kept.proofs) == 3


async def test_the_table_outlives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "guanai.db"
    store = Store.open(path)
    table = Proven(store, ROWS.get)
    table.applied(drilled(DrillState.ASKED))
    table.applied(drilled(DrillState.PROVEN, 1))
    await store.close()
    again = Proven(Kept(), ROWS.get, reading.proofs(path))
    assert again.all() == table.all()
    proof = again.last(Kind.CONTACT, "daughter", "sms twilio")
    assert proof == Proof(
        kind="contact",
        name="daughter",
        path="sms twilio",
        proven_at=START + timedelta(hours=1),
        asked_at=START,
        how="drill",
    )


class Village:
    """Homes whose engines take what is offered at once."""

    def __init__(self, *homes: Household, detectors: tuple[Detector, ...] = ()) -> None:
        self.clock = FakeClock(at("day 3 01:59"))  # a Wednesday, the night before
        self.lives = {home.id: Life(home, "day 3 01:00", detectors) for home in homes}
        self.engines = {id: life.engine for id, life in self.lives.items()}
        self.proven = Proven(Kept(), lambda key: None)
        self.drilling = Drilling(
            self.clock,
            self.engines,
            self.proven,
            self.offer,
            DrillSettings(2, "10:00"),
            "Asia/Shanghai",
        )

    def offer(self, home: str, event: object) -> None:
        effects = tuple(self.lives[home].happens(event))  # type: ignore[arg-type]
        entry = Entry(home, event, effects)  # type: ignore[arg-type]
        self.proven.applied(entry)
        self.drilling.applied(entry)

    def sent(self) -> list[str]:
        return [
            f"{e.responder}/{e.channel}"
            for life in self.lives.values()
            for e in life.effects
            if isinstance(e, Notify)
        ]


async def test_everybody_is_drilled_once_a_week_at_the_hour() -> None:
    village = Village(household(), household(id="h2"))
    task = asyncio.create_task(village.drilling.run())
    await village.clock.advance(8 * 3600)
    assert village.sent() == []
    await village.clock.advance(300)
    first = village.sent()
    assert sorted(one.partition("/")[0] for one in first) == [
        "daughter",
        "doctor",
        "grid",
        "neighbour",
        "technician",
        "town",
    ], "each once, though they answer for two homes"
    await village.clock.advance(6 * 86_400)
    assert village.sent() == first
    await village.clock.advance(86_400)
    second = village.sent()[len(first) :]
    assert len(second) == len(first)
    assert "daughter/sms" in first + second
    assert "daughter/voice" in first + second
    task.cancel()


async def test_something_real_elsewhere_ends_a_drill() -> None:
    village = Village(household(), household(id="h2"))
    holding = asyncio.create_task(village.drilling.hold())
    await village.clock.advance(60)
    assert len(await holding) == 6
    assert village.engines["h1"].beside.drills
    real = Notify(
        at=village.clock.now(),
        key="h2-0001/0/daughter/sms",
        household="h2",
        incident="h2-0001",
        responder="daughter",
        channel="sms",
        address=village.engines["h1"].beside.drills[0].responder.phone,
        purpose=Purpose.ALARM,
        urgency=Urgency.HIGH,
        text="",
        language="zh",
        expires_at=village.clock.now(),
    )
    press = HelpCall(village.clock.now(), "panel")
    before = len(village.engines["h1"].beside.drills)
    village.drilling.applied(Entry("h2", press, (real,)))
    assert len(village.engines["h1"].beside.drills) == before - 1


async def test_nobody_is_drilled_who_is_asked_to_look_after_somebody() -> None:
    """They would answer the drill, and be taken to be on their way."""
    village = Village(household(), household(id="h2"), detectors=(HelpCallDetector(),))
    village.offer("h2", HelpCall(village.clock.now(), "panel", retained=True))
    (to_verify,) = village.engines["h2"].incidents
    assert (to_verify.urgency, to_verify.told) == (Urgency.MEDIUM, ("daughter", "neighbour"))
    holding = asyncio.create_task(village.drilling.hold())
    await village.clock.advance(60)
    asked = {target.responder for target in await holding}
    assert {"daughter", "neighbour"}.isdisjoint(asked)
    assert "technician" in asked
    village.lives["h2"].closes("day 3 02:05")
    assert {"daughter", "neighbour"} <= {target.responder for target in village.drilling.due()}


async def test_a_drill_that_crosses_an_alarm_on_its_way_ends_at_once() -> None:
    village = Village(household(), household(id="h2"), detectors=(HelpCallDetector(),))
    village.offer("h2", HelpCall(village.clock.now(), "panel", id="a:1"))
    village.offer("h1", Drill(village.clock.now(), "daughter", "sms", "twilio"))
    assert village.engines["h1"].beside.drills == ()
