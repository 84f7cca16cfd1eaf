"""What a hand can do with a phone that the modem calls, and what it shows."""

from __future__ import annotations

from simulators.modem.calls import ALERTING, BUSY, DIALLING, REJECTED
from simulators.modem.emulator import Emulator
from simulators.modem.phones import Call, Phone
from simulators.phones.exchange import CallState, PhoneCall, Text, Way
from simulators.phones.people import Person

SIM = "sim"
"""How the way over the modem is called."""


class SimPhones:
    """The phones behind a modem, in hands instead of habits."""

    def __init__(self, modem: Emulator, number: str) -> None:
        """Make it.

        Args:
            modem: what calls and is called.
            number: its SIM's.
        """
        self.modem = modem
        self.number = number

    def way(self) -> Way:
        """Return the line it is."""
        return Way(id=SIM, number=self.number, up=self.modem.tty.is_there)

    def set_up(self, up: bool) -> None:
        """Pull the modem out, or plug it in."""
        if up == self.modem.tty.is_there:
            return
        if up:
            self.modem.start()
        else:
            self.modem.stop()

    def texts(self, number: str) -> list[Text]:
        """Return the texts in sight, oldest first."""
        return [
            Text(
                at=text.at,
                sid=text.sid,
                body=text.body,
                other=self.number,
                mine=text.mine,
                via=SIM,
            )
            for text in self._phone(number).shown
        ]

    def call(self, number: str) -> PhoneCall | None:
        """Return the latest call that reached the phone."""
        for call in reversed(self._phone(number).calls):
            unheard = call.state == DIALLING and not call.answered
            if not (unheard or call.cause == BUSY):
                return self._shown(call)
        return None

    def is_engaged(self, number: str) -> bool:
        """Return whether the phone rings or talks here."""
        call = self.call(number)
        return call is not None and call.state is not CallState.OVER

    def answer(self, number: str) -> bool:
        """Take the ringing call; False: none rings."""
        call = self._ringing(number)
        if call is not None:
            self.modem.calls.pick_up(call)
        return call is not None

    def reject(self, number: str) -> bool:
        """Refuse the ringing call; False: none rings."""
        call = self._ringing(number)
        if call is not None:
            self.modem.calls.refuse(call)
        return call is not None

    def hang_up(self, number: str) -> bool:
        """End the call, or give up dialling; False: there is none."""
        calls = self.modem.calls
        for call in (calls.current, calls.waiting):
            if call is None or call.phone.person.number != number:
                continue
            if call.answered or call.inbound:
                calls.far_end_hangs_up(call)
                return True
        return False

    def press(self, number: str, key: str) -> bool:
        """Press a key; False: no call."""
        call = self.modem.calls.current
        if call is None or not call.answered or call.phone.person.number != number:
            return False
        self.modem.calls.press(key)
        return True

    def dial(self, number: str) -> bool:
        """Call the modem; False: its line does not exist now."""
        if not self.modem.tty.is_there:
            return False
        self.modem.calls.ring(number)
        return True

    def text(self, number: str, body: str) -> None:
        """Write to the modem."""
        self.modem.network.write(self._phone(number), body)

    def set_person(self, person: Person) -> None:
        """Give a phone to somebody, or somebody other habits."""
        self._phone(person.number).person = person

    def _phone(self, number: str) -> Phone:
        return self.modem.network.phone(number)

    def _ringing(self, number: str) -> Call | None:
        call = self.modem.calls.current
        if call is None or call.inbound or call.state != ALERTING:
            return None
        return call if call.phone.person.number == number else None

    def _shown(self, call: Call) -> PhoneCall:
        state = CallState.TALKING if call.answered else CallState.RINGING
        outcome = ""
        if call.ended:
            state = CallState.OVER
            outcome = "completed" if call.answered else "no-answer"
            if call.cause == REJECTED:
                outcome = "busy"
            elif not call.answered and not call.inbound and call.cause == 16:
                outcome = "canceled"
        return PhoneCall(
            sid=f"sim-{call.phone.person.number}-{call.began.timestamp():.6f}",
            other=self.number,
            state=state,
            since=call.since,
            outgoing=call.inbound,
            asked=call.asked,
            lines=tuple(call.lines),
            outcome=outcome,
            via=SIM,
        )
