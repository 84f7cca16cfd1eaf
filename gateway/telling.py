"""What follows once something is written: first what is owed goes out, then others hear."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from gateway.counters import Counters
from gateway.store.rows import Entry

log = logging.getLogger(__name__)

Listener = Callable[[Entry], None]


class Telling:
    """Hands every entry to the outbox and to the listeners, in order."""

    def __init__(self, owe: Listener, listeners: Sequence[Listener], counters: Counters) -> None:
        """`owe` is called at once, the `listeners` (the desk's board) a moment later."""
        self._owe = owe
        self._listeners = tuple(listeners)
        self._counters = counters
        self._untold: deque[Entry] = deque()

    def let_go(self, entries: Sequence[Entry]) -> None:
        """Act upon `entries`."""
        owes = False
        for entry in entries:
            if entry.effects:
                owes = True
                self._safely(self._owe, entry)
        self._untold.extend(entries)
        if owes:
            # in the turn after next: the message has left the house by then
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._tell)
        else:
            self._tell()

    def _tell(self) -> None:
        while self._untold:
            entry = self._untold.popleft()
            for listener in self._listeners:
                self._safely(listener, entry)

    def _safely(self, act: Listener, entry: Entry) -> None:
        """Let `act` have `entry`: a page that fails on one must not stop the alarm in the next."""
        try:
            act(entry)
        except Exception as error:
            log.exception("%r failed on %r", act, entry.event)
            self._counters.count("not acted upon", entry.household, repr(error))
