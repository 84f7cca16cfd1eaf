"""How to reach a broker and log in there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.config.settings import BrokerSettings

PLAIN_PORT = 1883
TLS_PORT = 8883


@dataclass(frozen=True, kw_only=True)
class BrokerAddress:
    """Everything a session needs; the password is in no `repr`."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: Path | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mqtt{'s' if self.tls else ''}://{host}:{self.port}"

    def client_arguments(self) -> dict[str, Any]:
        """Return the keyword arguments `aiomqtt.Client` takes for this address.

        Raises:
            OSError: the certificate authority's file cannot be read.
        """
        arguments: dict[str, Any] = {"hostname": self.host, "port": self.port}
        if self.username:
            arguments |= {"username": self.username, "password": self.password}
        if self.tls:
            arguments["tls_context"] = ssl.create_default_context(
                cafile=str(self.ca_file) if self.ca_file else None
            )
        return arguments


def external_address(settings: BrokerSettings) -> BrokerAddress:
    """Return the address of the broker that `settings.url` names."""
    parts = urlsplit(settings.url)
    tls = parts.scheme == "mqtts"
    return BrokerAddress(
        host=parts.hostname or "",
        port=parts.port or (TLS_PORT if tls else PLAIN_PORT),
        username=settings.username,
        password=settings.password,
        tls=tls,
        ca_file=settings.ca_file,
    )
