"""Where messages go that go to no telephone: what the transports need to be told.

Addresses and secrets are in no `repr`, so that no log line and no error can show them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

HOLD = timedelta(minutes=10)
HEARTBEAT = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class PushAccess:
    """The services that carry pushes, by the name responders give them."""

    targets: dict[str, str] = field(repr=False)
    """Apprise URLs: whoever has one can write to that person."""


@dataclass(frozen=True, kw_only=True)
class ScaipTarget:
    """One alarm receiving centre."""

    host: str
    port: int
    transport: str
    """udp, tcp or tls."""
    user: str
    """Before the @ of its address; may be empty."""
    controller: str
    """What the centre knows us by: up to 16 digits."""
    controllers: dict[str, str]
    """The same for single homes, by household."""
    username: str
    password: str = field(repr=False)
    """For digest authentication; empty: none."""
    heartbeat: timedelta | None
    """How often we say that we are there, until the centre asks otherwise; None: never."""
    hold: timedelta
    """How long a centre may hold an alarm before we take it back."""


@dataclass(frozen=True, kw_only=True)
class ScaipAccess:
    """The centres, by the name responders give them."""

    targets: dict[str, ScaipTarget]


@dataclass(frozen=True, kw_only=True)
class WebhookTarget:
    """One other system."""

    url: str
    secrets: tuple[bytes, ...] = field(repr=False)
    """What requests are signed with: each of them, so that secrets can be exchanged."""
    answers: bool = False
    """It may answer for the responders who have it (`POST /webhook/answer`)."""


@dataclass(frozen=True, kw_only=True)
class WebhookAccess:
    """The other systems, by the name responders give them."""

    targets: dict[str, WebhookTarget]
