"""A whole gateway in a process of its own, with a real broker, homes and phones around it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import aiohttp
import aiomqtt

from devices.topic import native_topic
from gateway.brokers.choose import running_pid
from simulators.carrier.settings import DEMO_NUMBER, DEMO_SID, DEMO_TOKEN
from simulators.phones.people import Person
from tests.fakes.broker import Mosquitto
from tests.fakes.carrier import Running, running_carrier
from tests.line.sink import Sink

ROOT = Path(__file__).parents[2]
WAIT_SECONDS_MAX = 30.0
LISTENING_HOME = 0
"""Pressed at the start until somebody is told: from then on everybody is heard."""
TECHNICIAN = "+85259999999"
STRANGER = "+85258888888"

Message = tuple[str, bytes]
Pace = tuple[tuple[str, str], ...]
"""The ladder of a policy: who is told (a role), and how long is waited for them."""


def phone(home: int) -> str:
    """Return the number that only this home's relative has."""
    return f"+8525{1_000_000 + home}"


def neighbour(home: int) -> str:
    """Return the number that only this home's neighbour has."""
    return f"+8525{2_000_000 + home}"


class Plan:
    """What a village is: how many homes, and how they are watched and told."""

    def __init__(
        self,
        homes: int = 3,
        *,
        channels: str = '"sms"',
        ladder: Pace = (("relative", "1h"),),
        rounds: int = 1,
        inactivity: str = "8h",
        webhooks: bool = False,
        supervised: bool = False,
    ) -> None:
        self.homes = homes
        self.channels = channels
        self.ladder = ladder
        self.rounds = rounds
        self.inactivity = inactivity
        self.webhooks = webhooks
        self.supervised = supervised
        """The gateway brings its own broker."""

    def write(self, folder: Path, broker: int, desk: int, provider: str) -> Path:
        """Write the configuration; return where."""
        broker_at = f'listen = "127.0.0.1:{broker}"\nkind = "mosquitto"'
        if not self.supervised:
            broker_at = f'url = "mqtt://127.0.0.1:{broker}"'
        public = f'public_url = "http://127.0.0.1:{desk}"\n' if self.webhooks else ""
        text = (
            f'signature = "桃花关爱"\n[broker]\n{broker_at}\n'
            f'[desk]\nlisten = "127.0.0.1:{desk}"\n'
            f'[twilio]\naccount_sid = "{DEMO_SID}"\nauth_token = "{DEMO_TOKEN}"\n'
            f'from = "{DEMO_NUMBER}"\nbase_url = "{provider}"\n{public}'
            '[gateway]\nid = "guanai"\nteam = { technician = ["technician"] }\n'
            '[[responder]]\nid = "technician"\nname = "修师傅"\nrole = "technician"\n'
            f'phone = "{TECHNICIAN}"\nchannels = ["sms"]\n'
            '[[policy]]\nid = "need"\nkinds = ["emergency", "inactivity", "safety"]\n'
            f"channels = [{self.channels}]\nrounds = {self.rounds}\n"
            + "".join(
                f'[[policy.step]]\ntier = "{who}"\nwho = ["{who}"]\nwait = "{wait}"\n'
                for who, wait in self.ladder
            )
            + '[[policy]]\nid = "repair"\nkinds = ["technical"]\nchannels = ["sms"]\n'
            '[[policy.step]]\ntier = "维修"\nwho = ["technician"]\nwait = "4h"\n'
            + "".join(self._home(number) for number in range(self.homes))
        )
        path = folder / "gateway.toml"
        path.write_text(text)
        return path

    def _home(self, number: int) -> str:
        people = [one for one in _people(number) if one[0] in dict(self.ladder)]
        # the home that is only listened for is never too quiet
        limit = self.inactivity if number != LISTENING_HOME else "300d"
        return (
            "".join(
                f'[[responder]]\nid = "{letter}{number}"\nname = "{role}"\nrole = "{role}"\n'
                f'phone = "{number_}"\n'
                for role, letter, number_ in people
            )
            + f'[[household]]\nid = "h{number}"\ncode = "B{number:04}"\nname = "家{number}"\n'
            'residents = [{ name = "王秀兰", called = "王奶奶" }]\n'
            f'inactivity_by_day = "{limit}"\ninactivity_by_night = "{limit}"\n'
            + "team = { "
            + "".join(f'{role} = ["{letter}{number}"], ' for role, letter, _ in people)
            + 'technician = ["technician"] }\n'
            f'[[household.device]]\nid = "b{number}"\nprofile = "native"\nrole = "call_button"\n'
            f'[[household.device]]\nid = "m{number}"\nprofile = "native"\nrole = "motion"\n'
        )

    def people(self) -> list[Person]:
        """Return everybody with a phone; nobody answers."""
        numbers = [number for home in range(self.homes) for _, _, number in _people(home)]
        return [Person(number=number) for number in (*numbers, TECHNICIAN, STRANGER)]


