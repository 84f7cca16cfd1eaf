"""A village whose homes are told by every way out of the house, each against its stand-in."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from simulators.arc import Centre, receiving
from simulators.carrier.faults import Fault, FaultKind
from simulators.clouds import records
from simulators.clouds.both import both
from simulators.clouds.core import Clouds
from simulators.clouds.server import CloudServer, serving
from simulators.clouds.settings import DEMO_KEY_ID, DEMO_SECRET, DEMO_SIGNATURE, tenants
from simulators.clouds.settings import Timing as CloudTiming
from simulators.modem.emulator import Emulator
from simulators.modem.settings import HURRIED
from simulators.phones.people import Habit, OnCall, Person
from tests.fakes.http_sink import HttpSink, http_sink
from tests.line.relay import Relay, relaying
from tests.line.world import Plan, World, phone, village

SECRET = b"k" * 32
WRITTEN = "whsec_" + base64.b64encode(SECRET).decode()
KINDS = 3
"""Kinds of homes, by their number: told abroad; told in the mainland; with targets, too."""
ABROAD = ("sms", "sms-2", "voice")
"""By the carrier, the modem, the carrier."""
MAINLAND = ("sms", "voice")
"""By a cloud and the modem."""
TARGETS = ("push", "scaip", "webhook")
LISTENS = Person(number="", habit=Habit(on_call=OnCall.ANSWERS, answers_after_s=1.0))
"""Picks up, and presses nothing."""
_TEXTS = {
    "aliyun": (
        "紧急：编号${code}于${when}报${event}。请立即上门。回复1前往，2到场，3不能去。",
        "升级：编号${code}于${when}报${event}，${minutes}分钟无人前往。请立即上门。回复1前往，2到场。",
    ),
    "tencent": (
        "紧急：编号{1}于{2}报{3}。请立即上门。回复1前往，2到场，3不能去。",
        "升级：编号{1}于{2}报{3}，{4}分钟无人前往。请立即上门。回复1前往，2到场。",
    ),
}


def number(home: int) -> str:
    """Return the number that only this home's relative has."""
    return f"+86138{home:08}" if home % KINDS == 2 else phone(home)


def ways(home: int) -> tuple[str, ...]:
    """Return by which ways a home's relative is told of a press."""
    if home % KINDS == 2:
        return MAINLAND
    return ABROAD if home % KINDS == 1 else (*ABROAD, *TARGETS)


def named(homes: Iterable[int]) -> set[str]:
    """Return all ways of some homes, as `tests.line.dying` names them."""
    return {f"h{home}/{way}" for home in homes for way in ways(home)}


def by_sim(homes: Iterable[int]) -> set[str]:
    """Return those of them that the modem carries, one at a time."""
    return {f"h{home}/{'voice' if home % KINDS == 2 else 'sms-2'}" for home in homes}


class Ways(Plan):
    """Everything is configured: the carrier, a modem, one cloud and the targets."""

    def __init__(self, homes: int, cloud: str, device: Path, *ports: int) -> None:
        """`ports`: of the cloud, the web server, the centre and the carrier."""
        super().__init__(homes, channels='"sms", "voice", "push", "scaip", "webhook"')
        self.cloud, self.device, self.ports = cloud, device, ports

    def write(self, folder: Path, broker: int, desk: int, provider: str) -> Path:
        cloud, web, centre, carrier = self.ports
        path = super().write(folder, broker, desk, f"http://127.0.0.1:{carrier}")
        tables = (
            f'[modem]\ndevice = "{self.device}"\nnumber = "+8613900000000"\n'
            "[delivery]\nsim_texts_per_hour = 5000\nsim_texts_per_day = 5000\n"
            f'[push.targets]\napp = "json://127.0.0.1:{web}/push"\n'
            f'[scaip.targets.county]\nhost = "127.0.0.1"\nport = {centre}\n'
            'controller = "100000"\n'
            f'[webhook.targets.town]\nurl = "http://127.0.0.1:{web}/alarms"\n'
            f'secret = "{WRITTEN}"\nanswers = true\n'
        ) + self._cloud(cloud, desk)
        text = path.read_text()
        for home in range(self.homes):
            line = f'phone = "{phone(home)}"\n'
            assert line in text
            more = 'push = "app"\nscaip = "county"\nwebhook = "town"\n'
            has_targets = TARGETS[0] in ways(home) and home > 0
            told = f'phone = "{number(home)}"\n' + (more if has_targets else "")
            text = text.replace(line, told)
        head, mark, rest = text.partition("[[responder]]")
        path.write_text(head + tables + mark + rest)
        return path

    def _cloud(self, port: int, desk: int) -> str:
        ids = ("access_key_id", "access_key_secret")
        more, named = 'shown_number = "05710000000"\n', ("SMS_000000001", "SMS_000000002")
        variables: tuple[str, ...] = ("", "")
        if self.cloud == "tencent":
            ids, more = ("secret_id", "secret_key"), 'sms_app = "1400006666"\n'
            named = ("1000001", "1000002")
            first = '"code", "when", "event"'
            variables = (f"variables = [{first}]\n", f'variables = [{first}, "minutes"]\n')
        table = (
            f'[{self.cloud}]\n{ids[0]} = "{DEMO_KEY_ID}"\n{ids[1]} = "{DEMO_SECRET}"\n'
            f'signature = "{DEMO_SIGNATURE}"\n{more}base_url = "http://127.0.0.1:{port}"\n'
            # answers can come back by text, so that it is as good as the modem
            f'public_url = "http://127.0.0.1:{desk}"\nhook_secret = "{"h" * 28}"\n'
        )
        about = zip(("alarm", "escalated"), named, _TEXTS[self.cloud], variables, strict=True)
        return table + "".join(
            f'[[{self.cloud}.text]]\nabout = "{name}"\ncode = "{code}"\ntext = "{text}"\n{filled}'
            for name, code, text, filled in about
        )

    def people(self) -> list[Person]:
        """Return everybody with a phone: whoever is called picks up and presses nothing."""
        return [
            *super().people(),
            *(Person(number=number(home), habit=LISTENS.habit) for home in range(self.homes)),
        ]


