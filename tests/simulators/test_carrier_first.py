from __future__ import annotations

import asyncio

from simulators.phones.people import Person
from tests.fakes.carrier import FROM, running_carrier

WANG = "+85251000001"
TWIML = (
    '<Response><Gather numDigits="1" timeout="10">'
    '<Say language="zh-CN">王奶奶按了呼叫。</Say></Gather></Response>'
)


async def test_a_text_is_delivered_and_a_reply_comes_back() -> None:
    async with running_carrier([Person(number=WANG)]) as carrier, carrier.library() as twilio:
        carrier.phone(WANG).expects_sms("呼救").replies("1")
        sent = await twilio.messages.create_async(to=WANG, from_=FROM, body="【测】呼救")
        assert sent.status == "queued"
        await carrier.phone.met()
        await asyncio.sleep(0.05)
        rows = await twilio.messages.list_async()
        assert [(row.direction, row.status) for row in rows] == [
            ("inbound", "received"),
            ("outbound-api", "delivered"),
        ]


async def test_a_call_is_answered_and_a_key_pressed() -> None:
    async with running_carrier([Person(number=WANG)]) as carrier, carrier.library() as twilio:
        carrier.phone(WANG).expects_call("王奶奶").presses("1")
        call = await twilio.calls.create_async(to=WANG, from_=FROM, twiml=TWIML)
        await carrier.phone.met()
        await asyncio.sleep(0.3)
        assert (await twilio.calls(call.sid).fetch_async()).status == "completed"
