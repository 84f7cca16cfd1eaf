"""Alarms to a centre that answers in every way a centre can, and in some it should not."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alerting.delivery.channels import Account, scaip
from alerting.events import DeliveryState, ErrorClass, Purpose, Receipt
from gateway.delivery.follow import POLL_SECONDS
from gateway.outbox import Outbox
from gateway.store.rows import RowState
from gateway.transports.scaip import Scaips
from gateway.transports.targets import ScaipAccess, ScaipTarget
from gateway.transports.transport import SendError, as_message
from simulators.arc import PASSWORD, USER, Centre, receiving
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FakeRows
from tests.fakes.rows import row

ROW = row("scaip", "county")
TLS = Path(__file__).parents[1] / "fakes" / "tls"


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    async with receiving(Centre()) as centre:
        yield centre


def target(centre: Centre, **fields: object) -> ScaipTarget:
    given: dict[str, object] = {
        "host": "127.0.0.1",
        "port": centre.port,
        "transport": "udp",
        "user": "alarm",
        "controller": "100000",
        "controllers": {"h1": "100001"},
        "username": USER,
        "password": PASSWORD,
        "heartbeat": timedelta(minutes=60),
        "hold": timedelta(minutes=10),
        **fields,
    }
    return ScaipTarget(**given)  # type: ignore[arg-type]


def centres(
    centre: Centre, clock: FakeClock | None = None, seconds: float = 1.2, **fields: object
) -> Scaips:
    access = ScaipAccess(targets={"county": target(centre, **fields)})
    return Scaips(access, clock or FakeClock(), answer_seconds=seconds)


class TestMessage:
    async def test_it_says_which_home_what_and_how_urgent(self, centre: Centre) -> None:
        submitted = await centres(centre).send(ROW)
        assert submitted.progress.state is DeliveryState.DELIVERED
        assert submitted.progress.final
        (said,) = centre.heard
        assert said == {
            "ref": scaip.reference(ROW.key),
            "ver": "01.00",
            "mty": "ME",
            "cid": "100001",
            "dty": "0003",
            "did": "A1001",
            "dte": "A1001",
            "stc": "0010",
            "pri": "9",
            "lco": "002",
            "ite": ROW.text,
        }

    async def test_another_home_has_the_general_number(self, centre: Centre) -> None:
        await centres(centre).send(row("scaip", "county", household="h2"))
        assert centre.heard[0]["cid"] == "100000"

    async def test_news_updates_the_session_the_alarm_began(self, centre: Centre) -> None:
        tier = centres(centre)
        await tier.send(ROW)
        key = "h1-0001/news-1/wang-daughter/scaip"
        await tier.send(row("scaip", "county", key=key, purpose=Purpose.NEWS))
        first, second = centre.heard
        assert (first["mty"], second["mty"]) == ("ME", "IN")
        assert second["ref"] == first["ref"]

    def test_a_long_text_gives_way_and_what_xml_cannot_hold_is_left_out(self) -> None:
        text = "老人按下呼救" * 100 + "\x00\x08\ud800" + "😀" * 300
        message = scaip.Scaip().request(
            msgspec.structs.replace(as_message(ROW), text="\x01" + text),
            Account("100000"),
            ROW.created_at,
        )
        body = scaip.encode({name: str(value) for name, value in message.items()})
        assert len(body) <= scaip.BODY_BYTES_MAX
        assert "老人按下呼救" in body.decode()

    @pytest.mark.parametrize("transport", ["udp", "tcp"])
    async def test_it_goes_by_datagram_and_by_connection(
        self, centre: Centre, transport: str
    ) -> None:
        submitted = await centres(centre, transport=transport).send(ROW)
        assert submitted.progress.state is DeliveryState.DELIVERED

    async def test_it_goes_by_tls(self) -> None:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(TLS / "broker.pem", TLS / "broker.key")
        client = ssl.create_default_context(cafile=str(TLS / "broker.pem"))
        async with receiving(Centre(), ssl=server) as centre:
            found = target(centre, transport="tls", host="localhost")
            tier = Scaips(ScaipAccess(targets={"county": found}), FakeClock(), client)
            assert (await tier.send(ROW)).progress.state is DeliveryState.DELIVERED

    async def test_many_alarms_by_tls_do_not_stop_the_loop_for_the_authorities(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(TLS / "broker.pem", TLS / "broker.key")
        client = ssl.create_default_context(cafile=str(TLS / "broker.pem"))
        made: list[threading.Thread] = []

        def slowly() -> ssl.SSLContext:
            made.append(threading.current_thread())
            return client

        monkeypatch.setattr(ssl, "create_default_context", slowly)
        async with receiving(Centre(), ssl=server) as centre:
            tier = centres(centre, transport="tls", host="localhost", seconds=10)
            for n in range(3):
                key = f"h1-000{n}/0/wang-daughter/scaip"
                await tier.send(row("scaip", "county", key=key))
        assert len(made) == 1
        assert made[0] is not threading.main_thread()


ANSWERS = [
    ("4", DeliveryState.ACCEPTED, None),
    ("99", DeliveryState.ACCEPTED, None),
    ("5", DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE),
    ("6", DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE),
    ("1", DeliveryState.UNDELIVERED, ErrorClass.BLOCKED),
    ("2", DeliveryState.UNDELIVERED, ErrorClass.CONFIGURATION),
    ("7", DeliveryState.UNDELIVERED, ErrorClass.CONFIGURATION),
]
REFUSALS = [
    ("silent", ErrorClass.AMBIGUOUS, "no answer"),
    ("empty", ErrorClass.AMBIGUOUS, "SIP took it, the centre said nothing"),
    ("wrong", ErrorClass.AMBIGUOUS, "another reference"),
    ("garbage", ErrorClass.AMBIGUOUS, "not SIP"),
    ("cut", ErrorClass.AMBIGUOUS, "not SIP"),
    ("html", ErrorClass.AMBIGUOUS, "without a status number"),
    ("sip-403", ErrorClass.CONFIGURATION, "SIP 403"),
    ("sip-302", ErrorClass.CONFIGURATION, "SIP 302"),
    ("sip-486", ErrorClass.UNREACHABLE, "SIP 486"),
    ("sip-503", ErrorClass.TRANSIENT, "SIP 503"),
    ("sip-603", ErrorClass.UNREACHABLE, "SIP 603"),
]


class TestAnswer:
    @pytest.mark.parametrize(("word", "state", "error"), ANSWERS)
    async def test_only_the_centre_s_own_zero_is_success(
        self, centre: Centre, word: str, state: DeliveryState, error: ErrorClass | None
    ) -> None:
        centre.script = [word]
        news = (await centres(centre).send(ROW)).progress
        assert (news.state, news.error, news.final) == (state, error, error is not None)

    @pytest.mark.parametrize(("word", "error", "said"), REFUSALS)
    async def test_what_is_no_answer_is_none(
        self, centre: Centre, word: str, error: ErrorClass, said: str
    ) -> None:
        centre.script = [word]
        with pytest.raises(SendError) as caught:
            await centres(centre).send(ROW)
        assert caught.value.error is error
        assert said in caught.value.detail

    async def test_it_may_come_as_a_message_of_its_own(self, centre: Centre) -> None:
        centre.script = ["late"]
        assert (await centres(centre).send(ROW)).progress.state is DeliveryState.DELIVERED
        await asyncio.sleep(0.05)
        assert centre.acknowledged == 1

    async def test_a_centre_that_asks_who_we_are_is_told(self, centre: Centre) -> None:
        centre.script = ["login", "0"]
        assert (await centres(centre).send(ROW)).progress.state is DeliveryState.DELIVERED
        centre.script = ["login", "0"]
        with pytest.raises(SendError) as caught:
            await centres(centre, password="wrong").send(ROW)
        assert caught.value.error is ErrorClass.CONFIGURATION

    async def test_sip_repeats_a_datagram_and_the_centre_hears_it_once(
        self, centre: Centre
    ) -> None:
        centre.script = ["silent"]
        with pytest.raises(SendError):
            await centres(centre, seconds=2).send(ROW)
        assert centre.packets == 3  # after 0, 0.5 and 1.5 s (RFC 3261, 17.1.2)

    async def test_nobody_there(self, centre: Centre) -> None:
        with pytest.raises(SendError) as caught:
            await centres(centre, port=9).send(ROW)
        assert caught.value.error is ErrorClass.TRANSIENT

    @pytest.mark.parametrize("body", [b"", b"<mrs>", b"<mrs><snu>x</snu></mrs>", b"\xff" * 99])
    def test_nonsense_is_an_error_that_says_what_was_expected(self, body: bytes) -> None:
        with pytest.raises(ValueError, match="an answer"):
            scaip.decode(body)

    def test_entities_are_not_unfolded(self) -> None:
        with pytest.raises(ValueError, match="declarations"):
            scaip.decode(b'<!DOCTYPE x [<!ENTITY a "b">]><mrs><ref>&a;</ref><snu>0</snu></mrs>')


class TestHolding:
    async def test_it_is_asked_again_with_the_same_reference_until_it_has_it(
        self, centre: Centre
    ) -> None:
        centre.script = ["4", "4", "0"]
        tier = centres(centre)
        held = await tier.send(ROW)
        kept = msgspec.structs.replace(
            ROW, provider_id=held.provider_id, submitted_at=ROW.created_at
        )
        assert (await tier.progress(kept)).state is DeliveryState.ACCEPTED
        assert (await tier.progress(kept)).state is DeliveryState.DELIVERED
        assert len({said["ref"] for said in centre.heard}) == 1
        assert all(5 <= wait <= 20 for wait in POLL_SECONDS["scaip"])

    async def test_held_for_too_long_it_is_taken_back_and_somebody_else_s(
        self, centre: Centre
    ) -> None:
        clock = FakeClock()
        tier = centres(centre, clock)
        centre.script = ["4", "0"]
        held = await tier.send(ROW)
        kept = msgspec.structs.replace(
            ROW, provider_id=held.provider_id, submitted_at=ROW.created_at
        )
        await clock.advance(600)
        news = await tier.progress(kept)
        assert (news.state, news.error) == (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
        assert [said["mty"] for said in centre.heard] == ["ME", "RE"]
        assert centre.heard[0]["ref"] == centre.heard[1]["ref"]

    async def test_once_somebody_has_answered_it_is_taken_back(self, centre: Centre) -> None:
        centre.script = ["4", "0"]
        tier = centres(centre)
        held = await tier.send(ROW)
        news = await tier.recall(msgspec.structs.replace(ROW, provider_id=held.provider_id))
        assert news is not None
        assert news.canceled
        assert centre.heard[-1]["mty"] == "RE"


class TestThroughTheOutbox:
    async def test_a_held_alarm_is_delivered_at_last(self, centre: Centre) -> None:
        centre.script = ["silent", "4", "0"]
        told, outbox, clock = self.opened(centre)
        outbox.owe([ROW])
        await self.passes(clock, lambda: ROW.key not in outbox._register)
        end = outbox.row(ROW.key)
        assert end is not None
        assert end.state is RowState.DELIVERED
        assert [receipt.state for receipt in told] == [
            DeliveryState.AMBIGUOUS,
            DeliveryState.ACCEPTED,
            DeliveryState.DELIVERED,
        ]
        assert len({said["ref"] for said in centre.heard}) == 1

    async def test_a_centre_that_does_not_treat_it_leaves_it_to_others_at_once(
        self, centre: Centre
    ) -> None:
        centre.script = ["5"]
        told, outbox, clock = self.opened(centre)
        outbox.owe([ROW])
        await self.passes(clock, lambda: bool(told), at_most=1)
        assert [receipt.state for receipt in told] == [DeliveryState.UNDELIVERED]

    def opened(self, centre: Centre) -> tuple[list[Receipt], Outbox, FakeClock]:
        clock, told = FakeClock(), list[Receipt]()
        outbox = Outbox(
            clock,
            FakeRows(),
            (centres(centre, clock, seconds=0.3),),
            lambda household, receipt: told.append(receipt),
            lambda *_, **__: None,
            luck=lambda: 0.5,
        )
        return told, outbox, clock

    async def passes(self, clock: FakeClock, done: object, at_most: int = 120) -> None:
        """Let virtual seconds pass, each with a moment for the real socket."""
        assert callable(done)
        for _ in range(at_most * 10):
            if done():
                return
            await asyncio.sleep(0.04)
            await clock.advance(0.1)
        raise AssertionError("it did not happen")


class TestHeartbeat:
    async def test_it_says_that_we_are_there_as_often_as_the_centre_wants(
        self, centre: Centre
    ) -> None:
        centre.heartbeat_minutes = 5
        clock = FakeClock()
        listening = asyncio.create_task(centres(centre, clock).listen())
        for beats in (1, 2, 3):
            await self.until(lambda beats=beats: len(centre.heard) == beats)
            await clock.advance(300)
        said = centre.heard[0]
        assert (said["mty"], said["hbo"], said["cid"]) == ("PI", "001", "100000")
        assert len({said["ref"] for said in centre.heard}) == len(centre.heard)
        listening.cancel()

    async def test_three_that_are_missed_are_a_fault_until_one_is_answered(
        self, centre: Centre
    ) -> None:
        clock, faults = FakeClock(), list[tuple[str, bool, str]]()
        tier = centres(centre, clock, seconds=0.2)
        tier.look_after(
            lambda part, active, detail, source="": faults.append((part, active, source)),
            lambda what, who, detail: None,
        )
        centre.script = ["silent", "silent", "5", "0"]
        listening = asyncio.create_task(tier.listen())
        for beats in (1, 2, 3):
            await self.until(lambda beats=beats: len(centre.heard) == beats)
            await asyncio.sleep(0.3)
            assert len(faults) == (beats == 3)
            await clock.advance(20)
        await self.until(lambda: len(faults) == 2)
        assert faults == [("provider", True, "scaip/county"), ("provider", False, "scaip/county")]
        listening.cancel()

    async def test_an_unsupervised_centre_gets_none(self, centre: Centre) -> None:
        tier = centres(centre, heartbeat=None)
        listening = asyncio.create_task(tier.listen())
        await tier.warm()
        await asyncio.sleep(0.05)
        assert centre.heard == []
        assert not listening.done()
        listening.cancel()

    async def until(self, done: object) -> None:
        assert callable(done)
        async with asyncio.timeout(5):
            while not done():  # noqa: ASYNC110 - a real socket is at the other end
                await asyncio.sleep(0.01)
