"""What the desk reads from the store, on connections that can only read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import msgspec

from alerting.incident import Incident
from gateway.store import codec
from gateway.store.errors import StoreError
from gateway.store.rows import Quarantined
from gateway.timeline import Line

HISTORY_MAX = 100
LINES_MAX = 2_000
QUARANTINE_MAX = 100


class RecordsError(Exception):
    """The history cannot be read now; what is open is in memory and goes on."""


class Records:
    """History from the database. Every method raises `RecordsError` if it cannot be read."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """Read through connections that `connect` opens and we close."""
        self._connect = connect

    async def incident(self, id: str) -> Incident | None:
        """Return one incident as last written."""
        rows = await self._read("select body from incident where id = ?", (id,))
        return codec.incident(rows[0][0]) if rows else None

    async def timeline(self, incident: str) -> list[Line]:
        """Return one incident's story, at most `LINES_MAX` lines of it, the latest."""
        rows = await self._read(
            "select body from timeline where incident = ?"
            " order by household desc, seq desc, number desc limit ?",
            (incident, LINES_MAX),
        )
        return [msgspec.json.decode(body, type=Line) for (body,) in reversed(rows)]

    async def first_submitted(self, incident: str) -> datetime | None:
        """Return when the first message of an incident was handed to a provider."""
        rows = await self._read(
            # keys begin with the incident: a range of the primary key, not a scan
            "select min(submitted_at) from outbox"
            " where key > ? || '/' and key < ? || '0' and channel != 'prompt'",
            (incident, incident),
        )
        return datetime.fromisoformat(rows[0][0]) if rows[0][0] else None

    async def stored_at(self, incident: str) -> datetime | None:
        """Return when the opening of an incident was written; None: it was never noted."""
        rows = await self._read("select at from stored where incident = ?", (incident,))
        return datetime.fromisoformat(rows[0][0]) if rows else None

    async def of_household(self, household: str, since: datetime) -> list[Line]:
        """Return what happened in a household besides incidents: presence, muting."""
        rows = await self._read(
            "select body from timeline where incident = '' and household = ? and at >= ?"
            " order by seq desc, number desc limit ?",
            (household, codec.text(since), HISTORY_MAX),
        )
        return [msgspec.json.decode(body, type=Line) for (body,) in rows]

    async def review(self, since: datetime) -> list[Line]:
        """Return what belongs on the daily review list, of all households, newest first."""
        rows = await self._read(
            "select body from timeline where incident = '' and at >= ?"
            " and json_extract(body, '$.what') = 'review' order by at desc limit ?",
            (codec.text(since), HISTORY_MAX),
        )
        return [msgspec.json.decode(body, type=Line) for (body,) in rows]

    async def closed(
        self,
        household: str = "",
        begin: datetime | None = None,
        end: datetime | None = None,
        limit: int = HISTORY_MAX,
    ) -> list[Incident]:
        """Return closed incidents opened in [begin, end), newest first, at most `limit`."""
        conditions, values = ["response = 'closed' and household != 'canary'"], list[object]()
        if household:
            conditions.append("household = ?")
            values.append(household)
        if begin is not None:
            conditions.append("opened_at >= ?")
            values.append(codec.text(begin))
        if end is not None:
            conditions.append("opened_at < ?")
            values.append(codec.text(end))
        rows = await self._read(
            f"select body from incident where {' and '.join(conditions)}"
            " order by opened_at desc limit ?",
            (*values, limit),
        )
        return [codec.incident(body) for (body,) in rows]

    async def quarantined(self) -> list[Quarantined]:
        """Return what could not be used, newest first, at most `QUARANTINE_MAX`."""
        rows = await self._read(
            "select at, who, reason, expected, payload from quarantine order by id desc limit ?",
            (QUARANTINE_MAX,),
        )
        return [
            Quarantined(
                at=datetime.fromisoformat(at),
                who=who,
                reason=reason,
                expected=expected,
                payload=payload,
            )
            for at, who, reason, expected, payload in rows
        ]

    async def _read(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        def work() -> list[tuple[Any, ...]]:
            try:
                with closing(self._connect()) as db:
                    return db.execute(sql, values).fetchall()
            except (sqlite3.Error, StoreError) as error:
                raise RecordsError(str(error)) from error

        return await asyncio.to_thread(work)
