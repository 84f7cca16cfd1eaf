"""One life of the modem: opened, set up, found out about; ends when it is lost or silent."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec

from gateway.clock import Clock
from gateway.transports.modem.access import ModemAccess
from gateway.transports.modem.at import At, AtError, AtSilent, number, values
from gateway.transports.modem.families import Family, family
from gateway.transports.modem.serial import Serial
from gateway.transports.modem.talk import Skills

WAKE_TRIES = 3
REGISTERED = (1, 5)
DENIED = 3
SIGNAL_UNKNOWN = 99
READY = "READY"
_SETUP = ("ATE0", "AT+CMEE=1", "AT+CMGF=0", "AT+CLIP=1", "AT+COLP=0", "AT+CRC=0")
_WISHES = ("AT+CVHU=0", "AT+CCWA=1,1,1", "AT+CSMS=0")
"""Good to have; a modem may refuse them."""
_REPORTS = ("AT+CNMI=2,1,0,1,0", "AT+CNMI=2,1,0,2,0", "AT+CNMI=1,1,0,1,0", "AT+CNMI=2,1")
"""How texts and reports are told, best first."""
_MEMORIES = ('AT+CPMS="ME","ME","ME"', 'AT+CPMS="SM","SM","SM"')


class SimTrouble(Exception):
    """The SIM is not there, or wants something we must not try."""


class PinRefused(SimTrouble):
    """The PIN is wrong; it must not be tried again."""


class State(msgspec.Struct, frozen=True):
    """How the modem says it is."""

    model: str = ""
    sim: str = ""
    registration: int = 0
    signal: int = SIGNAL_UNKNOWN
    """0 to 31 as AT+CSQ gives it, 99: not known."""
    operator: str = ""

    @property
    def is_registered(self) -> bool:
        """Return whether texts and calls can go out."""
        return self.registration in REGISTERED

    @property
    def dbm(self) -> int | None:
        """Return the signal in dBm (3GPP TS 27.007, 8.5); None: not known."""
        return -113 + 2 * self.signal if 0 <= self.signal <= 31 else None


class Session:
    """The open modem."""

    def __init__(
        self, access: ModemAccess, clock: Clock, unasked: Callable[[str, str], None]
    ) -> None:
        """Open the device.

        Raises:
            OSError: it cannot be opened.
        """
        self._access = access
        self._clock = clock
        self._serial = Serial(access.device, self._received, self.give_up)
        self.at = At(clock, self._serial.write, unasked, access.times.answer)
        self.skills = Skills(family("generic", ""), False, False, "")
        self.state = State()
        self.refused: list[str] = []
        """What it would not do, of what it was set up with."""
        self.lost = ""

    def close(self) -> None:
        """Let go of it."""
        self._serial.close()
        self.at.lose("the modem is closed")

    def _received(self, data: bytes) -> None:
        self.at.feed(data)

    def give_up(self, why: str) -> None:
        """Take note that this life is over: it must be opened and set up again."""
        self.lost = why
        self.at.lose(why)

    async def ask(self, command: str) -> list[str]:
        """Ask something ordinary.

        Raises:
            AtError: it was refused.
            AtSilent: there was no answer.
        """
        return await self.at.ask(command, self._access.times.answer)

    async def wake(self) -> None:
        """Find out whether it answers at all.

        Raises:
            AtSilent: it does not.
        """
        for n in range(WAKE_TRIES):
            try:
                await self.at.ask("AT", self._access.times.answer / WAKE_TRIES)
            except AtError:
                return
            except AtSilent:
                if n == WAKE_TRIES - 1 or self.lost:
                    raise
            else:
                return

    async def set_up(self, may_unlock: bool = True) -> None:
        """Bring it into the state we work with.

        Args:
            may_unlock: the PIN was not refused before.

        Raises:
            AtError: it cannot do what nothing goes without.
            AtSilent: it does not answer.
            SimTrouble: the SIM is not there, or locked.
        """
        await self.wake()
        for command in _SETUP:
            try:
                await self.ask(command)
            except AtError:
                if command == "AT+CMGF=0":
                    raise
                self.refused.append(command)
        await self._unlock(may_unlock)
        for command in _WISHES:
            with contextlib.suppress(AtError):
                await self.ask(command)
        if self._access.smsc:
            await self.ask(f'AT+CSCA="{self._access.smsc}",145')
        await self.choose_memory()
        await self._first(_REPORTS)
        await self._get_to_know()
        await self.look()

    async def look(self) -> State:
        """Ask how it is.

        Raises:
            AtSilent: it does not answer.
        """
        registration = max(
            [self._registered(await self._asked(one)) for one in ("AT+CEREG?", "AT+CREG?")],
            key=lambda one: (one in REGISTERED, one),
        )
        signal = await self._asked("AT+CSQ")
        operator = await self._asked("AT+COPS?")
        sim = await self._asked("AT+CPIN?")
        self.state = State(
            model=self.state.model,
            sim=sim[0] if sim else "",
            registration=registration,
            signal=number(signal[0]) if signal else SIGNAL_UNKNOWN,
            operator=operator[2] if len(operator) > 2 else "",
        )
        return self.state

    async def _asked(self, command: str) -> list[str]:
        """Return the values of the one line of an answer; none if it was refused."""
        name = command[2:].rstrip("?")
        try:
            lines = await self.ask(command)
        except AtError:
            return []
        return next((values(line) for line in lines if line.startswith(f"{name}:")), [])

    @staticmethod
    def _registered(found: list[str]) -> int:
        return number(found[1]) if len(found) > 1 else 0

    async def _unlock(self, may_unlock: bool) -> None:
        """Give the PIN, once: three wrong ones lock the SIM for good.

        Raises:
            SimTrouble: there is no SIM, or it wants what we do not have.
        """
        try:
            found = await self.ask("AT+CPIN?")
        except AtError as error:
            raise SimTrouble(f"no SIM: {error}") from error
        state = values(found[0])[0] if found else ""
        if state == READY:
            return
        if state != "SIM PIN" or not self._access.pin:
            raise SimTrouble(f"the SIM wants {state or 'something'}")
        if not may_unlock:
            raise SimTrouble("the SIM refused modem.pin before; it is not tried again")
        try:
            await self.ask(f'AT+CPIN="{self._access.pin}"')
        except AtError as error:
            raise PinRefused(f"the SIM refuses modem.pin: {error}") from error

    async def choose_memory(self) -> None:
        """Let texts be read from where they are put.

        Raises:
            AtSilent: it does not answer.
        """
        await self._first(_MEMORIES)

    async def _first(self, commands: tuple[str, ...]) -> None:
        """Ask the first that it takes."""
        for command in commands:
            try:
                await self.ask(command)
            except AtError:
                continue
            return
        self.refused.append(commands[0])

    async def _get_to_know(self) -> None:
        maker = " ".join(await self._said("AT+CGMI"))
        model = " ".join(await self._said("AT+CGMM")).removeprefix("+CGMM:").strip()
        known: Family = family(self._access.family, maker.removeprefix("+CGMI:").strip())
        speaks = await self._can(known.speaks)
        hears = await self._can(known.hears)
        for command in known.setup if speaks else ():
            await self._can(command)
        self.skills = Skills(known, speaks, hears, self._access.recording)
        self.state = State(model=f"{maker} {model}".strip())

    async def _said(self, command: str) -> list[str]:
        try:
            return await self.ask(command)
        except AtError:
            return []

    async def _can(self, command: str) -> bool:
        if not command:
            return False
        try:
            await self.ask(command)
        except AtError:
            self.refused.append(command)
            return False
        return True
