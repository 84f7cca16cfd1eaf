"""What the simulators need from the gateway's configuration file.

The simulators speak only the wire, so they read the file for themselves and take from
it who lives where, what hangs on the walls, who can be called, and where the broker is.
Whether the file is right in every detail is for `guanai check-config` to say.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import msgspec

NATIVE = "native"
"""Profile of the devices that speak our own protocol; all others sit behind zigbee2mqtt."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
Number = Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]


class ConfigError(ValueError):
    """The file cannot be used by the simulators; the message names the place."""


class Resident(msgspec.Struct, frozen=True):
    """Somebody who lives in a home."""

    name: Text
    called: str = ""
    phone: Number | None = None
    """Their own telephone, where they have one."""

    @property
    def address(self) -> str:
        """How people speak to them."""
        return self.called or self.name


class Device(msgspec.Struct, frozen=True):
    """One thing in a home."""

    id: Text
    profile: Text
    role: Text
    room: str = ""
    topic: str = ""
    speaks: bool = False
    resident: str = ""
    """Name of who wears it; empty: the first."""

    @property
    def is_native(self) -> bool:
        """True when it has its own connection to the broker."""
        return self.profile == NATIVE


class Home(msgspec.Struct, frozen=True):
    """One household, as far as the village shows it."""

    id: Text
    code: Text
    name: Text
    residents: tuple[Resident, ...]
    devices: tuple[Device, ...] = msgspec.field(default=(), name="device")
    place: str = ""
    zone: str = ""
    language: str = ""


class Person(msgspec.Struct, frozen=True):
    """Somebody who can be called."""

    id: Text
    name: Text
    role: Text
    phone: Number
    channels: tuple[str, ...] = ("sms", "voice")
    language: str = ""


class Account(msgspec.Struct, frozen=True):
    """The provider's account, which the simulated carrier gives out and checks."""

    account_sid: str = "AC00000000000000000000000000000001"
    auth_token: str = msgspec.field(default="demo-token-of-the-simulated-carrier")
    sender: str = msgspec.field(default="+85230000000", name="from")

    def __repr__(self) -> str:
        return f"Account({self.account_sid})"


class BrokerAddress(msgspec.Struct, frozen=True):
    """Where the broker listens, and as whom to log in."""

    host: str = "127.0.0.1"
    port: int = 1883
    tls: bool = False
    username: str = ""
    password: str = ""

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"BrokerAddress({self})"

    @classmethod
    def parse(cls, url: str) -> BrokerAddress:
        """Read `mqtt://[user:password@]host[:port]` or `mqtts://...`.

        Raises:
            ConfigError: it is no such address.
        """
        expected = "expected mqtt://host:1883 or mqtts://host:8883"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"broker {url!r}: {error}; {expected}") from None
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ConfigError(f"broker {url!r} is no broker's address; {expected}")
        tls = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname,
            port=port or (8883 if tls else 1883),
            tls=tls,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


class ModemLine(msgspec.Struct, frozen=True):
    """The SIM of `[modem]`, and the device it is reached by."""

    device: str = "/dev/guanai-modem"
    number: str = ""


class World(msgspec.Struct, frozen=True):
    """Everything the simulators play: homes, people, their carrier and their broker."""

    homes: tuple[Home, ...]
    people: tuple[Person, ...]
    account: Account
    broker: BrokerAddress
    desk_phone: str = ""
    modem: ModemLine | None = None


class _Broker(msgspec.Struct, frozen=True):
    url: str = ""
    listen: str = "127.0.0.1:1883"


class _Desk(msgspec.Struct, frozen=True):
    phone: str = ""


class _File(msgspec.Struct, frozen=True):
    household: tuple[Home, ...] = ()
    responder: tuple[Person, ...] = ()
    language: str = "zh"
    zone: str = "Asia/Shanghai"
    broker: _Broker = _Broker()
    desk: _Desk = _Desk()
    twilio: Account = Account()
    modem: ModemLine | None = None


def load(path: Path) -> World:
    """Read the gateway's configuration file.

    Raises:
        ConfigError: it cannot be read, is not TOML, or lacks what the village needs.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    return parse(raw, str(path))


def parse(raw: dict[str, Any], name: str) -> World:
    """Take what the simulators need from the file's tables; `name` is for messages.

    Raises:
        ConfigError: something the village needs is missing or of the wrong kind.
    """
    try:
        file = msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}") from None
    homes = tuple(
        msgspec.structs.replace(
            home, zone=home.zone or file.zone, language=home.language or file.language
        )
        for home in file.household
    )
    people = tuple(
        msgspec.structs.replace(person, language=person.language or file.language)
        for person in file.responder
    )
    broker = BrokerAddress.parse(file.broker.url or f"mqtt://{file.broker.listen}")
    return World(homes, people, file.twilio, broker, file.desk.phone, file.modem)
