"""What texts and calls share: the account, the clock's agenda, the people, the faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random

from simulators.carrier.agenda import Action, Agenda, Timer
from simulators.carrier.faults import ON_CALLBACK, FaultKind, Faults, Target
from simulators.carrier.records import Warned
from simulators.carrier.settings import Account, Timing
from simulators.carrier.webhooks import CameBack, Then, Webhooks
from simulators.phones.people import MANUAL, Habit, Person

WARNINGS_MAX = 500

INNER = "https://webhooks.carrier.invalid/studio/"
"""Where calls of Studio ask what comes next."""


class Network:
    """The ground both books stand on; knows neither texts nor calls."""

    def __init__(
        self, account: Account, timing: Timing, people: Iterable[Person], seed: int
    ) -> None:
        self.account = account
        self.timing = timing
        self.dice = Random(seed)
        self.agenda = Agenda()
        self.faults = Faults(self.dice)
        self.webhooks = Webhooks(account.token, self.dice)
        self.people: dict[str, Person] = {person.number: person for person in people}
        self.stranger: Habit = MANUAL
        """The habit of numbers nobody described."""
        self.opted_out: set[tuple[str, str]] = set()
        """(account number, phone) pairs that may not be written to."""
        self.warnings: list[Warned] = []
        self.inner: Callable[[datetime, str, dict[str, str]], bytes] | None = None
        """Answers requests to addresses under `INNER`, which nobody outside has."""
        self.elsewhere: Callable[[str], bool] = lambda number: False
        """Whether a phone has a call on another line."""
        self._listeners: list[Callable[[str], None]] = []
        self._count = 0

    def sid(self, prefix: str) -> str:
        """Return a new resource id."""
        return f"{prefix}{self.dice.getrandbits(128):032x}"

    def count(self) -> int:
        """Return a number higher than all before."""
        self._count += 1
        return self._count

    def count_from(self, number: int) -> None:
        """Go on counting above `number`."""
        self._count = max(self._count, number)

    def person(self, number: str) -> Person:
        """Return who holds this number; a stranger is met at the first use."""
        if number not in self.people:
            self.people[number] = Person(number=number, name=number, habit=self.stranger)
        return self.people[number]

    def later(self, now: datetime, seconds: float, action: Action) -> Timer:
        """Enter an action for so many seconds of the telephone world from now."""
        return self.agenda.at(now + timedelta(seconds=seconds * self.timing.pace), action)

    def warn(self, at: datetime, sid: str, code: int, message: str) -> None:
        """Note a mistake of the caller, for the debugger's list."""
        self.warnings.append(Warned(at=at, sid=sid, code=code, message=message))
        del self.warnings[:-WARNINGS_MAX]

    def listen(self, told: Callable[[str], None]) -> Callable[[], None]:
        """Call `told(number)` at every change of a phone; returns how to stop."""
        self._listeners.append(told)
        return lambda: self._listeners.remove(told) if told in self._listeners else None

    def changed(self, number: str) -> None:
        """Tell everybody who listens that this phone shows something new."""
        for told in tuple(self._listeners):
            told(number)

    def report(
        self,
        now: datetime,
        sid: str,
        method: str,
        url: str,
        form: dict[str, str],
        *,
        target: Target,
        number: str,
        final: bool,
    ) -> None:
        """Send a status callback, as late, often and orderly as the faults allow."""
        if not url:
            return
        fault = self.faults.strike(ON_CALLBACK, target, (number,))
        if fault is not None and fault.kind is FaultKind.CALLBACK_LOST:
            return
        delay = self.timing.webhook_s
        copies = 1
        if fault is not None:
            if fault.kind is FaultKind.CALLBACK_DUPLICATE:
                copies = 2
            elif fault.kind is FaultKind.CALLBACK_LATE or not final:
                delay += fault.seconds

        def noted(at: datetime, result: CameBack) -> None:
            if not result.fine:
                self.warn(at, sid, 11200, f"status callback {url}: {describe(result)}")

        token = self.webhooks.token()
        for _ in range(copies):
            self.request(now, delay, "status", sid, method, url, form, noted, token)

    def request(
        self,
        now: datetime,
        delay: float,
        purpose: str,
        sid: str,
        method: str,
        url: str,
        form: dict[str, str],
        then: Then,
        token: str = "",
    ) -> None:
        """Write a request down after a delay (seconds of the telephone world)."""
        if url.startswith(INNER) and self.inner is not None:
            inner = self.inner

            def answered(at: datetime) -> None:
                then(at, CameBack(status=200, body=inner(at, url, form)))

            self.later(now, delay, answered)
            return
        token = token or self.webhooks.token()
        self.later(
            now, delay, lambda _: self.webhooks.ask(purpose, sid, method, url, form, then, token)
        )


def describe(result: CameBack) -> str:
    """Return what came back, in words for the debugger's list."""
    if result.failure == "ct":
        return "no connection"
    if result.failure:
        return "no answer in time"
    return f"answered {result.status}"
