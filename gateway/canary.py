"""A press of our own, through everything a press goes through, every ten minutes.

The button of the pseudo-household `canary` is pressed on the broker; the ingest decodes it,
the engine opens an incident, journal and outbox rows are written durably, the courier hands
the message to a transport of its own, and only that says that it came through. Then the
incident is closed as a test. Nobody sees any of it, and no statistics count it. While it
does not come through, people are told, systemd hears no more of us, and the dead-man's
switch elsewhere is not fed.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime, timedelta

import msgspec

from alerting.delivery.channels.channel import Progress
from alerting.delivery.router import CANARY
from alerting.events import Answer, DeliveryState, Event, Reply
from alerting.household import (
    Device,
    Household,
    IncidentKind,
    Path,
    Policy,
    Responder,
    Role,
    Step,
)
from alerting.incident import Outcome
from devices.topic import native_topic
from gateway.clock import Clock
from gateway.proven import PRESS, Kind, Proven
from gateway.store.rows import OutboxRow
from gateway.transports.transport import FaultSink, Submitted

log = logging.getLogger(__name__)

BUTTON = "button"
EVERY_SECONDS = 600.0
"""Each press costs a few durable writes: docs/drills.md has them measured."""
THROUGH_SECONDS_MAX = 60.0
"""A press that has not come through by then does not."""
MISSES_MAX = 2
"""After so many in a row we do not say any more that we are well."""
FIRST_SECONDS = 20.0
LOOK_SECONDS = 1.0

_NOBODY = Responder("watchdog", "看门狗", CANARY, "", (CANARY,), addresses={CANARY: CANARY})
_POLICY = Policy(
    steps=(Step(CANARY, (_NOBODY,), timedelta(hours=1)),),
    rounds=1,
    channels=(CANARY,),
    repeat_every=timedelta(hours=24),
)


def household(zone: str) -> Household:
    """Return the home in which nobody lives."""
    return Household(
        id=CANARY,
        code=CANARY,
        name=CANARY,
        zone=zone,
        residents=(),
        devices={BUTTON: Device(BUTTON, "native", Role.CALL_BUTTON, heartbeat=timedelta(days=1))},
        policies={IncidentKind.EMERGENCY: _POLICY, IncidentKind.TECHNICAL: _POLICY},
        paths=(Path(CANARY, (CANARY,)),),
    )


class Sink:
    """The transport at which the message arrives: it goes nowhere."""

    name = CANARY
    channels = (CANARY,)
    keeps_track = False

    def __init__(self, arrived: Callable[[OutboxRow], None]) -> None:
        """`arrived` hears of every message."""
        self._arrived = arrived

    async def warm(self) -> None:
        """Do nothing: there is nothing to reach."""

    async def send(self, row: OutboxRow) -> Submitted:
        """Take the message as the last one to have it."""
        self._arrived(row)
        return Submitted(row.key, Progress(DeliveryState.DELIVERED, final=True))

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Return None: it is sent again, which harms nobody."""
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        """Return that it has arrived."""
        return Progress(DeliveryState.DELIVERED, final=True)

    async def recall(self, row: OutboxRow) -> Progress | None:
        """Return None: it has arrived."""
        return None

    async def close(self) -> None:
        """Do nothing."""


class CanaryPress:
    """Presses, and knows whether the last press came through."""

    def __init__(
        self,
        clock: Clock,
        publish: Callable[[str, bytes, int], Awaitable[None]],
        is_connected: Callable[[], bool],
        offer: Callable[[str, Event], None],
        report: FaultSink,
    ) -> None:
        self._clock = clock
        self._publish = publish
        self._is_connected = is_connected
        self._offer = offer
        self._report = report
        self.proven: Proven | None = None
        self.left: Callable[[], Iterable[str]] = tuple
        """Presses that are still open."""
        self._boot = f"{int(clock.now().timestamp()) & 0xFFFFFFFF:08x}"
        self._number = 0
        self._pressed: float | None = None
        self._misses = 0
        self.seconds: float | None = None
        """How long the last press took; None: none has come through yet."""
        self.is_through: bool | None = None
        """Whether the last press came through; None: none could be tried yet."""
        self.sink = Sink(self._arrived)

    async def run(self) -> None:
        """Press for ever; a broker that is away is somebody else's fault to tell."""
        await self._clock.sleep(FIRST_SECONDS)
        while True:
            await self.press()
            waited = 0.0
            while self._pressed is not None and waited < THROUGH_SECONDS_MAX:
                await self._clock.sleep(LOOK_SECONDS)
                waited += LOOK_SECONDS
            if self._pressed is not None and self._missed():
                continue  # once more, at once: one that is lost may be an accident
            await self._clock.sleep(EVERY_SECONDS - waited)

    async def press(self) -> None:
        """Press once."""
        if not self._is_connected():
            return
        for incident in self.left():
            # who died between its arrival and its end: a new press would only join it
            self._close(incident)
        self._number += 1
        payload = msgspec.json.encode(
            {"v": 1, "event": "press", "boot": self._boot, "seq": self._number}
        )
        self._pressed = self._clock.monotonic()
        try:
            await self._publish(native_topic(CANARY, BUTTON, "event"), payload, 1)
        except Exception as error:  # whatever the MQTT library raises: it did not come through
            log.warning("the canary's press was not published: %r", error)

    def _arrived(self, row: OutboxRow) -> None:
        self._close(row.incident)
        if self._pressed is None:
            return
        self.seconds, self._pressed = self._clock.monotonic() - self._pressed, None
        said = f"自检呼叫 {self.seconds:.1f} 秒走完全程 / our own press took {self.seconds:.1f} s"
        self.is_through, self._misses = True, 0
        self._report("watchdog", False, said, "press")
        if self.proven is not None:
            self.proven.prove(Kind.GATEWAY, PRESS, "", self._clock.now(), "canary")

    def _close(self, incident: str) -> None:
        at = self._clock.now()
        reply = Reply(at, incident, "desk:canary", Answer.CLOSE, "desk", Outcome.TEST)
        self._offer(CANARY, reply)

    def _missed(self) -> bool:
        """Take note of a press that did not come through; return whether to press again now.

        The first is told; only after a second in a row is systemd to start us again.
        """
        self._pressed = None
        if not self._is_connected():
            return False
        self._misses += 1
        said = "自检呼叫没有走完全程 / our own press did not come through everything"
        self._report("watchdog", True, said, "press")
        if self._misses >= MISSES_MAX:
            self.is_through = False
        return self._misses == 1