class Stands:
    """The gateway's world, with the stand-ins of all its ways out."""

    def __init__(
        self, world: World, modem: Emulator, clouds: CloudServer, web: HttpSink, centre: Centre
    ) -> None:
        self.world, self.modem, self.web, self.centre = world, modem, web, centre
        self.cloud_server = clouds
        self.relays: list[Relay] = []
        """What the carrier, the cloud and the web server are reached through."""

    @property
    def clouds(self) -> Clouds:
        return self.cloud_server.clouds

    def came(self, homes: Iterable[int]) -> Counter[str]:
        """Return how often every way brought the homes' presses, where it did at all."""
        return Counter(
            {
                f"h{home}/{way}": count
                for home in homes
                for way in ways(home)
                if (count := self._count(home, way))
            }
        )

    def _count(self, home: int, way: str) -> int:
        to = number(home)
        phone_of_sim = self.modem.network.phone(to)
        is_abroad = home % KINDS != 2
        match way:
            case "sms" | "sms-2":
                if f"h{home}/{way}" in by_sim([home]):
                    return len(phone_of_sim.texts)
                by_cloud = sum(text.number == to for text in self.clouds.texts)
                return len(self.world.texts(to)) if is_abroad else by_cloud
            case "voice":
                return self.world.rung(to) if is_abroad else len(phone_of_sim.calls)
            case "scaip":
                return sum(f"B{home:04}" in str(said) for said in self.centre.heard)
            case "push":
                return len(self.posted("/push", home))
            case _:
                return len(self.posted("/alarms", home))

    def posted(self, path: str, home: int) -> list[dict[str, str]]:
        """Return the headers of what the web server was sent about a home."""
        code = f"B{home:04}".encode()
        return [
            headers
            for at, headers, body in self.web.requests
            if at.startswith(path) and code in body
        ]

    def cut(self) -> None:
        """Cut the Internet."""
        self.centre.script = ["silent"]
        for relay in self.relays:
            relay.cut()

    async def mend(self) -> None:
        """Let there be Internet again."""
        self.centre.script = ["0"]
        for relay in self.relays:
            await relay.mend()

    def hush(self) -> None:
        """Let every stand-in take what it is sent, and say nothing to it."""
        self.world.carrier.core.faults.add(Fault(kind=FaultKind.HANG_AFTER))
        self.clouds.faults.append(records.Fault(kind=records.FaultKind.HANG_AFTER))
        self.modem.faults.loses_answer = 1_000
        self.web.script, self.centre.script = ["hang"], ["silent"]

    def be_well(self) -> None:
        """Let them answer again."""
        self.world.carrier.core.faults.clear()
        self.clouds.faults.clear()
        self.modem.faults.loses_answer = 0
        self.web.script, self.centre.script = ["200"], ["0"]


@asynccontextmanager
async def standing(folder: Path, homes: int, cloud: str) -> AsyncIterator[Stands]:
    """Run all of it, with a gateway ready to be started, as long as the block lasts."""
    device = folder / "modem"
    async with (
        http_sink() as web,
        receiving(Centre()) as centre,
        serving(both({}, timing=CloudTiming(pace=0.01))) as clouds,
        relaying() as to_cloud,
        relaying() as to_web,
        relaying() as to_carrier,
    ):
        to_cloud.to, to_web.to = int(clouds.url.rpartition(":")[2]), web.port
        ports = to_cloud.port, to_web.port, centre.port, to_carrier.port
        plan = Ways(homes, cloud, device, *ports)
        modem = Emulator(device, plan.people(), timing=HURRIED)
        modem.start()
        try:
            async with village(folder, plan) as world:
                made = both(tenants(world.config), plan.people(), CloudTiming(pace=0.01))
                clouds.clouds = made
                for one in modem.network.phones.values():
                    one.hangs_up_after_s = 60.0
                to_carrier.to = int(world.carrier.url.rpartition(":")[2])
                stands = Stands(world, modem, clouds, web, centre)
                stands.relays += to_cloud, to_web, to_carrier
                yield stands
        finally:
            modem.stop()
