"""Both mainland clouds for a test: on a socket, or in the same process on the test's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from alerting.delivery.channels import Account
from alerting.delivery.registered import Registered
from alerting.events import ErrorClass
from alerting.orders import About
from gateway.transports.cloud_http import Answer, read
from gateway.transports.settings import CloudAccess
from gateway.transports.transport import Ring, SendError, Spoken, Text
from simulators.clouds.both import both
from simulators.clouds.core import Clouds
from simulators.clouds.records import Request, Wire
from simulators.clouds.settings import (
    DEMO_KEY_ID,
    DEMO_SECRET,
    DEMO_SIGNATURE,
    Template,
    Tenant,
    Timing,
)
from simulators.phones.people import HABITS, Habit, OnCall, Person

HOOK_SECRET = "abcdefghijklmnopqrstuvwxyz"
SON = "+8613800000001"
DAUGHTER = "+8613800000006"
UNCLE = "+8613800000007"
PEOPLE = (
    Person(number=SON, name="王强", habit=HABITS["helpful"]),
    Person(number=DAUGHTER, name="王芳", habit=HABITS["ignores"]),
    Person(number=UNCLE, name="叔叔", habit=Habit(on_call=OnCall.OFF)),
)
SAID = {
    About.ALARM: "紧急：编号{code}于{when}报{event}。请立即上门。回复1前往，2到场，3不能去。",
    About.ESCALATED: "升级：编号{code}于{when}报{event}，{minutes}分钟无人，请立即上门。回复1去。",
}
KEY_TEXT = "TTS_9"


def holes(provider: str, text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text with the provider's holes, and what fills them by position."""
    names = tuple(part.partition("}")[0] for part in text.split("{")[1:])
    for place, name in enumerate(names, start=1):
        hole = f"${{{name}}}" if provider == "aliyun" else f"\x00{place}\x01"
        text = text.replace(f"{{{name}}}", hole.replace("$", "\x02") if "$" in hole else hole)
    text = text.replace("\x00", "{").replace("\x01", "}").replace("\x02", "$")
    return text, names if provider == "tencent" else ()


def texts(provider: str) -> tuple[Registered, ...]:
    """Return what is registered, for texts and calls."""
    found = []
    for channel in ("sms", "voice"):
        for n, (about, said) in enumerate(SAID.items(), start=1):
            code = f"{1 if channel == 'sms' else 2}00{n}"
            text, names = holes(provider, said)
            found.append(Registered(channel, about, code, text, variables=names))
    return tuple(found)


def access(provider: str, url: str = "", **changes: Any) -> CloudAccess:
    """Return our account there."""
    aliyun = provider == "aliyun"
    account = Account(
        DEMO_SIGNATURE,
        app="1400006666",
        voice_app="" if aliyun else "1400006667",
        shown_number="05710000000" if aliyun else "",
        key_text=KEY_TEXT if aliyun else "",
        texts=texts(provider),
    )
    made = CloudAccess(
        DEMO_KEY_ID,
        DEMO_SECRET,
        account,
        hook_secret=HOOK_SECRET,
        api_url=url,
        connect_seconds=1.0,
        total_seconds=1.0,
    )
    return msgspec.structs.replace(made, **changes)


def pressable(made: CloudAccess) -> CloudAccess:
    """Return the account with a public address, so that keys come back."""
    account = msgspec.structs.replace(made.account, public_url="https://care.example.org")
    return msgspec.structs.replace(made, account=account)


def clouds(timing: Timing | None = None, people: tuple[Person, ...] = PEOPLE) -> Clouds:
    """Return both clouds with our accounts and texts."""
    tenants = {}
    for provider in ("aliyun", "tencent"):
        listed = [
            Template(code=one.code, text=one.text, channel=one.channel) for one in texts(provider)
        ]
        listed.append(Template(code=KEY_TEXT, text="收到，谢谢。", channel="voice"))
        tenants[provider] = Tenant(templates={one.code: one for one in listed})
    return both(tenants, people, timing or Timing(pace=0.01))


class InProcess:
    """Carries requests to the clouds without a socket, on the test's clock."""

    def __init__(self, there: Clouds, now: Callable[[], datetime]) -> None:
        self.there = there
        self._now = now

    async def post(
        self, host: str, query: str, headers: dict[str, str], body: bytes, changes: bool
    ) -> Answer:
        answer = self.there.handle(
            self._now(),
            Request(
                host=host,
                pairs=tuple(parse_qsl(query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in headers.items()},
                body=body,
            ),
        )
        if answer.wire is Wire.HANG:
            kind = ErrorClass.AMBIGUOUS if changes else ErrorClass.TRANSIENT
            raise SendError(kind, "no answer")
        return read(answer.status, answer.body, "", changes)

    async def close(self) -> None:
        pass


class FakeDoor:
    """Remembers what came in."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.late: list[bool] = []
        self.keys: list[tuple[str, str]] = []

    async def text(self, text: Text, late: bool = False) -> None:
        self.texts.append(text)
        self.late.append(late)

    async def key(self, key: str, digit: str) -> Spoken:
        self.keys.append((key, digit))
        return Spoken("好", "zh")

    async def ring(self, ring: Ring) -> Spoken:
        raise AssertionError("clouds do not ring")

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        raise AssertionError("clouds do not ring")
