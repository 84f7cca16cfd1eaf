"""Rows for transports under test."""

from __future__ import annotations

from datetime import timedelta

from alerting.events import Purpose
from alerting.incident import Urgency
from gateway.store.rows import OutboxRow, RowState
from tests.fakes.clock import START


def row(channel: str, address: str, **fields: object) -> OutboxRow:
    """An alarm of 王奶奶's home to the daughter, by `channel` to `address`."""
    given: dict[str, object] = {
        "key": f"h1-0001/0/wang-daughter/{channel}",
        "household": "h1",
        "incident": "h1-0001",
        "responder": "wang-daughter",
        "channel": channel,
        "address": address,
        "purpose": Purpose.ALARM,
        "urgency": Urgency.HIGH,
        "text": "关爱网关：08:00 王奶奶按下呼救，请马上去看。",
        "language": "zh",
        "state": RowState.LEASED,
        "created_at": START,
        "due_at": START,
        "expires_at": START + timedelta(minutes=10),
        "template": "alarm",
        "variables": {"code": "A1001", "number": "1", "kind": "sos"},
        **fields,
    }
    return OutboxRow(**given)  # type: ignore[arg-type]
