"""Documents: what is understood, what is refused, and how they are carried out."""

from __future__ import annotations

import pytest

from simulators.carrier.conversation import DOCUMENTS_MAX
from simulators.carrier.twiml import (
    DOCUMENT_BYTES_MAX,
    Gather,
    Hangup,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
    TwimlError,
    parse,
)
from tests.simulators.test_carrier_calls import HOOK, a_carrier, place, said


def document(*verbs: str) -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?><Response>{''.join(verbs)}</Response>".encode()


def test_every_verb_is_understood() -> None:
    verbs = parse(
        document(
            '<Say language="zh-CN" voice="Polly.Zhiyu">'
            '<prosody rate="slow">你<break/>好</prosody></Say>',
            '<Pause length="2"/>',
            "<Play>http://x/y.mp3</Play>",
            '<Gather numDigits="1" action="/key" timeout="7" finishOnKey="" method="get" '
            'actionOnEmptyResult="true"><Say>Press</Say><Pause/></Gather>',
            "<Redirect method='GET'>/next</Redirect>",
            "<Hangup/>",
            '<Reject reason="busy"/>',
        )
    )
    assert verbs == (
        Say("你好", "zh-CN", "Polly.Zhiyu"),
        Pause(2),
        Play("http://x/y.mp3"),
        Gather((Say("Press", "en-US", ""), Pause(1)), "/key", "GET", 1, "", 7.0, True),
        Redirect("/next", "GET"),
        Hangup(),
        Reject(),
    )


def test_say_repeats() -> None:
    assert parse(document('<Say loop="3">x</Say>')) == (Say("x", "en-US", ""),) * 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", 12100),
        (b"plain words", 12100),
        (b"<Response><Say>x</Response>", 12100),
        (b"<html/>", 12100),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><Response/>", 12100),
        (b"\xff\xfe<Response/>", 12100),
        (b"<Response>" + b" " * DOCUMENT_BYTES_MAX + b"</Response>", 11750),
        (document("<Pause/>" * 300), 12200),
        (document("<Speak>x</Speak>"), 12200),
        (document("<Dial>+852</Dial>"), 12200),
        (document("<Gather numdigits='1'/>"), 12200),
        (document("<Gather numDigits='one'/>"), 12200),
        (document("<Gather numDigits='0'/>"), 12200),
        (document("<Gather timeout='auto'/>"), 12200),
        (document("<Gather finishOnKey='##'/>"), 12200),
        (document("<Gather actionOnEmptyResult='yes'/>"), 12200),
        (document("<Gather method='PUT'/>"), 12200),
        (document("<Gather input='speech'/>"), 12200),
        (document("<Gather><Redirect/></Gather>"), 12200),
        (document("<Say language='Chinese!'>x</Say>"), 12200),
        (document("<Say></Say>"), 13520),
        (document(f"<Say>{'x' * 4097}</Say>"), 13520),
        (document("<Say><b>x</b></Say>"), 13520),
    ],
)
def test_a_wrong_document_is_refused_with_the_providers_code(text: bytes, code: int) -> None:
    with pytest.raises(TwimlError) as caught:
        parse(text)
    assert caught.value.code == code
    assert "expected" in str(caught.value)


@pytest.mark.parametrize(
    ("documents", "code"),
    [
        ({}, 11200),
        ({"ask": "<Response><Nonsense/></Response>"}, 12200),
        ({"ask": "not XML"}, 12100),
        ({"ask": "<Response><Redirect>gone</Redirect></Response>"}, 11200),
    ],
)
def test_a_broken_document_is_an_apology_and_a_warning(
    documents: dict[str, str], code: int
) -> None:
    carrier, website = a_carrier("helpful", **documents)
    place(carrier)
    carrier.run(60)
    assert "application error" in said(carrier)[-1]
    assert [warned.code for warned in carrier.core.warnings()] == [code]
    assert website.events()[-1] == "completed"


def test_a_loop_of_documents_is_stopped() -> None:
    carrier, website = a_carrier("helpful", ask="<Response><Redirect/></Response>")
    place(carrier)
    carrier.run(600)
    asked = [webhook for webhook in website.asked if webhook.purpose == "document"]
    assert len(asked) == DOCUMENTS_MAX + 1
    assert "a loop" in carrier.core.warnings()[-1].message


def test_the_fallback_is_asked_when_the_address_fails() -> None:
    carrier, website = a_carrier("helpful", other="<Response><Say>Fallback.</Say></Response>")
    place(carrier, FallbackUrl=f"{HOOK}/other")
    carrier.run(60)
    assert said(carrier) == ["Fallback."]
    assert website.last("document")["ErrorCode"] == "11200"


def test_an_inline_document_without_an_address_cannot_take_a_key() -> None:
    carrier, _ = a_carrier("helpful")
    carrier.call("+85251000001", Twiml="<Response><Gather><Say>Press</Say></Gather></Response>")
    carrier.run(60)
    assert [warned.code for warned in carrier.core.warnings()] == [11100]


@pytest.mark.parametrize(
    ("gather", "keys", "digits"),
    [
        ('<Gather numDigits="4" action="key">', "12345", "1234"),
        ('<Gather action="key">', "12#", "12"),
        ('<Gather finishOnKey="*" action="key">', "1#2*", "1#2"),
        ('<Gather numDigits="3" timeout="4" action="key">', "12", "12"),
    ],
)
def test_keys_are_collected_as_the_question_asks(gather: str, keys: str, digits: str) -> None:
    ask = f"<Response>{gather}<Say>Press</Say></Gather></Response>"
    carrier, website = a_carrier(ask=ask, key="<Response/>")
    place(carrier)
    carrier.run(2)
    carrier.core.answer(carrier.now, "+85251000001")
    carrier.run(0.3)
    for key in keys:
        shown = carrier.core.handset("+85251000001").call
        if shown is not None and shown.asked:
            carrier.core.press(carrier.now, "+85251000001", key)
    carrier.run(10)
    assert website.last("document")["Digits"] == digits


@pytest.mark.parametrize(("on_empty", "asked"), [("true", [""]), ("false", [])])
def test_silence_goes_on_or_is_reported(on_empty: str, asked: list[str]) -> None:
    ask = (
        f'<Response><Gather action="key" timeout="3" actionOnEmptyResult="{on_empty}"/></Response>'
    )
    carrier, website = a_carrier(ask=ask, key="<Response/>")
    place(carrier)
    carrier.run(2)
    carrier.core.answer(carrier.now, "+85251000001")
    carrier.run(10)
    assert [hook.form["Digits"] for hook in website.asked if "Digits" in hook.form] == asked


def test_a_relative_action_is_asked_beside_the_document_with_get() -> None:
    ask = '<Response><Gather numDigits="1" method="GET" action="key?call=7"/></Response>'
    carrier, website = a_carrier("helpful", ask=ask, key="<Response/>")
    place(carrier)
    carrier.run(30)
    asked = [webhook for webhook in website.asked if webhook.purpose == "document"][-1]
    assert asked.url.startswith(f"{HOOK}/key?call=7&")
    assert "Digits=1" in asked.url
    assert asked.form == {}
