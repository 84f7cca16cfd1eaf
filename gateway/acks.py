"""Acknowledgements go out in the order the messages came, as MQTT demands (4.6).

A broker that gets them in another order may deliver what follows in another order: with
mosquitto 2.0 and a full window a door's "open" came after its "closed". A message that is
kept back on purpose (the store is broken, and the broker is the only memory of a
press) must not stop the others for ever: after `PATIENCE_SECONDS` they pass it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from gateway.clock import Clock, Timer

Acknowledge = Callable[[], None]
"""Tells the broker that a message is safe with us."""

PATIENCE_SECONDS = 3.0


class _Slot:
    __slots__ = ("at", "id", "is_done", "is_passed")

    def __init__(self, id: int, at: float) -> None:
        self.id = id
        self.at = at
        self.is_done = False
        self.is_passed = False


class Acknowledgements:
    """Those of one connection; on the next one the numbers mean other messages."""

    def __init__(self, clock: Clock, send: Callable[[int], None]) -> None:
        self._clock = clock
        self._send = send
        self._waiting: deque[_Slot] = deque()
        self._timer: Timer | None = None

    def expect(self, id: int) -> Callable[[], None]:
        """Take note of a message; return how to acknowledge it."""
        slot = _Slot(id, self._clock.monotonic())
        self._waiting.append(slot)

        def done() -> None:
            self._done(slot)

        return done

    def _done(self, slot: _Slot) -> None:
        if slot.is_done:
            return
        slot.is_done = True
        if slot.is_passed:
            self._send(slot.id)
        elif self._waiting and self._waiting[0] is slot:
            self._go_on()
        elif self._timer is None:
            self._timer = self._clock.call_later(PATIENCE_SECONDS, self._lose_patience)

    def _go_on(self) -> None:
        waiting = self._waiting
        while waiting and waiting[0].is_done:
            self._send(waiting.popleft().id)

    def _lose_patience(self) -> None:
        """Pass whoever has been waited for too long; look again while anybody is."""
        self._timer = None
        now = self._clock.monotonic()
        while self._waiting:
            head = self._waiting[0]
            if not head.is_done:
                if now - head.at < PATIENCE_SECONDS:
                    break
                head.is_passed = True
                self._waiting.popleft()
            self._go_on()
        if any(slot.is_done for slot in self._waiting):
            self._timer = self._clock.call_later(PATIENCE_SECONDS, self._lose_patience)
