"""Who lives where, with which devices, and who answers for them. Data only."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from alerting.duty import Roster, kept


class Role(StrEnum):
    """What a device is there for in this home."""

    CALL_BUTTON = "call_button"
    MOTION = "motion"
    PRESENCE = "presence"
    ENTRANCE = "entrance"  # the door by which one leaves
    CONTACT = "contact"
    BED = "bed"
    ITEM = "item"
    SAFETY = "safety"
    WEARABLE = "wearable"
    SPEAKER = "speaker"  # can say prompts and show lights
    GATEWAY = "gateway"  # a part of the gateway itself
    HEALTH = "health"  # somebody measures with it: cuff, oximeter, thermometer, scales
    CLIMATE = "climate"  # how warm a room is


class IncidentKind(StrEnum):
    """What an incident is about."""

    EMERGENCY = "emergency"
    FALL = "fall"
    INACTIVITY = "inactivity"
    HEALTH = "health"
    SAFETY = "safety"
    TECHNICAL = "technical"
    SERVICE = "service"
    VISIT = "visit"


class Device(msgspec.Struct, frozen=True, gc=False):
    """One thing in a home."""

    id: str
    profile: str
    role: Role
    room: str = ""
    topic: str = ""
    """Where it speaks, without the part; empty: the native topic of its household and id."""
    heartbeat: timedelta | None = None
    """Longest normal silence; None: its profile's."""
    speaks: bool = False
    """It takes voice prompts and lights."""
    worn: str = ""
    """Where a wearable is worn: `waist` (also on the trunk) or `wrist`; empty: as at the waist."""
    resident: str = ""
    """Name of the resident it measures; empty: the first (told as any, where several live)."""


class Resident(msgspec.Struct, frozen=True, gc=False):
    """An elder we watch over."""

    name: str
    called: str = ""
    """How to address them aloud, e.g. 王奶奶; empty: the name."""
    limits: dict[str, float] = {}
    """Own limits for vital signs by the names in docs/detection-vitals.md; others are general."""
    phone: str = ""
    """E.164, in their home: rung to ask them, and known when they ring; empty: none."""
    spo2_scale: int = 1
    """Which scale of NEWS2 holds; 2 only for hypercapnic failure, as a doctor decided."""
    on_oxygen: bool = False
    """They breathe extra oxygen at home."""


RESIDENT = "resident:"
"""How the responder of an answer a resident gave begins; their number in the home follows."""

NOBODY = Resident("")
"""Stands for the person in a home of which no resident is known."""


TO_TARGETS = ("push", "scaip", "webhook")
"""The channels whose address is the name of a target in the configuration."""


class Responder(msgspec.Struct, frozen=True, gc=False):
    """A person who can be called."""

    id: str
    name: str
    role: str
    """relative, grid_worker, village_doctor, town_desk, ...: free words, shown to people."""
    phone: str
    """E.164."""
    channels: tuple[str, ...] = ("sms", "voice")
    language: str = "zh"
    relation: str = ""
    """What they are to the resident, as it is said to the resident: 女儿, daughter."""
    addresses: dict[str, str] = {}
    """Where channels other than the telephone's reach them: the name of a target in the
    configuration, by channel (`push`, `scaip`, `webhook`)."""
    away: tuple[tuple[str, str], ...] = ()
    """Local dates, first and last, on which their deputies are told in their place."""

    def address(self, channel: str) -> str:
        """Return where `channel` reaches them: the phone, or a target's name; empty: nowhere."""
        return self.addresses.get(channel, "" if channel in TO_TARGETS else self.phone)


class Path(msgspec.Struct, frozen=True, gc=False):
    """A way out of the house: one provider, with the channels it carries."""

    name: str
    """The transport's name: `twilio`, `modem`, `aliyun`, `tencent`, `push`, ..."""
    channels: tuple[str, ...]
    line: str = "internet"
    """What it depends on: two paths of different lines are independent of each other."""
    one_way: tuple[str, ...] = ()
    """Channels by which, as it is set up, no answer comes back although the provider could."""
    says: tuple[str, ...] = ()
    """All it can say, as `channel/about`: what is registered; empty: whatever there is to say."""

    def can_say(self, channel: str, about: str) -> bool:
        """Return whether a message about this can go by it."""
        return not self.says or f"{channel}/{about}" in self.says


SECOND = "-2"
"""How the name of a second way ends, and with it the key of its message."""


