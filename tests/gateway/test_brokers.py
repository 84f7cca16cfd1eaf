"""Our own broker with real programs: durable, guarded, kept alive, and ended with us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import aiomqtt
import pytest

from alerting.words import Words
from gateway.brokers import (
    Accounts,
    BrokerAddress,
    BrokerError,
    ExternalBroker,
    SupervisedBroker,
    describe,
    open_broker,
    reload_accounts,
    self_test,
)
from gateway.brokers.accounts import GATEWAY_ACCOUNT, access_lines, password_lines
from gateway.brokers.address import external_address
from gateway.brokers.broker import free_port, kept_password
from gateway.brokers.choose import broker_accounts
from gateway.brokers.process import BrokerProcess
from gateway.brokers.program import MOSQUITTO_DURABLE, Mosquitto, Setup, find_mosquitto, find_nats
from gateway.config import BrokerKind, BrokerSettings

ROOT = Path(__file__).parents[2]
KINDS = (BrokerKind.MOSQUITTO, BrokerKind.NATS)

pytestmark = pytest.mark.line


@dataclass
class Told:
    """Remembers what the broker reported."""

    reports: list[tuple[bool, Words]]

    def __call__(self, broken: bool, words: Words) -> None:
        self.reports.append((broken, words))


@pytest.fixture
def told() -> Told:
    return Told([])


def own(data: Path, kind: BrokerKind, told: Told) -> SupervisedBroker:
    broker = open_broker(BrokerSettings(kind=kind, port=0), data, report=told)
    assert isinstance(broker, SupervisedBroker)
    return broker


def guarded(folder: Path, accounts: Accounts) -> SupervisedBroker:
    """Return a broker as it runs for a network: nobody without an account."""
    program = find_mosquitto()
    assert program is not None
    setup = Setup(
        folder=folder,
        host="127.0.0.1",
        port=0,
        in_flight_max=100,
        password="the-gateways-own",
        accounts=accounts.all(),
        anonymous=False,
    )
    return SupervisedBroker(program, setup, folder, lambda _broken, _words: None)


@contextlib.asynccontextmanager
async def running(broker: SupervisedBroker) -> AsyncIterator[SupervisedBroker]:
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


def as_device(broker: SupervisedBroker, name: str, password: str) -> aiomqtt.Client:
    address = replace(broker.address, username=name, password=password)
    return aiomqtt.Client(identifier=f"test-{name}", **address.client_arguments())


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_queued_press_survives_the_broker_being_killed(
    tmp_path: Path, kind: BrokerKind, told: Told
) -> None:
    async with running(own(tmp_path, kind, told)) as broker:
        found = await broker.self_test()
    assert found.ok
    assert found.survives_restart
    assert told.reports == []
    left = [path.name for path in (tmp_path / "broker").glob("selftest-*")]
    assert left == [], "the scratch broker is cleared away"


async def test_a_stock_mosquitto_is_found_out(tmp_path: Path) -> None:
    """With Debian's settings a kill loses the press: the self-test must say so."""
    program = find_mosquitto()
    assert program is not None

    class Stock(Mosquitto):
        def configure(self, setup: Setup) -> tuple[str, ...]:
            command = super().configure(setup)
            file = setup.folder / "mosquitto.conf"
            rows = [row for row in file.read_text().splitlines() if row not in MOSQUITTO_DURABLE]
            file.write_text("\n".join([*rows, "persistence true"]) + "\n")
            return command

    setup = Setup(
        folder=tmp_path,
        host="127.0.0.1",
        port=0,
        in_flight_max=20,
        password="x",
        accounts=(),
        anonymous=True,
    )
    broker = SupervisedBroker(Stock(program.binary), setup, tmp_path, lambda _b, _w: None)
    async with running(broker):
        found = await broker.self_test()
    assert not found.ok
    assert "a queued press was lost" in found.words.en


