"""Builds the gateway, in order, in one place; nothing else constructs its parts.

The order is by what must not wait: store, engines, the broker's session and the outbox
first; the desk's pages, the provider's library and the self-test after, while the first
press may already be on its way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from alerting.delivery.quotas import DAY_SECONDS
from alerting.events import Event, Resumed
from gateway import fleet, garbage, proofs
from gateway.board import Board
from gateway.brokers import Broker, open_broker
from gateway.brokers.program import Mosquitto
from gateway.calls_in import CallsIn
from gateway.clock import Clock, SystemClock
from gateway.condition import Condition, Links
from gateway.config import Settings
from gateway.config.provider import twilio_access
from gateway.counters import Counters
from gateway.door import FrontDoor
from gateway.fedclock import TIME_MARK_TOPIC, FedClock
from gateway.homecoming import take_back
from gateway.inbound import Inbound
from gateway.ingest import Ingest, Special
from gateway.outbox import Outbox
from gateway.parts import Parts
from gateway.phonebook import PhoneBook
from gateway.proofs import Proofs
from gateway.reachability import Reachability
from gateway.runtime import Runtime
from gateway.spare import give_up, open_spare, open_store
from gateway.store import reading
from gateway.store.errors import StoreError
from gateway.transports import Twilio, twilio
from gateway.transports.mqtt_prompt import MqttPrompt
from gateway.transports.transport import Gauged, Listener, SendError, Transport
from gateway.watchdog import CANARY_TOPIC, Watchdog
from gateway.ways_out import look_after, open_all
from gateway.web.records import Records, RecordsError

DATABASE = "guanai.db"
SELF_TEST_EVERY = timedelta(hours=24)
LATE_PARTS_SECONDS = 20.0
"""By then what loads beside the start (the provider's library) is there, too."""
DESK = "gateway.desk"

log = logging.getLogger(__name__)


class Gateway:
    """All parts of one gateway."""

    def __init__(self, settings: Settings, data: Path, fed: bool = False) -> None:
        """Open the store and make the parts that need nothing running.

        Raises:
            BrokerError: no broker can be had.
        """
        self._settings = settings
        self._data = data
        self._faults_at_start: list[tuple[str, str]] = []
        self._taken = take_back(data / DATABASE)
        self._store, wrong = open_store(data / DATABASE)
        if wrong:
            self._faults_at_start.append(("store", wrong))
        heard = self._heard()
        self._fed = FedClock(heard) if fed else None
        self._clock: Clock = self._fed or SystemClock(not_before=heard)
        self._counters = Counters(self._clock.now)
        self._board = Board(self._stored_now, self._note_stored)
        self._links = Links(has_provider=bool(settings.delivery.paths))
        self._broker: Broker = open_broker(
            settings.broker,
            data,
            topics=settings.topics,
            durable=not fed,
            report=lambda broken, words: self._report("broker", broken, words.en, "supervisor"),
        )
        self._links.broker_name = f"{self._broker.name} {self._broker.address}"
        self._parts = Parts(self._report)
        ours, own = settings.twilio, settings.wording
        self._access = twilio_access(ours, own) if ours else None
        self._door = FrontDoor(own)
        self._runtime: Runtime | None = None
        self._reach: Reachability | None = None
        self._outbox: Outbox | None = None
        self._ingest: Ingest | None = None
        self._canary: Special = lambda payload: None
        self._transports: tuple[Transport, ...] = ()
        self._proofs = Proofs(
            settings,
            self._clock,
            self._publish,
            lambda: self._ingest is not None and self._ingest.session.is_connected,
            self._offer,
            self._report,
            lambda: self._store,
        )
        self._closers: list[Callable[[], Awaitable[None]]] = []

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Start everything; return when presses are heard, told and shown.

        Raises:
            BrokerError: our own broker cannot be started.
        """
        await self._broker.start()
        restored = await self._restore()
        await self._restore_board()
        runtime, outbox, ingest = self._alarm_path(restored)
        watchdog = Watchdog(
            runtime,
            ingest,
            self._store,
            self._clock,
            keep_days=self._settings.store.keep_days,
            keep_records_days=self._settings.store.keep_records_days,
            prunes=self._fed is None,  # what a recording tells happened long ago, all of it
            rosters=self._settings.rosters.values(),
            press=lambda: self._proofs.press.is_through,
        )
        self._canary = watchdog.canary
        for part, detail in self._faults_at_start:
            runtime.faults.report(part, True, detail, source="start")
        for taken in self._taken:
            if taken.is_news:
                runtime.faults.report("store", True, taken.words, source="spare")
            runtime.faults.report("store", False, taken.words, source="spare")
        for detail in restored.faults:
            runtime.faults.report("store", True, detail, source="restore", insist=True)
        self._parts.vital(runtime.run())
        self._parts.vital(outbox.run())
        self._parts.vital(ingest.run())
        await self._open_desk(runtime, outbox)
        self._parts.vital(watchdog.run())
        if self._fed is None:
            self._proofs.begin(self._parts, lambda: watchdog.is_well)
        self._parts.aside("self-test", self._test_broker)
        garbage.settle()
        self._clock.call_later(LATE_PARTS_SECONDS, garbage.settle)

    async def until(self, stopped: asyncio.Event) -> None:
        """Return when `stopped` is set; raise if a part that carries alarms failed."""
        await self._parts.until(stopped)

    async def stop(self) -> None:
        """Stop in the opposite order; what has arrived is written."""
        self._parts.stopping = True
        closers = [*reversed(self._closers)]
        if self._runtime is not None:
            closers.append(self._runtime.stop)
        for close in (*closers, self._parts.end, self._broker.stop, self._store.close):
            try:
                await close()
            except Exception:  # the others are stopped all the same
                log.exception("while stopping")

    def _report(
        self, part: str, active: bool, detail: str, source: str = "", insist: bool = False
    ) -> None:
        if self._runtime is not None:
            self._runtime.faults.report(part, active, detail, source, insist)
        if self._reach is not None:
            self._reach.fault(part, active, detail, source)

    # ------------------------------------------------------------------ the store

    def _heard(self) -> datetime | None:
        try:
            return reading.last_at(self._store.path)
        except StoreError as error:
            log.error("%s", error)
            return None

    async def _restore(self) -> fleet.Fleet:
        """Return the engines; from another place if the store fails only now."""
        households = proofs.households(self._settings, fed=self._fed is not None)
        try:
            return await fleet.restore(self._store, households, self._clock.now())
        except StoreError as error:
            await self._store.close()
            give_up(self._store.path)
            self._store, wrong = open_spare(self._data / DATABASE, error)
            self._faults_at_start.append(("store", wrong))
        return await fleet.restore(self._store, households, self._clock.now())

    async def _restore_board(self) -> None:
        records = Records(self._store.reader)
        try:
            for record in reading.incidents_not_over(self._store.path):
                story, at = await records.timeline(record.id), await records.stored_at(record.id)
                self._board.restore(record, story, at)
        except (StoreError, RecordsError) as error:
            self._faults_at_start.append(
                ("store", f"值班台从空白开始 / the desk begins empty: {error}")
            )

    # ------------------------------------------------------------------ the alarm path

    def _alarm_path(self, restored: fleet.Fleet) -> tuple[Runtime, Outbox, Ingest]:
        book = PhoneBook(restored.engines)
        reach = self._reach = Reachability(self._clock, restored.engines, self._offer)
        access = self._access
        pushed = bool(access and access.account.public_url)
        opened = self._open_ways()
        ours = (MqttPrompt(self._publish), self._proofs.press.sink)
        transports = self._transports = (*ours, *opened)
        mailbox = next((one for one in transports if isinstance(one, Twilio)), None)
        outbox = self._open_outbox(transports)
        inbound = Inbound(
            self._clock, self._store, book, self._offer, outbox.owe, self._counters, self._report
        )
        runtime = Runtime(
            restored.engines,
            self._clock,
            self._store,
            outbox,
            self._board,
            window=self._settings.broker.in_flight_max,
            counters=self._counters,
            listeners=(
                inbound.applied,
                reach.applied,
                *self._proofs.listen(restored.engines, outbox.row),
            ),
            deaf_since=lambda: self._ingest.deaf_since if self._ingest is not None else None,
        )
        for household, event in restored.events:
            runtime.offer(household, event)
        specials: dict[str, Special] = {CANARY_TOPIC: lambda payload: self._canary(payload)}
        if self._fed is not None:
            specials[TIME_MARK_TOPIC] = self._marked
        ingest = Ingest(
            self._broker.address,
            f"guanai-{self._settings.id}",
            proofs.households(self._settings, fed=self._fed is not None),
            runtime,
            self._store,
            self._clock,
            protocol=self._settings.broker.protocol,
            specials=specials,
            limits_floods=self._fed is None,
            # our own mosquitto saves at every change of a queue; movements are not worth that
            telemetry_qos=0 if self._broker.name == Mosquitto.name and self._fed is None else 1,
        )
        self._links.is_connected = lambda: ingest.session.is_connected
        self._runtime, self._outbox, self._ingest = runtime, outbox, ingest
        self._let_in(book, inbound, outbox)
        if mailbox is not None:
            self._parts.aside(
                "texts", lambda: inbound.poll(mailbox, mailbox.name, self._linked, pushed)
            )
        for transport in transports:
            if isinstance(transport, Listener):
                self._parts.aside(f"ears/{transport.name}", transport.listen)
        return runtime, outbox, ingest

    def _open_ways(self) -> list[Transport]:
        opened = open_all(
            self._settings,
            self._data,
            self._clock,
            self._door,
            lambda words: self._faults_at_start.append(("provider", words)),
        )
        look_after(opened, self._report, self._counters.count)
        self._links.gauges += [one.gauge for one in opened if isinstance(one, Gauged)]
        return opened

    def _open_outbox(self, transports: Sequence[Transport]) -> Outbox:
        outbox = Outbox(
            self._clock,
            self._store,
            transports,
            report=self._offer,
            fault=self._report,
            settings=self._settings.delivery,
        )
        try:
            since = self._clock.now() - timedelta(seconds=DAY_SECONDS)
            path = self._store.path
            outbox.remember(reading.sent_since(path, since), reading.taken_since(path, since))
        except StoreError as error:
            log.error("what was sent in the last day is not known: %s", error)
        return outbox

    def _let_in(self, book: PhoneBook, inbound: Inbound, outbox: Outbox) -> None:
        """Open the door: from now on people are understood."""
        calls = CallsIn(
            self._clock, book, self._offer, inbound.keys, inbound, outbox, self._counters
        )
        inbound.missed(calls.ring)
        self._door.open(inbound, outbox, calls)

    def _note_stored(self, incident: str, at: datetime) -> None:
        self._store.note_stored(incident, at)

    def _stored_now(self) -> datetime | None:
        if self._runtime is None or self._runtime.store_is_broken:
            return None
        return self._clock.now()

    def _offer(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> None:
        assert self._runtime is not None, "wired"
        self._runtime.offer(household, event, acknowledge)

    async def _publish(self, topic: str, payload: bytes, qos: int) -> None:
        assert self._ingest is not None, "wired"
        await self._ingest.publish(topic, payload, qos)

    def _marked(self, payload: bytes) -> None:
        """Take a time mark: before the first nothing was heard, so nothing is concluded."""
        assert self._fed is not None
        assert self._runtime is not None, "wired"
        first = not self._fed.is_told
        now = self._fed.mark(payload)
        if first:
            for household in self._runtime.engines:
                self._runtime.offer(household, Resumed(at=now, why="the first time mark"))
        self._runtime.nudge()

    def _linked(self, provider: str, error: SendError | None) -> None:
        if self._outbox is not None:
            self._outbox.link(provider, error)
        self._links.provider_answered = self._links.provider_answered or error is None

    # ------------------------------------------------------------------ what may come later

    async def _open_desk(self, runtime: Runtime, outbox: Outbox) -> None:
        """Open the desk; without it (a port that is taken) people are told all the same."""
        tried = asyncio.Event()
        self._parts.aside("desk", lambda: self._serve_desk(runtime, outbox, tried))
        await tried.wait()

    async def _serve_desk(self, runtime: Runtime, outbox: Outbox, tried: asyncio.Event) -> None:
        """Serve the desk until it is stopped, or fails; `tried`: it is open, or cannot be."""
        try:
            # the pages take a third of a second to load: beside the alarm path, and after
            # the provider's library, without which no alarm goes out
            first = [twilio.LIBRARY] if self._access is not None else []
            await asyncio.to_thread(lambda: [import_module(one) for one in (*first, DESK)])
            from gateway import desk

            condition = Condition(
                self._clock,
                self._store,
                runtime.faults,
                self._counters,
                self._links,
                outbox.standing,
            )
            hooks = desk.hooks(self._access, outbox, self._door, self._counters)
            hooks += desk.answers(self._settings, runtime, self._clock, self._counters)
            hooks += desk.cloud_hooks(self._transports, outbox, self._counters)
            hooks += desk.alive(self._proofs.peers, self._counters)
            server = await desk.open_desk(
                self._settings,
                self._data,
                board=self._board,
                runtime=runtime,
                store=self._store,
                health=condition.health,
                now=self._clock.now,
                routes=hooks,
                counters=self._counters,
                proofs=self._proofs.table,
            )
            self._closers.append(server.stop)
            try:
                await server.serve(tried)
            finally:
                self._closers.remove(server.stop)
        finally:
            tried.set()

    async def _test_broker(self) -> None:
        while True:
            found = await self._broker.self_test()
            self._links.durability = found
            log.log(logging.INFO if found.ok else logging.ERROR, "self-test: %s", found.words.en)
            self._report("broker", not found.ok, found.words.en, "self-test")
            self._board.notice()
            await self._clock.sleep(SELF_TEST_EVERY.total_seconds())
