"""How the modem is, for the technical page; and which of it is a fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import msgspec

from alerting.words import Words
from gateway.clock import Clock, Timer
from gateway.transports.modem.access import ModemAccess
from gateway.transports.modem.session import State
from gateway.transports.modem.talk import Skills
from gateway.transports.transport import FaultSink, Gauge

PART = "modem"
"""The part of the gateway that is broken then."""
LINK, NETWORK, SIM, BALANCE, KEEPING = "link", "network", "SIM", "balance", "memory"
SPENT = "credit"
"""The money is used up: unlike `BALANCE`, which says that it soon will be."""
CUTS = frozenset({LINK, NETWORK, SIM, SPENT})
"""Whoever says one of these says that nobody is reached by this modem."""

_REGISTRATIONS = {
    0: Words("没有搜网", "not searching"),
    1: Words("已注册", "registered"),
    2: Words("正在搜网", "searching"),
    3: Words("被运营商拒绝", "refused by the carrier"),
    5: Words("已注册（漫游）", "registered (roaming)"),
}


class Money(msgspec.Struct, frozen=True):
    """What the carrier said is left."""

    left: float
    at: datetime


class Condition:
    """Takes note of everything the driver learns of its modem."""

    def __init__(self, access: ModemAccess, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._fault: FaultSink | None = None
        self._broken: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._late: dict[str, Timer] = {}
        self.state: State | None = None
        """None: it is not there, or does not answer."""
        self.skills: Skills | None = None
        self.money: Money | None = None
        self.proven_at: Callable[[], datetime | None] = lambda: None
        self.resets = 0
        self._balance = re.compile(access.balance_pattern)

    @property
    def is_hopeless(self) -> bool:
        """Return whether it has been out of order for so long that waiting is no use."""
        return LINK in self._broken or SIM in self._broken

    @property
    def trouble(self) -> str:
        """Return everything that is wrong with it."""
        return "; ".join(self._broken.values())

    def report_to(self, fault: FaultSink) -> None:
        """Report faults from now on; those that were found before, at once."""
        self._fault = fault
        for source, detail in self._said.items():
            fault(PART, bool(detail), detail, source)

    def say(self, source: str, detail: str) -> None:
        """Say what is wrong with one side of it; empty: nothing (any more)."""
        if (timer := self._late.pop(source, None)) is not None:
            timer.cancel()
        # the first word is always passed on: a fault from before a restart may be over
        if self._said.get(source) == detail:
            return
        self._said[source] = detail
        if detail:
            self._broken[source] = detail
        else:
            self._broken.pop(source, None)
        if self._fault is not None:
            self._fault(PART, bool(detail), detail or f"{source}: works again", source)

    def say_if_it_lasts(self, source: str, detail: str) -> None:
        """Say what is wrong, unless it passes within the time a modem may need."""
        if source in self._broken or source in self._late:
            return
        seconds = self._access.times.absent
        self._late[source] = self._clock.call_later(seconds, lambda: self._lasts(source, detail))

    def _lasts(self, source: str, detail: str) -> None:
        self._late.pop(source, None)
        self.say(source, detail)

    def looked(self, state: State) -> None:
        """Take note of how it says it is."""
        self.state = state
        if state.is_registered:
            self.say(NETWORK, "")
        else:
            words = _REGISTRATIONS.get(state.registration, _REGISTRATIONS[0])
            detail = " / ".join((f"没有入网：{words.zh}", f"no network: {words.en}"))
            self.say_if_it_lasts(NETWORK, detail)

    def read_balance(self, text: str) -> bool:
        """Read the money left from a carrier's text; False: it does not say."""
        found = self._balance.search(text)
        try:
            left = float(found[1]) if found is not None else None
        except (IndexError, TypeError, ValueError):
            left = None
        if left is None:
            return False
        self.money = Money(left, self._clock.now())
        least = self._access.balance_min
        low = f"话费余额 {left:g}，低于 {least:g} / balance {left:g} is below {least:g}"
        self.say(BALANCE, low if left < least else "")
        spent = f"话费用完，余额 {left:g} / no money left, the balance is {left:g}"
        self.say(SPENT, spent if left <= 0 else "")
        return True

    def gauge(self) -> Gauge:
        """Return one line for the technical page."""
        name = Words("4G 模块", "4G modem")
        if self.state is None:
            words = Words("没有应答", "does not answer")
            return Gauge(name, False, words, self.trouble)
        registered = _REGISTRATIONS.get(self.state.registration, _REGISTRATIONS[0])
        good = self.state.is_registered and not self._broken
        operator = f" {self.state.operator}" if self.state.operator else ""
        words = Words(f"{registered.zh}{operator}", f"{registered.en}{operator}")
        return Gauge(name, good, words, "; ".join([*self._broken.values(), *self._details()]))

    def _details(self) -> list[str]:
        assert self.state is not None
        dbm = self.state.dbm
        heard = "?" if dbm is None else f"{dbm} dBm"
        details = [self.state.model, "信号 / signal: " + heard]
        if self.money is not None:
            details.append("余额 / balance: " + f"{self.money.left:g} ({self.money.at:%Y-%m-%d})")
        proven = self.proven_at()
        if proven is not None:
            details.append("最近证实 / last proven: " + f"{proven:%Y-%m-%d %H:%M} UTC")
        if self.skills is not None and not self.skills.speaks:
            details.append("不能朗读，电话只响铃 / cannot speak: a call only rings")
        elif self.skills is not None and not self.skills.hears:
            details.append("不能识别按键，请用短信回复 / hears no keys: answers come by text")
        if self.resets:
            details.append("重启 / resets: " + str(self.resets))
        return [one for one in details if one]