@pytest.mark.parametrize("kind", KINDS)
async def test_a_broker_that_dies_is_started_again_with_its_queue(
    tmp_path: Path, kind: BrokerKind, told: Told
) -> None:
    async with running(own(tmp_path, kind, told)) as broker:
        before = broker.pid
        assert before is not None

        async def kill_and_wait() -> None:
            os.kill(before, signal.SIGKILL)
            await until(lambda: _is_back(told))

        assert (await self_test(broker.address, kill_and_wait)).survives_restart
        assert broker.pid not in {None, before}
    assert [broken for broken, _ in told.reports] == [True, False]
    assert broker.pid is None


async def test_a_process_that_cannot_be_noted_runs_and_is_waited_for(tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    noted.mkdir()  # nothing can be written there, as on a disk that is full
    process = BrokerProcess(noted, tmp_path / "log")
    process.command = ("sleep", "0.05")
    await process.start()
    assert await process.wait() == 0


async def _is_back(told: Told) -> bool:
    return False in [broken for broken, _ in told.reports]


async def test_an_external_broker_is_tried_without_harm(tmp_path: Path, told: Told) -> None:
    async with running(own(tmp_path, BrokerKind.MOSQUITTO, told)) as broker:
        url = f"mqtt://127.0.0.1:{broker.address.port}"
        external = open_broker(BrokerSettings(url=url), tmp_path)
        assert isinstance(external, ExternalBroker)
        await external.start()
        pid = broker.pid
        found = await external.self_test()
        assert (found.ok, found.survives_reconnect, found.survives_restart) == (True, True, None)
        assert "was not tried" in found.words.en
        assert broker.pid == pid
        await external.stop()


async def test_a_broker_that_does_not_answer_is_not_green() -> None:
    silent = BrokerAddress(host="127.0.0.1", port=free_port("127.0.0.1"))
    found = await self_test(silent)
    assert not found.ok
    assert str(silent) in found.words.en


class TestAccounts:
    async def test_a_device_writes_below_its_own_name_only(self, tmp_path: Path) -> None:
        accounts = Accounts(tmp_path / "accounts.json")
        password = accounts.provide("h1-panel")
        async with running(guarded(tmp_path / "b", accounts)) as broker:
            heard: list[str] = []
            gateway = aiomqtt.Client(**broker.address.client_arguments())
            async with gateway, as_device(broker, "h1-panel", password) as device:
                await gateway.subscribe("care/v1/#", qos=1)
                for topic in ("care/v1/h1/h2-panel/event", "other", "care/v1/h1/h1-panel/event"):
                    await device.publish(topic, b"x", qos=1)
                async with asyncio.timeout(10):
                    async for message in gateway.messages:
                        heard.append(str(message.topic))
                        break
            assert heard == ["care/v1/h1/h1-panel/event"]

    async def test_a_device_hears_its_own_prompts_only(self, tmp_path: Path) -> None:
        accounts = Accounts(tmp_path / "accounts.json")
        password = accounts.provide("h1-panel")
        async with running(guarded(tmp_path / "b", accounts)) as broker:
            gateway = aiomqtt.Client(**broker.address.client_arguments())
            async with gateway, as_device(broker, "h1-panel", password) as device:
                await device.subscribe("care/v1/#", qos=1)
                await gateway.publish("care/v1/h1/h2-panel/prompt", b"not yours", qos=1)
                await gateway.publish("care/v1/h1/h1-panel/prompt", b"yours", qos=1)
                async with asyncio.timeout(10):
                    async for message in device.messages:
                        assert message.payload == b"yours"
                        break

    async def test_nobody_without_an_account_comes_in(self, tmp_path: Path) -> None:
        async with running(guarded(tmp_path / "b", Accounts(tmp_path / "none"))) as broker:
            for name, password in (("", ""), ("h1-panel", "guess"), (GATEWAY_ACCOUNT, "guess")):
                with pytest.raises(aiomqtt.MqttError):
                    async with as_device(broker, name, password):
                        pass

    async def test_an_account_made_while_it_runs_may_log_in(self, tmp_path: Path) -> None:
        settings = BrokerSettings(kind=BrokerKind.MOSQUITTO, port=0)
        accounts = broker_accounts(tmp_path)
        assert not reload_accounts(settings, tmp_path), "none runs yet"
        broker = open_broker(settings, tmp_path)
        assert isinstance(broker, SupervisedBroker)
        async with running(broker):
            password = accounts.provide("zigbee2mqtt", ("zigbee2mqtt/#",))
            assert reload_accounts(settings, tmp_path)

            async def logs_in() -> bool:
                try:
                    async with as_device(broker, "zigbee2mqtt", password) as bridge:
                        await bridge.publish("zigbee2mqtt/sos", b"{}", qos=1)
                    return True
                except aiomqtt.MqttError:
                    return False

            await until(logs_in)

    def test_a_password_is_kept_as_a_hash_only(self, tmp_path: Path) -> None:
        file = tmp_path / "accounts.json"
        password = Accounts(file).provide("h1-panel")
        assert password not in file.read_text()
        assert file.stat().st_mode & 0o077 == 0
        assert password not in password_lines(Accounts(file).all(), "own")

    def test_a_new_password_replaces_the_old(self, tmp_path: Path) -> None:
        accounts = Accounts(tmp_path / "accounts.json")
        first, second = accounts.provide("a"), accounts.provide("a", ("x/#",))
        assert first != second
        assert [account.name for account in accounts.all()] == ["a"]
        assert "topic readwrite x/#" in access_lines(accounts.all(), anonymous=False)
        assert accounts.remove("a")
        assert not accounts.remove("a")

    @pytest.mark.parametrize("name", ["", "a b", "a/b", "关", GATEWAY_ACCOUNT, "x" * 65, "a\nb"])
    def test_names_that_would_break_the_file_are_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(BrokerError, match="cannot be an account"):
            Accounts(tmp_path / "accounts.json").provide(name)

    def test_topics_that_would_break_the_file_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BrokerError, match="is not a topic"):
            Accounts(tmp_path / "accounts.json").provide("a", ("x\nuser root",))

    def test_a_spoiled_file_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "accounts.json"
        file.write_text("[{]")
        with pytest.raises(BrokerError, match=r"accounts\.json"):
            Accounts(file).all()


