"""What the rest of the program gets: checked, complete and frozen.

Secrets are in no `repr`, so that no log line and no error can show them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from alerting.delivery.catalogue import Own
from alerting.duty import Roster
from alerting.household import Household, Responder
from gateway.config.clouds import CloudSettings
from gateway.config.delivery import DeliverySettings
from gateway.config.modem import ModemSettings
from gateway.config.problems import Problem
from gateway.transports.targets import PushAccess, ScaipAccess, WebhookAccess

GATEWAY_HOUSEHOLD = "gateway"
OWN_HOUSEHOLDS = frozenset({GATEWAY_HOUSEHOLD, "canary"})
"""In which nobody lives: they count in no account of homes."""
"""Id of the pseudo-household whose devices are the gateway's own parts."""

GATEWAY_PARTS = (
    "broker",
    "store",
    "provider",
    "clock",
    "audit",
    "disk",
    "ingest",
    "desk",
    "watchdog",
    "modem",
    "roster",
    "peers",
)
"""The parts of the gateway that can be reported broken."""


class BrokerKind(StrEnum):
    """Which broker we start when no URL of an external one is given."""

    AUTO = "auto"
    MOSQUITTO = "mosquitto"
    NATS = "nats"


@dataclass(frozen=True, kw_only=True)
class BrokerSettings:
    """Where the messages come from.

    With `url` the broker is somebody else's; without, we start our own on `listen`.
    """

    url: str = ""
    """`mqtt://host:1883` or `mqtts://host:8883`; empty: our own broker."""
    kind: BrokerKind = BrokerKind.AUTO
    host: str = "127.0.0.1"
    """Where our own broker listens."""
    port: int = 1883
    username: str = ""
    """Whom the gateway logs in as; empty: anonymous (only our own broker on loopback)."""
    password: str = field(default="", repr=False)
    protocol: str = "3.1.1"
    """MQTT version: `3.1.1` or `5`."""
    in_flight_max: int = 1_000
    """How many unacknowledged messages the broker may send us."""
    ca_file: Path | None = None
    """Certificate authority of an `mqtts` broker; None: the system's."""


@dataclass(frozen=True, kw_only=True)
class DeskSettings:
    """The duty desk: the web page, and the telephone number messages mention."""

    host: str = "127.0.0.1"
    port: int = 8470
    phone: str = ""
    """As people dial it; spoken and written in messages."""
    public_url: str = ""
    """How browsers reach the desk from outside, e.g. `https://care.example.org`."""


@dataclass(frozen=True, kw_only=True)
class TwilioSettings:
    """The account that carries SMS and calls."""

    account_sid: str
    auth_token: str = field(repr=False)
    second_token: str = field(default="", repr=False)
    """The other valid token while tokens are being exchanged; checked on webhooks only."""
    api_key: str = ""
    """A key (SK...) to log in with instead of the account's own token; empty: the token."""
    api_secret: str = field(default="", repr=False)
    sender: str
    """The number messages and calls come from, E.164."""
    messaging_service: str = ""
    """A messaging service (MG...) that chooses the sender of texts; empty: the number."""
    detect_machines: bool = True
    """Ask Twilio to tell voicemail from people; it charges for this."""
    studio_flow: str = ""
    """Our Studio flow (FW...), for keys in calls without a public address; empty: none."""
    base_url: str = ""
    """Another server that speaks Twilio's interface (the simulated carrier); empty: Twilio."""
    edge: str = ""
    """Twilio's point of entry, e.g. `singapore`; empty: its default."""
    region: str = ""
    """Where Twilio processes, e.g. `ie1`; empty: its default."""
    public_url: str = ""
    """Where Twilio reaches our webhooks; empty: we poll."""


@dataclass(frozen=True, kw_only=True)
class StoreSettings:
    """What is kept on disk."""

    keep_days: int = 400
    """Of the journal, what is older than this is deleted, oldest first."""
    keep_records_days: int = 1_100
    """Incidents closed longer ago than this are deleted with their stories and messages."""


@dataclass(frozen=True)
class DrillSettings:
    """When people are drilled, in the gateway's own time zone."""

    weekday: int
    """Monday is 0."""
    at: str
    """`HH:MM`."""


@dataclass(frozen=True)
class DeadmanSettings:
    """Whom we tell, for as long as all is well, that we live."""

    urls: tuple[str, ...] = field(default=(), repr=False)
    """Anybody who knows one can speak for us: it is a secret."""
    every: timedelta = timedelta(minutes=1)


@dataclass(frozen=True)
class WatchSettings:
    """Another gateway that tells us that it lives."""

    id: str
    name: str
    token: str = field(repr=False)
    silent_after: timedelta


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One checked configuration file."""

    path: Path
    id: str
    """This gateway, in logs and as MQTT client id."""
    language: str
    zone: str
    signature: str
    broker: BrokerSettings
    desk: DeskSettings
    twilio: TwilioSettings | None
    store: StoreSettings
    households: dict[str, Household]
    """By id, with `gateway` for the gateway's own faults."""
    responders: dict[str, Responder]
    """Everybody who can be called, by id."""
    push: PushAccess | None = None
    scaip: ScaipAccess | None = None
    webhook: WebhookAccess | None = None
    aliyun: CloudSettings | None = None
    tencent: CloudSettings | None = None
    """The mainland clouds, where they are configured."""
    wording: Own = field(default_factory=dict)
    """The installation's own words, by language and name; homes have those their people need."""
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    """Which ways out there are, and how messages are spread over them."""
    rosters: dict[str, Roster] = field(default_factory=dict)
    """Who is on duty when, by id."""
    defaults: tuple[str, ...] = ()
    """Kinds of incident that take a default order, because the file says nothing of them."""
    modem: ModemSettings | None = None
    """Our own SIM; None: there is none."""
    warnings: tuple[Problem, ...] = ()
    """Not wrong, but worth knowing."""

    drills: DrillSettings | None = None
    """None: nobody is drilled."""
    deadman: DeadmanSettings = DeadmanSettings()
    watches: tuple[WatchSettings, ...] = ()

    @property
    def topics(self) -> list[str]:
        """Where devices speak that do not speak at their native topics."""
        devices = [one for home in self.households.values() for one in home.devices.values()]
        return [device.topic for device in devices if device.topic]
