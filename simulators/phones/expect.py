"""What a test expects of a phone, and what the person does then.

Declare it beside the action, await it once::

    phones = Phones(exchange)
    phones("+85251000001").expects_sms("王奶奶", "呼救").replies("1")
    phones("+85251000011").expects_call("王奶奶").presses("1")
    phones("+85251000021").quiet()
    ...
    await phones.met()

`met` fails on anything that should have come and did not, and on everything that came
to a named phone without being expected. Phones that were never named are left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator

from simulators.phones.exchange import CallState, Exchange, Handset, LineKind, PhoneCall, Text

WAIT_SECONDS = 10.0


class Expected:
    """One text or call that must come, and what is done about it."""

    def __init__(self, phone: Phone, kind: str, words: tuple[str, ...]) -> None:
        self._phone = phone
        self.kind = kind
        self.words = words
        self.sid = ""
        """The text or call that fulfils this; empty until it came."""
        self.done = False
        self.reply = ""
        self.keys = ""
        self.ending = ""

    def replies(self, body: str) -> Expected:
        """Send this text back."""
        assert self.kind == "sms", "only a text can be replied to"
        self.reply = body
        return self

    def presses(self, keys: str) -> Expected:
        """Press these keys, one for each question of the call."""
        assert self.kind == "call", "keys are pressed in a call"
        self.keys = keys
        return self

    def hangs_up(self) -> Expected:
        """Hang up once the words were heard and the keys pressed."""
        self.ending = "hangs up"
        return self

    def rejects(self) -> Expected:
        """Do not take the call."""
        self.ending = "rejects"
        return self

    def rings_out(self) -> Expected:
        """Let it ring until the caller gives up."""
        self.ending = "rings out"
        return self

    def __str__(self) -> str:
        """Say what is expected, for a failed test."""
        words = " ".join(self.words) or "anything"
        state = "done" if self.done else f"matched {self.sid}, not finished" if self.sid else "open"
        return f"{self._phone.number} expects {self.kind} with {words!r} ({state})"

    def __await__(self) -> Generator[None, None, None]:
        """Wait for this one alone."""
        return self._phone.phones.until(lambda: self.done, str(self)).__await__()


class Phone:
    """One phone of the village, as a test sees it."""

    def __init__(self, phones: Phones, number: str) -> None:
        self.phones = phones
        self.number = number
        self.expected: list[Expected] = []
        shown = self._shown()
        self._texts_seen = {text.sid for text in shown.texts} if shown else set()
        self._calls_seen = {shown.call.sid} if shown and shown.call else set()
        self._lines_done: dict[str, int] = {}
        self.unexpected: list[str] = []

    def expects_sms(self, *words: str) -> Expected:
        """Expect a text that contains all these words."""
        return self._expect("sms", words)

    def expects_call(self, *words: str) -> Expected:
        """Expect a call in which all these words are said; it is answered."""
        return self._expect("call", words)

    def quiet(self) -> Phone:
        """Expect nothing (more)."""
        return self

    @property
    def texts(self) -> list[str]:
        """The texts that arrived here, oldest first."""
        shown = self._shown()
        return [text.body for text in shown.texts if not text.mine] if shown else []

    def _expect(self, kind: str, words: tuple[str, ...]) -> Expected:
        expected = Expected(self, kind, words)
        self.expected.append(expected)
        return expected

    def _shown(self) -> Handset | None:
        known = {person.number for person in self.phones.exchange.people()}
        return self.phones.exchange.handset(self.number) if self.number in known else None

    # ---------------------------------------------------------------- what happens

    def look(self) -> None:
        """Take in what is new on the phone, and act on it."""
        shown = self._shown()
        if shown is None:
            return
        for text in shown.texts:
            if not text.mine and text.sid not in self._texts_seen:
                self._texts_seen.add(text.sid)
                self._text(text)
        if shown.call is not None:
            self._call(shown.call)

    def _text(self, text: Text) -> None:
        for expected in self.expected:
            if expected.kind != "sms" or expected.sid:
                continue
            if all(word in text.body for word in expected.words):
                expected.sid = text.sid
                expected.done = True
                if expected.reply:
                    self._reply(expected.reply, text.other)
                return
        self.unexpected.append(f"{self.number} got a text: {text.body!r}")

    def _reply(self, body: str, to: str) -> None:
        self.phones.soon(lambda: self.phones.exchange.text(self.number, body, to))

    def _call(self, call: PhoneCall) -> None:
        mine = [item for item in self.expected if item.sid == call.sid]
        if mine:
            self._follow(mine[0], call)
        elif call.sid not in self._calls_seen:
            self._calls_seen.add(call.sid)
            waiting = [item for item in self.expected if item.kind == "call" and not item.sid]
            if not waiting:
                self.unexpected.append(f"{self.number} is called")
                return
            waiting[0].sid = call.sid
            self._follow(waiting[0], call)

    def _follow(self, expected: Expected, call: PhoneCall) -> None:
        exchange, number = self.phones.exchange, self.number
        if call.state is CallState.RINGING and expected.ending not in ("rejects", "rings out"):
            self._once(expected, "answer", lambda: exchange.answer(number))
        elif call.state is CallState.RINGING and expected.ending == "rejects":
            self._once(expected, "reject", lambda: exchange.reject(number))
        said = " ".join(line.text for line in call.lines if line.kind is LineKind.SAID)
        heard = all(word in said for word in expected.words)
        pressed = sum(line.kind is LineKind.PRESSED for line in call.lines)
        if heard and call.asked and pressed < len(expected.keys):
            key = expected.keys[pressed]
            self._once(expected, f"key {pressed}", lambda: exchange.press(number, key))
        complete = heard and pressed >= len(expected.keys)
        if call.state is CallState.TALKING and complete and expected.ending == "hangs up":
            self._once(expected, "hang up", lambda: exchange.hang_up(number))
        over = call.state is CallState.OVER
        expected.done = expected.done or (complete if not expected.ending else over)

    def _once(self, expected: Expected, what: str, action: Callable[[], None]) -> None:
        """Do something later, and only once: never inside the carrier's own step."""
        mark = f"{expected.sid} {what}"
        if mark not in self._lines_done:
            self._lines_done[mark] = 1
            self.phones.soon(action)


