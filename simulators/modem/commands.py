"""The AT commands the simulated modem understands, and what it answers.

Forms: 3GPP TS 27.005 (texts) and 27.007 (everything else); `CTTS`, `DDET` as in SIMCom's
manuals, `QWTTS`, `QTONEDET` as in Quectel's.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import ClassVar, Protocol

from simulators.modem import pdu
from simulators.modem.calls import Calls
from simulators.modem.network import Network
from simulators.modem.settings import MAKERS, Faults, Setup, Timing

BAD_PDU, MEMORY_INDEX, NO_SERVICE, NO_SIM_PIN = 304, 321, 331, 311
LOST, OPERATION, WRONG_PIN = 500, 3, 16

_NAMED = re.compile(r"AT(\+[A-Z]+|\^[A-Z]+|[A-Z&]?[A-Z]?)(.*)", re.IGNORECASE)


class Modem(Protocol):
    """What the commands need of the modem."""

    setup: Setup
    timing: Timing
    faults: Faults
    network: Network
    calls: Calls
    memory: dict[int, str]
    kept_reports: dict[int, str]
    signal: int
    registered: int
    sim: str
    reference: int

    def say(self, *lines: str) -> None:
        """Answer with these lines."""

    def prompt(self, take: Callable[[str], None]) -> None:
        """Ask for the text of a message."""

    def forget_text(self, slot: int) -> None:
        """Free a slot of the memory."""


class Commands:
    """Runs one command after the other."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.forget()

    def forget(self) -> None:
        """Go back to what holds after a restart."""
        self.echo = True
        self.pdu_mode = False
        self.tells_of_texts = False
        self.tells_of_reports = False
        self.reads_reports = False
        """Which memory is listed, read and emptied: that of reports, or that of texts."""
        self.speaks = self._can("can_speak")

    def _can(self, what: str) -> bool:
        said = getattr(self._modem.setup, what)
        return bool(self._modem.setup.family != "generic" if said is None else said)

    def run(self, line: str) -> None:
        """Answer one command."""
        if line.upper().startswith("ATD"):
            self._dial(line[3:].rstrip(";"))
            return
        found = _NAMED.fullmatch(line)
        if found is None:
            self._modem.say("ERROR")
            return
        name, rest = found[1].upper(), found[2]
        handler = self._TABLE.get(name)
        if handler is not None:
            handler(self, rest)
        elif name in _ACCEPTED:
            self._modem.say("OK")
        else:
            self._modem.say("ERROR")

    # ------------------------------------------------------------------ small ones

    def _ok(self, *lines: str) -> None:
        self._modem.say(*lines, "OK")

    def _echo(self, rest: str) -> None:
        self.echo = rest.startswith("1")
        self._ok()

    def _maker(self, _: str) -> None:
        self._ok(MAKERS[self._modem.setup.family][0])

    def _model(self, _: str) -> None:
        self._ok(MAKERS[self._modem.setup.family][1])

    def _revision(self, _: str) -> None:
        self._ok(f"+CGMR: {MAKERS[self._modem.setup.family][2]}")

    def _about(self, _: str) -> None:
        self._ok(*MAKERS[self._modem.setup.family])

    def _pin(self, rest: str) -> None:
        if rest == "?":
            self._ok(f"+CPIN: {self._modem.sim}")
        elif rest.strip('="') == self._modem.setup.pin:
            self._modem.sim = "READY"
            self._ok()
        else:
            self._modem.say(f"+CME ERROR: {WRONG_PIN}")

    def _signal(self, _: str) -> None:
        self._ok(f"+CSQ: {self._modem.signal},99")

    def _registration(self, rest: str) -> None:
        self._ok(*([f"+CEREG: 0,{self._modem.registered}"] if rest == "?" else []))

    def _registration_2g(self, rest: str) -> None:
        self._ok(*([f"+CREG: 0,{self._modem.registered}"] if rest == "?" else []))

    def _operator(self, rest: str) -> None:
        named = f'+COPS: 0,0,"{self._modem.setup.operator}",7'
        known = self._modem.registered in (1, 5)
        self._ok(*([named if known else "+COPS: 0"] if rest == "?" else []))

    # ------------------------------------------------------------------ texts

    def _mode(self, rest: str) -> None:
        self.pdu_mode = rest == "=0"
        self._ok()

    def _notify(self, rest: str) -> None:
        numbers = [int(one) for one in rest.lstrip("=").split(",") if one.isdigit()]
        wants = numbers[3] if len(numbers) > 3 else 0
        if wants == 2 and not self._modem.setup.stores_reports:
            self._modem.say("+CMS ERROR: 303")
            return
        self.tells_of_texts = len(numbers) > 1 and numbers[1] == 1
        self.tells_of_reports = wants > 0
        self._ok()

    def _store(self, rest: str) -> None:
        used, slots = len(self._modem.memory), self._modem.setup.slots
        if rest.startswith("="):
            self.reads_reports = rest[1:].strip('" ').startswith("SR")
        self._ok("+CPMS: " + ",".join([f"{used},{slots}"] * 3) if rest != "?" else "+CPMS: 0")

    def _list(self, rest: str) -> None:
        lines: list[str] = []
        for slot, text in sorted(self._chosen().items()):
            lines += [f"+CMGL: {slot},0,,{pdu.length(text)}", text]
        self._ok(*lines)

    def _read(self, rest: str) -> None:
        slot = int(rest.strip("= ") or -1)
        text = self._chosen().get(slot)
        if text is None:
            self._modem.say(f"+CMS ERROR: {MEMORY_INDEX}")
            return
        self._ok(f"+CMGR: 0,,{pdu.length(text)}", text)

    def _delete(self, rest: str) -> None:
        slot = int(rest.strip("= ").split(",")[0] or -1)
        if self.reads_reports:
            self._modem.kept_reports.pop(slot, None)
        else:
            self._modem.forget_text(slot)
        self._ok()

    def _chosen(self) -> dict[int, str]:
        return self._modem.kept_reports if self.reads_reports else self._modem.memory

    def _submit(self, rest: str) -> None:
        length = int(rest.lstrip("= ") or 0)
        if not self.pdu_mode:
            self._modem.say("+CMS ERROR: 305")
            return
        self._modem.prompt(lambda text: self._submitted(text, length))

    def _submitted(self, text: str, length: int) -> None:
        modem = self._modem
        try:
            part = pdu.read_submit(text, length)
        except pdu.BadPdu:
            modem.say(f"+CMS ERROR: {BAD_PDU}")
            return
        error = self._refusal(part.number)
        asyncio.get_running_loop().call_later(
            modem.timing.of(modem.timing.submit), lambda: self._settle(part, error)
        )

    def _refusal(self, number: str) -> int:
        modem = self._modem
        if modem.sim != "READY":
            return NO_SIM_PIN
        if modem.registered not in (1, 5):
            return NO_SERVICE
        if modem.faults.submit_errors:
            return modem.faults.submit_errors.pop(0)
        return modem.network.refusal(number)

    def _settle(self, part: pdu.Submitted, error: int) -> None:
        modem = self._modem
        if modem.faults.hangs or modem.faults.hangs_hard:
            return
        if error:
            modem.say(f"+CMS ERROR: {error}")
            return
        modem.reference = (modem.reference + 1) % 256
        modem.network.take(part, modem.reference)
        if modem.faults.hangs_after_submit:
            modem.faults.hangs_after_submit, modem.faults.hangs = False, True
        elif modem.faults.loses_answer:
            modem.faults.loses_answer -= 1
        else:
            self._ok(f"+CMGS: {modem.reference}")

    # ------------------------------------------------------------------ calls

    def _dial(self, number: str) -> None:
        if self._modem.registered not in (1, 5) or self._modem.sim != "READY":
            self._modem.say("NO CARRIER")
        elif self._modem.calls.dial(number):
            self._ok()
        else:
            self._modem.say(f"+CME ERROR: {OPERATION}")

    def _answer(self, _: str) -> None:
        if self._modem.calls.answer():
            simcom = self._modem.setup.family == "simcom"
            self._ok(*(["VOICE CALL: BEGIN"] if simcom else []))
        else:
            self._modem.say("NO CARRIER")

    def _hang_up(self, _: str) -> None:
        self._modem.calls.hang_up()
        self._ok()

    def _calls(self, _: str) -> None:
        self._ok(*self._modem.calls.listed())

    def _cause(self, _: str) -> None:
        cause = self._modem.calls.last_cause
        self._ok(f"+CEER: 5,{cause}" if self._modem.setup.family == "quectel" else
                 f"+CEER: {_CAUSES.get(cause, 'No cause information available')}")  # fmt: skip

    def _caller(self, rest: str) -> None:
        self._modem.calls.shows_caller = rest == "=1"
        self._ok()

    def _waiting(self, rest: str) -> None:
        self._modem.calls.shows_waiting = rest.startswith("=1")
        self._ok()

    def _speak(self, rest: str, family: str, ended: str) -> None:
        if self._modem.setup.family != family or not self.speaks:
            self._modem.say("ERROR")
            return
        if rest in ("=?", "?"):
            self._ok(f"{ended.split(':')[0]}: (0-2)")
            return
        values = rest.lstrip("=").split(",")
        mode = values[2] if family == "quectel" and len(values) > 2 else values[0]
        if mode == "0":
            self._modem.calls.hush()
            self._ok()
            return
        try:
            text = bytes.fromhex(values[-1].strip('"')).decode("utf-16-be")
        except ValueError:
            self._modem.say("ERROR")
            return
        accepted = mode == "1" and len(text) <= 256 and self._modem.calls.speak(text, ended)
        self._modem.say("OK" if accepted else "+CME ERROR: 904")

    def _ctts(self, rest: str) -> None:
        self._speak(rest, "simcom", "+CTTS: 0")

    def _qwtts(self, rest: str) -> None:
        self._speak(rest, "quectel", "+QWTTS: 0")

    def _keys(self, rest: str, family: str) -> None:
        if self._modem.setup.family != family or not self._can("can_hear"):
            self._modem.say("ERROR")
            return
        if not rest.startswith("=?"):
            self._modem.calls.detects_keys = rest.startswith("=1")
        self._ok()

    def _ddet(self, rest: str) -> None:
        self._keys(rest, "simcom")

    def _qtonedet(self, rest: str) -> None:
        self._keys(rest, "quectel")

    _TABLE: ClassVar[dict[str, Callable[[Commands, str], None]]] = {
        "E": _echo,
        "I": _about,
        "A": _answer,
        "H": _hang_up,
        "+CHUP": _hang_up,
        "+CGMI": _maker,
        "+CGMM": _model,
        "+CGMR": _revision,
        "+CPIN": _pin,
        "+CSQ": _signal,
        "+CEREG": _registration,
        "+CREG": _registration_2g,
        "+COPS": _operator,
        "+CMGF": _mode,
        "+CNMI": _notify,
        "+CPMS": _store,
        "+CMGL": _list,
        "+CMGR": _read,
        "+CMGD": _delete,
        "+CMGS": _submit,
        "+CLCC": _calls,
        "+CEER": _cause,
        "+CLIP": _caller,
        "+CCWA": _waiting,
        "+CTTS": _ctts,
        "+QWTTS": _qwtts,
        "+DDET": _ddet,
        "+QTONEDET": _qtonedet,
    }


_ACCEPTED = frozenset(
    {"", "Z", "&F", "V", "Q", "X", "+CMEE", "+CSMS", "+CSCS", "+CSCA", "+CMMS", "+COLP"}
    | {"+CRC", "+CFUN", "+CVHU", "+CSDVC", "+CDTAM", "+CTTSPARAM", "+QAUDMOD", "+CNMA"}
)
_CAUSES = {17: "User busy", 19: "User alerting, no answer", 21: "Call rejected", 16: "Normal"}
