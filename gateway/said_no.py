"""Who said of an incident that they cannot go, and was not alarmed of it since."""

from __future__ import annotations

from collections import OrderedDict

from alerting.events import Answer, Notify, Purpose, Reply
from gateway.store.rows import Entry

REMEMBERED_MAX = 5_000


class SaidNo:
    """Remembers it for as long as we live; the incident itself knows it for its present step."""

    def __init__(self) -> None:
        self._who: OrderedDict[tuple[str, str], None] = OrderedDict()

    def applied(self, entry: Entry) -> None:
        """Look at a written entry: an answer, or a new alarm to somebody."""
        event = entry.event
        for effect in entry.effects:
            if isinstance(effect, Notify) and effect.purpose is Purpose.ALARM:
                self._who.pop((effect.incident, effect.responder), None)
        if not isinstance(event, Reply):
            return
        whose = (event.incident, event.responder)
        if event.answer is Answer.CANNOT:
            self._who[whose] = None
            while len(self._who) > REMEMBERED_MAX:
                self._who.popitem(last=False)
        elif event.answer in (Answer.GOING, Answer.ON_SCENE):
            self._who.pop(whose, None)

    def __call__(self, incident: str, responder: str) -> bool:
        """Return whether this is their last word."""
        return (incident, responder) in self._who
