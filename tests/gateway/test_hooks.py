"""The provider's way in: signed or refused, and harmless in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from starlette.applications import Starlette
from twilio.request_validator import RequestValidator

from alerting.delivery.channels import Account, Progress
from alerting.delivery.channels.spoken import RECORDED
from alerting.events import Answer, DeliveryState, Purpose
from alerting.incident import Urgency
from alerting.words import Words
from gateway.counters import Counters
from gateway.door import FrontDoor
from gateway.store.rows import OutboxRow
from gateway.transports import TwilioAccess
from gateway.transports.transport import Ring, Spoken, Text
from gateway.web.hooks import BODY_BYTES_MAX, Hooks
from tests.fakes import asgi

PUBLIC = "https://care.example.org/guanai"
SID = "AC00000000000000000000000000000001"
KEY = "h1-0001/0/wang-daughter/voice"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

CALL = OutboxRow(
    key=KEY,
    household="h1",
    incident="h1-0001",
    responder="wang-daughter",
    channel="voice",
    address="+85251000001",
    purpose=Purpose.ALARM,
    urgency=Urgency.HIGH,
    text="王奶奶家，编号A1001。",
    language="zh",
    created_at=NOW,
    due_at=NOW,
    expires_at=NOW + timedelta(minutes=10),
)


class Desk:
    """What stands behind the hooks: it remembers what reached it."""

    def __init__(self) -> None:
        self.rows = {KEY: CALL}
        self.pushed: list[tuple[str, str, Progress]] = []
        self.heard_keys: list[str] = []
        self.texts: list[Text] = []
        self.answers: list[tuple[str, Answer]] = []
        self.rings: list[Ring] = []
        self.ring_keys: list[tuple[str, str]] = []
        self.counters = Counters(lambda: NOW)

    def row(self, key: str) -> OutboxRow | None:
        return self.rows.get(key)

    def push(self, provider: str, provider_id: str, news: Progress) -> bool:
        self.pushed.append((provider, provider_id, news))
        return True

    def heard(self, key: str) -> None:
        self.heard_keys.append(key)

    async def text(self, text: Text, late: bool = False) -> None:
        self.texts.append(text)

    async def key(self, row: OutboxRow, answer: Answer) -> Words:
        self.answers.append((row.key, answer))
        return RECORDED[answer]

    async def ring(self, ring: Ring) -> Spoken:
        self.rings.append(ring)
        return Spoken("王奶奶，紧急请按1。", "zh", wants_key=True)

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        self.ring_keys.append((ring.id, digit))
        return Spoken("收到了。", "zh")


class Provider:
    """Calls the hooks as the provider does, with a signature."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        access = TwilioAccess(SID, ("new-token", "old-token"), Account("+852", public_url=PUBLIC))
        door = FrontDoor()
        door.open(desk, desk, desk)
        self.app = Starlette(routes=list(Hooks(access, desk, door, desk.counters).routes()))

    async def post(
        self, path: str, token: str = "new-token", public: str = PUBLIC, **fields: str
    ) -> asgi.Answer:
        fields.setdefault("AccountSid", SID)
        signature = RequestValidator(token).compute_signature(public + path, fields)
        return await self.raw(path, urlencode(fields).encode(), signature.encode())

    async def raw(self, path: str, body: bytes, signature: bytes) -> asgi.Answer:
        kind = b"application/x-www-form-urlencoded"
        headers = {"X-Twilio-Signature": signature, "Content-Type": kind}
        return await asgi.ask(self.app, "POST", path, body, headers)


@pytest.fixture
def provider() -> Provider:
    return Provider(Desk())


def path(kind: str) -> str:
    return f"/twilio/{kind}/{quote(KEY, safe='')}"


# ---------------------------------------------------------------------- who may speak


@pytest.mark.parametrize("token", ["new-token", "old-token"])
async def test_both_tokens_are_good_while_they_are_exchanged(
    provider: Provider, token: str
) -> None:
    answer = await provider.post(
        "/twilio/sms", token, MessageSid="SM1", From="+85251000001", Body="1"
    )
    assert answer.status == 200
    assert provider.desk.texts == [Text("twilio", "SM1", "+85251000001", "1")]


@pytest.mark.parametrize(
    "path",
    [
        "/twilio/sms",
        "/twilio/status",
        "/twilio/call",
        "/twilio/call/key",
        path("key"),
        path("voice"),
    ],
)
@pytest.mark.parametrize(
    ("token", "public"),
    [
        ("a guess", PUBLIC),
        ("new-token", "http://localhost:8080"),  # what the Host header says is worth nothing
        ("", PUBLIC),
    ],
)
async def test_a_forged_call_is_refused_and_counted(
    provider: Provider, path: str, token: str, public: str
) -> None:
    answer = await provider.post(
        path, token, public, MessageSid="SM1", From="+85251000001", Body="1", Digits="1"
    )
    assert answer.status == 403
    desk = provider.desk
    assert desk.counters.total("forged webhook") == 1
    assert [*desk.texts, *desk.pushed, *desk.answers, *desk.heard_keys] == []
    assert [*desk.rings, *desk.ring_keys] == []


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b"", b""),
        (b"\xff\xfe=1", b"x"),
        (b"a=%ff", b"x"),
        (b"&".join(b"a=1" for _ in range(500)), b"x"),
        (b"a=" + b"x" * BODY_BYTES_MAX, b"x"),
        (b"From=1", b"\xe9\xff"),
    ],
)
async def test_garbage_is_refused_and_counted(
    provider: Provider, body: bytes, signature: bytes
) -> None:
    answer = await provider.raw("/twilio/sms", body, signature)
    assert answer.status == 403
    assert provider.desk.counters.total("forged webhook") == 1


