"""Phones that are reached over two lines: the carrier on the internet, and the SIM of a modem."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from simulators.carrier.live import INTERNET, LiveCarrier
from simulators.modem.hands import SIM, SimPhones
from simulators.modem.phones import Phone
from simulators.phones.exchange import (
    KEYS,
    TEXTS_SHOWN_MAX,
    CallState,
    Handset,
    PhoneCall,
    PhoneError,
    Way,
)
from simulators.phones.people import Person


class TwoLines:
    """Fulfils the phones' `Exchange`: one phone in every hand, whichever line it rings by."""

    def __init__(self, carrier: LiveCarrier, sim: SimPhones) -> None:
        """Join the two: a phone that talks on one line is engaged on the other."""
        self._carrier = carrier
        self._sim = sim
        sim.modem.network.changed = self._changed
        sim.modem.calls.engaged = self._engaged_at_the_carrier
        carrier.core.engage(sim.is_engaged)

    def people(self) -> tuple[Person, ...]:
        """Return everybody with a phone."""
        return self._carrier.people()

    def ways(self) -> tuple[Way, ...]:
        """Return both lines."""
        return (*self._carrier.ways(), self._sim.way())

    async def set_way(self, id: str, up: bool) -> None:
        """Cut the internet or pull the modem out, or mend it."""
        if id != SIM:
            await self._carrier.set_way(id, up)
            return
        self._sim.set_up(up)
        self._carrier.core.changed("")

    def handset(self, number: str) -> Handset:
        """Return what a phone shows, from both lines."""
        one = self._carrier.handset(number)
        texts = [msgspec.structs.replace(text, via=INTERNET) for text in one.texts]
        both = sorted([*texts, *self._sim.texts(number)], key=lambda text: text.at)
        return Handset(
            person=one.person,
            texts=tuple(both[-TEXTS_SHOWN_MAX:]),
            call=_foremost(one.call, self._sim.call(number)),
        )

    def listen(self, told: Callable[[str], None]) -> Callable[[], None]:
        """Call `told(number)` at every change of a phone; returns how to stop."""
        return self._carrier.listen(told)

    def answer(self, number: str) -> None:
        """Take the ringing call."""
        if not self._sim.answer(number):
            self._carrier.answer(number)

    def reject(self, number: str) -> None:
        """Refuse the ringing call."""
        if not self._sim.reject(number):
            self._carrier.reject(number)

    def hang_up(self, number: str) -> None:
        """End the call in progress, or the one that was dialled here and still rings."""
        if not self._sim.hang_up(number):
            self._carrier.hang_up(number)

    def press(self, number: str, key: str) -> None:
        """Press one key during a call."""
        if key not in KEYS or not self._sim.press(number, key):
            self._carrier.press(number, key)

    def dial(self, number: str, to: str = "") -> None:
        """Call one of the gateway's numbers, by default the one that was in touch last."""
        if (to or self._last(number)) != self._sim.number:
            self._carrier.dial(number, to)
            return
        if self._engaged_at_the_carrier(number) or self._sim.is_engaged(number):
            raise PhoneError(number, "it is engaged", "no other call")
        self._carrier.core.meet(number)
        if not self._sim.dial(number):
            raise PhoneError(self._sim.number, "not reachable", "the modem plugged in")

    def text(self, number: str, body: str, to: str = "") -> None:
        """Write a text, by default to whoever wrote or called last."""
        if (to or self._last(number)) != self._sim.number:
            self._carrier.text(number, body, to)
            return
        self._carrier.core.check_text(number, body)
        self._sim.text(number, body)

    def set_habit(self, number: str, name: str) -> None:
        """Give the person another habit, on both lines."""
        self._carrier.set_habit(number, name)
        self._sim.set_person(self._carrier.handset(number).person)

    def _last(self, number: str) -> str:
        """The number of ours that was in touch last; empty: the carrier chooses."""
        if number not in {person.number for person in self.people()}:
            return ""
        shown = self.handset(number)
        call, texts = shown.call, [text for text in shown.texts if not text.mine]
        if call is not None and not (texts and texts[-1].at > call.since):
            return call.other
        return texts[-1].other if texts else ""

    def _changed(self, phone: Phone) -> None:
        self._carrier.core.changed(phone.person.number)

    def _engaged_at_the_carrier(self, number: str) -> bool:
        if number not in {person.number for person in self.people()}:
            return False
        call = self._carrier.handset(number).call
        return call is not None and call.state is not CallState.OVER


def _foremost(one: PhoneCall | None, other: PhoneCall | None) -> PhoneCall | None:
    """Return the call that goes on, else the later one."""
    both = [call for call in (_by(one), other) if call is not None]
    return max(both, key=lambda call: (call.state is not CallState.OVER, call.since), default=None)


def _by(call: PhoneCall | None) -> PhoneCall | None:
    return None if call is None else msgspec.structs.replace(call, via=INTERNET)
