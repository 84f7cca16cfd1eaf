"""Aliyun and Tencent through their own requests, against stand-ins that keep the rules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from alerting.delivery.capabilities import Place
from alerting.delivery.quotas import PER_PHONE
from alerting.events import DeliveryState, ErrorClass, Purpose
from alerting.incident import Urgency
from alerting.orders import About
from gateway.store.rows import OutboxRow, RowState
from gateway.transports.aliyun import Aliyun
from gateway.transports.cloud import BY_REFERENCE, beijing, e164
from gateway.transports.tencent import Tencent
from gateway.transports.transport import SendError, Submitted
from simulators.clouds.core import Clouds
from simulators.clouds.records import Fate, Fault, FaultKind
from simulators.clouds.settings import Filing, Timing
from tests.fakes.clock import FakeClock
from tests.fakes.clouds import (
    DAUGHTER,
    SON,
    UNCLE,
    FakeDoor,
    InProcess,
    access,
    clouds,
    pressable,
)

VARIABLES = {"code": "A1001", "when": "08:42", "event": "呼救", "minutes": "5", "number": "3"}
Cloud = Aliyun | Tencent
both = pytest.mark.parametrize("provider", ["aliyun", "tencent"])
each = pytest.mark.parametrize("channel", ["sms", "voice"])


class Bench:
    """One cloud, its stand-in, and the clock both go by."""

    def __init__(self, provider: str, public: bool = False) -> None:
        self.clock = FakeClock()
        self.there: Clouds = clouds(Timing())
        self.door = FakeDoor()
        wire = InProcess(self.there, self.clock.now)
        made = pressable(access(provider)) if public else access(provider)
        self.cloud: Cloud = (
            Aliyun(made, self.clock, self.door, wire)
            if provider == "aliyun"
            else Tencent(made, self.clock, self.door, wire=wire)
        )

    def row(
        self, channel: str = "sms", address: str = DAUGHTER, n: int = 1, **more: Any
    ) -> OutboxRow:
        now = self.clock.now()
        row = OutboxRow(
            key=f"h1-{n:04}/0/wang-daughter/{channel}",
            household="h1",
            incident=f"h1-{n:04}",
            responder="wang-daughter",
            channel=channel,
            address=address,
            purpose=Purpose.ALARM,
            urgency=Urgency.HIGH,
            text="我们自己的话",
            language="zh",
            state=RowState.LEASED,
            created_at=now,
            due_at=now,
            expires_at=now + timedelta(minutes=10),
            template=About.ALARM,
            variables=VARIABLES,
        )
        return msgspec.structs.replace(row, **more)

    async def sent(self, row: OutboxRow) -> OutboxRow:
        """Send it; return the row as the outbox would follow it."""
        submitted = await self.cloud.send(row)
        return self.taken(row, submitted)

    def taken(self, row: OutboxRow, submitted: Submitted) -> OutboxRow:
        return msgspec.structs.replace(
            row, provider_id=submitted.provider_id, submitted_at=self.clock.now()
        )

    async def refused(self, row: OutboxRow) -> SendError:
        with pytest.raises(SendError) as caught:
            await self.cloud.send(row)
        return caught.value

    def fault(self, kind: FaultKind, **more: Any) -> None:
        self.there.faults.append(Fault(kind=kind, **more))


@asynccontextmanager
async def listening(bench: Bench) -> AsyncIterator[None]:
    assert isinstance(bench.cloud, Tencent)
    ears = asyncio.create_task(bench.cloud.listen())
    try:
        yield
    finally:
        ears.cancel()
        await asyncio.gather(ears, return_exceptions=True)


# ---------------------------------------------------------------- what arrives


@both
async def test_a_text_arrives_as_it_was_registered_and_its_end_is_known(provider: str) -> None:
    bench = Bench(provider)
    row = await bench.sent(bench.row())
    expected = "【江畔关爱】紧急：编号A1001于08:42报呼救。请立即上门。回复1前往，2到场，3不能去。"
    assert [text.content for text in bench.there.texts] == [expected]
    assert (await bench.cloud.progress(row)).state is DeliveryState.ACCEPTED
    await bench.clock.advance(5)
    end = await bench.cloud.progress(row)
    assert (end.state, end.final, end.error) == (DeliveryState.DELIVERED, True, None)
    assert end.detail == expected, "the desk shows what was really sent"


@both
async def test_a_phone_that_is_off_is_told_by_the_receipt(provider: str) -> None:
    bench = Bench(provider)
    row = await bench.sent(bench.row(address=UNCLE))
    await bench.clock.advance(10)
    end = await bench.cloud.progress(row)
    assert (end.state, end.error) == (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
    assert end.code == "UNDELIV"


@both
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("MK:0001", ErrorClass.CONTACT),
        ("MK:0115", ErrorClass.BLOCKED),
        ("DB:9001", ErrorClass.TRANSIENT),
        ("PORT_NOT_REGISTERED", ErrorClass.CONFIGURATION),
        ("QQ:4711", ErrorClass.UNREACHABLE),
    ],
)
async def test_a_receipt_of_failure_has_a_class(
    provider: str, code: str, error: ErrorClass
) -> None:
    bench = Bench(provider)
    bench.there.fates[DAUGHTER] = Fate(code=code)
    row = await bench.sent(bench.row())
    await bench.clock.advance(10)
    assert (await bench.cloud.progress(row)).error is error


@both
async def test_a_carrier_that_never_says_proves_nothing(provider: str) -> None:
    bench = Bench(provider)
    bench.there.fates[DAUGHTER] = Fate(is_silent=True)
    row = await bench.sent(bench.row())
    await bench.clock.advance(3_000)
    news = await bench.cloud.progress(row)
    assert (news.state, news.final) == (DeliveryState.ACCEPTED, False)


async def test_a_text_sent_at_midnight_in_beijing_is_found_on_the_day_it_was_sent() -> None:
    bench = Bench("aliyun")
    await bench.clock.advance(8 * 3600 - 20)  # START is 16:00 in Beijing
    row = await bench.sent(bench.row())
    await bench.clock.advance(60)
    assert (await bench.cloud.progress(row)).state is DeliveryState.DELIVERED
    found = await bench.cloud.find(bench.row(), row.created_at, set())
    assert found is not None


# ---------------------------------------------------------------- refusals


@both
@each
async def test_a_business_error_in_a_200_is_an_error(provider: str, channel: str) -> None:
    bench = Bench(provider)
    code = {
        "aliyun": "isv.BUSINESS_LIMIT_CONTROL",
        "tencent": "LimitExceeded.DeliveryFrequencyLimit",
    }[provider]
    bench.fault(FaultKind.REFUSE, code=code)
    error = await bench.refused(bench.row(channel))
    assert error.error is ErrorClass.BLOCKED
    assert error.code == code
    assert not bench.there.texts
    assert not bench.there.calls


@both
@each
async def test_no_money_no_message(provider: str, channel: str) -> None:
    bench = Bench(provider)
    bench.there.tenants[provider].balance = 0
    assert (await bench.refused(bench.row(channel))).error is ErrorClass.CONFIGURATION


@both
async def test_what_is_not_approved_or_filed_is_refused(provider: str) -> None:
    bench = Bench(provider)
    tenant = bench.there.tenants[provider]
    for filing in (Filing.PENDING, Filing.UNFILED):
        tenant.signatures = {"江畔关爱": filing}
        assert (await bench.refused(bench.row())).error is ErrorClass.CONFIGURATION
    tenant.signatures = {"江畔关爱": Filing.REVIEWED}
    tenant.templates.pop("1001")
    assert (await bench.refused(bench.row())).error is ErrorClass.CONFIGURATION


@both
@each
async def test_what_cannot_be_said_is_refused_before_anything_is_sent(
    provider: str, channel: str
) -> None:
    bench = Bench(provider)
    for wrong in (
        {"template": About.OVER},
        {"language": "en"},
        {"variables": {"code": "A1001"}},
        {"address": "+85251000001"},
    ):
        error = await bench.refused(bench.row(channel, **wrong))
        assert error.error is ErrorClass.CONFIGURATION, wrong
    free = await bench.refused(bench.row(channel, template=""))
    assert free.error is ErrorClass.UNREACHABLE, (
        "words of our own are no fault of the configuration"
    )
    assert bench.there.asked == []


@both
@each
async def test_our_table_of_limits_is_what_the_stand_ins_enforce(
    provider: str, channel: str
) -> None:
    limits = PER_PHONE[(provider, channel, Place.MAINLAND_MOBILE)]
    for limit in limits:
        bench = Bench(provider)
        shorter = [one.seconds / one.most for one in limits if one.seconds < limit.seconds]
        step = max([*shorter, 31.0 if channel == "sms" else limit.seconds / (limit.most + 2)])
        assert step * limit.most < limit.seconds, "a shorter limit would be the stricter one"
        for n in range(limit.most):
            await bench.cloud.send(bench.row(channel, n=n))
            await bench.clock.advance(step)
        error = await bench.refused(bench.row(channel, n=99))
        assert error.error is ErrorClass.BLOCKED, limit


async def test_tencent_takes_the_same_words_once_in_half_a_minute() -> None:
    bench = Bench("tencent")
    await bench.cloud.send(bench.row())
    assert (await bench.refused(bench.row(n=2))).error is ErrorClass.BLOCKED
    await bench.clock.advance(31)
    await bench.cloud.send(bench.row(n=3))


# ---------------------------------------------------------------- broken answers


@both
@each
@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        (FaultKind.HTML, 200, ErrorClass.AMBIGUOUS),
        (FaultKind.HTML, 502, ErrorClass.AMBIGUOUS),
        (FaultKind.HTML, 503, ErrorClass.TRANSIENT),
        (FaultKind.HTML, 403, ErrorClass.CONFIGURATION),
        (FaultKind.HANG, 200, ErrorClass.AMBIGUOUS),
    ],
)
async def test_an_answer_that_is_none(
    provider: str, channel: str, kind: FaultKind, status: int, error: ErrorClass
) -> None:
    bench = Bench(provider)
    bench.fault(kind, status=status)
    assert (await bench.refused(bench.row(channel))).error is error


@both
async def test_a_question_that_meets_html_is_asked_again_later(provider: str) -> None:
    bench = Bench(provider)
    row = await bench.sent(bench.row())
    bench.fault(FaultKind.HTML, status=502, reads=True)
    with pytest.raises(SendError) as caught:
        await bench.cloud.progress(row)
    assert caught.value.error is ErrorClass.TRANSIENT


@both
async def test_a_text_that_was_taken_without_a_word_is_found(provider: str) -> None:
    bench = Bench(provider)
    bench.fault(FaultKind.HANG_AFTER, times=1)
    row, since = bench.row(), bench.clock.now()
    assert (await bench.refused(row)).error is ErrorClass.AMBIGUOUS
    await bench.cloud.send(bench.row(n=2, variables={**VARIABLES, "code": "A2"}))
    await bench.clock.advance(10)
    found = await bench.cloud.find(row, since, set())
    assert found is not None
    followed = bench.taken(row, found)
    assert (await bench.cloud.progress(followed)).state is DeliveryState.DELIVERED
    assert bench.cloud.key_of(found.provider_id) == row.key
    if provider == "aliyun":
        assert found.provider_id.startswith(BY_REFERENCE)


@both
async def test_what_was_not_taken_is_not_found(provider: str) -> None:
    bench = Bench(provider)
    bench.fault(FaultKind.HANG, times=1)
    row, since = bench.row(), bench.clock.now()
    assert (await bench.refused(row)).error is ErrorClass.AMBIGUOUS
    await bench.cloud.send(bench.row(n=2))
    await bench.clock.advance(10)
    assert await bench.cloud.find(row, since, set()) is None


async def test_without_our_reference_in_receipts_nothing_is_taken_for_ours() -> None:
    bench = Bench("tencent")
    bench.there.tenants["tencent"].returns_context = False
    bench.fault(FaultKind.HANG_AFTER, times=1)
    row, since = bench.row(), bench.clock.now()
    await bench.refused(row)
    await bench.clock.advance(10)
    assert await bench.cloud.find(row, since, set()) is None


@both
async def test_a_wrong_key_is_a_fault_of_ours(provider: str) -> None:
    bench = Bench(provider)
    bench.there.tenants[provider].secret = "another"
    assert (await bench.refused(bench.row())).error is ErrorClass.CONFIGURATION
    with pytest.raises(SendError):
        await bench.cloud.warm()


# ---------------------------------------------------------------- calls


@both
async def test_a_call_that_is_taken_is_no_human(provider: str) -> None:
    bench = Bench(provider)
    row = await bench.sent(bench.row("voice", SON))
    (call,) = bench.there.calls
    assert call.content == "紧急：编号A1001于08:42报呼救。请立即上门。回复1前往，2到场，3不能去。"
    await bench.clock.advance(60)
    bench.there.advance(bench.clock.now())
    assert call.status == "heard"
    news = await bench.cloud.progress(row)
    if provider == "aliyun":
        assert (news.state, news.final) == (DeliveryState.DELIVERED, True)
    else:
        assert not news.final, "nothing can be asked about a call"


async def test_an_aliyun_call_nobody_takes() -> None:
    bench = Bench("aliyun")
    row = await bench.sent(bench.row("voice", DAUGHTER))
    await bench.clock.advance(5)
    assert (await bench.cloud.progress(row)).state is DeliveryState.ACCEPTED
    await bench.clock.advance(60)
    end = await bench.cloud.progress(row)
    assert (end.state, end.error) == (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)


async def test_keys_are_asked_for_only_where_they_come_back() -> None:
    for public, action in ((False, "SingleCallByTts"), (True, "IvrCall")):
        bench = Bench("aliyun", public)
        row = await bench.sent(bench.row("voice", SON))
        assert bench.there.asked == [action]
        await bench.clock.advance(60)
        assert (await bench.cloud.progress(row)).final
        bench.there.advance(bench.clock.now())
        assert bench.there.calls[0].keys == ("1" if public else "")


# ---------------------------------------------------------------- replies


async def test_tencent_replies_are_asked_for_and_told_once_each() -> None:
    bench = Bench("tencent")
    async with listening(bench):
        await bench.cloud.send(bench.row(address=DAUGHTER))
        await bench.clock.advance(5)
        bench.there.text(bench.clock.now(), DAUGHTER, "1")
        await bench.clock.advance(10)
        assert {(text.sender, text.text) for text in bench.door.texts} == {(DAUGHTER, "1")}
        assert len({text.id for text in bench.door.texts}) == 1, "the same reply has the same id"
        assert not any(bench.door.late)


async def test_a_reply_from_while_we_were_down_is_heard_after_the_start() -> None:
    bench = Bench("tencent")
    await bench.cloud.send(bench.row(address=DAUGHTER))
    bench.there.text(bench.clock.now(), DAUGHTER, "收到")
    await bench.clock.advance(3_600)
    wire = InProcess(bench.there, bench.clock.now)
    bench.cloud = Tencent(access("tencent"), bench.clock, bench.door, [DAUGHTER, SON], wire)
    async with listening(bench):
        await bench.clock.advance(5)
    assert [text.text for text in bench.door.texts] == ["收到"]
    assert bench.door.late == [True]


@pytest.mark.parametrize("time", [1772438409000, 10**30])
async def test_a_reply_with_a_time_that_is_none_is_heard_and_stops_nobody_elses(
    monkeypatch: pytest.MonkeyPatch, time: int
) -> None:
    """Milliseconds, say."""
    bench = Bench("tencent")
    pull = bench.cloud._pull  # type: ignore[union-attr]

    async def lying(*what: Any) -> list[dict[str, Any]]:
        return [{**one, "ReplyTime": time} for one in await pull(*what)]

    monkeypatch.setattr(bench.cloud, "_pull", lying)
    async with listening(bench):
        for number in (DAUGHTER, SON):
            await bench.cloud.send(bench.row(address=number))
            bench.there.text(bench.clock.now(), number, "1")
        await bench.clock.advance(10)
        assert {text.sender for text in bench.door.texts} == {DAUGHTER, SON}


async def test_listening_goes_on_while_the_cloud_is_away() -> None:
    bench = Bench("tencent")
    async with listening(bench):
        await bench.cloud.send(bench.row(address=DAUGHTER))
        bench.fault(FaultKind.HANG, reads=True)
        await bench.clock.advance(30)
        bench.there.text(bench.clock.now(), DAUGHTER, "1")
        bench.there.faults.clear()
        await bench.clock.advance(10)
        assert bench.door.texts


# ---------------------------------------------------------------- configuration at the cloud


@both
async def test_the_doctor_finds_texts_that_read_otherwise(provider: str) -> None:
    bench = Bench(provider)
    await bench.cloud.warm()
    assert await bench.cloud.unlike() == []
    templates = bench.there.tenants[provider].templates
    templates["1001"] = msgspec.structs.replace(templates["1001"], text="别的话")
    templates["1002"] = msgspec.structs.replace(templates["1002"], filing=Filing.PENDING)
    assert await bench.cloud.unlike() == ["1001", "1002"]
    assert "SendSms" not in bench.there.asked


def test_numbers_and_times_as_the_clouds_write_them() -> None:
    assert {e164(n) for n in ("13800000006", "8613800000006", "+8613800000006")} == {DAUGHTER}
    assert e164("85251000001") == "+85251000001"
    at = beijing("2026-03-02 16:00:00")
    assert at is not None
    assert (at.hour, at.utcoffset()) == (8, timedelta(0))
    assert beijing("soon") is None
    assert beijing("0001-01-01 00:00:00") is None
