"""The network behind the modem: texts on their way, reports, replies, and the balance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone

from simulators.modem import pdu
from simulators.modem.phones import Fate, Phone, of_people, unknown
from simulators.modem.settings import Setup, Timing
from simulators.phones.people import OnCall, Person

CHINA = timezone(timedelta(hours=8))
STILL_TRYING = 0x20


class Network:
    """Carries texts between the modem and phones."""

    def __init__(self, people: Iterable[Person], setup: Setup, timing: Timing) -> None:
        """Make it; `incoming` and `reports` are set by the modem."""
        self.phones: dict[str, Phone] = of_people(tuple(people))
        self.setup = setup
        self.timing = timing
        self.incoming: Callable[[str], None] = lambda pdu: None
        self.reports: Callable[[str], None] = lambda pdu: None
        self.changed: Callable[[Phone], None] = lambda phone: None
        """Told when a phone shows something new."""
        self.asked_balance = 0
        self._parts: dict[tuple[str, int, int], dict[int, pdu.Submitted]] = {}
        self._references = 0

    def phone(self, number: str) -> Phone:
        """Return the phone with that number."""
        if number not in self.phones:
            self.phones[number] = unknown(number)
        return self.phones[number]

    def refusal(self, number: str) -> int:
        """Return the +CMS ERROR with which texts to `number` are refused; 0: they are not."""
        return self.phone(number).refusal

    def take(self, part: pdu.Submitted, reference: int) -> None:
        """Take a text, or a part of one, that the modem got the reference `reference` for."""
        if part.number.lstrip("+") == self.setup.service_number:
            self._balance(part)
            return
        phone = self.phone(part.number)
        status = phone.status()
        if part.wants_report and status is not None:
            self._report(part, reference, status, late=phone.fate is Fate.LATE)
        if status not in (0, None):
            return
        key = (part.number, part.reference, part.total)
        parts = self._parts.setdefault(key, {})
        parts[part.part] = part
        if len(parts) == part.total:
            del self._parts[key]
            self._arrive(phone, pdu.joined(list(parts.values())))

    def send(
        self,
        sender: str,
        text: str,
        *,
        order: Iterable[int] | None = None,
        without: Iterable[int] = (),
    ) -> None:
        """Send a text to the modem.

        Args:
            sender: whose it is.
            text: what it says; long ones go in parts.
            order: in which order the parts arrive, from 1; None: as they are.
            without: parts that never arrive.
        """
        self._references = self._references % 255 + 1
        parts = pdu.deliveries(sender, text, _now(), self._references)
        for n in order or range(1, len(parts) + 1):
            if n not in set(without):
                self.incoming(parts[n - 1])

    def write(self, phone: Phone, text: str) -> None:
        """Let the holder of a phone write a text to the modem."""
        phone.show(text, "", mine=True)
        self.changed(phone)
        self.send(phone.person.number, text)

    def cut_off(self, sender: str, text: str) -> None:
        """Send a text whose last octets are missing."""
        self.incoming(pdu.deliver(sender, text, _now())[:-4])

    def _arrive(self, phone: Phone, text: str) -> None:
        if phone.habit.on_call is OnCall.OFF:
            return
        phone.texts.append(text)
        phone.show(text, "")
        self.changed(phone)
        reply = phone.reply_to(text)
        if reply:
            self._later(phone.habit.replies_after_s, lambda: self.write(phone, reply))

    def _report(self, part: pdu.Submitted, reference: int, status: int, *, late: bool) -> None:
        def say(status: int) -> None:
            self.reports(pdu.report(reference, part.number, status, _now()))

        self._later(self.timing.report, lambda: say(STILL_TRYING if late else status))
        if late:
            self._later(self.timing.late, lambda: say(status))

    def _balance(self, part: pdu.Submitted) -> None:
        if part.text.strip().upper() != self.setup.service_word:
            return
        self.asked_balance += 1
        number, text = self.setup.service_number, self.setup.balance
        self._later(self.timing.balance, lambda: self.send(number, text))

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(self.timing.of(seconds), call)


def _now() -> datetime:
    return datetime.now(CHINA)
