"""Is everything a gateway needs in place? Each question one line, with what to do.

Nothing is changed, and a running gateway is not disturbed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from gateway.config import ConfigError, load
from gateway.doctor import clouds, machine, modem, parts
from gateway.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]


async def examine(config: Path, data: Path, database: str) -> AsyncIterator[Finding]:
    """Yield one finding after the other, as they become known.

    Args:
        config: the configuration file.
        data: the data folder.
        database: the store's file name in it.
    """
    yield machine.python()
    yield machine.user(data)
    yield await machine.clock()
    yield machine.folder(data)
    yield machine.disk(data)
    yield await asyncio.to_thread(machine.store, data / database)
    try:
        settings = load(config, serving=False)
    except ConfigError as error:
        yield parts.unusable(error)
        return
    for finding in parts.configuration(settings):
        yield finding
    yield await parts.broker(settings, data)
    yield parts.desk(settings, data)
    if settings.twilio is not None or settings.modem is None:
        yield await parts.provider(settings)
    for finding in await modem.look(settings):
        yield finding
    for cloud in clouds.configured(settings):
        yield await clouds.examine(cloud)
