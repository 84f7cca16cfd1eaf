"""Sentences for the resident: published at once, dropped when they are old."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from alerting.events import ErrorClass, Phrase, Purpose
from alerting.incident import Urgency
from devices.prompt import decode_prompt
from gateway.outbox import Outbox
from gateway.store.rows import PROMPT_CHANNEL, OutboxRow, RowState
from gateway.transports.mqtt_prompt import MqttPrompt
from gateway.transports.transport import SendError
from tests.fakes.clock import START, FakeClock
from tests.fakes.provider import FakeRows


class Broker:
    """Takes what is published, or does not."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes, int]] = []
        self.is_gone = False

    async def publish(self, topic: str, payload: bytes, qos: int) -> None:
        if self.is_gone:
            raise ConnectionError("not connected")
        self.taken.append((topic, payload, qos))


def prompt(clock: FakeClock, number: int = 1) -> OutboxRow:
    now = clock.now()
    return OutboxRow(
        key=f"h1-0001/prompt-{number}/h1-panel",
        household="h1",
        incident="h1-0001",
        responder="",
        channel=PROMPT_CHANNEL,
        address="h1-panel",
        purpose=Purpose.ALARM,
        urgency=Urgency.HIGH,
        text="王奶奶，您的呼叫收到了。",
        language="zh",
        phrase=Phrase.RECEIVED,
        state=RowState.LEASED,
        created_at=now,
        due_at=now,
        expires_at=now + timedelta(seconds=30),
    )


async def test_a_sentence_is_published_to_its_device() -> None:
    clock, broker, store = FakeClock(), Broker(), FakeRows()
    receipts: list[object] = []
    outbox = Outbox(
        clock,
        store,
        (MqttPrompt(broker.publish),),
        lambda *receipt: receipts.append(receipt),
        lambda *_: None,
    )
    running = asyncio.create_task(outbox.run())
    outbox.owe([prompt(clock)])
    await clock.advance(1)
    ((topic, payload, qos),) = broker.taken
    assert (topic, qos) == ("care/v1/h1/h1-panel/prompt", 1)
    message = decode_prompt("h1-panel", payload)
    assert message.text == "王奶奶，您的呼叫收到了。"
    assert message.expires_at == prompt(clock).expires_at - timedelta(seconds=1)
    assert store.rows[message.key].state is RowState.DELIVERED
    assert receipts == []  # what a loudspeaker did decides nothing
    running.cancel()


async def test_two_sentences_of_one_moment_are_both_said_in_order() -> None:
    clock, broker = FakeClock(), Broker()
    outbox = Outbox(
        clock, FakeRows(), (MqttPrompt(broker.publish),), lambda *_: None, lambda *_: None
    )
    outbox.owe([prompt(clock, 1), prompt(clock, 2)])
    await clock.advance(1)
    assert [decode_prompt("p", payload).key[-11:] for _, payload, _ in broker.taken] == [
        "-1/h1-panel",
        "-2/h1-panel",
    ]


async def test_the_newest_sentence_is_said_when_the_broker_is_back_and_old_ones_are_not() -> None:
    clock, broker, store = FakeClock(), Broker(), FakeRows()
    outbox = Outbox(clock, store, (MqttPrompt(broker.publish),), lambda *_: None, lambda *_: None)
    running = asyncio.create_task(outbox.run())
    broker.is_gone = True
    outbox.owe([prompt(clock, 1)])
    await clock.advance(40)
    outbox.owe([prompt(clock, 2)])
    await clock.advance(1)
    broker.is_gone = False
    await clock.advance(10)
    assert [decode_prompt("p", payload).key for _, payload, _ in broker.taken] == [
        "h1-0001/prompt-2/h1-panel"
    ]
    assert store.rows["h1-0001/prompt-1/h1-panel"].state is RowState.EXPIRED
    running.cancel()


async def test_what_cannot_be_said_is_refused_with_the_reason() -> None:
    clock, broker = FakeClock(), Broker()
    transport = MqttPrompt(broker.publish)
    for wrong in (
        msgspec.structs.replace(prompt(clock), phrase=None),
        msgspec.structs.replace(prompt(clock), address="a/b"),
        msgspec.structs.replace(prompt(clock), text=""),
    ):
        with pytest.raises(SendError, match="prompt") as caught:
            await transport.send(wrong)
        assert caught.value.error is ErrorClass.CONFIGURATION
    broker.is_gone = True
    with pytest.raises(SendError) as gone:
        await transport.send(prompt(clock))
    assert gone.value.error is ErrorClass.TRANSIENT


async def test_a_call_back_is_the_same_question_to_a_device() -> None:
    """Devices know the phrases of the protocol; this one they answer with the same button."""
    published: list[bytes] = []

    async def publish(topic: str, payload: bytes, qos: int) -> None:
        published.append(payload)

    row = OutboxRow(
        key="h1-0001/prompt-3/panel",
        household="h1",
        incident="h1-0001",
        responder="",
        channel="prompt",
        address="panel",
        purpose=Purpose.QUESTION,
        urgency=Urgency.HIGH,
        text="您没事吧？",
        language="zh",
        phrase=Phrase.CALL_BACK,
        created_at=START,
        due_at=START,
        expires_at=START,
    )
    await MqttPrompt(publish).send(row)
    assert decode_prompt("panel", published[0]).phrase == "all_right"
