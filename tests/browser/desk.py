"""A desk over a real database, real engines and a real server; only the messages go nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerting.detection import contacts
from alerting.engine import Engine
from alerting.events import DeliveryState, ErrorClass, Event, Receipt
from alerting.household import Household, IncidentKind
from alerting.words import Words
from devices.observation import Alive, Contact, Fault, HelpCall, Motion, Online
from gateway.board import Board
from gateway.clock import SystemClock
from gateway.config import load
from gateway.fleet import restore
from gateway.runtime import Runtime
from gateway.store.rows import OutboxRow, Quarantined
from gateway.store.store import Store
from gateway.web.access import PASSWORD_FILE, Access
from gateway.web.app import build_app
from gateway.web.context import BadInput, DeskContext, Health, Home, Part, PathShown
from gateway.web.records import Records
from gateway.web.serve import DeskServer
from tests.fakes.outbox import FakeOutbox

VILLAGE = Path(__file__).parents[2] / "gateway" / "demo.toml"

WELL = Words("正常", "well")
BROKER = Words("消息代理", "Message broker")
DURABILITY = Words("断电自检", "Durability self-test")


class Desk:
    """Everything a test of the desk touches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.board = Board(self.clock.now)
        self.outbox = FakeOutbox()
        self.parts = [
            Part(BROKER, True, WELL, "127.0.0.1:1883", self.clock.now()),
            Part(DURABILITY, True, Words("断电后呼救不丢失", "a queued press survives")),
        ]
        self.deaf = False
        self.port = 0
        self._offered: list[Event] = []

    async def open(self, port: int = 0) -> None:
        self.store = Store.open(self.folder / "gateway.db")
        self.homes: dict[str, Household] = load(VILLAGE).households
        fleet = await restore(self.store, self.homes, self.clock.now())
        self.engines = fleet.engines
        self.runtime = Runtime(fleet.engines, self.clock, self.store, self.outbox, self.board)
        for home, event in fleet.events:
            self.runtime.offer(home, event)
        self._running = asyncio.create_task(self.runtime.run())
        self.access = await Access.open(self.store, self.folder)
        await self.serve(port)

    async def serve(self, port: int = 0) -> None:
        app = build_app(
            DeskContext(
                board=self.board,
                offer=self._offer,
                homes=self._homes,
                health=self._health,
                now=self.clock.now,
                records=Records(self.store.reader),
                access=self.access,
                title="桃花关爱",
            )
        )
        self.server = DeskServer(app, self.board, "127.0.0.1", port)
        self.port = self.server.port
        await self.server.start()

    async def close(self) -> None:
        await self.server.stop()
        await self.runtime.stop()
        await self._running
        await self.store.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        return (self.folder / PASSWORD_FILE).read_text().strip()

    def _offer(self, household: str, event: Event) -> None:
        if not self.deaf:
            self.runtime.offer(household, event)

    def _homes(self) -> dict[str, Home]:
        found = {}
        for id, household in self.homes.items():
            engine = self.engines[id]
            assert isinstance(engine, Engine)
            found[id] = Home(
                household,
                engine.presence,
                None,
                engine.silences,
                engine.coverage,
                contacts.standing(engine.household, engine.known("contacts")),
            )
        return found

    def _health(self) -> Health:
        now = self.clock.now()
        return Health(
            parts=tuple(self.parts),
            started_at=now - timedelta(hours=3),
            versions={"guanai": "0.1.0"},
            counts={"messages": 1234, "bad payload": 2},
            bad_inputs=(
                BadInput(now, "bad payload", "h2-sos", "battery is not a number; expected 0..100"),
            ),
            disk_free_bytes=12_300_000_000,
            disk_total_bytes=31_000_000_000,
            journal_bytes=4_200_000,
            journal_entries=10_020,
            memory_bytes=66_000_000,
            paths=(
                PathShown("twilio", Words("互联网", "internet"), ("sms", "voice"), True),
                PathShown(
                    "modem",
                    Words("SIM 卡", "SIM card"),
                    ("sms", "voice"),
                    True,
                    left={"sms": (57, 60)},
                    delivered_at=now - timedelta(minutes=4),
                ),
                PathShown(
                    "aliyun",
                    Words("互联网", "internet"),
                    ("sms", "voice"),
                    False,
                    trouble="no connection",
                    shares={"sms": 41, "voice": 50},
                ),
            ),
        )

    def happen(self, household: str, event: Event) -> None:
        self.runtime.offer(household, event)

    async def press(self, household: str = "h1", device: str = "h1-panel", id: str = "") -> str:
        """Press a call button; return the incident it opened, or joined."""
        self.happen(household, HelpCall(at=self.clock.now(), device=device, id=id))
        await until(lambda: self.incidents(household))
        return self.incidents(household)[0]

    def incidents(self, household: str, kind: IncidentKind = IncidentKind.EMERGENCY) -> list[str]:
        """Return the household's open incidents of one kind, in the list's order."""
        return [
            story.record.id
            for story in self.board.open()
            if story.record.household == household and story.record.kind is kind
        ]

    def receipt(
        self,
        row: OutboxRow,
        state: DeliveryState,
        error: ErrorClass | None = None,
        detail: str = "",
    ) -> None:
        receipt = Receipt(self.clock.now(), row.key, row.incident, state, error, detail)
        self.happen(row.household, receipt)

    async def bustle(self) -> None:
        """Fill the desk with a little of everything, as on a busy evening."""
        now = self.clock.now()
        for device, percent in (("h1-panel", 93), ("h1-pir-living", 9), ("h1-door", 71)):
            self.happen("h1", Alive(at=now, device=device, battery_percent=percent))
        self.happen("h1", Motion(at=now, device="h1-pir-living"))
        self.happen("h1", Contact(at=now, device="h1-door", is_open=False))
        self.happen("h4", Online(at=now, device="h4-pir-living", online=False))
        self.happen("gateway", Fault(at=now, device="provider", active=True, detail="401"))
        first = await self.press("h1", "h1-panel", "3f9a:17")
        await self.press("h3", "h3-sos", "1")
        await until(lambda: [row for row in self.outbox.rows if row.incident == first])
        rows = [row for row in self.outbox.rows if row.incident == first]
        for row in rows:
            self.receipt(row, DeliveryState.ACCEPTED)
        for row in rows[:2]:
            self.receipt(row, DeliveryState.DELIVERED)
        self.receipt(rows[-1], DeliveryState.FAILED, ErrorClass.CONTACT, "21211 invalid 'To'")
        await self.store.quarantine(
            [
                Quarantined(
                    at=now,
                    who="zigbee2mqtt/李家呼叫器",
                    reason="battery is not a number",
                    expected="0 to 100",
                    payload=b'{"battery":"full","action":"emergency"}',
                )
            ]
        )


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    """Return a desk that is served on a free port."""
    desk = Desk(folder)
    await desk.open()
    try:
        yield desk
    finally:
        await desk.close()


async def until(true: Callable[[], object], seconds: float = 10) -> None:
    """Wait for something that happens in another task or thread."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - there is nothing to wait on but its effect
            await asyncio.sleep(0.005)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
