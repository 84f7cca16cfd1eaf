"""Those who act upon what is written, reduced to remembering it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.store.rows import Entry, OutboxRow


class FakeOutbox:
    """Sends nothing; knows what it was given, in order."""

    def __init__(self) -> None:
        self.rows: list[OutboxRow] = []
        self.withdrawn: list[str] = []

    def owe(self, rows: Sequence[OutboxRow]) -> None:
        self.rows += rows

    def withdraw(self, incident: str, over_at: datetime | None = None) -> None:
        self.withdrawn.append(incident)

    @property
    def keys(self) -> list[str]:
        return [row.key for row in self.rows]


class FakeBoard:
    """Shows nothing; knows what it was told, in order."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def apply(self, entry: Entry) -> None:
        self.entries.append(entry)
