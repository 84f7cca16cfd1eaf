"""What the duty desk sees: open incidents with their stories, kept in memory.

A projection of the journal: `apply` is given every entry, after it was written (or,
while the store is broken, instead). Nothing here decides anything.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from alerting.delivery.router import CANARY
from alerting.events import Changed, Configured, Event, Reply, Tick
from alerting.household import IncidentKind
from alerting.incident import Incident, Response, Urgency
from devices.observation import Alive, CallState, HelpCall, Impact, Observation, Online, Reading
from gateway.timeline import Entry, Line, lines

T = TypeVar("T")

RECENT_MAX = 50
"""How many closed incidents stay in memory; older ones are read from the store."""

LINES_FIRST = 100
LINES_LAST = 400
"""What is kept in memory of a very long story: its beginning and its end."""

QUEUE_MAX = 64
"""How many changes a browser may be behind before it is dropped and comes again."""

WATCHES_MAX = 1_000


class Story(msgspec.Struct, frozen=True, gc=False):
    """One incident as it is now, and how it came to that."""

    record: Incident
    lines: tuple[Line, ...] = ()
    stored_at: datetime | None = None
    """When its opening was written; None: it was not, or a crash came before that was noted."""
    left_out: int = 0
    """How many lines of the middle are not in memory."""


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What was last heard of a device."""

    at: datetime | None = None
    battery_percent: int | None = None
    battery_low: bool | None = None
    signal_dbm: int | None = None
    online: bool | None = None


class Change(msgspec.Struct, frozen=True, gc=False):
    """Something the desk shows is different now."""

    incidents: tuple[str, ...]
    """Which stories went on; empty: only something of a household."""
    household: str