class Way(msgspec.Struct, frozen=True, gc=False):
    """How one message goes to one person: the channel, and who may carry it."""

    channel: str
    paths: tuple[str, ...] = ()
    """Names of the paths that can, best first; empty: whoever carries the channel."""
    is_second: bool = False
    """The same message once more, on a line of its own, beside the first."""

    @property
    def name(self) -> str:
        """Return what tells it from the other ways to the same person: `sms`, `sms-2`."""
        return f"{self.channel}{SECOND}" if self.is_second else self.channel


class Order(StrEnum):
    """In which order the people of one step are told."""

    ALL = "all"
    ONE_BY_ONE = "one_by_one"


class Confirm(StrEnum):
    """Whose answer a step waits for."""

    ANYBODY = "anybody"
    EVERYBODY = "everybody"  # each is told on until they themselves have answered


class Step(msgspec.Struct, frozen=True, gc=False):
    """Tell these responders, then wait this long for somebody to claim."""

    tier: str
    """Name of the level, e.g. 家庭, 村, 镇, 县: data, shown to people."""
    responders: tuple[Responder, ...]
    wait: timedelta
    """From when the last of them is told."""
    order: Order = Order.ALL
    each: timedelta = timedelta(seconds=60)
    """One by one: how long one has to answer before the next is told."""
    confirm: Confirm = Confirm.ANYBODY
    copies: tuple[Responder, ...] = ()
    """Told so that they know, and of the end; nobody waits for their answer."""
    rosters: tuple[Roster, ...] = ()
    """Whoever is on duty when the step is taken is told as well."""


class Policy(msgspec.Struct, frozen=True, gc=False):
    """Whom to tell in which order; an incident keeps the one it opened with.

    The steps are taken in order, all of them `rounds` times; after that every
    responder is told again each `repeat_every`, until a person answers.
    """

    steps: tuple[Step, ...]
    rounds: int = 3
    channels: tuple[str, ...] = ("sms", "voice")
    repeat_every: timedelta = timedelta(minutes=15)
    claim_lease: timedelta = timedelta(minutes=20)
    on_scene_lease: timedelta = timedelta(minutes=60)
    quiet: tuple[str, str] | None = None
    """Local times "HH:MM" between which nothing of this policy is sent; None: always send."""
    others: tuple[Responder, ...] = ()
    """Who is in no step by name, but may be told: deputies, and all of the rosters."""
    deputies: dict[str, tuple[str, ...]] = {}
    """Who stands in for whom, by ids."""
    deputy_after: timedelta = timedelta(seconds=60)
    """So long somebody has to answer before their deputies are told as well."""
    confirm_every: timedelta = timedelta(minutes=5)
    """How often those are told on whose answer a step waits for."""

    @property
    def responders(self) -> tuple[Responder, ...]:
        """Everybody who may be told, each once, in order."""
        seen = {person.id: person for step in self.steps for person in step.responders}
        for person in (*self.others, *(copy for step in self.steps for copy in step.copies)):
            seen.setdefault(person.id, person)
        return tuple(seen.values())

    @property
    def asked(self) -> frozenset[str]:
        """Ids of everybody who may be asked to go: all but those who only get a copy."""
        named = {person.id for step in self.steps for person in step.responders}
        return frozenset(named | {person.id for person in self.others})


def frozen(policy: Policy, at: datetime) -> Policy:
    """Return the policy as an incident that opens at `at` keeps it."""
    if not any(step.rosters for step in policy.steps):
        return policy
    steps = tuple(
        msgspec.structs.replace(step, rosters=tuple(kept(one, at) for one in step.rosters))
        for step in policy.steps
    )
    return msgspec.structs.replace(policy, steps=steps)


class Calls(StrEnum):
    """When a resident with a telephone is called to be told what happens."""

    INSTEAD = "instead"  # where no device in the home speaks, or it did not get the sentence
    ALSO = "also"  # beside the devices
    NEVER = "never"  # nor to be asked


class Asking(msgspec.Struct, frozen=True, gc=False):
    """How the residents of a home are asked and told; docs/elder.md has the sources."""

    after_fall: timedelta = timedelta(seconds=25)
    """So long a fall waits for the resident's answer; 20 to 30 s are the custom."""
    after_silence: timedelta = timedelta(seconds=60)
    """So long a silence waits for an answer by telephone, once; then as long again."""
    calls: Calls = Calls.INSTEAD
    call_back: bool = True
    """Whoever cancelled an alarm is called back."""