class TestStarting:
    async def test_a_taken_port_is_explained(self, tmp_path: Path, told: Told) -> None:
        async with running(own(tmp_path / "a", BrokerKind.MOSQUITTO, told)) as first:
            settings = BrokerSettings(kind=BrokerKind.MOSQUITTO, port=first.address.port)
            with pytest.raises(BrokerError, match="perhaps another broker"):
                await open_broker(settings, tmp_path / "b").start()

    async def test_a_broker_left_over_from_a_killed_gateway_is_ended(
        self, tmp_path: Path, told: Told
    ) -> None:
        broker = own(tmp_path, BrokerKind.MOSQUITTO, told)
        folder = (tmp_path / "broker").absolute()
        program = find_mosquitto()
        assert program is not None
        folder.mkdir(exist_ok=True)
        former = f"listener {broker.address.port} 127.0.0.1\nallow_anonymous true\n"
        (folder / "mosquitto.conf").write_text(former)
        command = [str(program.binary), "-c", str(folder / "mosquitto.conf")]
        with started(command) as left:
            (folder / "broker.pid").write_text(f"{left.pid} {' '.join(command)}\n")
            await asyncio.to_thread(_wait_for_port, broker.address.port)
            async with running(broker):
                assert left.wait(10) == 0
                assert broker.pid != left.pid

    async def test_a_stranger_with_the_old_number_is_left_alone(
        self, tmp_path: Path, told: Told
    ) -> None:
        broker = own(tmp_path, BrokerKind.MOSQUITTO, told)
        with started([sys.executable, "-c", "input()"]) as other:
            (tmp_path / "broker" / "broker.pid").write_text(f"{other.pid} mosquitto -c x\n")
            async with running(broker):
                assert other.poll() is None
            other.communicate(b"\n")

    async def test_a_broker_that_will_not_run_says_why(self, tmp_path: Path) -> None:
        setup = Setup(
            folder=tmp_path,
            host="127.0.0.1",
            port=0,
            in_flight_max=20,
            password="x",
            accounts=(),
            anonymous=True,
        )

        class Broken(Mosquitto):
            def configure(self, setup: Setup) -> tuple[str, ...]:
                command = super().configure(setup)
                (setup.folder / "mosquitto.conf").write_text("listener nonsense\n")
                return command

        program = find_mosquitto()
        assert program is not None
        broker = SupervisedBroker(Broken(program.binary), setup, tmp_path, lambda _b, _w: None)
        with pytest.raises(BrokerError, match=r"mosquitto did not start: .*Error found at"):
            await broker.start()
        await broker.stop()

    def test_it_dies_with_us_however_we_die(self, tmp_path: Path) -> None:
        script = textwrap.dedent(
            f"""
            import asyncio, pathlib
            from gateway.brokers import open_broker
            from gateway.config import BrokerSettings
            async def main():
                broker = open_broker(BrokerSettings(port=0), pathlib.Path({str(tmp_path)!r}))
                await broker.start()
                print(broker.pid, flush=True)
                await asyncio.sleep(60)
            asyncio.run(main())
            """
        )
        with subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT
        ) as gateway:
            assert gateway.stdout is not None
            pid = int(gateway.stdout.readline())
            gateway.kill()
        for _ in range(200):
            if not _is_running(pid):
                return
            subprocess.run(["sleep", "0.05"], check=True)
        pytest.fail("the broker outlived its gateway")


