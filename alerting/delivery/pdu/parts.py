"""Long messages come in parts, in any order, some twice and some never.

What somebody wrote must not vanish because one part of it did: after a while it is
handed over as far as it came, and says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.delivery.pdu.received import Deliver, joined

WAIT = timedelta(minutes=10)
"""How long the parts of a message are waited for, counted from the last that came. An answer
to an alarm that is read hours later helps nobody; parts usually follow within seconds."""
WAITING_MAX = 50
"""How many unfinished messages are kept; one more pushes out the oldest, as far as it came."""
MISSING_SHOWN_MAX = 10


class Whole(msgspec.Struct, frozen=True, gc=False):
    """A message with everything that came of it."""

    sender: str
    text: str
    sent_at: datetime | None
    ids: tuple[str, ...]
    """Of all its parts, as `add` was told."""
    missing: tuple[int, ...] = ()
    """Numbers of the parts that never came."""
    total: int = 1


class _Waiting:
    """A message some of whose parts are here."""

    def __init__(self, total: int, until: datetime) -> None:
        self.total = total
        self.ids: list[str] = []
        self.pieces: dict[int, Deliver] = {}
        self.until = until

    def whole(self, sender: str) -> Whole:
        here = sorted(self.pieces)
        missing = tuple(n for n in range(1, self.total + 1) if n not in self.pieces)
        text = joined([self.pieces[n].text for n in here])
        if missing:
            text = f"{text}（{_said(missing, self.total)}）"
        sent_at = self.pieces[here[0]].sent_at
        return Whole(sender, text, sent_at, tuple(self.ids), missing, self.total)


class Parts:
    """Puts messages together. Bounded; time comes in, the next deadline goes out."""

    def __init__(self, wait: timedelta = WAIT) -> None:
        self._wait = wait
        self._waiting: dict[tuple[str, int, int], _Waiting] = {}

    def add(self, id: str, message: Deliver, at: datetime) -> list[Whole]:
        """Take in a message or a part; return what is whole now, or will never be.

        Args:
            id: names this part; it comes back in `Whole.ids`.
            message: what came.
            at: when.
        """
        if message.part is None:
            return [Whole(message.sender, message.text, message.sent_at, (id,))]
        part = message.part
        key = (message.sender, part.reference, part.total)
        ended: list[Whole] = []
        waiting = self._waiting.get(key)
        if waiting is not None and (known := waiting.pieces.get(part.number)) is not None:
            if known.text == message.text:
                waiting.ids.append(id)  # sent twice
                return []
            ended.append(self._end(key))  # the next message with this reference
            waiting = None
        if waiting is None:
            if len(self._waiting) >= WAITING_MAX:
                ended.append(self._end(min(self._waiting, key=lambda k: self._waiting[k].until)))
            waiting = self._waiting[key] = _Waiting(part.total, at)
        waiting.ids.append(id)
        waiting.pieces[part.number] = message
        waiting.until = at + self._wait
        if len(waiting.pieces) == part.total:
            ended.append(self._end(key))
        return ended

    def deadline(self) -> datetime | None:
        """Return when `expire` has something to do; None: nothing waits."""
        return min((one.until for one in self._waiting.values()), default=None)

    def expire(self, at: datetime) -> list[Whole]:
        """Return what waited too long, as far as it came."""
        over = [key for key, one in self._waiting.items() if one.until <= at]
        return [self._end(key) for key in over]

    def _end(self, key: tuple[str, int, int]) -> Whole:
        return self._waiting.pop(key).whole(key[0])


def _said(missing: tuple[int, ...], total: int) -> str:
    shown = [str(n) for n in missing[:MISSING_SHOWN_MAX]]
    more = "…" if len(missing) > MISSING_SHOWN_MAX else ""
    return (
        f"短信不完整：共{total}段，缺第{'、'.join(shown)}{more}段 / "
        f"incomplete: of {total} parts, {', '.join(shown)}{more} never came"
    )
