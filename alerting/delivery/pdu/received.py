"""What a modem reads to us: a person's text message, or what became of one of ours.

Source: 3GPP TS 23.040, 9.2.2.1 (SMS-DELIVER), 9.2.2.3 (SMS-STATUS-REPORT), 9.2.3.24 (header
of the text), and 3GPP TS 23.038, 4 (data coding scheme).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerting.delivery.pdu import septets
from alerting.delivery.pdu.fields import Octets, get_address, get_time

UCS2 = 2
EIGHT_BIT = 1
SEVEN_BIT = 0

_DELIVER, _REPORT = 0, 2
_SHORT_REFERENCE, _LONG_REFERENCE = 0x00, 0x08
_TEXT_OCTETS_MAX = 140
_SEPTETS_MAX = 160


class Part(msgspec.Struct, frozen=True, gc=False):
    """Which part of a longer message this is."""

    reference: int
    total: int
    number: int
    """From 1 to `total`."""


class Deliver(msgspec.Struct, frozen=True, gc=False):
    """A text message somebody sent, or a part of it."""

    sender: str
    """`+` and digits, digits, or a name."""
    text: str
    """Of a part it may begin or end with half a character (`Parts` joins them)."""
    sent_at: datetime | None
    """By the clock of the carrier's message centre."""
    part: Part | None = None
    is_data: bool = False
    """It is no text, but data for a program (a notice of a picture message, say)."""


class Report(msgspec.Struct, frozen=True, gc=False):
    """What the carrier says became of a message of ours."""

    reference: int
    """The one the modem gave when it took the message, 0 to 255."""
    recipient: str
    status: int
    """TP-Status; its meaning is in `alerting.delivery.channels.modem_errors`."""
    done_at: datetime | None


def decode(pdu: str) -> Deliver | Report:
    """Return what a message says: as AT+CMGR, AT+CMGL, +CMT and +CDS give it.

    Args:
        pdu: hexadecimal, beginning with the address of the message centre.

    Raises:
        PduError: it is cut off, no hexadecimal, or of another kind.
    """
    octets = Octets(pdu)
    octets.take(octets.octet("the message centre"), "the message centre")
    first = octets.octet("the message's kind")
    kind = first & 0x3
    if kind == _DELIVER:
        return _deliver(octets, has_header=bool(first & 0x40))
    if kind == _REPORT:
        reference = octets.octet("the reference")
        recipient = get_address(octets, "the recipient")
        get_time(octets, "the time of sending")
        done_at = get_time(octets, "the time of arrival")
        return Report(reference, recipient, octets.octet("the status"), done_at)
    raise octets.error("the message is of another kind", "a text received, or a status report")


def _deliver(octets: Octets, has_header: bool) -> Deliver:
    sender = get_address(octets, "the sender")
    octets.octet("the protocol")
    scheme = octets.octet("the alphabet")
    sent_at = get_time(octets, "the time of sending")
    alphabet = alphabet_of(scheme)
    length = octets.octet("the length of the text")
    most = _SEPTETS_MAX if alphabet == SEVEN_BIT else _TEXT_OCTETS_MAX
    if length > most:
        raise octets.error(f"the text is said to be {length} long", f"at most {most}")
    size = (7 * length + 7) // 8 if alphabet == SEVEN_BIT else length
    payload = octets.take(size, "the text")
    header = payload[: payload[0] + 1] if has_header and payload else b""
    if len(header) > len(payload) or (header and len(header) != payload[0] + 1):
        raise octets.error("the header of the text is cut off", f"{payload[0]} octets of header")
    part = _part(header[1:])
    if alphabet == EIGHT_BIT:
        return Deliver(sender, "", sent_at, part, is_data=True)
    if alphabet == UCS2:
        body = payload[len(header) :]
        text = body[: len(body) // 2 * 2].decode("utf-16-be", "surrogatepass")
    else:
        skipped = (8 * len(header) + 6) // 7
        read = septets.unpack(payload, length)[skipped:]
        text = septets.read(read)
    return Deliver(sender, text if part else joined([text]), sent_at, part)


def joined(pieces: list[str]) -> str:
    """Return the parts of a text as one; halves of a character that meet are made whole."""
    together = "".join(pieces).encode("utf-16-be", "surrogatepass")
    return together.decode("utf-16-be", "replace")


def alphabet_of(scheme: int) -> int:
    """Return in which alphabet a text is written, by its data coding scheme."""
    group = scheme >> 4
    if group in (0b1101, 0b1100):
        return SEVEN_BIT
    if group == 0b1110:
        return UCS2
    if group == 0b1111:
        return EIGHT_BIT if scheme & 0x4 else SEVEN_BIT
    if group & 0b1100 in (0b0000, 0b0100):
        if scheme & 0x20:
            return EIGHT_BIT  # compressed: nobody sends it, and nobody can read it
        return {1: EIGHT_BIT, 2: UCS2}.get(scheme >> 2 & 3, SEVEN_BIT)
    return SEVEN_BIT


def _part(header: bytes) -> Part | None:
    """Return what the header says of parts; one that says nonsense is a message of its own."""
    at = 0
    while at + 2 <= len(header):
        name, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if name == _SHORT_REFERENCE and len(value) == 3:
            found = Part(value[0], value[1], value[2])
        elif name == _LONG_REFERENCE and len(value) == 4:
            # apart from the short ones: the same person may use both
            found = Part(0x10000 | value[0] << 8 | value[1], value[2], value[3])
        else:
            at += 2 + length
            continue
        return found if found.total > 1 and 1 <= found.number <= found.total else None
    return None
