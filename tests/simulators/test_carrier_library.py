"""The unmodified twilio library, asynchronous and not, against the carrier."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from simulators.carrier.faults import Fault, FaultKind
from simulators.phones.people import HABITS, Person
from tests.fakes.carrier import FROM, Running, running_carrier

WANG = "+85251000001"
LI = "+85251000003"
HELLO = '<Response><Say language="zh-CN">你好。</Say></Response>'


async def until(carrier: Running, true: Any) -> None:
    await carrier.phone.until(true, "a change at the carrier")


async def test_a_text_goes_its_way_and_the_reply_stands_in_the_list() -> None:
    async with running_carrier([Person(number=WANG)]) as carrier, carrier.library() as twilio:
        carrier.phone(WANG).expects_sms("呼救").replies("1")
        sent = await twilio.messages.create_async(to=WANG, from_=FROM, body="【桃花】呼救")
        assert (sent.status, sent.direction, sent.date_sent) == ("queued", "outbound-api", None)
        await carrier.phone.met()
        await until(carrier, lambda: len(carrier.core.messages()) == 2)
        rows = await twilio.messages.list_async()
        assert [(row.direction, row.status, row.body) for row in rows] == [
            ("inbound", "received", "1"),
            ("outbound-api", "delivered", "【桃花】呼救"),
        ]
        assert (rows[0].from_, rows[0].to) == (WANG, FROM)
        again = await twilio.messages(sent.sid).fetch_async()
        assert again.date_sent is not None
        assert again.num_segments == "1"


async def test_a_call_rings_is_answered_and_completed() -> None:
    async with running_carrier([Person(number=WANG)]) as carrier, carrier.library() as twilio:
        carrier.phone(WANG).expects_call("你好").hangs_up()
        placed = await twilio.calls.create_async(to=WANG, from_=FROM, twiml=HELLO)
        assert placed.status == "queued"
        await carrier.phone.met()
        call = await twilio.calls(placed.sid).fetch_async()
        assert (call.status, call.direction, call.answered_by) == (
            "completed",
            "outbound-api",
            None,
        )
        assert call.start_time <= call.end_time
        assert call.duration == "1"


async def test_the_synchronous_library_works_as_well() -> None:
    async with running_carrier([Person(number=WANG, habit=HABITS["helpful"])]) as carrier:
        twilio = carrier.sync_library()
        sent = await asyncio.to_thread(
            twilio.messages.create, to=WANG, from_=FROM, body="【桃花】回复1"
        )
        await until(carrier, lambda: len(carrier.core.messages()) == 2)
        rows = await asyncio.to_thread(twilio.messages.list, to=FROM, from_=WANG)
        assert [row.body for row in rows] == ["1"]
        with pytest.raises(TwilioRestException) as caught:
            await asyncio.to_thread(twilio.messages("SM" + "0" * 32).fetch)
        assert (caught.value.status, caught.value.code) == (404, 20404)
        twilio.http_client.session.close()
        assert sent.sid.startswith("SM")


async def test_pages_are_walked_to_the_end_even_while_new_texts_arrive() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        for index in range(7):
            await twilio.messages.create_async(to=LI, from_=FROM, body=f"【桃花】{index}")
        first = await twilio.messages.page_async(to=LI, page_size=3)
        bodies = [row.body for row in first]
        await twilio.messages.create_async(to=LI, from_=FROM, body="【桃花】new")
        second = await first.next_page_async()
        bodies += [row.body for row in second]
        third = await second.next_page_async()
        bodies += [row.body for row in third]
        assert bodies == [f"【桃花】{index}" for index in range(6, -1, -1)]
        assert await third.next_page_async() is None
        back = await second.previous_page_async()
        assert [row.body for row in back] == bodies[:3]
        everything = await twilio.messages.list_async(page_size=2)
        assert len(everything) == 8


async def test_lists_are_filtered_by_number_and_date() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        for to in (WANG, LI):
            await twilio.messages.create_async(to=to, from_=FROM, body="【桃花】你好")
        await until(
            carrier, lambda: all(row.status == "delivered" for row in carrier.core.messages())
        )
        now = datetime.now(UTC)
        ask = twilio.messages.list_async
        assert [row.to for row in await ask(to=WANG)] == [WANG]
        assert await ask(from_=WANG) == []
        assert len(await ask(date_sent_after=now - timedelta(minutes=1))) == 2
        assert await ask(date_sent_after=now + timedelta(minutes=1)) == []
        assert await ask(date_sent_before=now - timedelta(minutes=1)) == []
        assert len(await ask(date_sent=carrier.core.messages()[0].created_at.date())) == 2
        assert await ask(date_sent=date(2020, 1, 1)) == []


async def test_calls_are_filtered_by_status_and_start() -> None:
    people = [Person(number=WANG, habit=HABITS["busy"]), Person(number=LI)]
    async with running_carrier(people) as carrier, carrier.library() as twilio:
        for to in (WANG, LI):
            await twilio.calls.create_async(to=to, from_=FROM, twiml=HELLO, timeout=600)
        await until(
            carrier, lambda: {c.status for c in carrier.core.calls()} == {"busy", "ringing"}
        )
        ask = twilio.calls.list_async
        assert [row.to for row in await ask(status="busy")] == [WANG]
        assert [row.to for row in await ask(status="ringing", to=LI)] == [LI]
        soon = datetime.now(UTC) + timedelta(minutes=1)
        assert len(await ask(start_time_before=soon)) == 2
        assert await ask(start_time_after=soon) == []


async def test_a_text_is_redacted_and_deleted_only_when_it_is_done_with() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        carrier.core.faults.add(Fault(kind=FaultKind.STUCK, times=1))
        stuck = await twilio.messages.create_async(to=WANG, from_=FROM, body="【桃花】王奶奶")
        with pytest.raises(TwilioRestException, match="cannot be redacted yet"):
            await stuck.update_async(body="")
        sent = await twilio.messages.create_async(to=WANG, from_=FROM, body="【桃花】王奶奶")
        await until(carrier, lambda: carrier.core.messages()[0].status == "delivered")
        assert (await sent.update_async(body="")).body == ""
        with pytest.raises(TwilioRestException, match="can only be redacted"):
            await sent.update_async(body="other words")
        assert await sent.delete_async()
        with pytest.raises(TwilioRestException) as caught:
            await sent.fetch_async()
        assert caught.value.status == 404


async def test_a_ringing_call_is_canceled_and_a_running_one_ended() -> None:
    people = [Person(number=WANG), Person(number=LI)]
    long = '<Response><Pause length="600"/></Response>'
    async with running_carrier(people) as carrier, carrier.library() as twilio:
        first = await twilio.calls.create_async(to=WANG, from_=FROM, twiml=long, timeout=600)
        second = await twilio.calls.create_async(to=LI, from_=FROM, twiml=long, timeout=600)
        await until(carrier, lambda: all(call.status == "ringing" for call in carrier.core.calls()))
        carrier.live.answer(LI)
        assert (await first.update_async(status="canceled")).status == "canceled"
        with pytest.raises(TwilioRestException, match="completed, not canceled"):
            await second.update_async(status="canceled")
        moved = await second.update_async(twiml="<Response><Say>moved</Say></Response>")
        assert moved.status == "in-progress"
        assert [line.text for line in carrier.live.handset(LI).call.lines] == ["moved"]  # type: ignore[union-attr]
        assert (await second.update_async(status="completed")).status == "completed"
        with pytest.raises(TwilioRestException, match="not in-progress"):
            await first.update_async(twiml=HELLO)
        assert await first.delete_async()


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"to": ""}, 400, 21604),
        ({"to": "12345"}, 400, 21211),
        ({"from_": "+85299999999"}, 400, 21606),
        ({"body": ""}, 400, 21602),
        ({"body": "长" * 1601}, 400, 21617),
        ({"status_callback": "not an address"}, 400, 21609),
        ({"validity_period": 40_000}, 400, 20001),
        ({"media_url": ["http://x/y.png"]}, 400, 20001),
    ],
)
async def test_a_wrong_text_is_refused_with_the_providers_code(
    given: dict[str, Any], status: int, code: int
) -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        full = {"to": WANG, "from_": FROM, "body": "【桃花】你好"} | given
        with pytest.raises(TwilioRestException) as caught:
            await twilio.messages.create_async(**full)
        assert (caught.value.status, caught.value.code) == (status, code)
        assert carrier.core.messages() == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "999"}, 21211),
        ({"from_": "+85299999999"}, 21210),
        ({"twiml": ""}, 21205),
        ({"twiml": "x" * 4001}, 20001),
        ({"url": "ftp://x/y", "twiml": ""}, 21205),
        ({"status_callback": "/hook"}, 21609),
        ({"status_callback_event": ["answer"]}, 21626),
        ({"timeout": 601}, 20001),
        ({"machine_detection": "Maybe"}, 20001),
        ({"send_digits": "1"}, 20001),
    ],
)
async def test_a_wrong_call_is_refused_with_the_providers_code(
    given: dict[str, Any], code: int
) -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        full = {"to": WANG, "from_": FROM, "twiml": HELLO} | given
        with pytest.raises(TwilioRestException) as caught:
            await twilio.calls.create_async(**full)
        assert (caught.value.status, caught.value.code) == (400, code)
        assert carrier.core.calls() == []


async def test_a_wrong_password_is_refused() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        twilio.password = "guess"
        twilio.auth = (twilio.username, "guess")
        with pytest.raises(TwilioRestException) as caught:
            await twilio.messages.create_async(to=WANG, from_=FROM, body="x")
        assert (caught.value.status, caught.value.code) == (401, 20003)
