"""Does a press survive while we are away? Tried out, not believed.

A session is opened and left; a press is published; the broker is killed and
started again where that is allowed; the session comes back. The press must be
there once, and not marked as retained.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiomqtt

from alerting.words import Words
from gateway.brokers.address import BrokerAddress
from gateway.brokers.errors import BrokerError

SELFTEST_HOUSEHOLD = "selftest"
"""Messages of this household are the self-test's own: whoever else hears them ignores them."""

STEP_SECONDS_MAX = 2.0
"""How long one step may take: connect, publish, wait for the press."""
SETTLE_SECONDS = 0.5
"""How long after its acknowledgement a press must be on disk.

mosquitto acknowledges first and saves at the end of the same round of its loop: a
power cut within those milliseconds loses the press, and nothing we can set changes
that (docs/decisions/0004-brokers.md).
"""
DUPLICATE_SECONDS = 0.2
"""How long we listen for the same press again."""

Restart = Callable[[], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Durability:
    """What the self-test found."""

    ok: bool
    survives_reconnect: bool
    survives_restart: bool | None
    """None: not tried, because the broker is not ours to kill."""
    words: Words


async def self_test(address: BrokerAddress, restart: Restart | None = None) -> Durability:
    """Return whether a queued press survives at the broker.

    Runs beside the real session: it has a client id and a topic of its own. Takes a
    second or two where nothing is wrong, and at most a few times `STEP_SECONDS_MAX`.

    Args:
        address: the broker.
        restart: kills the broker the hard way and starts it again.
    """
    try:
        received = await _left_and_found(address, restart)
    except (aiomqtt.MqttError, OSError, TimeoutError, BrokerError) as error:
        said = str(error) or type(error).__name__
        return _failed(
            f"自检没有完成：{address} 没有应答（{said}）",
            f"the self-test did not finish: {address} did not answer ({said})",
        )
    return _judged(received, restarted=restart is not None)


async def _left_and_found(address: BrokerAddress, restart: Restart | None) -> list[bool]:
    """Return the retain flags of what came of one press."""
    run = secrets.token_hex(4)
    topic = f"care/v1/{SELFTEST_HOUSEHOLD}/{run}/event"
    name = f"guanai-selftest-{run}"
    async with _session(address, name, clean=False) as session:
        await session.subscribe(topic, qos=1, timeout=STEP_SECONDS_MAX)
    try:
        async with _session(address, f"{name}-press", clean=True) as device:
            await device.publish(topic, run, qos=1, timeout=STEP_SECONDS_MAX)
        if restart is not None:
            await asyncio.sleep(SETTLE_SECONDS)
            await restart()
        async with _session(address, name, clean=False) as session:
            return await _arrivals(session, run)
    finally:
        async with _session(address, name, clean=True):
            pass  # the broker forgets the session and whatever is left of it


def _session(address: BrokerAddress, name: str, *, clean: bool) -> aiomqtt.Client:
    return aiomqtt.Client(
        identifier=name,
        clean_session=clean,
        protocol=aiomqtt.ProtocolVersion.V311,
        timeout=STEP_SECONDS_MAX,
        **address.client_arguments(),
    )


async def _arrivals(session: aiomqtt.Client, run: str) -> list[bool]:
    flags: list[bool] = []

    async def listen() -> None:
        async for message in session.messages:
            if message.payload == run.encode():
                flags.append(bool(message.retain))
                deadline.reschedule(asyncio.get_running_loop().time() + DUPLICATE_SECONDS)

    try:
        async with asyncio.timeout(STEP_SECONDS_MAX) as deadline:
            await listen()
    except TimeoutError:
        pass  # everything that was to come has come
    return flags


def _judged(received: list[bool], *, restarted: bool) -> Durability:
    if not received:
        return _failed(
            "按下后排队的呼叫丢失了：网关重启期间的呼叫可能收不到",
            "a queued press was lost: presses made while the gateway restarts may not arrive",
        )
    if any(received):
        return _failed(
            "排队的呼叫被标记为“保留”：会与旧消息混淆",
            "a queued press came marked as retained: it cannot be told from an old one",
        )
    if len(received) > 1:
        return _failed(
            f"同一次呼叫收到 {len(received)} 次",
            f"one queued press arrived {len(received)} times",
        )
    if not restarted:
        words = Words(
            "排队的呼叫在重新连接后仍在；代理重启后是否仍在，没有试过",
            "a queued press survives a reconnect; whether it survives a restart was not tried",
        )
        return Durability(ok=True, survives_reconnect=True, survives_restart=None, words=words)
    words = Words(
        "排队的呼叫在代理被强行终止后仍在", "a queued press survives the broker being killed"
    )
    return Durability(ok=True, survives_reconnect=True, survives_restart=True, words=words)


def _failed(zh: str, en: str) -> Durability:
    return Durability(
        ok=False, survives_reconnect=False, survives_restart=None, words=Words(zh, en)
    )