async def test_another_account_s_callback_is_refused(provider: Provider) -> None:
    answer = await provider.post("/twilio/sms", MessageSid="SM1", From="+8", AccountSid="AC2")
    assert answer.status == 403


async def test_nobody_gets_in_by_reading(provider: Provider) -> None:
    assert (await asgi.ask(provider.app, "GET", "/twilio/status")).status == 405


# ---------------------------------------------------------------------- statuses


async def test_statuses_become_progress(provider: Provider) -> None:
    await provider.post("/twilio/status", MessageSid="SM1", MessageStatus="delivered")
    await provider.post(
        "/twilio/status", MessageSid="SM2", MessageStatus="undelivered", ErrorCode="30003"
    )
    await provider.post("/twilio/status", CallSid="CA1", CallStatus="busy")
    await provider.post("/twilio/status", CallSid="CA2", AnsweredBy="machine_start")
    await provider.post("/twilio/status", CallSid="CA3", AnsweredBy="human")
    states = {id: news.state for _, id, news in provider.desk.pushed}
    assert states == {
        "SM1": DeliveryState.DELIVERED,
        "SM2": DeliveryState.UNDELIVERED,
        "CA1": DeliveryState.UNDELIVERED,
        "CA2": DeliveryState.UNDELIVERED,
    }


async def test_a_status_of_nothing_is_counted(provider: Provider) -> None:
    assert (await provider.post("/twilio/status", Hello="x")).status == 204
    assert provider.desk.counters.total("webhook not understood") == 1


# ---------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("digit", "answer", "says"),
    [
        ("1", Answer.GOING, "已记录，您正在前往"),
        ("2", Answer.ON_SCENE, "已记录，您已到现场"),
        ("3", Answer.CANNOT, "我们会联系其他人"),
        ("0", Answer.MISTAKE, "误报"),
    ],
)
async def test_a_key_is_an_answer_and_is_said_back(
    provider: Provider, digit: str, answer: Answer, says: str
) -> None:
    response = await provider.post(path("key"), CallSid="CA1", Digits=digit)
    assert response.headers["content-type"].startswith("text/xml")
    assert says in response.text
    assert "<Hangup" in response.text
    assert provider.desk.answers == [(KEY, answer)]
    assert provider.desk.heard_keys == [KEY]


async def test_nine_repeats_and_a_wrong_key_is_told_so(provider: Provider) -> None:
    again = await provider.post(path("key"), CallSid="CA1", Digits="9")
    wrong = await provider.post(path("key"), CallSid="CA1", Digits="7")
    assert CALL.text in again.text
    assert "无效" not in again.text
    assert "无效" in wrong.text
    assert CALL.text in wrong.text
    assert f'action="{PUBLIC}{path("key")}"' in wrong.text
    assert provider.desk.answers == []
    assert provider.desk.heard_keys == [KEY, KEY]  # whoever presses anything has listened


async def test_no_key_is_no_human(provider: Provider) -> None:
    response = await provider.post(path("key"), CallSid="CA1", Digits="")
    assert "再见" in response.text
    assert provider.desk.heard_keys == []


async def test_a_key_for_a_message_nobody_knows_is_told_where_to_turn(provider: Provider) -> None:
    response = await provider.post("/twilio/key/h9-0001%2F0%2Fx%2Fvoice", Digits="1")
    assert response.status == 200
    assert "值班室" in response.text


async def test_a_message_can_be_fetched(provider: Provider) -> None:
    response = await provider.post(path("voice"), CallSid="CA1")
    assert response.text.count(CALL.text) == 3


async def test_a_text_without_a_sender_is_counted(provider: Provider) -> None:
    response = await provider.post("/twilio/sms", Body="1")
    assert response.status == 200
    assert provider.desk.texts == []
    assert provider.desk.counters.total("webhook not understood") == 1


# ---------------------------------------------------------------------- calls to us


async def test_a_call_to_us_is_answered_with_a_question(provider: Provider) -> None:
    response = await provider.post("/twilio/call", CallSid="CA1", From="+85251000009")
    assert provider.desk.rings == [Ring("twilio", "CA1", "+85251000009")]
    assert response.text.count("紧急请按1") == 3
    assert f'action="{PUBLIC}/twilio/call/key"' in response.text
    assert 'actionOnEmptyResult="true"' in response.text


@pytest.mark.parametrize(
    ("digits", "key"), [("1", "1"), ("", ""), ("12", "1"), ("*", "*"), ("💥", "💥")]
)
async def test_a_key_in_it_is_answered_and_the_call_ends(
    provider: Provider, digits: str, key: str
) -> None:
    response = await provider.post(
        "/twilio/call/key", CallSid="CA1", From="+85251000009", Digits=digits
    )
    assert provider.desk.ring_keys == [("CA1", key)]
    assert "收到了" in response.text
    assert "<Hangup" in response.text


@pytest.mark.parametrize(
    "caller", ["anonymous", "", "+266696687", "sip:x@y", "+7378742833", "Restricted", "+8613"]
)
async def test_a_withheld_number_is_no_number(provider: Provider, caller: str) -> None:
    await provider.post("/twilio/call", CallSid="CA1", From=caller)
    assert provider.desk.rings == [Ring("twilio", "CA1", "")]


async def test_a_call_without_an_id_is_counted(provider: Provider) -> None:
    for path_ in ("/twilio/call", "/twilio/call/key"):
        assert (await provider.post(path_, From="+85251000009")).status == 200
    assert provider.desk.rings == []
    assert provider.desk.counters.total("webhook not understood") == 2