def _people(home: int) -> tuple[tuple[str, str, str], ...]:
    """Return role, first letter of the id, and phone of everybody of a home."""
    return ("relative", "r", phone(home)), ("neighbour", "n", neighbour(home))


class Gateway:
    """The gateway as a process; ended only by its own id."""

    def __init__(self, config: Path, data: Path, log: Path, *arguments: str) -> None:
        self.config = config
        self.data = data
        self.log = log
        self.arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *module: str, env: dict[str, str] | None = None) -> None:
        """Start it; `module` is the program, the gateway itself if not given."""
        command = [sys.executable, "-m", *(module or ("gateway",)), "run"]
        command += ["--config", str(self.config), "--data", str(self.data), *self.arguments]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=ROOT, env={**os.environ, **(env or {})}
            )

    @property
    def pid(self) -> int:
        assert self.process is not None, "started"
        return self.process.pid

    @property
    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    async def end(self, how: signal.Signals) -> None:
        """Send `how`; return when it is gone."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(how)
            await asyncio.to_thread(self.process.wait, WAIT_SECONDS_MAX)
            self.process = None

    async def kill(self) -> None:
        await self.end(signal.SIGKILL)

    async def stop(self) -> None:
        await self.end(signal.SIGTERM)

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    # ---------------------------------------------------------------- what it wrote

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return rows of its database."""
        with contextlib.closing(
            sqlite3.connect(f"file:{self.data / 'guanai.db'}?mode=ro", uri=True, timeout=5)
        ) as db:
            return db.execute(question, values).fetchall()

    def count(self, question: str, *values: object) -> int:
        return int(self.ask(question, *values)[0][0])

    @property
    def presses(self) -> int:
        """How many calls for help are in its journal."""
        return self.count("select count(*) from journal where kind = 'HelpCall'")


