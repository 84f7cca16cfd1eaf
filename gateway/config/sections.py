"""The shape of the file, table by table: names, types and defaults of every setting.

`deploy/gateway.example.toml` explains each of them; a test holds the two together.
Annotations here are evaluated (no `__future__` import): cattrs would lose the
readers' names from postponed ones.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from alerting.household import Confirm, IncidentKind, Order, Role
from gateway.config.clouds import AliyunSection, CloudTextSection, TencentSection
from gateway.config.delivery import DeliverySection
from gateway.config.modem import ModemSection
from gateway.config.push import PushSection
from gateway.config.rosters import RosterSection, ShiftSection
from gateway.config.scaip import ScaipSection
from gateway.config.settings import BrokerKind
from gateway.config.values import (
    Account,
    BrokerUrl,
    Celsius,
    Date,
    Endpoint,
    Language,
    Name,
    PerMonth,
    Phone,
    ProviderUrl,
    Text,
    TimeOfDay,
    Topic,
    WebUrl,
    Zone,
)
from gateway.config.webhook import WebhookSection
from gateway.config.wording import WordingSection

BROKER_LISTEN = Endpoint("127.0.0.1", 1883)
DESK_LISTEN = Endpoint("127.0.0.1", 8470)


class Channel(StrEnum):
    """How a person can be told."""

    SMS = "sms"
    VOICE = "voice"
    PUSH = "push"
    SCAIP = "scaip"
    WEBHOOK = "webhook"


class Protocol(StrEnum):
    """Versions of MQTT we speak."""

    V3 = "3.1.1"
    V5 = "5"


@dataclass(frozen=True, kw_only=True)
class General:
    """Settings outside any table."""

    language: Language = "zh"
    zone: Zone = "Asia/Shanghai"
    signature: Text = "关爱网关"


@dataclass(frozen=True, kw_only=True)
class GatewaySection:
    """`[gateway]`."""

    id: Name = "guanai"
    name: Text = "关爱网关"
    place: str = ""
    team: dict[str, tuple[Name, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BrokerSection:
    """`[broker]`."""

    url: BrokerUrl = ""
    kind: BrokerKind = BrokerKind.AUTO
    listen: Endpoint = BROKER_LISTEN
    username: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""
    protocol: Protocol = Protocol.V3
    in_flight_max: int | None = None
    ca_file: str = ""


@dataclass(frozen=True, kw_only=True)
class DeskSection:
    """`[desk]`."""

    listen: Endpoint = DESK_LISTEN
    phone: str = ""
    public_url: WebUrl = ""


@dataclass(frozen=True, kw_only=True)
class TwilioSection:
    """`[twilio]`."""

    account_sid: Account
    auth_token: str = field(default="", repr=False)
    auth_token_file: str = ""
    second_token: str = field(default="", repr=False)
    second_token_file: str = ""
    api_key: str = ""
    api_secret: str = field(default="", repr=False)
    api_secret_file: str = ""
    from_: Phone
    messaging_service: str = ""
    detect_machines: bool = True
    studio_flow: str = ""
    base_url: ProviderUrl = ""
    edge: str = ""
    region: str = ""
    public_url: ProviderUrl = ""


@dataclass(frozen=True, kw_only=True)
class StoreSection:
    """`[store]`."""

    keep_days: int = 400
    keep_records_days: int = 1_100


@dataclass(frozen=True, kw_only=True)
class SupervisionSection:
    """`[supervision]`."""

    longest_silence: dict[Role, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ResponderSection:
    """`[[responder]]`."""

    id: Name
    name: Text
    role: Name
    phone: Phone
    channels: tuple[Channel, ...] = (Channel.SMS, Channel.VOICE)
    push: str = ""
    scaip: str = ""
    webhook: str = ""
    language: Language | None = None
    deputies: tuple[Name, ...] = ()
    away: tuple[tuple[Date, ...], ...] = ()

    @property
    def addresses(self) -> dict[str, str]:
        """The names of their targets, by channel; only those they have."""
        named = {"push": self.push, "scaip": self.scaip, "webhook": self.webhook}
        return {channel: target for channel, target in named.items() if target}

    @property
    def ways(self) -> tuple[Channel, ...]:
        """Every channel they have: those written, and those a target is named for."""
        named = (Channel(channel) for channel in self.addresses)
        return tuple(dict.fromkeys((*self.channels, *named)))


@dataclass(frozen=True, kw_only=True)
class PolicySection:
    """`[[policy]]`, without its steps."""

    id: Name
    kinds: tuple[IncidentKind, ...]
    channels: tuple[Channel, ...] = tuple(Channel)
    rounds: int = 3
    repeat_every: timedelta = timedelta(minutes=15)
    claim_lease: timedelta = timedelta(minutes=20)
    on_scene_lease: timedelta = timedelta(minutes=60)
    quiet: tuple[TimeOfDay, ...] = ()
    deputy_after: timedelta = timedelta(seconds=60)
    confirm_every: timedelta = timedelta(minutes=5)
    about: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StepSection:
    """`[[policy.step]]`."""

    tier: Text
    who: tuple[Name, ...]
    wait: timedelta
    order: Order = Order.ALL
    each: timedelta = timedelta(seconds=60)
    confirm: Confirm = Confirm.ANYBODY
    copy: tuple[Name, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ResidentSection:
    """One entry of `residents`."""

    name: Text
    called: str = ""
    phone: Phone | None = None
    limits: dict[str, float] = field(default_factory=dict)
    spo2_scale: int = 1
    on_oxygen: bool = False


@dataclass(frozen=True, kw_only=True)
class HouseholdSection:
    """`[[household]]`, without its devices."""

    id: Name
    code: Name
    name: Text
    place: str = ""
    zone: Zone | None = None
    language: Language | None = None
    signature: Text | None = None
    residents: tuple[ResidentSection, ...]
    team: dict[str, tuple[Name, ...]]
    deputies: dict[str, tuple[Name, ...]] = field(default_factory=dict)
    day: tuple[TimeOfDay, ...] = ("07:00", "22:00")
    inactivity_by_day: timedelta = timedelta(hours=8)
    inactivity_by_night: timedelta = timedelta(hours=12)
    false_alarms_per_month: PerMonth = 1.0
    cold_below: Celsius = 12.0
    heat_above: Celsius = 35.0
    cold_or_heat_after: timedelta = timedelta(hours=1)
    care_bed: bool = False


@dataclass(frozen=True, kw_only=True)
class DeviceSection:
    """`[[household.device]]`."""

    id: Name
    profile: str
    role: Role
    room: str = ""
    topic: Topic = ""
    heartbeat: timedelta | None = None
    speaks: bool = False
    worn: str = ""
    resident: str = ""


TABLES: dict[str, type] = {
    "": General,
    "gateway": GatewaySection,
    "broker": BrokerSection,
    "desk": DeskSection,
    "twilio": TwilioSection,
    "modem": ModemSection,
    "aliyun": AliyunSection,
    "aliyun.text": CloudTextSection,
    "tencent": TencentSection,
    "tencent.text": CloudTextSection,
    "delivery": DeliverySection,
    "push": PushSection,
    "scaip": ScaipSection,
    "webhook": WebhookSection,
    "store": StoreSection,
    "responder": ResponderSection,
    "policy": PolicySection,
    "policy.step": StepSection,
    "roster": RosterSection,
    "roster.shift": ShiftSection,
    "household": HouseholdSection,
    "household.device": DeviceSection,
    "supervision": SupervisionSection,
    "wording": WordingSection,
}
"""Every table of the file."""

LISTS = (
    "responder",
    "policy",
    "policy.step",
    "roster",
    "roster.shift",
    "household",
    "household.device",
    "aliyun.text",
    "tencent.text",
)
"""Those that may appear many times (`[[...]]`)."""

EXAMPLES = {
    "about": 'about = "alarm"',
    "account_sid": 'account_sid = "AC00000000000000000000000000000001"',
    "code": 'code = "A1001"',
    "from": 'from = "+85230000000"',
    "id": 'id = "h1"',
    "kinds": 'kinds = ["emergency", "fall"]',
    "number": 'number = "+8613800000000"',
    "name": 'name = "王秀兰"',
    "phone": 'phone = "+85251000001"',
    "profile": 'profile = "native"',
    "text": 'text = "紧急：编号${code}于${when}报${event}。请立即上门。"',
    "residents": 'residents = [{ name = "王秀兰", called = "王奶奶" }]',
    "role": 'role = "relative"',
    "team": 'team = { relative = ["wang-daughter"] }',
    "tier": 'tier = "家庭"',
    "wait": 'wait = "3m"',
    "who": 'who = ["relative"]',
}
"""How a setting that may not be missing is written."""
