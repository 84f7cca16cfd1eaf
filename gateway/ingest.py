"""From the broker to the inbox: whose message is it, what does it say, may it pass.

Nothing a device sends can stop this: what cannot be used is counted, kept in quarantine
where a technician can read it, and acknowledged, so that it does not come again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from alerting.events import Event, Lost
from alerting.household import Household
from devices.errors import PayloadError
from devices.observation import (
    Alive,
    AnyObservation,
    HelpCall,
)
from devices.profile import Wire
from devices.profiles.native import NATIVE
from gateway.acks import Acknowledge
from gateway.brokers.address import BrokerAddress
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.faults import Faults
from gateway.routes import Route, Routes, Source, is_ours
from gateway.session import Session
from gateway.store.rows import Quarantined
from gateway.urgent import urgent
from gateway.wearables import Wearables

log = logging.getLogger(__name__)

PAYLOAD_BYTES_MAX = 16_384
"""More than any message of any family; what is longer is not even looked at."""
ACCEL_ALIVE_SECONDS = 60.0
"""Batches come each second; once a minute is enough to know that the wearable lives."""
LATE_AFTER = timedelta(seconds=5)
"""A start without the broker for so long is a time in which we were deaf."""
QUARANTINE_SECONDS = 1.0
QUARANTINE_AT_ONCE_MAX = 20
"""Kept of each second's rubbish; the rest is only counted."""

Special = Callable[[bytes], None]
"""Takes the payload of a topic that is no device's."""


class Runtime(Protocol):
    """What the ingest needs of the loop (`gateway.runtime.Runtime`)."""

    def offer(self, household: str, event: Event, acknowledge: Acknowledge | None = None) -> None:
        """Put an event in the inbox."""

    def resume(self, deaf_since: datetime, why: str) -> None:
        """Tell every engine that nobody listened."""

    @property
    def is_full(self) -> bool:
        """True while messages should stay with the broker."""

    def when_room(self, call: Callable[[], None]) -> None:
        """Call `call` once there is room."""

    @property
    def counters(self) -> Counters:
        """Where trouble is counted."""

    @property
    def faults(self) -> Faults:
        """Where broken parts are reported."""


class Quarantine(Protocol):
    """Where unusable messages are kept (`gateway.store.store.Store`)."""

    async def quarantine(self, items: list[Quarantined]) -> None:
        """Keep `items`."""


class _Stamp(msgspec.Struct, gc=False):
    """What numbers a native JSON message."""

    boot: str = ""
    seq: int = -1


_STAMP: msgspec.json.Decoder[_Stamp] = msgspec.json.Decoder(_Stamp)
_NUMBERED_PARTS = frozenset({"event", "state"})