class World:
    """Broker, provider, phones and one gateway; a test makes things happen to them."""

    def __init__(self, folder: Path, plan: Plan, provider: Running | Sink) -> None:
        self.folder = folder
        self.plan = plan
        self._provider = provider
        self.broker = Mosquitto(folder, "max_inflight_messages 1000")
        self.desk_port = free_port()
        at = f"http://127.0.0.1:{provider.port}" if isinstance(provider, Sink) else provider.url
        self.config = plan.write(folder, self.broker.port, self.desk_port, at)
        self.gateway = Gateway(self.config, folder / "data", folder / "gateway.log")
        self._numbers = itertools.count(1)

    @property
    def carrier(self) -> Running:
        assert isinstance(self._provider, Running), "this world has no carrier"
        return self._provider

    # ---------------------------------------------------------------- devices

    def press(self, home: int) -> Message:
        """A new press of the home's button."""
        said = f'{{"v":1,"boot":"line","seq":{next(self._numbers)},"event":"press"}}'
        return native_topic(f"h{home}", f"b{home}", "event"), said.encode()

    def motion(self, home: int) -> Message:
        """A new movement before the home's PIR."""
        said = f'{{"v":1,"boot":"line","seq":{next(self._numbers)},"event":"motion"}}'
        return native_topic(f"h{home}", f"m{home}", "event"), said.encode()

    async def publish(self, *messages: Message, retain: bool = False) -> None:
        """Return when the broker has them all."""
        address = self.broker.address
        async with aiomqtt.Client(address.host, address.port, timeout=5) as client:
            client.pending_calls_threshold = len(messages) + 10
            await asyncio.gather(
                *(
                    client.publish(*message, qos=1, retain=retain, timeout=20)
                    for message in messages
                )
            )

    # ---------------------------------------------------------------- phones

    def texts(self, number: str) -> list[str]:
        """What was sent to a phone, oldest first."""
        messages = self.carrier.core.messages()
        return [message.body for message in reversed(messages) if message.to == number]

    def rung(self, number: str) -> int:
        """How often a phone was called."""
        return sum(call.to == number for call in self.carrier.core.calls())

    def told(self, homes: Iterable[int]) -> Counter[int]:
        """How many texts about themselves the relatives of `homes` were sent."""
        sent = self._sent()
        return Counter({home: sent[phone(home)] for home in homes if sent[phone(home)]})

    def _sent(self) -> Counter[str]:
        if isinstance(self._provider, Sink):
            return self._provider.sent
        return Counter(message.to for message in self.carrier.core.messages())

    async def all_told(self, homes: Sequence[int], seconds: float = WAIT_SECONDS_MAX) -> None:
        """Return once every one of `homes` was told.

        Raises:
            AssertionError: some were not; it names them.
        """
        await self.until(
            lambda: len(self.told(homes)) == len(homes),
            lambda: f"not told: {sorted(set(homes) - set(self.told(homes)))}; {self._owing()}",
            seconds,
        )

    def _owing(self) -> list[tuple[Any, ...]]:
        columns = "key, state, attempt, due_at, error, code, detail"
        return self.gateway.ask(f"select {columns} from outbox where final_at is null limit 20")

    # ---------------------------------------------------------------- life

    async def start(self, *module: str, env: dict[str, str] | None = None) -> None:
        """Start the gateway for the first time; return once it hears."""
        self.gateway.start(*module, env=env)
        await self.until(self.has_desk, "the desk does not answer")

        def hears() -> bool:
            return bool(self.told([LISTENING_HOME]))

        for _ in range(100):
            await self.publish(self.press(LISTENING_HOME))
            with contextlib.suppress(AssertionError):
                await self.until(hears, "", 0.2)
                return
        raise AssertionError(f"the gateway does not hear:\n{self.gateway.said()[-3000:]}")

    def has_desk(self) -> bool:
        """Tell whether the desk answers."""
        with contextlib.suppress(OSError), urlopen(f"{self.desk}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
        return False

    @property
    def desk(self) -> str:
        return f"http://127.0.0.1:{self.desk_port}"

    async def technical(self) -> str:
        """Log in at the desk and return its technical page."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.desk, cookie_jar=jar) as session:
            async with session.get("/login") as answer:
                found = re.search(r'name="csrftoken" value="([^"]+)"', await answer.text())
            assert found, "a form to log in with"
            form = {
                "csrftoken": found[1],
                "name": "值班员",
                "password": (self.gateway.data / "desk-password").read_text().strip(),
            }
            async with session.post("/login", data=form) as answer:
                assert answer.status == 200, await answer.text()
            async with session.get("/technical") as answer:
                assert answer.status == 200, await answer.text()
                return await answer.text()

    @property
    def has_own_broker(self) -> bool:
        """True while the broker runs that the gateway brought."""
        return running_pid(self.gateway.data) is not None

    async def kill_own_broker(self) -> bool:
        """Let the broker die that the gateway brought; return whether there was one."""
        pid = running_pid(self.gateway.data)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            await self.until(lambda: running_pid(self.gateway.data) != pid, "it cannot be killed")
        return pid is not None

    async def until(
        self,
        true: Callable[[], object],
        what: str | Callable[[], str],
        seconds: float = WAIT_SECONDS_MAX,
    ) -> None:
        """Return once something is true.

        Raises:
            AssertionError: it was not, for `seconds`; says `what`, and the log's end.
        """
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                said = what if isinstance(what, str) else what()
                raise AssertionError(f"{said}\n{self.gateway.said()[-3000:]}")
            await asyncio.sleep(0.02)


@asynccontextmanager
async def village(folder: Path, plan: Plan | None = None) -> AsyncIterator[World]:
    """Run broker and carrier, with a gateway ready to be started, as long as the block lasts."""
    plan = plan or Plan()
    async with (
        running_carrier(plan.people()) as carrier,
        _running(World(folder, plan, carrier)) as w,
    ):
        yield w


@asynccontextmanager
async def counted_village(folder: Path, plan: Plan, counting: Sink) -> AsyncIterator[World]:
    """Run the same with a provider that only counts."""
    async with _running(World(folder, plan, counting)) as world:
        yield world


@asynccontextmanager
async def _running(world: World) -> AsyncIterator[World]:
    try:
        if not world.plan.supervised:
            await world.broker.start()
        yield world
    finally:
        await world.gateway.kill()
        await world.broker.kill()
        await world.kill_own_broker()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
