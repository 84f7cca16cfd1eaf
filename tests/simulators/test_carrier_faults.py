"""Every way in which the provider can disappoint, met by the real library."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from random import Random

import aiohttp
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from simulators.carrier.faults import FAULTS_MAX, Fault, FaultKind, Faults, Target
from tests.fakes.carrier import FROM, Running, running_carrier

WANG = "+85251000001"
LI = "+85251000003"
HELLO = "<Response><Say>hello</Say></Response>"


async def send(twilio: Client, to: str = WANG) -> str:
    async with asyncio.timeout(5):
        message = await twilio.messages.create_async(to=to, from_=FROM, body="【桃花】呼救")
    return str(message.sid)


async def call(twilio: Client, to: str = WANG) -> str:
    async with asyncio.timeout(5):
        placed = await twilio.calls.create_async(to=to, from_=FROM, twiml=HELLO)
    return str(placed.sid)


def put(carrier: Running, kind: FaultKind, **more: object) -> Fault:
    return carrier.core.faults.add(Fault(kind=kind, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault(kind=FaultKind.REFUSE, code=21610), 400, 21610),
        (Fault(kind=FaultKind.REFUSE, code=21408, status=403), 403, 21408),
        (Fault(kind=FaultKind.THROTTLE), 429, 20429),
        (Fault(kind=FaultKind.ERROR_BEFORE), 503, 20503),
        (Fault(kind=FaultKind.ERROR_BEFORE, status=500), 500, 20500),
    ],
)
async def test_a_request_is_refused_and_nothing_accepted(
    fault: Fault, status: int, code: int
) -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        carrier.core.faults.add(fault)
        for attempt in (send, call):
            with pytest.raises(TwilioRestException) as caught:
                await attempt(twilio)
            assert (caught.value.status, caught.value.code) == (status, code)
        assert carrier.core.messages() == []
        assert carrier.core.calls() == []
        carrier.core.faults.clear()
        await send(twilio)


async def test_429_says_when_to_come_back() -> None:
    async with running_carrier() as carrier, aiohttp.ClientSession() as session:
        put(carrier, FaultKind.THROTTLE, seconds=7)
        account = carrier.core.account
        path = f"/2010-04-01/Accounts/{account.sid}/Messages.json"
        headers = {"Authorization": aiohttp.encode_basic_auth(account.sid, account.token)}
        async with session.post(carrier.url + path, data={"To": WANG}, headers=headers) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


async def test_5xx_after_accepting_leaves_the_message_to_be_found() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        put(carrier, FaultKind.ERROR_AFTER)
        with pytest.raises(TwilioRestException) as caught:
            await send(twilio)
        assert caught.value.status == 503
        (found,) = await twilio.messages.list_async(to=WANG)
        assert found.body == "【桃花】呼救"


@pytest.mark.parametrize(
    ("kind", "accepted"), [(FaultKind.HANG_BEFORE, 0), (FaultKind.HANG_AFTER, 1)]
)
async def test_a_request_hangs_until_the_caller_gives_up(kind: FaultKind, accepted: int) -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        put(carrier, kind, times=1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await send(twilio)
        assert len(carrier.core.messages()) == accepted
        await send(twilio)


@pytest.mark.parametrize(
    ("kind", "accepted"), [(FaultKind.DROP_BEFORE, 0), (FaultKind.DROP_AFTER, 1)]
)
async def test_the_connection_is_cut(kind: FaultKind, accepted: int) -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        put(carrier, kind, times=1, target=Target.VOICE)
        with pytest.raises(aiohttp.ClientConnectionError):
            await call(twilio)
        assert len(carrier.core.calls()) == accepted
        await send(twilio)


async def test_an_answer_may_be_slow_though_the_text_is_on_its_way() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        put(carrier, FaultKind.SLOW, seconds=0.4)
        before = datetime.now(UTC)
        sending = asyncio.create_task(send(twilio))
        carrier.phone(WANG).expects_sms("呼救")
        await carrier.phone.met()
        assert not sending.done() or (datetime.now(UTC) - before).total_seconds() >= 0.4
        await sending
        assert (datetime.now(UTC) - before).total_seconds() >= 0.4


@pytest.mark.parametrize("code", [30003, 30005, 30006, 30007, 30008])
async def test_an_accepted_text_fails_later(code: int) -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        put(carrier, FaultKind.UNDELIVER, code=code)
        carrier.phone(WANG).quiet()
        sid = await send(twilio)
        while (message := await twilio.messages(sid).fetch_async()).status != "undelivered":
            await carrier.live_moment()
        assert message.error_code == code
        assert message.error_message
        await carrier.phone.met()


async def test_a_receipt_may_never_come_though_the_text_arrives() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        put(carrier, FaultKind.NO_RECEIPT)
        carrier.phone(WANG).expects_sms("呼救")
        sid = await send(twilio)
        await carrier.phone.met()
        assert (await twilio.messages(sid).fetch_async()).status == "sent"


async def test_lists_fail_only_when_reads_are_meant() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        put(carrier, FaultKind.ERROR_BEFORE)
        assert await twilio.messages.list_async() == []
        put(carrier, FaultKind.ERROR_BEFORE, target=Target.READS)
        with pytest.raises(TwilioException, match="Unable to fetch page"):
            await twilio.messages.list_async()


async def test_a_fault_strikes_so_often_and_only_this_number() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        put(carrier, FaultKind.ERROR_BEFORE, times=2, number=WANG)
        await send(twilio, LI)
        for _ in range(2):
            with pytest.raises(TwilioRestException):
                await send(twilio)
        await send(twilio)
        assert carrier.core.faults.active() == ()


async def test_during_an_outage_connections_are_refused_and_afterwards_all_is_as_before() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        sid = await send(twilio)
        await carrier.server.go_down()
        with pytest.raises(aiohttp.ClientConnectorError):
            await send(twilio)
        await carrier.server.come_up()
        await carrier.server.come_up()
        assert (await twilio.messages(sid).fetch_async()).sid == sid


async def goes_out(twilio: Client) -> bool:
    try:
        await send(twilio)
    except aiohttp.ClientConnectionError:
        return False
    return True


async def test_an_outage_is_switched_on_over_http_and_ends_by_itself() -> None:
    async with running_carrier() as carrier, carrier.library() as twilio:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{carrier.url}/_admin/outage", json={"seconds": 0.3}) as answer,
        ):
            assert answer.status == 200
        refused = 0
        while not (refused and await goes_out(twilio)):
            refused += not await goes_out(twilio)
            await carrier.live_moment()


async def test_faults_habits_and_numbers_are_set_over_http() -> None:
    async with running_carrier() as carrier, aiohttp.ClientSession() as session:
        admin = f"{carrier.url}/_admin"
        fault = {"kind": "undeliver", "code": 30005, "number": WANG}
        async with session.post(f"{admin}/faults", json=fault) as answer:
            assert answer.status == 201
            id = (await answer.json())["id"]
        async with carrier.library() as twilio:
            sid = await send(twilio)
            while (await twilio.messages(sid).fetch_async()).error_code != 30005:
                await carrier.live_moment()
        async with session.get(f"{admin}/faults") as answer:
            assert [row["id"] for row in (await answer.json())["faults"]] == [id]
        async with session.delete(f"{admin}/faults/{id}") as answer:
            assert answer.status == 204
        async with session.post(
            f"{admin}/numbers", json={"number": FROM, "sms_url": "http://127.0.0.1:9/sms"}
        ) as answer:
            assert answer.status == 200
        async with session.post(f"{admin}/habit", json={"number": WANG, "habit": "off"}) as answer:
            assert answer.status == 200
        async with session.get(f"{admin}/state") as answer:
            state = await answer.json()
        assert state["people"][0]["habit_name"] == "off"
        assert state["messages"][0]["sid"] == sid
        async with session.get(f"{admin}/warnings") as answer:
            assert (await answer.json()) == {"warnings": []}
        put(carrier, FaultKind.HANG_BEFORE)
        async with session.delete(f"{admin}/faults") as answer:
            assert answer.status == 204
        assert carrier.core.faults.active() == ()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"kind": "explode"}),
        ("faults", {"kind": "slow", "sconds": 1}),
        ("faults", {"kind": "slow", "chance": 0}),
        ("faults", {"kind": "slow", "seconds": -1}),
        ("faults", {"kind": "refuse", "status": 200}),
        ("outage", {"seconds": -1}),
        ("outage", {}),
        ("numbers", {"number": WANG, "sms_url": "http://x"}),
        ("habit", {"number": WANG, "habit": "helpful"}),
        ("habit", []),
    ],
)
async def test_a_wrong_switch_is_refused_with_the_reason(path: str, body: object) -> None:
    async with (
        running_carrier() as carrier,
        aiohttp.ClientSession() as session,
        session.post(f"{carrier.url}/_admin/{path}", json=body) as answer,
    ):
        assert answer.status == 400
        assert (await answer.json())["error"]


async def test_another_sites_form_cannot_throw_a_switch() -> None:
    async with (
        running_carrier() as carrier,
        aiohttp.ClientSession() as session,
        session.post(f"{carrier.url}/_admin/outage", data='{"seconds": 60}') as answer,
    ):
        assert answer.status == 400


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"Body=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"To=" + b"1" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"To=1" for _ in range(300)), "application/x-www-form-urlencoded", 400),
        (b'{"To": "x"}', "application/json", 415),
    ],
)
async def test_a_garbled_request_is_refused(body: bytes, kind: str, status: int) -> None:
    async with running_carrier() as carrier, aiohttp.ClientSession() as session:
        account = carrier.core.account
        url = f"{carrier.url}/2010-04-01/Accounts/{account.sid}/Messages.json"
        headers = {
            "Authorization": aiohttp.encode_basic_auth(account.sid, account.token),
            "Content-Type": kind,
        }
        async with session.post(url, data=body, headers=headers) as answer:
            assert answer.status == status
            assert (await answer.json())["code"] == 20001


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!", "Basic /////w==", "Bearer x"])
async def test_a_garbled_login_is_refused(header: str) -> None:
    async with (
        running_carrier() as carrier,
        aiohttp.ClientSession() as session,
        session.get(
            f"{carrier.url}/2010-04-01/Accounts/AC/Calls.json", headers={"Authorization": header}
        ) as answer,
    ):
        assert (answer.status, (await answer.json())["code"]) == (401, 20003)


async def test_other_methods_and_paths_are_refused() -> None:
    async with running_carrier() as carrier, aiohttp.ClientSession() as session:
        account = carrier.core.account
        headers = {"Authorization": aiohttp.encode_basic_auth(account.sid, account.token)}
        base = f"{carrier.url}/2010-04-01/Accounts"
        for method, path, status in (
            ("PUT", f"{account.sid}/Messages.json", 405),
            ("DELETE", f"{account.sid}/Calls.json", 405),
            ("PATCH", f"{account.sid}/Calls/CA1.json", 405),
            ("GET", "AC00000000000000000000000000000002/Calls.json", 404),
            ("GET", f"{account.sid}/Queues.json", 404),
        ):
            async with session.request(method, f"{base}/{path}", headers=headers) as answer:
                assert answer.status == status, path


def test_faults_are_bounded_in_number() -> None:
    faults = Faults(Random(0))
    for _ in range(FAULTS_MAX):
        faults.add(Fault(kind=FaultKind.SLOW))
    with pytest.raises(ValueError, match=f"expected {FAULTS_MAX} at most"):
        faults.add(Fault(kind=FaultKind.SLOW))


def test_chance_decides_with_the_carriers_own_dice() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults(Random(seed))
        faults.add(Fault(kind=FaultKind.SLOW, chance=0.5))
        kinds = frozenset({FaultKind.SLOW})
        return [faults.strike(kinds, Target.SMS, ("",)) is not None for _ in range(100)]

    assert struck(1) == struck(1) != struck(2)
    assert 25 < sum(struck(1)) < 75
