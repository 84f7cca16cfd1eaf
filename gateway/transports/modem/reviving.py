"""How a modem that hangs is brought back: reset, then its power, again and again."""

from __future__ import annotations

import asyncio
import logging

from gateway.clock import Clock
from gateway.transports.modem.access import ModemAccess
from gateway.transports.modem.at import AtError, AtSilent
from gateway.transports.modem.condition import LINK, Condition
from gateway.transports.modem.session import Session

RESET = "AT+CFUN=1,1"
GENTLE = "ATZ"
COMMAND_SECONDS_MAX = 60.0
PROBE_SECONDS = 1.0
OUTPUT_CHARS_MAX = 200

_log = logging.getLogger(__name__)


class Reviver:
    """Remembers what was tried, so that the next attempt goes further."""

    def __init__(self, access: ModemAccess, clock: Clock, condition: Condition) -> None:
        self._access = access
        self._clock = clock
        self._condition = condition
        self._tried = 0

    def lives(self) -> None:
        """Take note that it works again."""
        self._tried = 0

    async def revive(self, session: Session) -> None:
        """Try to bring it back; return when it answers, is gone, or nothing helped.

        First `ATZ` and a reset by command, then the command that cuts its power. What did not
        help is a fault, and is tried again after a rest.
        """
        self._condition.resets += 1
        self._tried += 1
        if self._tried == 1:
            _log.warning("modem: it does not answer; resetting it")
            session.at.shout(GENTLE)
            session.at.shout(RESET)
            if await self._answers(session):
                return
        if self._access.reset_command:
            _log.warning("modem: resetting did not help; cutting its power")
            await self._cut_power()
            if await self._answers(session):
                return
        self._condition.say(
            LINK,
            "模块没有应答，重启无效，请检查供电和接线 / "
            "the modem does not answer, and resetting did not help: check its power and cable",
        )
        session.at.shout(RESET)
        await self._clock.sleep(self._access.times.rest)

    async def _answers(self, session: Session) -> bool:
        """Wait until it answers, or its device goes (which a restart may cause)."""
        over = self._clock.monotonic() + self._access.times.boot
        while self._clock.monotonic() < over:
            if session.lost:
                return True
            try:
                await session.at.ask("AT", min(PROBE_SECONDS, self._access.times.answer))
            except AtSilent:
                await self._clock.sleep(min(PROBE_SECONDS, self._access.times.answer))
            except AtError:
                return True
            else:
                return True
        return False

    async def _cut_power(self) -> None:
        """Run the command of the configuration; what it says when it fails is logged."""
        command = self._access.reset_command
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        except OSError as error:
            _log.error("modem: %s cannot be run: %s", command[0], error)
            return
        try:
            async with asyncio.timeout(COMMAND_SECONDS_MAX):
                output, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            _log.error("modem: %s did not end", command[0])
            return
        if process.returncode:
            said = output.decode("utf-8", "replace").strip()[:OUTPUT_CHARS_MAX]
            _log.error("modem: %s failed (%s): %s", command[0], process.returncode, said)
