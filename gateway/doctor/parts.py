"""What the gateway works with: its configuration, broker, desk and provider."""

from __future__ import annotations

import asyncio
import socket
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

from alerting.words import Words
from gateway.brokers import (
    BrokerError,
    Durability,
    SupervisedBroker,
    describe,
    open_broker,
    running_pid,
    self_test,
)
from gateway.clock import SystemClock
from gateway.config import GATEWAY_HOUSEHOLD, ConfigError, Settings
from gateway.config.provider import twilio_access
from gateway.doctor.finding import Finding, Level
from gateway.transports import open_twilio
from gateway.transports.transport import SendError

PROVIDER_SECONDS_MAX = 15.0

CONFIGURATION = Words("配置", "configuration")
BROKER = Words("代理", "broker")
DESK = Words("值班台", "duty desk")
PROVIDER = Words("短信和电话", "texts and calls")


def unusable(error: ConfigError) -> Finding:
    """Say everything that is wrong with the configuration."""
    return Finding(Level.FAIL, CONFIGURATION, Words(error.said("zh"), error.said("en")))


def configuration(settings: Settings) -> list[Finding]:
    """Is it complete, and kept to those who may read it?"""
    found = [
        Finding(Level.WARN, CONFIGURATION, Words(warning.said("zh"), warning.said("en")))
        for warning in settings.warnings
    ]
    if settings.path.stat().st_mode & stat.S_IROTH:
        words = Words(
            f"所有用户都能读 {settings.path}，里面有个人信息；请执行 chmod 640",
            f"everybody can read {settings.path}, which holds personal data; run chmod 640 on it",
        )
        found.append(Finding(Level.WARN, CONFIGURATION, words))
    homes = [home for home in settings.households if home != GATEWAY_HOUSEHOLD]
    words = Words(f"正确，住户 {len(homes)} 家", f"correct, households: {len(homes)}")
    return found or [Finding(Level.OK, CONFIGURATION, words)]


async def broker(settings: Settings, data: Path) -> Finding:
    """Does a queued press survive at the broker?

    A running broker is tried as it is. Ours is tried with a kill, too, on a second
    broker in a folder that is removed again: the running one is left alone.
    """
    topics = [
        device.topic for home in settings.households.values() for device in home.devices.values()
    ]
    try:
        name = describe(settings.broker)
        is_running = bool(settings.broker.url) or running_pid(data) is not None
        found = None
        if is_running:
            found = await self_test(open_broker(settings.broker, data, topics=topics).address)
        if found is None or (found.ok and not settings.broker.url):
            found = await _tried_apart(settings, data, topics)
    except BrokerError as error:
        return Finding(Level.FAIL, BROKER, error.words)
    level = Level.OK if found.ok else Level.FAIL
    said = Words(f"{name.zh}：{found.words.zh}", f"{name.en}: {found.words.en}")
    return Finding(level, BROKER, said)


async def _tried_apart(settings: Settings, data: Path, topics: list[str]) -> Durability:
    with _folder_beside(data) as folder:
        own = replace(settings.broker, host="127.0.0.1", port=0)
        scratch = open_broker(own, Path(folder), topics=topics)
        assert isinstance(scratch, SupervisedBroker), "no address is given"
        await scratch.start()
        try:
            return await scratch.self_test()
        finally:
            await scratch.stop()


def _folder_beside(data: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a folder on the disk the gateway's own would be on."""
    return tempfile.TemporaryDirectory(
        dir=data if data.is_dir() else None, ignore_cleanup_errors=True
    )


def desk(settings: Settings, data: Path) -> Finding:
    """Can the desk listen, or does it already?"""
    host, port = settings.desk.host, settings.desk.port
    shown = f"{host}:{port}"
    if running_pid(data) is not None:
        return Finding(
            Level.OK, DESK, Words(f"网关正在运行（{shown}）", f"the gateway runs ({shown})")
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        words = Words(
            f"{shown} 不能用（{error.strerror}）；请结束占用它的程序，或改 desk.listen",
            f"{shown} cannot be used ({error.strerror}); end what uses it, or change desk.listen",
        )
        return Finding(Level.WARN, DESK, words)
    return Finding(Level.OK, DESK, Words(f"{shown} 空闲", f"{shown} is free"))


async def provider(settings: Settings) -> Finding:
    """Does the provider answer, and does it accept our credentials?"""
    if settings.twilio is None and (settings.aliyun or settings.tencent):
        words = Words(
            "没有配置 Twilio：由国内云发送", "no Twilio configured: the mainland clouds carry"
        )
        return Finding(Level.OK, PROVIDER, words)
    if settings.twilio is None:
        words = Words(
            "没有配置：除了值班台，谁也通知不到",
            "none configured: nobody is told except at the desk",
        )
        return Finding(Level.WARN, PROVIDER, words)
    if not settings.twilio.auth_token and not settings.twilio.api_secret:
        words = Words(
            "没有试：这里读不到密钥；请用 sudo，配置旁边要有 twilio-auth-token 文件",
            "not tried: the token cannot be read here; use sudo, with the file "
            "twilio-auth-token beside the configuration",
        )
        return Finding(Level.WARN, PROVIDER, words)
    transport = open_twilio(twilio_access(settings.twilio), SystemClock())
    try:
        async with asyncio.timeout(PROVIDER_SECONDS_MAX):
            await transport.warm()
    except SendError as error:
        words = Words(
            f"服务商拒绝或没有应答：{error}；请检查网络、account_sid 和密钥",
            f"the provider refuses or does not answer: {error}; "
            "check the network, account_sid and the token",
        )
        return Finding(Level.FAIL, PROVIDER, words)
    except TimeoutError:
        words = Words(
            f"服务商 {PROVIDER_SECONDS_MAX:.0f} 秒没有应答；请检查网络",
            f"the provider did not answer within {PROVIDER_SECONDS_MAX:.0f} s; check the network",
        )
        return Finding(Level.FAIL, PROVIDER, words)
    finally:
        await transport.close()
    return Finding(Level.OK, PROVIDER, Words("服务商应答正常", "the provider answers"))
