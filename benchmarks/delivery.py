"""From a decision to the first request of a provider, with providers that answer at once.

What is measured is ours alone: outbox, choice of the path, quotas, turns; no network, no
disk. `owe` is called as the ledger does after a commit; the moment `Transport.send` is
entered ends the measurement.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, Purpose
from alerting.household import Path
from alerting.incident import Urgency
from gateway.clock import SystemClock
from gateway.config.delivery import DeliverySettings
from gateway.outbox import Outbox
from gateway.store.rows import Attempt, OutboxRow, RowState
from gateway.transports.transport import Submitted

SINGLE = 2_000
AT_ONCE = 1_000
PHONES_SHARED = 50
ANSWER_SECONDS = 0.02
"""How long a provider takes to answer in the rush."""

PATHS = (
    Path("twilio", ("sms", "voice")),
    Path("modem", ("sms", "voice"), line="sim"),
    Path("aliyun", ("sms", "voice")),
)


class Instant:
    """A provider that notes the moment it is asked."""

    keeps_track = True

    def __init__(
        self, name: str, seconds: float = 0.0, firsts: dict[str, float] | None = None
    ) -> None:
        self.name = name
        self.channels = ("sms", "voice")
        self.asked: dict[str, float] = {}
        self.rung: Counter[str] = Counter()
        self._seconds = seconds
        self._firsts = {} if firsts is None else firsts
        """When any of them was first asked to tell of an incident."""

    async def warm(self) -> None:
        """Do nothing."""

    async def send(self, row: OutboxRow) -> Submitted:
        """Note the moment and take it."""
        moment = time.perf_counter()
        self.asked.setdefault(row.key, moment)
        self._firsts.setdefault(row.incident, moment)
        if row.channel == "voice":
            self.rung[row.address] += 1
        if self._seconds:
            await asyncio.sleep(self._seconds)
        return Submitted(row.key, Progress(DeliveryState.DELIVERED, final=True))

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Know nothing."""
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        """Say that it arrived."""
        return Progress(DeliveryState.DELIVERED, final=True)

    async def recall(self, row: OutboxRow) -> Progress | None:
        """End nothing."""
        return None

    async def close(self) -> None:
        """Do nothing."""


class Nowhere:
    """A store that keeps nothing."""

    async def save(self, rows: Sequence[OutboxRow], attempts: Sequence[Attempt] = ()) -> None:
        """Drop it."""

    async def owed(self) -> list[OutboxRow]:
        """Owe nothing."""
        return []


def run() -> str:
    """Return the table."""
    return asyncio.run(_run())


async def _run() -> str:
    single = await _single()
    rush, busy, calls = await _rush()
    return "\n".join(
        [
            "from decision to first request of a provider (fakes: our own time only)",
            f"  one alarm by two lines, {SINGLE} times:  "
            f"p50 {_at(single, 0.5):6.2f} ms  p99 {_at(single, 0.99):6.2f} ms",
            f"  {AT_ONCE} incidents at once, {AT_ONCE * 3} messages, "
            f"{ANSWER_SECONDS * 1000:.0f} ms an answer, first request of each:  "
            f"p50 {_at(rush, 0.5):6.1f} ms  p99 {_at(rush, 0.99):6.1f} ms  max {max(rush):6.1f} ms",
            f"  processor time until then: {busy * 1000:6.0f} ms",
            f"  calls by aliyun to one phone in that rush (limit 1 a minute): at most {calls}",
        ]
    )


def _outbox(*providers: Instant) -> Outbox:
    return Outbox(
        SystemClock(),
        Nowhere(),
        providers,
        lambda household, receipt: None,
        lambda part, active, detail, source="": None,
        settings=DeliverySettings(paths=PATHS, sim_texts_per_hour=10**4, sim_texts_per_day=10**4),
    )


def _row(incident: str, way: str, address: str, *paths: str) -> OutboxRow:
    now = SystemClock().now()
    return OutboxRow(
        key=f"{incident}/0/p/{way}",
        household=incident,
        incident=incident,
        responder="p",
        channel=way.removesuffix("-2"),
        address=address,
        purpose=Purpose.ALARM,
        urgency=Urgency.HIGH,
        text="【关爱网关】A1001 08:31 呼救",
        language="zh",
        state=RowState.LEASED,
        created_at=now,
        due_at=now,
        expires_at=now + timedelta(minutes=15),
        paths=paths,
    )


def _alarm(incident: str, phone: str) -> list[OutboxRow]:
    """Return what one press makes owed to one person."""
    return [
        _row(incident, "sms", phone, "modem", "aliyun", "twilio"),
        _row(incident, "sms-2", phone, "twilio"),
        _row(incident, "voice", phone, "aliyun", "modem"),
    ]


async def _single() -> list[float]:
    providers = [Instant(path.name) for path in PATHS]
    outbox = _outbox(*providers)
    running = asyncio.create_task(outbox.run())
    await asyncio.sleep(0)
    taken = []
    for n in range(SINGLE):
        rows = _alarm(f"h{n}-1", f"+86138{n:08}")
        begin = time.perf_counter()
        outbox.owe(rows)
        await asyncio.sleep(0.0005)
        first = min(
            moment
            for provider in providers
            for row in rows
            if (moment := provider.asked.get(row.key)) is not None
        )
        taken.append((first - begin) * 1_000)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return taken


async def _rush() -> tuple[list[float], float, int]:
    firsts: dict[str, float] = {}
    providers = [Instant(path.name, ANSWER_SECONDS, firsts) for path in PATHS]
    outbox = _outbox(*providers)
    running = asyncio.create_task(outbox.run())
    await asyncio.sleep(0)
    alarms = [
        _alarm(f"h{n}-1", f"+86138{n % (AT_ONCE - PHONES_SHARED):08}") for n in range(AT_ONCE)
    ]
    begin, busy = time.perf_counter(), time.process_time()
    outbox.owe([row for rows in alarms for row in rows])
    end = time.perf_counter() + 20
    while len(firsts) < AT_ONCE and time.perf_counter() < end:  # noqa: ASYNC110 - nobody wakes us
        await asyncio.sleep(0.01)
    busy = time.process_time() - busy
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    if len(firsts) < AT_ONCE:
        raise RuntimeError(f"only {len(firsts)} of {AT_ONCE} incidents were told of")
    times = [(moment - begin) * 1_000 for moment in firsts.values()]
    return times, busy, max(providers[2].rung.values(), default=0)


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