def started(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


def _is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def _wait_for_port(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
            return
        subprocess.run(["sleep", "0.05"], check=True)
    raise AssertionError(f"nobody listens at {port}")


class TestChoosing:
    def test_mosquitto_comes_first(self) -> None:
        assert describe(BrokerSettings()).en == "our own broker, mosquitto"
        assert describe(BrokerSettings(kind=BrokerKind.NATS)).en == "our own broker, nats-server"
        assert "mqtt://a" in describe(BrokerSettings(url="mqtt://a")).en

    def test_without_any_program_it_says_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("shutil.which", lambda _name, path=None: None)
        assert find_mosquitto() is None
        assert find_nats() is None
        with pytest.raises(BrokerError, match="apt install mosquitto"):
            open_broker(BrokerSettings(), tmp_path)

    @pytest.mark.parametrize(
        ("settings", "topics", "said"),
        [
            (BrokerSettings(kind=BrokerKind.NATS, host="0.0.0.0"), (), "this machine only"),
            (BrokerSettings(kind=BrokerKind.NATS, protocol="5"), (), "MQTT 3.1.1 only"),
            (BrokerSettings(kind=BrokerKind.NATS), ("a b",), "has a space"),
        ],
    )
    def test_nats_is_not_asked_for_what_it_cannot(
        self, tmp_path: Path, settings: BrokerSettings, topics: tuple[str, ...], said: str
    ) -> None:
        with pytest.raises(BrokerError, match=said):
            open_broker(settings, tmp_path, topics=topics)

    def test_a_folder_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "broker").write_text("a file")
        with pytest.raises(BrokerError, match="cannot use"):
            open_broker(BrokerSettings(), tmp_path)

    def test_the_gateways_password_is_made_once(self, tmp_path: Path) -> None:
        file = tmp_path / "new" / "password"
        assert kept_password(file) == kept_password(file)
        assert file.stat().st_mode & 0o077 == 0
        assert broker_accounts(tmp_path).all() == ()

    def test_an_address_has_its_parts(self) -> None:
        address = external_address(
            BrokerSettings(url="mqtts://care.example.org", username="g", password="hush")
        )
        assert (address.port, address.tls, str(address)) == (
            8883,
            True,
            "mqtts://care.example.org:8883",
        )
        assert "hush" not in repr(address)
        assert "tls_context" in address.client_arguments()
        assert external_address(BrokerSettings(url="mqtt://[::1]:99")).host == "::1"
