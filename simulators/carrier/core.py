"""The carrier as a pure state machine: every moment comes in, nothing waits.

Whoever drives it keeps the clock: `handle` for the provider's interface, the
hands for the phones, `advance` whenever `deadline()` has come, `webhooks.take()`
for the requests to make and `came_back` with their outcome. With the same seed and
the same moments everything repeats exactly, ids included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from simulators.carrier.calls import Calls
from simulators.carrier.faults import Faults
from simulators.carrier.messages import NUMBER, Messages
from simulators.carrier.network import Network
from simulators.carrier.records import Call, Kept, Message, Warned
from simulators.carrier.rest import Answer, Request, Rest
from simulators.carrier.settings import REAL, Account, Timing
from simulators.carrier.studio import Studio
from simulators.carrier.webhooks import CameBack, Webhook, usable
from simulators.phones.exchange import KEYS, CallState, Handset, PhoneError, Text
from simulators.phones.people import Habit, Person, named

TEXT_CHARS_MAX = 500
KEPT_MAX = 1_000
"""Texts, and calls, kept over a restart: the newest."""


class Carrier:
    """Account, texts, calls, phones and faults on the caller's clock."""

    def __init__(
        self,
        people: Iterable[Person] = (),
        account: Account | None = None,
        timing: Timing = REAL,
        seed: int = 0,
    ) -> None:
        self._network = Network(account or Account(), timing, people, seed)
        self._messages = Messages(self._network)
        self._calls = Calls(self._network)
        self.studio = Studio(self._network, self._calls)
        self._rest = Rest(self._network, self._messages, self._calls, self.studio)

    # ---------------------------------------------------------------- time

    def deadline(self) -> datetime | None:
        """Return the next moment something happens by itself."""
        return self._network.agenda.deadline()

    def advance(self, now: datetime) -> None:
        """Let everything due by `now` happen, each at its own moment."""
        self._network.agenda.run(now)

    # ---------------------------------------------------------------- the provider

    @property
    def account(self) -> Account:
        """The account and its numbers."""
        return self._network.account

    @property
    def faults(self) -> Faults:
        """What is made to go wrong."""
        return self._network.faults

    def handle(self, now: datetime, request: Request) -> Answer:
        """Carry out one request of the REST interface; never raises."""
        self.advance(now)
        return self._rest.handle(now, request)

    def messages(self) -> list[Message]:
        """Return every text, newest first."""
        return self._messages.all()

    def calls(self) -> list[Call]:
        """Return every call, newest first, with its transcript."""
        return self._calls.all()

    def kept(self) -> Kept:
        """Return what is to be kept over a restart."""
        return Kept(
            messages=tuple(reversed(self._messages.all()[:KEPT_MAX])),
            calls=tuple(reversed(self._calls.all()[:KEPT_MAX])),
            shown=self._messages.shown_everywhere(),
            opted_out=tuple(sorted(self._network.opted_out)),
        )

    def recall(self, now: datetime, kept: Kept) -> None:
        """Take it back, before anything else happens; what was on its way then is lost."""
        self._messages.recall(now, kept.messages, kept.shown)
        self._calls.recall(now, kept.calls)
        self._network.opted_out |= set(kept.opted_out)
        numbers = [message.number for message in kept.messages]
        numbers += [call.number for call in kept.calls]
        self._network.count_from(max(numbers, default=0))

    def warnings(self) -> tuple[Warned, ...]:
        """Return the caller's mistakes, oldest first."""
        return tuple(self._network.warnings)

    def set_sms_url(self, number: str, url: str, method: str = "POST") -> None:
        """Have this address called for every text to an account number; empty: no more.

        Raises:
            ValueError: not a number of the account, or not an address.
        """
        self._check_webhook(number, url, method)
        self._messages.webhooks[number] = (url, method)

    def set_voice_url(self, number: str, url: str, method: str = "POST") -> None:
        """Have this address asked what a call to an account number hears; empty: no more.

        Raises:
            ValueError: not a number of the account, or not an address.
        """
        self._check_webhook(number, url, method)
        self._calls.webhooks[number] = (url, method)

    def _check_webhook(self, number: str, url: str, method: str) -> None:
        if number not in self.account.numbers:
            expected = ", ".join(self.account.numbers)
            raise ValueError(f"{number}: not a number of the account; expected {expected}")
        if url and not usable(url):
            raise ValueError(f"{url!r}: expected an http(s) address")
        if method not in ("GET", "POST"):
            raise ValueError(f"{method!r}: expected GET or POST")

    # ---------------------------------------------------------------- requests to make

    def take_webhooks(self) -> list[Webhook]:
        """Return the requests to make now; each is handed out once."""
        return self._network.webhooks.take()

    def came_back(self, now: datetime, webhook: Webhook, result: CameBack) -> None:
        """Report what became of a request."""
        self.advance(now)
        self._network.webhooks.came_back(now, webhook, result)

    # ---------------------------------------------------------------- the phones

    def people(self) -> tuple[Person, ...]:
        """Return everybody with a phone."""
        return tuple(self._network.people.values())

    def listen(self, told: Callable[[str], None]) -> Callable[[], None]:
        """Call `told(number)` at every change of a phone; returns how to stop."""
        return self._network.listen(told)

    def changed(self, number: str) -> None:
        """Tell everybody who listens that this phone shows something new."""
        self._network.changed(number)

    def engage(self, elsewhere: Callable[[str], bool]) -> None:
        """Take phones for engaged that have a call on another line."""
        self._network.elsewhere = elsewhere

    def handset(self, number: str) -> Handset:
        """Return what a phone shows."""
        person = self._known(number)
        return Handset(
            person=person, texts=self._messages.shown(number), call=self._calls.shown(number)
        )

    def answer(self, now: datetime, number: str) -> None:
        """Take the ringing call; raises PhoneError when none rings."""
        self.advance(now)
        self._known(number)
        if not self._calls.answer(now, number):
            raise PhoneError(number, "nothing rings", "a ringing call")

    def reject(self, now: datetime, number: str) -> None:
        """Refuse the ringing call; raises PhoneError when none rings."""
        self.advance(now)
        self._known(number)
        if not self._calls.reject(now, number):
            raise PhoneError(number, "nothing rings", "a ringing call")

    def hang_up(self, now: datetime, number: str) -> None:
        """End the call, or give up dialling; raises PhoneError when there is none."""
        self.advance(now)
        self._known(number)
        if not self._calls.hang_up(now, number):
            raise PhoneError(number, "no call", "a call in progress")

    def press(self, now: datetime, number: str, key: str) -> None:
        """Press a key; raises PhoneError without a call or with no such key."""
        self.advance(now)
        self._known(number)
        if key not in KEYS:
            raise PhoneError(number, f"key {key!r:.20}", "one of 0-9, * and #")
        if not self._calls.press(now, number, key):
            raise PhoneError(number, "no call", "a call in progress")

    def dial(self, now: datetime, number: str, to: str = "") -> None:
        """Call a number of the account; who was never heard of becomes a stranger.

        Raises:
            PhoneError: this phone is engaged, or one of the numbers is none.
        """
        self.advance(now)
        to = to or self.account.numbers[0]
        if to not in self.account.numbers:
            raise PhoneError(to, "not the account's", ", ".join(self.account.numbers))
        self.meet(number)
        if not self._calls.dial(now, number, to):
            raise PhoneError(number, "it is engaged", "no other call")

    def meet(self, number: str) -> None:
        """Let a phone be one of ours, a stranger's if we never heard of it.

        Raises:
            PhoneError: it is no number.
        """
        if NUMBER.fullmatch(number) is None:
            raise PhoneError(number, "it is no number", "one like +85251000099")
        self._network.person(number)
        self.changed(number)

    def check_text(self, number: str, body: str) -> None:
        """Refuse what cannot be sent.

        Raises:
            PhoneError: an empty or endless text, or nobody's number.
        """
        self._known(number)
        if not body.strip() or len(body) > TEXT_CHARS_MAX:
            expected = f"1 to {TEXT_CHARS_MAX} characters"
            raise PhoneError(number, f"a text of {len(body)} characters", expected)

    def text(self, now: datetime, number: str, body: str, to: str = "") -> Text:
        """Write a text, by default to whoever wrote or called last.

        Raises:
            PhoneError: an empty or endless text.
        """
        self.advance(now)
        self.check_text(number, body)
        self._messages.write(now, number, body, to or self._last_other(number))
        return self._messages.shown(number)[-1]

    def set_habit(self, number: str, habit: str | Habit) -> None:
        """Give a person another habit, by name or in full.

        Raises:
            PeopleError: no habit of this name.
            PhoneError: nobody has this number.
        """
        person = self._known(number)
        if isinstance(habit, str):
            person = named(person, habit)
        else:
            person = msgspec.structs.replace(person, habit=habit, habit_name="own")
        self._network.people[number] = person
        self._network.changed(number)

    def set_strangers(self, habit: Habit) -> None:
        """Give everybody nobody described this habit, from their first use on."""
        self._network.stranger = habit

    def _known(self, number: str) -> Person:
        if number not in self._network.people:
            raise PhoneError(number, "nobody has this number", "a number of the village")
        return self._network.people[number]

    def _last_other(self, number: str) -> str:
        texts, call = self._messages.shown(number), self._calls.shown(number)
        received = [text for text in texts if not text.mine]
        if received and (call is None or received[-1].at >= call.since):
            return received[-1].other
        if call is not None and call.state is not CallState.RINGING:
            return call.other
        return received[-1].other if received else self.account.numbers[0]