class Feed:
    """One browser's view of the changes; ends when it falls too far behind."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Change] = asyncio.Queue(QUEUE_MAX)
        self._ended = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """True once nothing more will come: too slow, or we are stopping."""
        return self._ended.is_set()

    def put(self, change: Change) -> bool:
        """Hand over `change`; False if the browser is too far behind and was dropped."""
        try:
            self._queue.put_nowait(change)
        except asyncio.QueueFull:
            self.end()
            return False
        return True

    def end(self) -> None:
        """Make `next` return at once, now and from now on."""
        self._ended.set()

    async def next(self, seconds: float) -> list[Change]:
        """Return the changes since last asked, waiting up to `seconds` for one."""
        getting = asyncio.ensure_future(self._queue.get())
        ending = asyncio.ensure_future(self._ended.wait())
        try:
            done, _ = await asyncio.wait(
                (getting, ending), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            found = [getting.result()] if getting in done else []
        finally:
            getting.cancel()
            ending.cancel()
        while not self._queue.empty():
            found.append(self._queue.get_nowait())
        return found


class Board:
    """Open incidents in the order a desk needs them, and who wants to hear of changes."""

    def __init__(
        self,
        stored_now: Callable[[], datetime | None] = lambda: None,
        note_stored: Callable[[str, datetime], None] = lambda _incident, _at: None,
    ) -> None:
        """Begin empty.

        Args:
            stored_now: the present moment if what `apply` is given has been written, as it
                should have; None while the store is broken.
            note_stored: remembers, over a restart, when an incident's opening was written.
        """
        self._stored_now = stored_now
        self._note_stored = note_stored
        self._open: dict[str, Story] = {}
        self._recent: OrderedDict[str, Story] = OrderedDict()
        self._seen: dict[tuple[str, str], Seen] = {}
        self._last: dict[tuple[str, str], dict[str, Observation]] = {}
        """By device the last observation of each kind; kinds are a closed set."""
        self._feeds: set[Feed] = set()
        self._watches: dict[tuple[str, str, str], list[asyncio.Future[Entry]]] = {}

    def restore(
        self, record: Incident, story: Iterable[Line] = (), stored_at: datetime | None = None
    ) -> None:
        """Take up an incident as the store remembers it; at start, before any `apply`."""
        if record.household == CANARY:
            return
        self._keep(_shortened(Story(record, tuple(story), stored_at)))

    def apply(self, entry: Entry) -> None:
        """Show what `entry` changed."""
        if entry.household == CANARY:
            return  # the gateway tries itself: nobody need see it
        event = entry.event
        if isinstance(event, Observation):
            self._heard(entry.household, event)
            if not entry.effects and not isinstance(event, HelpCall | CallState):
                return
        elif not entry.effects and isinstance(event, Tick | Configured):
            return
        added = lines(entry)
        touched = self._go_on(entry, added)
        if isinstance(event, Reply):
            self._answered(event, entry)
        if added or touched:
            self._tell(Change(tuple(touched), entry.household))

    def heard(self, household: str, event: Event) -> None:
        """Remember a device's sign of life without showing anything; at start, for the past."""
        if isinstance(event, Observation):
            self._heard(household, event)

    def open(self) -> list[Story]:
        """Return the incidents nobody has closed, the one to look at first on top.

        Persons before technical faults; unclaimed, then claimed, then on scene;
        then the more urgent; then the one that waits longest.
        """
        return sorted(self._open.values(), key=_rank)

    def recent(self) -> list[Story]:
        """Return the incidents closed last, newest first."""
        return list(reversed(self._recent.values()))

    def story(self, incident: str) -> Story | None:
        """Return one incident, open or recently closed."""
        return self._open.get(incident) or self._recent.get(incident)

    def seen(self, household: str, device: str) -> Seen:
        """Return what was last heard of a device since start."""
        return self._seen.get((household, device), Seen())

    def last(self, household: str, device: str) -> list[Observation]:
        """Return what a device said last, one of each kind and quantity, since start."""
        return list(self._last.get((household, device), {}).values())

    def subscribe(self) -> Feed:
        """Return a feed of the changes from now on; `unsubscribe` it in the end."""
        feed = Feed()
        self._feeds.add(feed)
        return feed

    def unsubscribe(self, feed: Feed) -> None:
        """Stop telling `feed`."""
        feed.end()
        self._feeds.discard(feed)

    @property
    def subscribers(self) -> int:
        """How many browsers listen."""
        return len(self._feeds)

    def notice(self) -> None:
        """Have every browser look again: something outside the incidents changed."""
        self._tell(Change((), ""))

    def close(self) -> None:
        """End every feed, so that no open page keeps the server from stopping."""
        for feed in list(self._feeds):
            self.unsubscribe(feed)

    def watch(self, reply: Reply) -> asyncio.Future[Entry]:
        """Return what will come of `reply`: the entry in which it was dealt with."""
        future: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        if len(self._watches) < WATCHES_MAX:
            self._watches.setdefault(_who_and_what(reply), []).append(future)
        return future

    def unwatch(self, reply: Reply, future: asyncio.Future[Entry]) -> None:
        """Stop waiting for what comes of `reply`."""
        key = _who_and_what(reply)
        waiting = [other for other in self._watches.pop(key, []) if other is not future]
        if waiting:
            self._watches[key] = waiting

    def _answered(self, reply: Reply, entry: Entry) -> None:
        for future in self._watches.pop(_who_and_what(reply), []):
            if not future.done():
                future.set_result(entry)

    def _heard(self, household: str, event: Observation) -> None:
        if event.retained:
            return  # the broker kept it: it proves no life
        key = (household, event.device)
        before = self._seen.get(key)
        if isinstance(event, Alive):
            before = before or Seen()
            self._seen[key] = Seen(
                event.at,
                _newer(event.battery_percent, before.battery_percent),
                _newer(event.battery_low, before.battery_low),
                _newer(event.signal_dbm, before.signal_dbm),
                True,
            )
        elif isinstance(event, Online):
            before = before or Seen()
            at = event.at if event.online else before.at
            self._seen[key] = msgspec.structs.replace(before, at=at, online=event.online)
        else:
            self._saw(key, before, event)

    def _saw(self, key: tuple[str, str], before: Seen | None, event: Observation) -> None:
        if isinstance(event, Impact):
            event = msgspec.structs.replace(event, wave=b"")  # nobody looks at it here
        kind = event.quantity if isinstance(event, Reading) else type(event).__name__
        self._last.setdefault(key, {})[kind] = event
        if before is None:
            self._seen[key] = Seen(event.at, online=True)
        else:
            # this runs for every message of every device: no keyword calls here
            self._seen[key] = Seen(
                event.at, before.battery_percent, before.battery_low, before.signal_dbm, True
            )

    def _go_on(self, entry: Entry, added: Sequence[Line]) -> list[str]:
        touched: dict[str, Story] = {}
        for effect in entry.effects:
            if isinstance(effect, Changed):
                record = effect.record
                story = touched.get(record.id) or self.story(record.id)
                touched[record.id] = (
                    Story(record, stored_at=self._written(record.id))
                    if story is None
                    else msgspec.structs.replace(story, record=record)
                )
        for line in added:
            story = touched.get(line.incident) or self.story(line.incident)
            if story is not None:
                touched[line.incident] = msgspec.structs.replace(story, lines=(*story.lines, line))
        for story in touched.values():
            self._keep(_shortened(story))
        return list(touched)

    def _written(self, incident: str) -> datetime | None:
        now = self._stored_now()
        if now is not None:
            self._note_stored(incident, now)
        return now

    def _keep(self, story: Story) -> None:
        id = story.record.id
        if not story.record.is_over:
            self._open[id] = story
            return
        self._open.pop(id, None)
        # a late receipt does not bring an old incident to the top again
        self._recent[id] = story
        while len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)

    def _tell(self, change: Change) -> None:
        for feed in [feed for feed in self._feeds if not feed.put(change)]:
            self._feeds.discard(feed)