class Phones:
    """The phones of one exchange; `phones(number)` names one of them."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._named: dict[str, Phone] = {}
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._stop = exchange.listen(self._told)

    def __call__(self, number: str) -> Phone:
        """Return one phone; from now on everything that comes to it must be expected."""
        if number not in self._named:
            self._named[number] = Phone(self, number)
        return self._named[number]

    def close(self) -> None:
        """Look no more."""
        self._stop()

    async def met(self, within_s: float = WAIT_SECONDS) -> None:
        """Wait until all that is expected came; fail on what did not, and on what else came.

        Raises:
            AssertionError: with one line for each surprise.
        """
        open_ = [item for phone in self._named.values() for item in phone.expected]
        await self.until(
            lambda: all(item.done for item in open_) or bool(self.unexpected()),
            "; ".join(str(item) for item in open_ if not item.done),
            within_s,
        )
        assert not self.unexpected(), "\n".join(self.unexpected())

    def unexpected(self) -> list[str]:
        """Return what came without being expected."""
        return [line for phone in self._named.values() for line in phone.unexpected]

    async def until(
        self, true: Callable[[], bool], what: str, within_s: float = WAIT_SECONDS
    ) -> None:
        """Wait until something is true of the phones.

        Raises:
            AssertionError: it did not become true in time.
        """
        try:
            async with asyncio.timeout(within_s):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"after {within_s} s: {what}; {self.unexpected()}") from None

    def soon(self, action: Callable[[], None]) -> None:
        """Do something right after the current step."""
        self._loop.call_soon(action)

    def _told(self, number: str) -> None:
        if number in self._named:
            self._named[number].look()
        self._changed.set()
