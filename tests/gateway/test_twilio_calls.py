"""A whole call and a whole exchange of texts: engine, outbox, library, carrier, phone, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import uvicorn
from starlette.applications import Starlette

from alerting.delivery.channels import Account
from alerting.engine import Engine
from alerting.events import Configured, DeliveryState, Event, Receipt, Withdraw
from alerting.household import IncidentKind, Resident
from alerting.incident import Response
from devices.observation import HelpCall
from gateway.calls_in import CallsIn
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.door import FrontDoor
from gateway.inbound import Inbound
from gateway.outbox import Outbox
from gateway.phonebook import PhoneBook
from gateway.store.rows import Entry, rows_owed
from gateway.transports import TwilioAccess, open_twilio
from gateway.web.hooks import Hooks
from simulators.carrier.faults import Fault, FaultKind
from simulators.carrier.records import CallStatus
from simulators.carrier.settings import HURRIED, Timing
from simulators.phones.exchange import CallState, LineKind
from simulators.phones.people import HABITS, Habit, OnCall, Person
from tests.fakes.answering import DAUGHTER, SON, Notes, home
from tests.fakes.carrier import FROM, Running, running_carrier
from tests.fakes.provider import FakeRows

GRANDMA = "+85251000009"
NOBODY = Habit()
PICKS_UP = Habit(on_call=OnCall.ANSWERS, answers_after_s=1.0)


class Gateway:
    """Everything between an engine and the provider, on the real clock."""

    def __init__(self, carrier: Running, public_url: str) -> None:
        self.carrier = carrier
        self.clock = SystemClock()
        grandma = Resident("王秀兰", "王奶奶", phone=GRANDMA)
        house = msgspec.structs.replace(home("h1"), residents=(grandma,))
        self.engine = Engine(Configured(self.clock.now(), house))
        self.receipts: list[Receipt] = []
        self.counters = Counters(self.clock.now)
        access = TwilioAccess(
            account_sid=carrier.core.account.sid,
            auth_tokens=(carrier.core.account.token,),
            account=Account(FROM, public_url=public_url),
            api_url=carrier.url,
        )
        self.twilio = open_twilio(access, self.clock)
        self.outbox = Outbox(
            self.clock,
            FakeRows(),
            (self.twilio,),
            lambda household, receipt: self.offer(household, receipt),
            lambda *_: None,
            luck=lambda: 0.5,
        )
        book = PhoneBook({"h1": self.engine})
        self.inbound = Inbound(
            self.clock,
            Notes(),
            book,
            self.offer,
            self.outbox.owe,
            self.counters,
            lambda *_: None,
        )
        calls = CallsIn(
            self.clock,
            book,
            self.offer,
            self.inbound.keys,
            self.inbound,
            self.outbox,
            self.counters,
        )
        self.inbound.missed(calls.ring)
        door = FrontDoor()
        door.open(self.inbound, self.outbox, calls)
        self.hooks = Hooks(access, self.outbox, door, self.counters)

    def offer(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> None:
        if isinstance(event, Receipt):
            self.receipts.append(event)
        asyncio.get_running_loop().call_soon(self.step, event, acknowledge)

    def step(self, event: Event, acknowledge: Callable[[], None] | None = None) -> None:
        at = max(event.at, self.clock.now())
        effects = tuple(self.engine.step(msgspec.structs.replace(event, at=at)))
        entry = Entry("h1", event, effects)
        if acknowledge is not None:
            acknowledge()
        for effect in effects:
            if isinstance(effect, Withdraw):
                self.outbox.withdraw(effect.incident)
        self.outbox.owe(rows_owed(entry))
        self.inbound.applied(entry)

    def press(self) -> None:
        self.step(HelpCall(self.clock.now(), "h1-button"))

    @property
    def response(self) -> Response:
        return self.engine.incidents[0].response

    def states(self, channel: str) -> list[DeliveryState]:
        return [receipt.state for receipt in self.receipts if receipt.key.endswith(channel)]

    async def until(self, what: Callable[[], bool]) -> None:
        for _ in range(1_000):
            if what():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"never came: {self.receipts} {self.response}")


@asynccontextmanager
async def gateway(
    *,
    pushed: bool,
    daughter: Habit = NOBODY,
    son: Habit = HABITS["off"],
    faults: tuple[Fault, ...] = (),
    timing: Timing = HURRIED,
) -> AsyncIterator[Gateway]:
    people = (
        Person(number=DAUGHTER.phone, name=DAUGHTER.name, habit=daughter),
        Person(number=SON.phone, name=SON.name, language="en", habit=son),
        Person(number=GRANDMA, name="王秀兰", habit=NOBODY),
    )
    async with running_carrier(people, timing=timing) as carrier:
        for fault in faults:
            carrier.core.faults.add(fault)
        config = uvicorn.Config(
            _not_yet, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1
        )
        server = _Quiet(config)
        socket = config.bind_socket()
        public = f"http://127.0.0.1:{socket.getsockname()[1]}" if pushed else ""
        gate = Gateway(carrier, public)
        config.app = Starlette(routes=list(gate.hooks.routes()))
        carrier.core.set_sms_url(FROM, f"{public}/twilio/sms" if pushed else "")
        carrier.core.set_voice_url(FROM, f"{public}/twilio/call" if pushed else "")
        tasks = [
            asyncio.create_task(server.serve(sockets=[socket])),
            asyncio.create_task(gate.outbox.run()),
        ]
        if not pushed:
            poll = gate.inbound.poll(gate.twilio, "twilio", gate.outbox.link)
            tasks.append(asyncio.create_task(poll))
        try:
            yield gate
        finally:
            server.should_exit = server.force_exit = True
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


class _Quiet(uvicorn.Server):
    """Leaves the signals to pytest."""

    def install_signal_handlers(self) -> None:
        return


async def _not_yet(*_: Any) -> None:
    raise AssertionError("no application yet")


@pytest.mark.line
async def test_a_key_in_a_call_claims_the_incident_and_is_said_back() -> None:
    async with gateway(pushed=True, daughter=PICKS_UP) as gate:
        phone = gate.carrier.phone(DAUGHTER.phone)
        phone.expects_sms("A101")
        phone.expects_call("王奶奶家").presses("1")
        gate.press()
        await gate.until(lambda: gate.response is Response.CLAIMED)
        await gate.until(lambda: DeliveryState.HEARD in gate.states("daughter/voice"))
        await gate.carrier.phone.until(
            lambda: any("已记录" in line for line in said(gate.carrier, DAUGHTER.phone)),
            "the answer is said back",
        )
        await gate.until(lambda: DeliveryState.DELIVERED in gate.states("daughter/sms"))


@pytest.mark.line
async def test_nine_repeats_and_a_wrong_key_is_explained() -> None:
    async with gateway(pushed=True, daughter=PICKS_UP) as gate:
        gate.press()
        await presses_when_said(gate, "王奶奶家", "5")
        await presses_when_said(gate, "无效", "9")
        await presses_when_said(gate, "王奶奶家", "2")
        await gate.until(lambda: gate.response is Response.ON_SCENE)


@pytest.mark.line
@pytest.mark.parametrize("pushed", [True, False], ids=["webhooks", "polling"])
async def test_a_text_answer_claims_the_incident_and_is_confirmed(pushed: bool) -> None:
    async with gateway(pushed=pushed, daughter=HABITS["texts-back"]) as gate:
        gate.press()
        await gate.until(lambda: gate.response is Response.CLAIMED)
        await gate.carrier.phone.until(
            lambda: any("已记录" in text for text in gate.carrier.phone(DAUGHTER.phone).texts),
            "the confirmation arrives",
        )


@pytest.mark.line
@pytest.mark.parametrize("pushed", [True, False], ids=["webhooks", "polling"])
async def test_voicemail_is_not_a_human(pushed: bool) -> None:
    habit = Habit(on_call=OnCall.VOICEMAIL, answers_after_s=1.0)
    async with gateway(pushed=pushed, daughter=habit) as gate:
        gate.press()
        await gate.until(lambda: DeliveryState.UNDELIVERED in gate.states("daughter/voice"))
        assert gate.response is Response.OPEN
        assert DeliveryState.HEARD not in gate.states("daughter/voice")


@pytest.mark.line
@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.CALLBACK_DUPLICATE),
        Fault(kind=FaultKind.CALLBACK_DISORDER, seconds=5),
        Fault(kind=FaultKind.CALLBACK_LATE, seconds=30),
    ],
    ids=lambda fault: fault.kind.value,
)
async def test_callbacks_in_any_order_tell_the_same_story(fault: Fault) -> None:
    async with gateway(pushed=True, faults=(fault,)) as gate:
        gate.press()
        await gate.until(lambda: DeliveryState.DELIVERED in gate.states("daughter/sms"))
        await asyncio.sleep(0.5)
        states = gate.states("daughter/sms")
        assert states == [DeliveryState.ACCEPTED, DeliveryState.DELIVERED]
        assert gate.counters.total("forged webhook") == 0


@pytest.mark.line
async def test_a_number_that_is_off_is_told_for_both_ways() -> None:
    async with gateway(pushed=True) as gate:
        gate.press()
        await gate.until(lambda: DeliveryState.UNDELIVERED in gate.states("son/voice"))
        await gate.until(lambda: DeliveryState.UNDELIVERED in gate.states("son/sms"))


@pytest.mark.line
@pytest.mark.parametrize("pushed", [True, False], ids=["webhooks", "polling"])
async def test_the_other_phones_stop_ringing_once_somebody_goes(pushed: bool) -> None:
    async with gateway(pushed=pushed, son=NOBODY, timing=Timing(pace=0.2)) as gate:
        live = gate.carrier.live
        gate.press()
        for person in (DAUGHTER, SON):
            await gate.until(lambda p=person: is_ringing(gate, p.phone))  # type: ignore[misc]
        live.text(DAUGHTER.phone, "1")
        await gate.until(lambda: gate.response is Response.CLAIMED)
        for person in (DAUGHTER, SON):
            await gate.until(lambda p=person: not is_ringing(gate, p.phone))  # type: ignore[misc]
        ended = [f"{who}/voice" for who in ("daughter", "son")]
        for who in ended:
            await gate.until(lambda w=who: DeliveryState.RECALLED in gate.states(w))  # type: ignore[misc]
            assert DeliveryState.UNDELIVERED not in gate.states(who)
        theirs = [c for c in gate.carrier.core.calls() if c.to in (DAUGHTER.phone, SON.phone)]
        assert {call.status for call in theirs} == {CallStatus.CANCELED}
        await gate.until(
            lambda: any("You need not go" in text.body for text in live.handset(SON.phone).texts)
        )


@pytest.mark.line
async def test_who_is_listening_already_is_left_to_finish() -> None:
    async with gateway(pushed=True, daughter=PICKS_UP, son=NOBODY) as gate:
        gate.press()
        await gate.until(lambda: is_ringing(gate, SON.phone))
        await gate.until(lambda: DeliveryState.DELIVERED in gate.states("daughter/voice"))
        gate.carrier.live.text(SON.phone, "1")
        await gate.until(lambda: DeliveryState.RECALLED in gate.states("son/voice"))
        await presses_when_said(gate, "王奶奶家", "1")
        await gate.until(lambda: DeliveryState.HEARD in gate.states("daughter/voice"))


def is_ringing(gate: Gateway, number: str) -> bool:
    call = gate.carrier.live.handset(number).call
    return call is not None and call.state is CallState.RINGING


async def presses_when_said(gate: Gateway, words: str, key: str) -> None:
    """Press a key once these words were said since the last one, and a key is asked for."""

    def is_asked() -> bool:
        call = gate.carrier.live.handset(DAUGHTER.phone).call
        if call is None or not call.asked:
            return False
        pressed = [n for n, line in enumerate(call.lines) if line.kind is LineKind.PRESSED]
        since = call.lines[pressed[-1] + 1 if pressed else 0 :]
        return any(words in line.text for line in since)

    await gate.until(is_asked)
    gate.carrier.live.press(DAUGHTER.phone, key)


def said(carrier: Running, number: str) -> list[str]:
    """Return everything the phone's call has said so far."""
    call = carrier.live.handset(number).call
    return [line.text for line in call.lines] if call is not None else []


