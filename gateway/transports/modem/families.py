"""What the families of modules can, and how they want to be asked.

Sources: SIMCom A7600/SIM7600 series AT command manuals (CTTS, CTTSPARAM, DDET, CCMXPLAY,
CDTAM), Quectel EC2x/EC200x AT command and audio manuals (QWTTS, QTONEDET, QPSND). What was
never tried on a module is said in docs/modem.md. What a module says it cannot, it is not
asked to do: every capability is probed when it starts.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

SPEECH_CHARS_MAX = 100
"""Of one command: every module takes 400 hexadecimal digits."""
_BREAKS = "。！？；.!?;\n"
_SOFT_BREAKS = "，,、 "


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


class Family(msgspec.Struct, frozen=True, gc=False):
    """One family of modules."""

    name: str
    makers: tuple[str, ...] = ()
    """How AT+CGMI begins, in capitals."""
    setup: tuple[str, ...] = ()
    """Asked once when it starts; a refusal is noted, and nothing more."""
    speaks: str = ""
    """Asked to find out whether it can speak; empty: it cannot."""
    say: Callable[[str], str] | None = None
    """Makes the command that speaks a text into the call."""
    hush: str = ""
    spoken: tuple[str, ...] = ()
    """How the line begins that reports the end of speaking."""
    hears: str = ""
    """Switches the recognition of keys on; refused: it cannot."""
    play: Callable[[str], str] | None = None
    """Makes the command that plays a file of its own into the call."""
    played: tuple[str, ...] = ()


SIMCOM = Family(
    name="simcom",
    makers=("SIMCOM",),
    # the text is spoken to the far end, loud and not too fast
    setup=("AT+CDTAM=1", "AT+CTTSPARAM=2,3,0,1,1"),
    speaks="AT+CTTS=?",
    say=lambda text: f'AT+CTTS=1,"{_hex(text)}"',
    hush="AT+CTTS=0",
    spoken=("+CTTS: 0", "+CTTS:0"),
    hears="AT+DDET=1",
    play=lambda file: f'AT+CCMXPLAY="{file}",1,0',
    played=("+AUDIOSTATE: audio play stop",),
)
QUECTEL = Family(
    name="quectel",
    makers=("QUECTEL",),
    speaks="AT+QWTTS=?",
    # uplink and downlink open; the text in UCS-2
    say=lambda text: f'AT+QWTTS=1,1,1,"{_hex(text)}"',
    hush="AT+QWTTS=0,0,0",
    spoken=("+QWTTS: 0", "+QWTTS:0", "+QTTS: 0"),
    hears="AT+QTONEDET=1",
    play=lambda file: f'AT+QPSND=1,"{file}",0,1,1',
    played=("+QPSND: 0",),
)
GENERIC = Family(name="generic")

FAMILIES: tuple[Family, ...] = (SIMCOM, QUECTEL, GENERIC)
"""Every family, one line each; the last is what nobody knows."""


def family(name: str, maker: str) -> Family:
    """Return the family of that name, or for `auto` the one of that maker."""
    for one in FAMILIES:
        if one.name == name or (name == "auto" and maker.upper().startswith(one.makers or ("\0",))):
            return one
    return GENERIC


def key_of(line: str) -> str:
    """Return the key a line reports; empty: it reports none.

    SIMCom gives the key itself (`+RXDTMF: 1`), Quectel its ASCII code (`+QTONEDET: 49`).
    """
    name, _, value = line.partition(":")
    value = value.strip()
    if name in ("+RXDTMF", "+DTMF") and len(value) == 1:
        key = value
    elif name == "+QTONEDET" and value.isascii() and value.isdigit() and int(value) < 128:
        key = chr(int(value))
    else:
        return ""
    return key if key in "0123456789*#ABCD" else ""


def pieces(text: str) -> list[str]:
    """Return a text in pieces a module can speak, cut where a speaker would pause."""
    cut: list[str] = []
    rest = text.replace('"', "").strip()
    while len(rest) > SPEECH_CHARS_MAX:
        window = rest[:SPEECH_CHARS_MAX]
        end = max(window.rfind(one) for one in _BREAKS)
        if end < SPEECH_CHARS_MAX // 3:
            end = max(window.rfind(one) for one in _SOFT_BREAKS)
        end = end + 1 if end > 0 else SPEECH_CHARS_MAX
        cut.append(rest[:end].strip())
        rest = rest[end:].lstrip()
    return [one for one in (*cut, rest) if one]
