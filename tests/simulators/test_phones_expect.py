"""What a test expects of phones: met, missed, and surprised."""

from __future__ import annotations

import pytest

from simulators.phones.people import Person
from tests.fakes.carrier import FROM, running_carrier

WANG = "+85251000001"
LI = "+85251000003"
TWO = (
    "<Response><Gather numDigits='1' action='http://127.0.0.1:9/x'><Say>first</Say></Gather>"
    "<Gather numDigits='1' action='http://127.0.0.1:9/x'><Say>second</Say></Gather></Response>"
)
PEOPLE = (Person(number=WANG), Person(number=LI))


async def test_texts_and_calls_are_met_in_any_order() -> None:
    async with running_carrier(PEOPLE) as carrier, carrier.library() as twilio:
        carrier.phone(WANG).expects_call("first").presses("1")
        first = carrier.phone(WANG).expects_sms("one")
        carrier.phone(WANG).expects_sms("two").replies("1")
        carrier.phone(LI).quiet()
        await twilio.messages.create_async(to=WANG, from_=FROM, body="two")
        await twilio.messages.create_async(to=WANG, from_=FROM, body="one")
        await first
        await twilio.calls.create_async(to=WANG, from_=FROM, twiml=TWO)
        await carrier.phone.met()
        assert carrier.phone(WANG).texts == ["two", "one"]


async def test_a_call_may_be_rejected_or_left_ringing() -> None:
    async with running_carrier(PEOPLE) as carrier, carrier.library() as twilio:
        carrier.phone(WANG).expects_call().rejects()
        carrier.phone(LI).expects_call().rings_out()
        for to in (WANG, LI):
            await twilio.calls.create_async(to=to, from_=FROM, twiml=TWO, timeout=20)
        await carrier.phone.met()
        assert {call.to: call.status for call in carrier.core.calls()} == {
            WANG: "busy",
            LI: "no-answer",
        }


async def test_what_does_not_come_is_named() -> None:
    async with running_carrier(PEOPLE) as carrier:
        carrier.phone(WANG).expects_sms("help")
        with pytest.raises(AssertionError, match=r"\+85251000001 expects sms with 'help' \(open\)"):
            await carrier.phone.met(within_s=0.1)


async def test_what_comes_unexpected_is_named() -> None:
    async with running_carrier(PEOPLE) as carrier, carrier.library() as twilio:
        carrier.phone(WANG).expects_sms("never")
        carrier.phone(LI).quiet()
        await twilio.messages.create_async(to=LI, from_=FROM, body="surprise")
        with pytest.raises(AssertionError, match=r"\+85251000003 got a text: 'surprise'"):
            await carrier.phone.met()
        await twilio.calls.create_async(to=LI, from_=FROM, twiml=TWO)
        await carrier.phone.until(lambda: len(carrier.phone.unexpected()) == 2, "a second surprise")
        assert carrier.phone.unexpected()[1] == "+85251000003 is called"
