"""Opens every way out of the house that the configuration names, in one place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from alerting.delivery.capabilities import MAINLAND
from gateway.clock import Clock
from gateway.config import Settings
from gateway.config.provider import twilio_access
from gateway.transports import open_twilio
from gateway.transports.aliyun import Aliyun
from gateway.transports.modem import Modem
from gateway.transports.push import Pushes
from gateway.transports.scaip import Scaips
from gateway.transports.tencent import Tencent
from gateway.transports.transport import Door, FaultSink, LookedAfter, Transport
from gateway.transports.webhook import Webhooks

log = logging.getLogger(__name__)

Opener = Callable[[Settings, Path, Clock, Door], Transport | None]
"""Makes a transport without waiting for anything; None where it is not configured.

It gets the settings, the folder for what it keeps, the time, and the door.
"""


def _twilio(settings: Settings, data: Path, clock: Clock, door: Door) -> Transport | None:
    if settings.twilio is None:
        return None
    return open_twilio(twilio_access(settings.twilio, settings.wording), clock, door)


def _push(settings: Settings, data: Path, clock: Clock, door: Door) -> Transport | None:
    return None if settings.push is None else Pushes(settings.push, clock)


def _scaip(settings: Settings, data: Path, clock: Clock, door: Door) -> Transport | None:
    return None if settings.scaip is None else Scaips(settings.scaip, clock)


def _webhook(settings: Settings, data: Path, clock: Clock, door: Door) -> Transport | None:
    return None if settings.webhook is None else Webhooks(settings.webhook, clock)


def _aliyun(settings: Settings, data: Path, clock: Clock, door: Door) -> Transport | None:
    return None if settings.aliyun is None else Aliyun(settings.aliyun.access, clock, door)


def _tencent(settings: Settings, data: Path, clock: Clock, door: Door) -> Transport | None:
    if settings.tencent is None:
        return None
    phones = {person.phone for person in settings.responders.values()}
    mainland = sorted(phone for phone in phones if phone.startswith(MAINLAND))
    return Tencent(settings.tencent.access, clock, door, mainland)


def _modem(settings: Settings, data: Path, clock: Clock, door: Door) -> Transport | None:
    if settings.modem is None:
        return None
    access = msgspec.structs.replace(settings.modem.access, wording=settings.wording)
    return Modem(access, data, clock, door)


OPENERS: tuple[Opener, ...] = (
    _twilio,
    _modem,
    _aliyun,
    _tencent,
    _push,
    _scaip,
    _webhook,
)
"""Every way out, one line each; of two that carry one channel, the first is preferred."""


def open_all(
    settings: Settings,
    data: Path,
    clock: Clock,
    door: Door,
    failed: Callable[[str], None] = log.error,
) -> list[Transport]:
    """Return the transports of everything that is configured, in the order of `OPENERS`.

    `failed` hears of those that cannot be made: the others carry the alarms then.
    """
    opened: list[Transport] = []
    for open_ in OPENERS:
        name = open_.__name__.strip("_")
        try:
            transport = open_(settings, data, clock, door)
        except Exception as error:  # whatever it is: the homes are listened to all the same
            log.exception("%s cannot be opened", name)
            failed(f"通道 {name} 打不开 / {name} cannot be opened: {error!r}")
            continue
        if transport is not None:
            opened.append(transport)
    return opened


def look_after(
    transports: Iterable[Transport], fault: FaultSink, count: Callable[[str, str, str], None]
) -> None:
    """Let those that have troubles of their own report and count them."""
    for transport in transports:
        if isinstance(transport, LookedAfter):
            transport.look_after(fault, count)