class Ingest:
    """Listens to the broker for as long as it runs."""

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        households: Mapping[str, Household],
        runtime: Runtime,
        store: Quarantine,
        clock: Clock,
        *,
        protocol: str = "3.1.1",
        specials: Mapping[str, Special] | None = None,
        limits_floods: bool = True,
        telemetry_qos: int = 1,
    ) -> None:
        """Make it; nothing happens before `run`.

        Args:
            address: where the broker is.
            client_id: names our session there; never change it.
            households: whose devices we listen to.
            runtime: gets the observations.
            store: keeps what cannot be used.
            clock: stamps.
            protocol: `3.1.1`, `5`, or `auto`.
            specials: who takes the messages of topics that are no device's (time marks,
                the watchdog's canary); they are not written down.
            telemetry_qos: at which QoS we ask for movements (`Routes.subscriptions`).
            limits_floods: False for a recording that is fed faster than it was lived.
        """
        self._runtime = runtime
        self._counters = runtime.counters
        self._store = store
        self._clock = clock
        self._routes = Routes(households)
        self._specials = {topic.encode(): take for topic, take in (specials or {}).items()}
        outside = [(topic, 1) for topic in specials or {} if not topic.startswith("care/v1/")]
        topics = (*self._routes.subscriptions(telemetry_qos), *outside)
        self._session = Session(
            address, client_id, topics, self, clock, protocol, at_once=limits_floods
        )
        self._began = clock.now()
        self._limits_floods = limits_floods
        self._wearables = Wearables(households, runtime.counters, clock)
        self._aside: list[Quarantined] = []
        self._asides: asyncio.Task[None] | None = None
        self._paused = False
        self._was_refused = False
        self.received = 0
        """Messages since the start."""

    @property
    def session(self) -> Session:
        """Our connection."""
        return self._session

    @property
    def deaf_since(self) -> datetime | None:
        """Since when nothing can be heard; None while the broker is there."""
        return None if self._session.is_connected else self._session.heard_until or self._began

    @property
    def sources(self) -> list[Source]:
        """Every device we listen to."""
        return self._routes.sources

    async def run(self) -> None:
        """Listen until cancelled."""
        try:
            await self._session.run()
        finally:
            if self._asides is not None:
                self._asides.cancel()

    async def publish(self, topic: str, payload: bytes, qos: int = 1) -> None:
        """Return once the broker has the message.

        Raises:
            NotConnected: there is no connection to the broker.
            aiomqtt.MqttError: the broker did not take it in time.
        """
        await self._session.publish(topic, payload, qos)

    def connected(self, deaf_since: datetime | None) -> None:
        """Hear that the broker is there, before the first message."""
        self._paused = False
        if deaf_since is not None:
            self._runtime.resume(deaf_since, "the broker was lost")
        elif self._clock.now() - self._began > LATE_AFTER:
            self._runtime.resume(self._began, "the broker was not there at the start")

    def heard(self, topic: bytes, payload: bytes, retained: bool, ack: Acknowledge | None) -> None:
        """Take one message; never raises."""
        self.received += 1
        try:
            self._take(topic, payload, retained, ack)
        except Exception as error:  # a mistake of ours must not cost the connection
            log.exception("a message on %r", topic)
            self._set_aside("ingest failed", _shown(topic), repr(error), "no error", payload)
            _done(ack)
        if self._runtime.is_full and not self._paused:
            self._paused = True
            self._counters.count("paused", "ingest", "the inbox is full; messages stay there")
            self._session.pause()
            self._runtime.when_room(self._go_on)

    def _go_on(self) -> None:
        self._paused = False
        self._session.go_on()

    def _take(self, topic: bytes, payload: bytes, retained: bool, ack: Acknowledge | None) -> None:
        route = self._routes.find(topic)
        if route is None:
            self._take_other(topic, payload)
            _done(ack)
            return
        source = route.source
        if len(payload) > PAYLOAD_BYTES_MAX:
            reason, expected = f"{len(payload)} bytes", f"at most {PAYLOAD_BYTES_MAX}"
            self._set_aside("too long", source.device, reason, expected, payload)
            _done(ack)
            return
        wire = Wire(route.part, payload, self._clock.now(), retained)
        observations = self._decode(route, wire)
        if self._limits_floods and not source.take(self._clock.monotonic()):
            observations = self._limit(source, observations)
        if observations:
            self._offer(source.household, observations, ack)
        else:
            _done(ack)

    def _take_other(self, topic: bytes, payload: bytes) -> None:
        special = self._specials.get(topic)
        if special is not None:
            special(payload)
        elif not is_ours(topic):
            expected = "a topic of a configured device"
            self._set_aside("unknown topic", _shown(topic), "no such device", expected, payload)

    def _offer(
        self, household: str, observations: tuple[AnyObservation, ...], ack: Acknowledge | None
    ) -> None:
        if len(observations) == 1:
            self._runtime.offer(household, observations[0], ack)
            return
        # the press goes before what else the message says; the broker hears when both are kept
        left = len(observations)

        def one() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                _done(ack)

        for observation in observations:
            self._runtime.offer(household, observation, one)

    def _decode(self, route: Route, wire: Wire) -> tuple[AnyObservation, ...]:
        source = route.source
        knocks: tuple[AnyObservation, ...] = ()
        try:
            if source.profile is NATIVE:
                if wire.part in _NUMBERED_PARTS:
                    self._follow(source, wire.payload)
                elif wire.part == "accel":
                    knocks = self._wearables.take(source.household, source.device, wire)
                    if not self._follow_accel(source):
                        return knocks
            observations = (*knocks, *source.profile.decode(source.device, wire))
        except PayloadError as error:
            self._set_aside(
                "bad payload", source.device, error.reason, error.expected, wire.payload
            )
            return ()
        for observation in observations:
            if isinstance(observation, Alive) and observation.flaw:
                self._counters.count("flaw", source.device, observation.flaw)
            elif wire.retained and isinstance(observation, HelpCall):
                self._counters.count(
                    "retained press", source.device, "of unknown age: to be verified"
                )
        return observations

    # ------------------------------------------------------------------ streams

    def _follow(self, source: Source, payload: bytes) -> None:
        """Count the messages that are missing between this one and the last."""
        try:
            stamp = _STAMP.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return  # its profile says what is wrong with it
        if stamp.seq < 0:
            return
        if stamp.boot != source.boot:
            source.boot, source.seq = stamp.boot, stamp.seq
        elif stamp.seq > source.seq:
            if missing := stamp.seq - source.seq - 1:
                self._counters.add("messages missing", missing)
                detail = f"{missing} between {source.seq} and {stamp.seq}"
                self._counters.count("sequence gap", source.device, detail)
            source.seq = stamp.seq

    def _follow_accel(self, source: Source) -> bool:
        """Tell of a wearable's blind time; return whether it is time for a sign of life."""
        self._counters.add("accelerometer batches")
        now = self._clock.monotonic()
        if now - source.accel_alive_at < ACCEL_ALIVE_SECONDS:
            return False
        source.accel_alive_at = now
        if lost := self._wearables.lost(source.household, source.device):
            self._runtime.offer(source.household, Lost(self._clock.now(), source.device, lost))
        return True

    def _limit(
        self, source: Source, observations: tuple[AnyObservation, ...]
    ) -> tuple[AnyObservation, ...]:
        """Return what of a flood still passes: everything that may save a life."""
        if not source.is_flooding:
            source.is_flooding = True
            who = f"{source.household}/{source.device}"
            detail = f"{who} 消息过多 / {who} sends too much: limited"
            self._runtime.faults.report("ingest", True, detail, source=source.device)
        self._counters.count("flood", source.device, f"{len(observations)} left out")
        now = self._clock.monotonic()
        return tuple(
            one for one in observations if (what := urgent(one)) and source.may_pass(what, now)
        )

    def review(self) -> None:
        """Say which devices are quiet again, and which we may not hear; called each minute."""
        if (refused := self._session.refused) or self._was_refused:
            topics = ", ".join(refused)
            detail = f"代理不许收听 {topics} / the broker does not let us hear {topics}"
            self._runtime.faults.report("ingest", bool(refused), detail, source="subscribe")
            self._was_refused = bool(refused)
        for household, knock in self._wearables.ended():
            self._runtime.offer(household, knock)
        for household, device, why in self._wearables.changed():
            self._say_unusable(f"{household}/{device}", why)
        now = self._clock.monotonic()
        for source in self._routes.sources:
            if source.is_flooding and source.is_calm(now):
                source.is_flooding = False
                who = f"{source.household}/{source.device}"
                detail = f"{who} 恢复正常 / {who} is quiet again"
                self._runtime.faults.report("ingest", False, detail, source=source.device)

    def _say_unusable(self, who: str, why: str) -> None:
        """Tell people that a wearable is heard, but shows no fall; or that it does again."""
        zh, _, en = why.partition(" / ")
        words = (
            f"{who} 的加速度数值不能用，看不出跌倒：{zh}",
            f"{who}: what it measures cannot be used, falls are not seen: {en or zh}",
        )
        detail = " / ".join(words) if why else f"{who} 恢复正常 / {who} works again"
        self._runtime.faults.report(
            "ingest", bool(why), detail, source=f"acceleration of {who}", insist=bool(why)
        )

    # ------------------------------------------------------------------ quarantine

    def _set_aside(self, what: str, who: str, reason: str, expected: str, payload: bytes) -> None:
        self._counters.count(what, who, f"{reason}; expected {expected}")
        if len(self._aside) >= QUARANTINE_AT_ONCE_MAX:
            return
        item = Quarantined(
            at=self._clock.now(),
            who=who,
            reason=f"{what}: {reason}",
            expected=expected,
            payload=payload[:PAYLOAD_BYTES_MAX],
        )
        self._aside.append(item)
        if self._asides is None or self._asides.done():
            self._asides = asyncio.create_task(self._keep_aside())

    async def _keep_aside(self) -> None:
        while self._aside:
            await self._clock.sleep(QUARANTINE_SECONDS)
            items, self._aside = self._aside, []
            try:
                await self._store.quarantine(items)
            except Exception as error:  # whatever it is: the next must be kept again
                log.warning("%d messages could not be set aside: %r", len(items), error)


def _done(ack: Acknowledge | None) -> None:
    if ack is not None:
        ack()


def _shown(topic: bytes) -> str:
    return topic[:200].decode("utf-8", "backslashreplace")
