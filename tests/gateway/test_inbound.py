"""What people send back, from the phone to the engine and back to the phone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from alerting.delivery.channels import spoken
from alerting.engine import Engine
from alerting.events import Answer, Configured, Event, Notify, Purpose, Reply
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
from alerting.incident import Outcome, Response
from devices.observation import HelpCall
from gateway.counters import Counters
from gateway.inbound import Inbound
from gateway.phonebook import PhoneBook
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import Entry, OutboxRow
from gateway.store.rows import Inbound as Noted
from gateway.transports.transport import SendError, Text
from tests.fakes.clock import START, FakeClock
from tests.fakes.provider import TRANSIENT, FakeProvider

DAUGHTER = Responder("daughter", "王芳", "relative", "+85251000001")
SON = Responder("son", "Li Qiang", "relative", "+85251000002", language="en")
STRANGER = "+85259999999"
MINUTE = timedelta(minutes=1)


def home(id: str) -> Household:
    policy = Policy((Step("家庭", (DAUGHTER, SON), MINUTE),))
    return Household(
        id=id,
        code=f"A10{id[1:]}",
        name="王秀兰家",
        zone="Asia/Shanghai",
        residents=(Resident("王秀兰", "王奶奶"),),
        devices={f"{id}-button": Device(f"{id}-button", "native", Role.CALL_BUTTON)},
        policies={IncidentKind.EMERGENCY: policy},
        signature="桃花关爱",
        desk_phone="023-12345678",
    )


class Notes:
    """A store of inbound messages in memory, which can be broken."""

    def __init__(self) -> None:
        self.kept: list[Noted] = []
        self.is_broken = False

    async def seen_inbound(self, provider: str, id: str) -> bool:
        self._check()
        return any((note.provider, note.id) == (provider, id) for note in self.kept)

    async def note_inbound(self, message: Noted) -> None:
        self._check()
        self.kept.append(message)

    def _check(self) -> None:
        if self.is_broken:
            raise StoreError(Path("x"), Trouble.FULL, "disk")


class World:
    """Two real engines, a runtime of ten lines, and the inbound side."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        now = self.clock.now()
        self.engines = {id: Engine(Configured(now, home(id))) for id in ("h1", "h2")}
        self.notes = Notes()
        self.counters = Counters(self.clock.now)
        self.faults: list[tuple[str, bool]] = []
        self.answers: list[OutboxRow] = []
        self.replies: list[Reply] = []
        self.is_slow = False
        self.inbound = self.open()
        self._count = 0

    def open(self) -> Inbound:
        return Inbound(
            self.clock,
            self.notes,
            PhoneBook(self.engines),
            self.offer,
            self.owe,
            self.counters,
            lambda part, active, detail, source="": self.faults.append((part, active)),
        )

    def offer(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> None:
        if isinstance(event, Reply):
            self.replies.append(event)
        if self.is_slow:
            return
        asyncio.get_running_loop().call_soon(self.step, household, event, acknowledge)

    def step(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> Entry:
        entry = Entry(household, event, tuple(self.engines[household].step(event)))
        if acknowledge is not None:
            acknowledge()
        self.inbound.applied(entry)
        return entry

    def owe(self, rows: Iterable[OutboxRow]) -> None:
        self.answers += rows

    def press(self, household: str = "h1") -> str:
        entry = self.step(household, HelpCall(self.clock.now(), f"{household}-button"))
        return next(effect.incident for effect in entry.effects if isinstance(effect, Notify))

    def close(self, incident: str) -> None:
        at = self.clock.now()
        reply = Reply(at, incident, "desk:amy", Answer.CLOSE, "desk", outcome=Outcome.SAFE)
        self.step(incident.partition("-")[0], reply)

    async def says(self, sender: str, body: str, id: str = "") -> None:
        self._count += 1
        await self.inbound.text(Text("twilio", id or f"SM{self._count}", sender, body))
        await self.clock.advance(0)

    def response(self, household: str = "h1") -> Response:
        return self.engines[household].incidents[0].response

    def call(self, incident: str, who: Responder = DAUGHTER) -> OutboxRow:
        engine = self.engines[incident.partition("-")[0]]
        now = self.clock.now()
        return OutboxRow(
            key=f"{incident}/0/{who.id}/voice",
            household=engine.household.id,
            incident=incident,
            responder=who.id,
            channel="voice",
            address=who.phone,
            purpose=Purpose.ALARM,
            urgency=engine.incidents[0].urgency,
            text="x",
            language="zh",
            created_at=now,
            due_at=now,
            expires_at=now + MINUTE,
        )


@pytest.fixture
def world() -> World:
    return World()


# ---------------------------------------------------------------------- answers


async def test_one_means_going_and_is_confirmed_to_the_person(world: World) -> None:
    world.press()
    await world.says(DAUGHTER.phone, " １ ")
    assert world.response() is Response.CLAIMED
    (answer,) = world.answers
    assert answer.address == DAUGHTER.phone
    assert answer.text == "【桃花关爱】A101 已记录：您正在前往。到场请回2。"
    assert answer.purpose is Purpose.NEWS
    assert [note.outcome for note in world.notes.kept] == ["going on h1-0001"]


async def test_a_whole_conversation(world: World) -> None:
    world.press()
    await world.says(SON.phone, "can't go")
    assert world.engines["h1"].incidents[0].declined == ("son",)
    await world.says(DAUGHTER.phone, "收到")
    await world.says(SON.phone, "On my way!")
    await world.says(DAUGHTER.phone, "到了")
    assert world.response() is Response.ON_SCENE
    assert [row.text.split("recorded")[-1] for row in world.answers if row.language == "en"] == [
        ": you cannot go. We call others.",
        ". Somebody is already going; you are welcome.",
    ]
    assert len({row.key for row in world.answers}) == 4


async def test_what_came_too_late_is_told_so(world: World) -> None:
    incident = world.press()
    world.is_slow = True
    await world.says(DAUGHTER.phone, "1")
    world.close(incident)
    world.step("h1", world.replies[0])
    (answer,) = world.answers
    assert answer.address == DAUGHTER.phone
    assert "已记录" not in answer.text


async def test_every_text_is_dealt_with_once_however_often_it_is_shown(world: World) -> None:
    world.press()
    for _ in range(3):
        await world.says(DAUGHTER.phone, "1", id="SM-same")
    world.inbound = world.open()  # a restart
    await world.says(DAUGHTER.phone, "1", id="SM-same")
    assert len(world.replies) == 1


async def test_a_reply_is_noted_only_once_it_is_written(world: World) -> None:
    world.press()
    world.is_slow = True  # the process dies before the runtime gets to it
    await world.says(DAUGHTER.phone, "1", id="SM-1")
    assert world.notes.kept == []
    world.is_slow = False
    world.inbound = world.open()
    await world.says(DAUGHTER.phone, "1", id="SM-1")
    assert world.response() is Response.CLAIMED


async def test_a_broken_store_loses_no_reply(world: World) -> None:
    world.press()
    world.notes.is_broken = True
    await world.says(DAUGHTER.phone, "1")
    assert world.response() is Response.CLAIMED


# ---------------------------------------------------------------------- which one


async def test_two_open_incidents_are_asked_about(world: World) -> None:
    world.press("h1")
    await world.clock.advance(1)
    world.press("h2")
    await world.says(DAUGHTER.phone, "1")
    assert world.replies == []
    assert "A101" in world.answers[0].text
    assert "A102" in world.answers[0].text
    await world.says(DAUGHTER.phone, "1 A102")
    assert world.response("h2") is Response.CLAIMED
    assert world.response("h1") is Response.OPEN


async def test_an_answer_from_before_the_incident_does_not_claim_it(world: World) -> None:
    earlier = world.clock.now() - timedelta(hours=3)
    world.press()
    old = Text("twilio", "SM-old", DAUGHTER.phone, "1", earlier)
    await world.inbound.text(old, late=True)
    assert world.replies == []
    new = Text("twilio", "SM-new", DAUGHTER.phone, "1", world.clock.now())
    await world.inbound.text(new, late=True)
    assert len(world.replies) == 1


# ---------------------------------------------------------------------- nonsense


async def test_a_stranger_is_counted_and_never_answered(world: World) -> None:
    world.press()
    for text in ("1", "hello", "STOP", "😀" * 3_000, ""):
        await world.says(STRANGER, text)
    assert world.answers == []
    assert world.replies == []
    assert world.counters.total("reply from a stranger") == 5
    assert all(len(note.text) <= 500 for note in world.notes.kept)


async def test_free_words_are_kept_with_the_incident_and_help_is_given_five_times(
    world: World,
) -> None:
    world.press()
    for n in range(8):
        await world.says(DAUGHTER.phone, f"我妈妈怎么样了 {n}")
    assert [reply.answer for reply in world.replies] == [Answer.NOTE] * 8
    assert world.response() is Response.OPEN
    assert len(world.answers) == 5
    assert "1" in world.answers[0].text
    await world.clock.advance(3_601)
    await world.says(DAUGHTER.phone, "喂")
    assert len(world.answers) == 6


async def test_with_nothing_open_one_is_told_so(world: World) -> None:
    await world.says(SON.phone, "1")
    assert world.replies == []
    assert world.answers[0].text == "Guanai: No message is waiting for your answer now."


@pytest.mark.parametrize("word", ["STOP", "stop", " Unsubscribe ", "TD", "退订"])
async def test_who_wants_no_more_texts_becomes_somebody_s_business(world: World, word: str) -> None:
    world.press()
    await world.says(DAUGHTER.phone, word)
    assert world.faults == [("reach/daughter", True)]
    assert world.answers == []
    await world.says(DAUGHTER.phone, "START")
    assert world.faults[-1] == ("reach/daughter", False)


# ---------------------------------------------------------------------- keys


async def test_a_key_is_answered_with_what_was_written_down(world: World) -> None:
    incident = world.press()
    first = asyncio.create_task(world.inbound.key(world.call(incident), Answer.GOING))
    await world.clock.advance(0)
    assert first.result() == spoken.RECORDED[Answer.GOING]
    second = asyncio.create_task(world.inbound.key(world.call(incident, SON), Answer.GOING))
    await world.clock.advance(0)
    assert second.result() == spoken.ALSO_GOING
    assert world.answers == []  # who answered aloud is not sent a text as well


async def test_a_key_pressed_when_all_is_over_is_told_so(world: World) -> None:
    incident = world.press()
    row = world.call(incident)
    world.close(incident)
    pressed = asyncio.create_task(world.inbound.key(row, Answer.GOING))
    await world.clock.advance(0)
    assert pressed.result() not in spoken.RECORDED.values()


async def test_nobody_waits_on_the_phone_for_a_slow_store(world: World) -> None:
    incident = world.press()
    world.is_slow = True
    pressed = asyncio.create_task(world.inbound.key(world.call(incident), Answer.GOING))
    again = asyncio.create_task(world.inbound.key(world.call(incident), Answer.GOING))
    await world.clock.advance(2.9)
    assert not pressed.done()
    await world.clock.advance(0.2)
    assert pressed.result() == again.result() == spoken.RECEIVED
    assert len(world.replies) == 1


async def test_a_key_of_somebody_no_longer_known_is_told_where_to_turn(world: World) -> None:
    incident = world.press()
    nobody = Responder("nobody", "?", "relative", STRANGER)
    assert await world.inbound.key(world.call(incident, nobody), Answer.GOING) == spoken.NOT_FOUND


# ---------------------------------------------------------------------- polling


class Polls:
    """How often a mailbox was asked, and how that went."""

    def __init__(self, world: World) -> None:
        self.provider = FakeProvider(world.clock)
        self.asked: list[float] = []
        self.links: list[SendError | None] = []
        self._world = world

    async def texts(self, since: object) -> list[Text]:
        self.asked.append(self._world.clock.monotonic())
        self.provider._answer()
        return list(self.provider.inbox)

    def link(self, provider: str, error: SendError | None) -> None:
        self.links.append(error)


async def test_texts_are_asked_for_often_only_while_somebody_is_waited_for(world: World) -> None:
    polls = Polls(world)
    task = asyncio.create_task(world.inbound.poll(polls, "twilio", polls.link))
    await world.clock.advance(119)
    assert len(polls.asked) == 2
    world.press()
    await world.clock.advance(0)
    assert len(polls.asked) == 3  # the last question was longer ago than three seconds
    await world.clock.advance(30)
    assert len(polls.asked) == 13
    polls.provider.inbox.append(Text("twilio", "SM9", DAUGHTER.phone, "1", world.clock.now()))
    await world.clock.advance(3)
    assert world.response() is Response.CLAIMED
    await world.clock.advance(30)
    assert len(world.replies) == 1
    task.cancel()


async def test_a_mailbox_that_does_not_answer_is_asked_again_and_reported(world: World) -> None:
    polls = Polls(world)
    polls.provider.down = TRANSIENT
    world.press()
    polls.provider.inbox.append(Text("twilio", "SM9", DAUGHTER.phone, "1", START))
    task = asyncio.create_task(world.inbound.poll(polls, "twilio", polls.link))
    await world.clock.advance(10)
    polls.provider.down = None
    await world.clock.advance(3)
    assert polls.links[0] is TRANSIENT
    assert polls.links[-1] is None
    assert len(world.replies) == 1
    task.cancel()


async def test_with_webhooks_we_ask_four_times_less(world: World) -> None:
    polls = Polls(world)
    world.press()
    task = asyncio.create_task(world.inbound.poll(polls, "twilio", polls.link, pushed=True))
    await world.clock.advance(35)
    assert len(polls.asked) == 3
    task.cancel()
