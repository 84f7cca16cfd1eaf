"""Entries that are written together, and the messages they came with."""

from __future__ import annotations

from alerting.events import Configured, Finding, PresenceSet, Reply, Silenced
from alerting.incident import Incident
from gateway.acks import Acknowledge
from gateway.store.rows import Entry
from gateway.store.writing import Snapshot

_BY_A_PERSON = (Reply, PresenceSet, Silenced, Configured)


class Group:
    """One transaction to be: `Ledger` fills it and hands it to the store."""

    __slots__ = ("acks", "durable", "entries", "gone", "hurried", "incidents", "owes", "snapshots")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.acks: list[tuple[Acknowledge, bool, str]] = []
        """How to acknowledge, whether that entry made us owe something, and whose it is."""
        self.durable = False
        self.owes = False
        self.hurried: set[str] = set()
        """The homes of which something cannot wait."""
        self.gone = 0
        """How many of the entries were acted upon already."""
        self.snapshots: list[Snapshot] = []
        self.incidents: list[Incident] = []

    def add(self, entry: Entry, acknowledge: Acknowledge | None) -> None:
        """Take one more; `acknowledge` is for whoever it came from."""
        owes = bool(entry.effects) and any(type(effect) is not Finding for effect in entry.effects)
        if owes or isinstance(entry.event, _BY_A_PERSON):
            self.owes = self.owes or owes
            self.durable = True
            self.hurried.add(entry.household)
        self.entries.append(entry)
        if acknowledge is not None:
            self.acks.append((acknowledge, owes, entry.household))

    def part_urgent(self) -> Group:
        """Take out what cannot wait: all of the homes of which something cannot.

        Within a home the order stays. Movements of the whole village would otherwise be
        written before the message that a press in one home makes us owe.
        """
        part = Group()
        rest: list[Entry] = []
        for entry in self.entries:
            (part.entries if entry.household in self.hurried else rest).append(entry)
        part.acks = [ack for ack in self.acks if ack[2] in self.hurried]
        self.acks = [ack for ack in self.acks if ack[2] not in self.hurried]
        part.durable, part.owes = self.durable, self.owes
        self.entries, self.hurried = rest, set()
        self.durable = self.owes = False
        return part