class Household(msgspec.Struct, frozen=True, gc=False):
    """One home, as configured."""

    id: str
    code: str
    """What messages call it, e.g. A1027: no personal data."""
    name: str
    zone: str
    residents: tuple[Resident, ...]
    devices: dict[str, Device]
    policies: dict[IncidentKind, Policy]
    place: str = ""
    """Where to go, for those bound to come."""
    desk_phone: str = ""
    signature: str = "关爱网关"
    language: str = "zh"
    """What the prompts in the home are spoken in."""
    day: tuple[str, str] = ("07:00", "22:00")
    """Local times between which the shorter inactivity limit holds."""
    inactivity_by_day: timedelta = timedelta(hours=8)
    inactivity_by_night: timedelta = timedelta(hours=12)
    false_alarms_per_month: float = 1.0
    """How many silences that mean nothing may be told of, once this person is known."""
    cold_below: float = 12.0
    """Degrees Celsius below which a room is too cold."""
    heat_above: float = 35.0
    """Degrees Celsius above which a room is too hot."""
    cold_or_heat_after: timedelta = timedelta(minutes=60)
    """How long a room must be too cold or too hot before anybody is told."""
    paths: tuple[Path, ...] = (Path("twilio", ("sms", "voice")),)
    """The ways out of the house, as configured; the first is preferred where several do."""
    routes: dict[str, Policy] = {}
    """Policies for one sort of incident of a kind, by `kind/group`, e.g. `inactivity/out`."""
    asking: Asking = Asking()
    care_bed: bool = False
    """A home-care bed: who lives here is looked after as in a ward, and its mattress counts."""
    wording: dict[str, dict[str, str]] = {}
    """Templates of the installation's own, by language and name; what is missing is built in."""

    def policy(self, kind: IncidentKind, group: str = "") -> Policy:
        """Return the policy for `kind` and `group`; without one of its own, the emergency one.

        Where several live, a resident's name follows in the group: `vitals 王秀兰`.
        """
        sort = group.partition(" ")[0]
        of_group = self.routes.get(f"{kind}/{sort}") if sort else None
        return of_group or self.policies.get(kind, self.policies[IncidentKind.EMERGENCY])

    @property
    def ladders(self) -> tuple[Policy, ...]:
        """Every policy an incident here may open with."""
        return (*self.policies.values(), *self.routes.values())

    @property
    def people(self) -> tuple[Responder, ...]:
        """Everybody whom any incident here may tell, each once: whoever must be reachable."""
        found: dict[str, Responder] = {}
        for policy in self.ladders:
            for person in policy.responders:
                found.setdefault(person.id, person)
        return tuple(found.values())

    def measured_by(self, device: str) -> Resident:
        """Return whom a device measures: the resident it belongs to, or else the first."""
        owner = self.devices[device].resident if device in self.devices else ""
        for resident in self.residents:
            if resident.name == owner:
                return resident
        return self.residents[0] if self.residents else NOBODY

    def is_known(self, device: str) -> bool:
        """Return whether it is known whom a device measures: it says so, or one lives here."""
        owner = self.devices[device].resident if device in self.devices else ""
        return len(self.residents) < 2 or owner in [one.name for one in self.residents]

    @property
    def phones(self) -> tuple[Responder, ...]:
        """Return the residents who can be called, as those who are told: one for each phone."""
        found: dict[str, Responder] = {}
        for number, one in enumerate(self.residents, 1):
            if one.phone and self.asking.calls is not Calls.NEVER:
                id, name = f"{RESIDENT}{number}", one.called or one.name
                person = Responder(id, name, "resident", one.phone, ("voice",), self.language)
                found.setdefault(one.phone, person)
        return tuple(found.values())

    @property
    def speaks(self) -> bool:
        """Return whether any device here takes sentences for the resident."""
        return any(device.speaks for device in self.devices.values())

    @property
    def can_ask(self) -> bool:
        """Return whether the resident can be asked anything, by a device or by telephone."""
        return self.speaks or bool(self.phones)

    def asks_for(self, kind: IncidentKind) -> timedelta:
        """Return how long the resident has to answer before people are called; zero: not asked.

        It holds for what a detector is not sure of: a fall, and a silence of the usual kind.
        """
        if kind is IncidentKind.FALL:
            return self.asking.after_fall
        if kind is IncidentKind.INACTIVITY and self.phones:
            return self.asking.after_silence
        return timedelta()

    def saying(self, way: Way, about: str) -> Way | None:
        """Return the way by those paths only that can say this; None: no path of it can."""
        mute = [one.name for one in self.paths if not one.can_say(way.channel, about)]
        able = tuple(name for name in way.paths if name not in mute)
        if way.paths and not able:
            return None
        return msgspec.structs.replace(way, paths=able)

    @property
    def tz(self) -> ZoneInfo:
        """The home's time zone."""
        return _zone(self.zone)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
