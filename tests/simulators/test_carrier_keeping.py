"""The carrier goes on where it was: the gateway may ask for what it was told of before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import msgspec

from simulators.carrier.core import Carrier
from simulators.carrier.records import CallStatus, Kept, MessageStatus
from simulators.carrier.rest import Request
from simulators.phones.exchange import CallState
from simulators.phones.people import Person

WANG = Person(number="+85251000001", name="王芳")
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def asked(carrier: Carrier, now: datetime, resource: str, **form: str) -> None:
    account = carrier.account
    answer = carrier.handle(
        now,
        Request(
            method="POST",
            path=f"/2010-04-01/Accounts/{account.sid}/{resource}.json",
            query=(),
            form=tuple({"From": account.numbers[0], "To": WANG.number, **form}.items()),
            username=account.sid,
            password=account.token,
        ),
    )
    assert answer.status == 201, (answer, urlencode(form))


def restarted(carrier: Carrier, now: datetime) -> Carrier:
    written = msgspec.json.encode(carrier.kept())
    another = Carrier((WANG,), seed=2)
    another.recall(now, msgspec.json.decode(written, type=Kept))
    return another


def test_texts_are_remembered_and_what_was_on_its_way_is_lost() -> None:
    carrier = Carrier((WANG,), seed=1)
    asked(carrier, NOW, "Messages", Body="一")
    later = NOW + timedelta(minutes=1)
    carrier.advance(later)
    carrier.text(later, WANG.number, "1")
    asked(carrier, later, "Messages", Body="二")

    again = restarted(carrier, later)
    assert [(m.sid, m.body) for m in again.messages()] == [
        (m.sid, m.body) for m in carrier.messages()
    ]
    by_body = {message.body: message.status for message in again.messages()}
    assert by_body["一"] is MessageStatus.DELIVERED
    assert by_body["1"] is MessageStatus.RECEIVED
    assert by_body["二"] is MessageStatus.UNDELIVERED
    assert again.handset(WANG.number).texts == carrier.handset(WANG.number).texts
    asked(again, later, "Messages", Body="三")
    newest, before = again.messages()[:2]
    assert newest.number > before.number
    assert newest.sid not in {message.sid for message in carrier.messages()}


def test_a_call_of_before_is_over() -> None:
    carrier = Carrier((WANG,), seed=1)
    asked(carrier, NOW, "Calls", Twiml="<Response><Say>喂</Say></Response>")
    ringing = NOW + timedelta(seconds=20)
    carrier.advance(ringing)
    phone = carrier.handset(WANG.number).call
    assert phone is not None
    assert phone.state is CallState.RINGING
    again = restarted(carrier, ringing)
    (call,) = again.calls()
    assert call.status is CallStatus.NO_ANSWER
    shown = again.handset(WANG.number).call
    assert shown is not None
    assert shown.state is CallState.OVER