# ---------------------------------------------------------------------- calls to us


@pytest.mark.line
async def test_the_resident_rings_and_her_key_is_heard_in_the_call() -> None:
    async with gateway(pushed=True, timing=Timing(pace=0.1)) as gate:
        live = gate.carrier.live
        live.dial(GRANDMA)
        await gate.carrier.phone.until(
            lambda: any("王奶奶，紧急请按1" in line for line in said(gate.carrier, GRANDMA)),
            "she is asked what it is about",
        )
        assert gate.engine.incidents == []
        live.press(GRANDMA, "1")
        await gate.until(lambda: bool(gate.engine.incidents))
        await gate.carrier.phone.until(
            lambda: any("正在通知家人" in line for line in said(gate.carrier, GRANDMA)),
            "she hears that people are called",
        )
        assert gate.engine.incidents[0].kind is IncidentKind.EMERGENCY
        assert gate.counters.total("forged webhook") == 0


@pytest.mark.line
async def test_the_resident_rings_and_never_presses_a_key() -> None:
    async with gateway(pushed=True, timing=Timing(pace=0.1)) as gate:
        gate.carrier.live.dial(GRANDMA)
        await gate.until(lambda: bool(gate.engine.incidents))
        assert "没有按键" in gate.engine.incidents[0].reason.zh


@pytest.mark.line
async def test_somebody_alarmed_rings_back_and_presses_one() -> None:
    async with gateway(pushed=True, timing=Timing(pace=0.1)) as gate:
        gate.press()
        live = gate.carrier.live
        await gate.until(lambda: is_ringing(gate, DAUGHTER.phone))
        live.reject(DAUGHTER.phone)
        live.dial(DAUGHTER.phone)
        await gate.carrier.phone.until(
            lambda: any("王奶奶家" in line for line in said(gate.carrier, DAUGHTER.phone)),
            "she hears what it is about",
        )
        live.press(DAUGHTER.phone, "1")
        await gate.until(lambda: gate.response is Response.CLAIMED)


@pytest.mark.line
async def test_without_a_public_address_missed_calls_are_found_in_the_list() -> None:
    async with gateway(pushed=False) as gate:
        gate.press()
        await gate.until(lambda: DeliveryState.DELIVERED in gate.states("daughter/sms"))
        await asyncio.sleep(1.1)  # the provider's times are whole seconds
        gate.carrier.live.dial(DAUGHTER.phone)
        await gate.until(lambda: gate.response is Response.CLAIMED)
        assert gate.engine.incidents[0].responder == DAUGHTER.id