_RESPONSES = {
    Response.OPEN: 0,
    Response.EXHAUSTED: 0,
    Response.CLAIMED: 1,
    Response.ON_SCENE: 2,
    Response.CLOSED: 3,
}
_URGENCIES = {Urgency.HIGH: 0, Urgency.MEDIUM: 1, Urgency.LOW: 2}


def _rank(story: Story) -> tuple[bool, int, int, datetime, str]:
    record = story.record
    return (
        record.kind is IncidentKind.TECHNICAL,
        _RESPONSES[record.response],
        _URGENCIES[record.urgency],
        record.opened_at,
        record.id,
    )


def _shortened(story: Story) -> Story:
    surplus = len(story.lines) - LINES_FIRST - LINES_LAST
    if surplus <= 0:
        return story
    kept = story.lines[:LINES_FIRST] + story.lines[-LINES_LAST:]
    return msgspec.structs.replace(story, lines=kept, left_out=story.left_out + surplus)


def _newer(now: T | None, before: T | None) -> T | None:
    return before if now is None else now


def _who_and_what(reply: Reply) -> tuple[str, str, str]:
    return reply.incident, reply.responder, reply.answer


class Told(msgspec.Struct, frozen=True, gc=False):
    """What became of one message to one person."""

    channel: str
    what: str
    """`owed`, `withdrawn`, or the last `DeliveryState`."""
    at: datetime
    detail: str = ""


def progress(story: Sequence[Line]) -> dict[str, tuple[Told, ...]]:
    """Return, by person, the last alarm on each channel and how far it has come.

    What was owed when the rest was withdrawn is `withdrawn` until a receipt shows that
    it had gone out before.
    """
    latest: dict[tuple[str, str], Told] = {}
    keys: dict[str, tuple[str, str]] = {}
    for line in story:
        if line.what == "owed":
            keys[line.key] = where = (line.who, line.key.rsplit("/", 1)[-1])
            latest[where] = Told(where[1], "owed", line.at)
        elif line.what == "withdrawn":
            for where, told in latest.items():
                if told.what == "owed":
                    latest[where] = Told(told.channel, "withdrawn", line.at)
        elif line.key in keys and line.what in _DELIVERY:
            where = keys[line.key]
            latest[where] = Told(where[1], line.what, line.at, line.detail)
    people: dict[str, tuple[Told, ...]] = {}
    for (who, _), told in latest.items():
        people[who] = (*people.get(who, ()), told)
    return people


_DELIVERY = frozenset(
    ("accepted", "delivered", "heard", "undelivered", "failed", "ambiguous", "recalled")
)
