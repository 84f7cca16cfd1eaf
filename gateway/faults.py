"""The gateway's own troubles, as observations of its pseudo-household."""

from __future__ import annotations

from collections.abc import Callable

from devices.observation import Fault
from gateway.clock import Clock

DETAIL_CHARS_MAX = 300


class Faults:
    """Passes on when a part breaks and when it works again, not every time it is noticed.

    Several sources may find fault with one part; it works again when none does.
    """

    def __init__(self, clock: Clock, offer: Callable[[Fault], None]) -> None:
        self._clock = clock
        self._offer = offer
        self._active: dict[str, dict[str, str]] = {}

    def report(
        self, part: str, active: bool, detail: str, source: str = "", insist: bool = False
    ) -> None:
        """Say whether `part` is broken, as `source` sees it.

        What is said first about a part is always passed on, for a fault from before a
        restart may be over; and what somebody must hear (`insist`), each time.
        """
        known = part in self._active
        sources = self._active.setdefault(part, {})
        before = bool(sources)
        if active:
            sources.setdefault(source, detail)
        else:
            sources.pop(source, None)
        if known and before == bool(sources) and not insist:
            return
        said = detail if active else "; ".join(sources.values()) or detail
        self._offer(
            Fault(
                at=self._clock.now(),
                device=part,
                active=bool(sources),
                detail=said[:DETAIL_CHARS_MAX],
            )
        )

    @property
    def active(self) -> dict[str, str]:
        """The parts that are broken, with what is wrong."""
        return {part: "; ".join(found.values()) for part, found in self._active.items() if found}
