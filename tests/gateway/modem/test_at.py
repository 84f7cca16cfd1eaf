"""AT commands on a line that brings everything in any order and pieces."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clock import SystemClock
from gateway.transports.modem.at import At, AtError, AtSilent
from tests.fakes.clock import FakeClock


class Wire:
    """A line that answers as it is told to."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.written = b""
        self.unasked: list[tuple[str, str]] = []
        self.at = At(self.clock, self.write, lambda line, pdu: self.unasked.append((line, pdu)))
        self.answers: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written += data
        if self.answers:
            asyncio.get_running_loop().call_soon(self.at.feed, self.answers.pop(0))


async def test_what_comes_unasked_in_one_breath_with_an_answer_is_heard() -> None:
    wire = Wire()
    wire.answers = [b'\r\nOK\r\n\r\nRING\r\n\r\n+CLIP: "1",129\r\n']
    assert await wire.at.ask("AT", 1) == []
    assert [line for line, _ in wire.unasked] == ["RING", '+CLIP: "1",129']


async def test_what_comes_unasked_in_the_middle_of_an_answer_stays_out_of_it() -> None:
    wire = Wire()
    wire.answers = [b'AT+CSQ\r\r\n+CDS: 25\r\n0011\r\n+CMTI: "SM",1\r\n+CSQ: 20,99\r\n\r\nOK\r\n']
    assert await wire.at.ask("AT+CSQ", 1) == ["+CSQ: 20,99"]
    assert wire.unasked == [("+CDS: 25", "0011"), ('+CMTI: "SM",1', "")]


async def test_the_answer_of_a_question_is_not_taken_for_news() -> None:
    wire = Wire()
    wire.answers = [b"\r\n+CPIN: READY\r\n\r\nOK\r\n"]
    assert await wire.at.ask("AT+CPIN?", 1) == ["+CPIN: READY"]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (b"\r\nERROR\r\n", "ERROR", 0),
        (b"\r\n+CMS ERROR: 500\r\n", "+CMS ERROR", 500),
        (b"\r\n+CME ERROR: 10\r\n", "+CME ERROR", 10),
        (b"\r\n+CME ERROR: SIM not inserted\r\n", "+CME ERROR", 0),
        (b"\r\n+CMS ERROR: 5\xb2\r\n", "+CMS ERROR", 0),
    ],
)
async def test_a_refusal_says_which_and_why(answer: bytes, kind: str, code: int) -> None:
    wire = Wire()
    wire.answers = [answer]
    with pytest.raises(AtError) as raised:
        await wire.at.ask("AT+CPIN=1234", 1)
    assert (raised.value.kind, raised.value.code) == (kind, code)
    assert "1234" not in str(raised.value)


async def test_the_text_follows_the_prompt_only() -> None:
    wire = Wire()
    asking = asyncio.create_task(wire.at.ask("AT+CMGS=3", 5, b"001122\x1a"))
    await asyncio.sleep(0)
    wire.at.feed(b'\r\n+CMTI: "SM",2\r\n')
    assert wire.written == b"AT+CMGS=3\r"
    wire.at.feed(b"\r\n> ")
    assert wire.written.endswith(b"001122\x1a")
    wire.at.feed(b"\r\n+CMGS: 7\r\n\r\nOK\r\n")
    assert await asking == ["+CMGS: 7"]


async def test_a_report_right_behind_the_prompt_does_not_hide_it() -> None:
    wire = Wire()
    asked = asyncio.create_task(wire.at.ask("AT+CMGS=20", 5, b"0011\x1a"))
    await asyncio.sleep(0)
    wire.at.feed(b"\r\n> \r\n+CDS: 25\r\n0022\r\n")
    assert wire.written == b"AT+CMGS=20\r0011\x1a"
    wire.at.feed(b"\r\n+CMGS: 7\r\n\r\nOK\r\n")
    assert await asked == ["+CMGS: 7"]
    assert wire.unasked == [("+CDS: 25", "0022")]


async def test_silence_before_the_text_is_no_doubt_and_after_it_is() -> None:
    wire = Wire()
    asking = asyncio.create_task(wire.at.ask("AT+CMGS=3", 5, b"00\x1a"))
    await wire.clock.advance(6)
    with pytest.raises(AtSilent) as raised:
        await asking
    assert not raised.value.doubtful
    wire.answers = [b"", b"\r\nOK\r\n"]
    asking = asyncio.create_task(wire.at.ask("AT+CMGS=3", 5, b"00\x1a"))
    await wire.clock.advance(1)
    wire.at.feed(b"> ")
    await wire.clock.advance(6)
    with pytest.raises(AtSilent) as raised:
        await asking
    assert raised.value.doubtful


async def test_a_late_answer_is_not_taken_for_the_next_ones() -> None:
    wire = Wire()
    asking = asyncio.create_task(wire.at.ask("AT+CMGS=3", 5, b"00\x1a"))
    await asyncio.sleep(0)
    wire.at.feed(b"> ")
    await wire.clock.advance(6)
    with pytest.raises(AtSilent):
        await asking
    asking = asyncio.create_task(wire.at.ask("AT+CSQ", 5))
    await asyncio.sleep(0)
    wire.at.feed(b"\r\n+CMGS: 9\r\n\r\nOK\r\n")  # of the text: late
    await wire.clock.advance(0.01)
    wire.at.feed(b"\r\nOK\r\n")  # of the AT
    await wire.clock.advance(1)
    wire.at.feed(b"\r\n+CSQ: 11,99\r\n\r\nOK\r\n")
    assert await asking == ["+CSQ: 11,99"]
    assert wire.unasked == [("+CMGS: 9", "")]


async def test_a_line_that_is_lost_ends_what_waits() -> None:
    wire = Wire()
    asking = asyncio.create_task(wire.at.ask("AT", 5))
    await asyncio.sleep(0)
    wire.at.lose("the device is gone")
    with pytest.raises(AtSilent, match="gone"):
        await asking
    with pytest.raises(AtSilent, match="gone"):
        await wire.at.ask("AT", 5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=20))
def test_nothing_on_the_line_stops_it(noise: list[bytes]) -> None:
    async def run() -> None:
        at = At(SystemClock(), lambda data: None, lambda line, pdu: None)
        for data in noise:
            at.feed(data)
        asking = asyncio.create_task(at.ask("AT+CSQ", 5))
        await asyncio.sleep(0)
        at.feed(b"\r\n\r\n+CSQ: 1,99\r\n\r\nOK\r\n")
        assert "+CSQ: 1,99" in await asking

    asyncio.run(run())
