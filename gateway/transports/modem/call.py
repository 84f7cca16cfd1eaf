"""A call that we owe somebody, and somebody who rings us."""

from __future__ import annotations

import asyncio
import secrets

from alerting.events import Purpose
from alerting.incident import Urgency
from gateway.store.rows import OutboxRow
from gateway.transports.modem.at import At, AtError

_URGENCY = {Urgency.HIGH: 0, Urgency.MEDIUM: 1, Urgency.LOW: 2}


class Call:
    """One call we owe somebody."""

    def __init__(self, row: OutboxRow, parameters: dict[str, str | tuple[str, ...]]) -> None:
        self.id = secrets.token_hex(8)
        self.row = row
        self.number = str(parameters["to"])
        self.ring_seconds = float(str(parameters["ring_seconds"]))
        self.call_seconds = float(str(parameters["call_seconds"]))
        self.status = "queued"
        self.cause = 0
        self.is_recalled = False
        self.gives_way = False
        """It rings, and an alarm needs the line: it is placed again afterwards."""

    @property
    def rank(self) -> tuple[bool, int, float]:
        """Alarms first, emergencies first, the newest of the same kind first."""
        row = self.row
        return (
            row.purpose is not Purpose.ALARM,
            _URGENCY[row.urgency],
            -row.created_at.timestamp(),
        )


class Incoming:
    """Somebody who rings."""

    def __init__(self) -> None:
        self.caller = ""
        self.is_known = asyncio.Event()
        self.is_over = False
        self.has_turn = False
        """They are being answered."""


async def picks_up(at: At, seconds: float) -> bool:
    """Answer who rings; return False if they have hung up.

    Raises:
        AtSilent: the modem does not answer.
    """
    try:
        await at.ask("ATA", seconds)
    except AtError:
        return False
    return True


async def hang_up(at: At, seconds: float) -> None:
    """End the call there is, by the command that the module takes."""
    for command in ("AT+CHUP", "ATH"):
        try:
            await at.ask(command, seconds)
        except AtError:
            continue
        return
