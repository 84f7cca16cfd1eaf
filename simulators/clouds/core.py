"""Both clouds as a pure state machine: every moment comes in, nothing waits.

Whoever drives it keeps the clock: `handle` for the interfaces, `advance` whenever
`deadline()` has come, `take_pushes()` for what the clouds send to the gateway. Rules are
enforced as documented: signatures, registered texts with their filing, lengths, quotas, money.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from simulators.clouds.records import (
    AFTER,
    DELIVERED,
    Answer,
    Call,
    Fate,
    Fault,
    FaultKind,
    Push,
    Reply,
    Request,
    Sms,
    Wire,
)
from simulators.clouds.settings import Tenant, Timing
from simulators.phones.people import OnCall, Person

HTML = b"<html><head><title>502</title></head><body>nginx</body></html>"
KEPT_MAX = 20_000


class Face(Protocol):
    """How one cloud answers, and what it pushes."""

    def handle(self, now: datetime, request: Request) -> Answer:
        """Carry out one request; never raises."""

    def receipt(self, now: datetime, text: Sms) -> None:
        """Push what became of a text."""

    def replied(self, now: datetime, reply: Reply) -> None:
        """Push a reply."""

    def pressed(self, now: datetime, call: Call, key: str) -> None:
        """Push a key."""

    def ended(self, now: datetime, call: Call) -> None:
        """Push that a call is over."""


class Clouds:
    """Accounts, texts, calls and phones on the caller's clock."""

    def __init__(
        self,
        tenants: dict[str, Tenant],
        people: Iterable[Person] = (),
        timing: Timing | None = None,
    ) -> None:
        self.tenants = tenants
        self.timing = timing or Timing()
        self.people = {person.number: person for person in people}
        self.faults: list[Fault] = []
        self.fates: dict[str, Fate] = {}
        self.texts: list[Sms] = []
        self.calls: list[Call] = []
        self.replies: list[Reply] = []
        self.asked: list[str] = []
        """Every action that was asked for, in order."""
        self.faces: dict[str, Face] = {}
        """How each cloud answers and pushes, by name (`simulators.clouds.both`)."""
        self._count = itertools.count(1)
        self._agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._pushes: list[Push] = []

    # ---------------------------------------------------------------- time

    def deadline(self) -> datetime | None:
        """Return the next moment something happens by itself."""
        return self._agenda[0][0] if self._agenda else None

    def advance(self, now: datetime) -> None:
        """Let everything due by `now` happen, each at its own moment."""
        while self._agenda and self._agenda[0][0] <= now:
            at, _, happen = heapq.heappop(self._agenda)
            happen(at)

    def later(self, now: datetime, seconds: float, happen: Callable[[datetime], None]) -> None:
        """Let something happen after so many seconds of the telephone world."""
        at = now + timedelta(seconds=seconds * self.timing.pace)
        heapq.heappush(self._agenda, (at, next(self._count), happen))

    def next_id(self) -> int:
        """Return a number nobody had before."""
        return next(self._count)

    # ---------------------------------------------------------------- the interfaces

    def handle(self, now: datetime, request: Request) -> Answer:
        """Carry out one request; never raises."""
        self.advance(now)
        name = "tencent" if "tencent" in request.host else "aliyun"
        face = self.faces.get(name)
        if face is None:
            return Answer(status=404, body=HTML, media_type="text/html")
        return face.handle(now, request)

    def strike(self, provider: str, channel: str, number: str, reads: bool = False) -> Fault | None:
        """Return the fault that meets this request, using it up."""
        for fault in self.faults:
            wanted = (fault.provider or provider, fault.channel or channel, fault.number or number)
            if fault.reads is not reads or wanted != (provider, channel, number):
                continue
            if fault.times == 1:
                self.faults.remove(fault)
            elif fault.times > 1:
                fault.times -= 1
            return fault
        return None

    @staticmethod
    def spoilt(fault: Fault) -> Answer:
        """Return what comes back instead of an answer."""
        if fault.kind in (FaultKind.HANG, FaultKind.HANG_AFTER):
            return Answer(wire=Wire.HANG)
        if fault.kind is FaultKind.ERROR:
            return Answer(status=fault.status, body=b'{"Code":"InternalError","Message":"oops"}')
        return Answer(status=fault.status, body=HTML, media_type="text/html")

    @staticmethod
    def is_after(fault: Fault | None) -> bool:
        """Return True if the request is carried out all the same."""
        return fault is not None and fault.kind in AFTER

    # ---------------------------------------------------------------- texts

    def send(self, now: datetime, text: Sms) -> None:
        """Take a text on its way."""
        self.texts.append(text)
        del self.texts[:-KEPT_MAX]
        fate = self.fates.get(text.number, DELIVERED)
        person = self.people.get(text.number)
        is_off = person is not None and person.habit.on_call is OnCall.OFF
        code = fate.code or ("UNDELIV" if is_off else "")
        after = self.timing.lost_s if code else self.timing.sms_s
        if not code:
            self.later(now, self.timing.sms_s, lambda at: self._read(at, text, person))
        if not fate.is_silent:
            self.later(now, after + fate.late_s, lambda at: self._receipt(at, text, code, fate))

    def _receipt(self, now: datetime, text: Sms, code: str, fate: Fate) -> None:
        text.status, text.code, text.received_at = ("failed" if code else "delivered"), code, now
        for _ in range(fate.pushes):
            self.faces[text.provider].receipt(now, text)

    def _read(self, now: datetime, text: Sms, person: Person | None) -> None:
        if person is None or not person.habit.replies:
            return
        habit = person.habit
        if habit.replies_to and not any(word in text.content for word in habit.replies_to):
            return
        number = text.number
        body = habit.replies[0]

        def write(at: datetime) -> None:
            self.text(at, number, body, text.provider)

        self.later(now, habit.replies_after_s, write)

    def text(self, now: datetime, number: str, body: str, provider: str = "") -> Reply:
        """Let a person write back, by default to whoever wrote last.

        Raises:
            ValueError: nobody has written to this number.
        """
        self.advance(now)
        last = next((one for one in reversed(self.texts) if one.number == number), None)
        if not provider and last is None:
            raise ValueError(f"{number}: nobody wrote to it; expected a number that got a text")
        name = provider or (last.provider if last is not None else "")
        reply = Reply(provider=name, id=str(self.next_id()), number=number, content=body, at=now)
        self.replies.append(reply)
        self.faces[name].replied(now, reply)
        return reply

    # ---------------------------------------------------------------- calls

    def call(self, now: datetime, call: Call) -> None:
        """Begin a call."""
        self.calls.append(call)
        del self.calls[:-KEPT_MAX]
        person = self.people.get(call.number)
        habit = person.habit if person is not None else None
        match habit.on_call if habit is not None else OnCall.RINGS:
            case OnCall.OFF:
                self.later(now, self.timing.dialled_s, lambda at: self._ended(at, call, "off"))
            case OnCall.BUSY | OnCall.REJECTS:
                self.later(now, self.timing.dialled_s, lambda at: self._ended(at, call, "busy"))
            case OnCall.RINGS:
                after = self.timing.no_answer_s
                self.later(now, after, lambda at: self._ended(at, call, "no-answer"))
            case _:
                assert habit is not None
                after = self.timing.dialled_s + habit.answers_after_s
                self.later(now, after, lambda at: self._answered(at, call, person))

    def _answered(self, now: datetime, call: Call, person: Person | None) -> None:
        call.status, call.answered_at = "talking", now
        habit = person.habit if person is not None else None
        if habit is not None and habit.keys and habit.on_call is OnCall.ANSWERS:
            key = habit.keys[0]
            self.later(now, habit.presses_after_s, lambda at: self.press(at, call, key))
        self.later(now, self.timing.spoken_s, lambda at: self._ended(at, call, "heard"))

    def press(self, now: datetime, call: Call, key: str) -> None:
        """Let the person in the call press a key; without a menu nobody takes note."""
        if call.status == "talking" and call.takes_keys:
            call.keys += key
            self.faces[call.provider].pressed(now, call, key)

    def _ended(self, now: datetime, call: Call, status: str) -> None:
        if call.ended_at is None:
            call.status, call.ended_at = status, now
            self.faces[call.provider].ended(now, call)

    # ---------------------------------------------------------------- pushes

    def push(self, now: datetime, provider: str, path: str, body: object) -> None:
        """Send something to the gateway, if it has an address."""
        if self.tenants[provider].push_to:
            one = Push(provider=provider, path=path, body=body)
            self.later(now, self.timing.push_s, lambda _: self._pushes.append(one))

    def take_pushes(self) -> list[Push]:
        """Return the requests to make now; each is handed out once."""
        taken, self._pushes = self._pushes, []
        return taken
