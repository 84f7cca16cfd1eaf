"""One run: an alarm, its ladder, providers that misbehave, and a kill at one write point.

Engine, outbox, couriers and everything under them are the real ones; the disk is what
survives, the rest of the process is thrown away where it is killed. A write is one
transaction (that SQLite holds this is proved with real kills in tests/line).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import msgspec

from alerting.engine import Engine
from alerting.events import Answer, Configured, Event, Receipt, Reply, Resumed, Tick, Withdraw
from alerting.household import Household, IncidentKind, Path, Policy, Responder, Step
from alerting.incident import Outcome
from devices.observation import HelpCall
from gateway.outbox import Outbox
from gateway.store.rows import Attempt, Entry, OutboxRow, RowState, rows_owed
from tests.builders import SOS, household
from tests.fakes.clock import FakeClock
from tests.kills.providers import Provider

PATHS: dict[str, tuple[str, ...]] = {
    "twilio": ("sms", "voice"),
    "modem": ("sms", "voice"),
    "aliyun": ("sms", "voice"),
    "tencent": ("sms", "voice"),
    "push": ("push",),
    "scaip": ("scaip",),
    "webhook": ("webhook",),
}
POINTS = (
    "before the commit",
    "after the commit",
    "before the request",
    "taken, not answered",
    "before writing submitted",
    "after writing submitted",
    "before writing the end",
    "after writing the end",
)
TARGETS = tuple(
    (path, channel, point)
    for path, channels in PATHS.items()
    for channel in channels
    for point in POINTS
)
TROUBLE_SECONDS = 420.0
CALM_SECONDS = 4_800.0
"""Longer than we follow a message whose provider never says what became of it."""
KILLS_MAX = 2


class Killed(BaseException):
    """The process ends here, with nothing tidied up."""


class Disk:
    """What survives: the journal, the state of the home, and what is owed."""

    def __init__(self) -> None:
        self.journal: list[Event] = []
        self.state = b""
        self.rows: dict[str, OutboxRow] = {}


class Run:
    """One seed; `lost` and `extra` say what became of it."""

    def __init__(self, seed: int, kills: bool = True) -> None:
        self.seed = seed
        self.dice = Random(seed)
        self.target = TARGETS[seed % len(TARGETS)]
        self.clock = FakeClock()
        self.disk = Disk()
        self.providers = {
            name: Provider(name, channels, self.clock, self.dice, self.probe)
            for name, channels in PATHS.items()
        }
        self.kills: list[tuple[datetime, tuple[str, str, str]]] = []
        self.pressed: list[str] = []
        self.waiting: list[HelpCall] = []
        """Presses the broker still holds, because nobody has acknowledged them."""
        self.is_dead = False
        self._arms = kills
        self._armed_for = self.dice.randrange(1, 4)
        self._tasks: list[asyncio.Task[None]] = []
        self._due = asyncio.Event()
        self._answered: set[str] = set()

    # ------------------------------------------------------------------ the run

    async def run(self) -> None:
        """Live through trouble and the calm after it."""
        engine = Engine(Configured(self.clock.now(), _home(self.dice)))
        self.disk.state = engine.snapshot()
        self._start(first=True)
        end = self.clock.monotonic() + TROUBLE_SECONDS
        press_at = [end - TROUBLE_SECONDS + self.dice.uniform(1, 120)]
        while self.clock.monotonic() < end:
            await self._pass(self.dice.uniform(1, 20))
            for moment in [one for one in press_at if one <= self.clock.monotonic()]:
                press_at.remove(moment)
                await self._press()
            if self.dice.random() < 0.1:
                some = self.dice.choice(list(self.providers.values()))
                some.is_down = not some.is_down
        for provider in self.providers.values():
            provider.is_down, provider.is_calm = False, True
        self._arms = False
        begins, ends = self.clock.monotonic(), self.clock.monotonic() + CALM_SECONDS
        while self.clock.monotonic() < ends:
            await self._pass(60.0)
            if self.clock.monotonic() - begins > 300.0:
                self._somebody_comes()
            if not self.engine.incidents and not await self.owed():
                break
        await self._end()

    async def _pass(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        while self.is_dead:
            await self._end()
            await self.clock.advance(self.dice.choice((1.0, 5.0, 40.0)))
            self._start()
            await self.clock.advance(0.1)

    async def _press(self) -> None:
        press = HelpCall(self.clock.now(), "sos", id=f"p{len(self.pressed)}")
        self.pressed.append(press.id or "")
        self.waiting.append(press)
        self._hand_over()
        await self._pass(0.1)

    # ------------------------------------------------------------------ the process

    def _start(self, first: bool = False) -> None:
        self.is_dead = False
        self.engine = Engine.restore(self.disk.state)
        for event in self.disk.journal:
            if event.at >= self.engine.now:
                self.engine.step(event)
        self.outbox = Outbox(
            self.clock,
            self,
            list(self.providers.values()),
            self._report,
            lambda part, active, detail, source="": None,
            luck=self.dice.random,
        )
        self._tasks = [
            asyncio.create_task(self._alive(self.outbox.run())),
            asyncio.create_task(self._alive(self._tick())),
        ]
        if not first:
            self._offer(Resumed(self.clock.now(), self.clock.now(), "started"))
            self._hand_over()

    async def _alive(self, work: object) -> None:
        with contextlib.suppress(Killed):
            await work  # type: ignore[misc]

    async def _end(self) -> None:
        """Throw the process away."""
        self.is_dead = True
        jobs = [job.task for job in self.outbox._register if job.task is not None]
        for task in (*self._tasks, *jobs):
            task.cancel()
        await asyncio.gather(*self._tasks, *jobs, return_exceptions=True)

    async def _tick(self) -> None:
        while True:
            due = self.engine.deadline()
            now = self.clock.now()
            if due is not None and due <= now:
                self._offer(Tick(now))
                continue
            wait = (due - now).total_seconds() if due is not None else 3_600.0
            timer = self.clock.call_later(wait, self._due.set)
            await self._due.wait()
            self._due.clear()
            timer.cancel()

    def _hand_over(self) -> None:
        """Let the broker send what nobody has acknowledged."""
        for press in list(self.waiting):
            if not self.is_dead and self._offer(
                msgspec.structs.replace(press, at=self.clock.now())
            ):
                self.waiting.remove(press)

    def _offer(self, event: Event) -> bool:
        """Step an event, commit it with what it makes us owe, act; False: died on the way."""
        try:
            effects = tuple(self.engine.step(event))
            if not effects and isinstance(event, Tick):
                return True
            rows = rows_owed(Entry("h1", event, effects))
            self._probe_rows(rows, "before the commit")
            self.disk.journal.append(event)
            for row in rows:
                self.disk.rows.setdefault(row.key, row)
            for effect in effects:
                if isinstance(effect, Withdraw):
                    self._withdraw(effect)
            self._probe_rows(rows, "after the commit")
        except Killed:
            return bool(self.disk.journal) and self.disk.journal[-1] is event
        for effect in effects:
            if isinstance(effect, Withdraw):
                self.outbox.withdraw(effect.incident, effect.at if effect.is_over else None)
        self.outbox.owe(rows)
        self._due.set()
        return True

    def _report(self, household: str, receipt: Receipt) -> None:
        if not self.is_dead:
            self._offer(receipt)

    def _withdraw(self, effect: Withdraw) -> None:
        for key, row in self.disk.rows.items():
            waits = row.state in (RowState.QUEUED, RowState.LEASED)
            is_old = effect.is_over and row.created_at < effect.at
            goes = row.purpose == "alarm" or is_old
            if row.incident == effect.incident and goes and waits:
                self.disk.rows[key] = msgspec.structs.replace(
                    row, state=RowState.WITHDRAWN, final_at=effect.at
                )

    # ------------------------------------------------------------------ the disk

    async def save(self, rows: Sequence[OutboxRow], attempts: Sequence[Attempt] = ()) -> None:
        for row in rows:
            point = _written(row)
            self.probe(row.provider, row.channel, f"before writing {point}")
        self.disk.rows.update((row.key, row) for row in rows)
        for row in rows:
            self.probe(row.provider, row.channel, f"after writing {_written(row)}")
        await asyncio.sleep(0)

    async def owed(self) -> list[OutboxRow]:
        return [row for row in self.disk.rows.values() if row.final_at is None]

    def _probe_rows(self, rows: Sequence[OutboxRow], point: str) -> None:
        for row in rows:
            for path in row.paths or [n for n, c in PATHS.items() if row.channel in c]:
                self.probe(path, row.channel, point)

    def probe(self, path: str, channel: str, point: str) -> None:
        """Die here, if this is the place."""
        if self.is_dead:
            raise Killed
        if not self._arms or len(self.kills) >= KILLS_MAX or (path, channel, point) != self.target:
            return
        self._armed_for -= 1
        if self._armed_for > 0:
            return
        self._armed_for = self.dice.randrange(1, 4)
        self.kills.append((self.clock.now(), self.target))
        self.is_dead = True
        raise Killed

    # ------------------------------------------------------------------ people

    def _somebody_comes(self) -> None:
        """Whoever got the alarm answers it, and closes it."""
        got = {key.split("/")[0] for one in self.providers.values() for key, _ in one.arrived}
        for incident in self.engine.incidents:
            if incident.id in got and incident.id not in self._answered and not self.is_dead:
                self._answered.add(incident.id)
                who, at = incident.told[0], self.clock.now()
                self._offer(Reply(at, incident.id, who, Answer.GOING, "sms"))
                self._offer(Reply(at, incident.id, who, Answer.CLOSE, "desk", Outcome.SAFE))

    # ------------------------------------------------------------------ what became of it

    @property
    def lost(self) -> list[str]:
        """Incidents and messages that reached nobody although they could have."""
        arrived = {key for one in self.providers.values() for key, _ in one.arrived}
        found = [f"{row.key} is {row.state}" for row in self.disk.rows.values() if not row.final_at]
        if self.waiting:
            found.append(f"{len(self.waiting)} presses are still with the broker")
        alarms = {row.incident for row in self.disk.rows.values() if row.purpose == "alarm"}
        reached = {key.split("/")[0] for key in arrived}
        found += [f"{incident} reached nobody" for incident in sorted(alarms - reached)]
        if self.pressed and not alarms:
            found.append("the presses made no alarm")
        return found

    def extra(self) -> dict[tuple[str, str], int]:
        """Return how often a message came once more by one path without a provider's doubt."""
        found: dict[tuple[str, str], int] = {}
        for name, provider in self.providers.items():
            counts: dict[str, int] = {}
            for key, _ in provider.arrived:
                counts[key] = counts.get(key, 0) + 1
            for key, count in counts.items():
                again = count - 1 - provider.doubts.get(key, 0)
                if again > 0:
                    found[name, key] = again
        return found


def _written(row: OutboxRow) -> str:
    if row.final_at is not None:
        return "the end"
    return "submitted" if row.provider_id else "the wait"


def _home(dice: Random) -> Household:
    people = [
        Responder(
            f"p{number}",
            f"人{number}",
            "relative",
            dice.choice((f"+852510000{number:02}", f"+861380000{number:04}")),
            channels=("sms", "voice", "push", "scaip", "webhook"),
            addresses={"push": f"t{number}", "scaip": "arc", "webhook": "county"},
        )
        for number in range(2)
    ]
    names = list(PATHS)
    dice.shuffle(names)
    paths = tuple(
        Path(name, PATHS[name], line="sim" if name == "modem" else "internet") for name in names
    )
    wait = timedelta(minutes=2)
    policy = Policy(
        steps=(Step("家庭", tuple(people[:1]), wait), Step("村", tuple(people[1:]), wait)),
        channels=("sms", "voice", "push", "scaip", "webhook"),
        rounds=3,
    )
    return household(SOS, policies={IncidentKind.EMERGENCY: policy}, paths=paths)
