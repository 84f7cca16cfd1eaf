"""Text messages as the network sees them: the other side of 3GPP TS 23.040.

Written apart from the gateway's, so that each proves the other: what the gateway
submits is read here, and what it receives is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {
    "\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101,
}  # fmt: skip
_CENTRE = "+8613800000500"


class BadPdu(ValueError):
    """What the modem answers with +CMS ERROR: 304."""


class Submitted(msgspec.Struct, frozen=True):
    """What the gateway wants sent."""

    number: str
    text: str
    """Of a part: the octets as they are, read as far as that goes."""
    wants_report: bool
    validity: int | None
    """The relative validity period as it stands there."""
    reference: int = 0
    total: int = 1
    part: int = 1
    raw: bytes = b""
    """UCS-2 of the text, to be joined with the other parts."""


def read_submit(pdu: str, length: int) -> Submitted:
    """Return what AT+CMGS was given.

    Raises:
        BadPdu: it is no SMS-SUBMIT, or not `length` octets long.
    """
    try:
        octets = bytes.fromhex(pdu)
        centre = octets[0]
        body = octets[1 + centre :]
        if len(body) != length:
            raise BadPdu(f"{length} octets were announced, {len(body)} came")
        return _submit(body)
    except (ValueError, IndexError) as error:
        raise BadPdu(str(error)) from None


def _submit(body: bytes) -> Submitted:
    first, digits = body[0], body[2]
    if first & 3 != 1:
        raise BadPdu("not an SMS-SUBMIT")
    size = (digits + 1) // 2
    number = _swapped(body[4 : 4 + size])[:digits]
    rest = body[4 + size :]
    validity: int | None = None
    scheme, rest = rest[1], rest[2:]
    if first & 0x18 == 0x10:
        validity, rest = rest[0], rest[1:]
    elif first & 0x18:
        raise BadPdu("only relative validity periods are taken here")
    count, payload = rest[0], rest[1:]
    ucs2 = scheme & 0x0C == 0x08
    if len(payload) != (count if ucs2 else -(-count * 7 // 8)) or len(payload) > 140:
        raise BadPdu(f"the text is {len(payload)} octets, its length says {count}")
    header = payload[: payload[0] + 1] if first & 0x40 else b""
    reference, total, part = 0, 1, 1
    if header:
        if header[:3] != b"\x05\x00\x03":
            raise BadPdu(f"unknown header {header.hex()}")
        reference, total, part = header[3], header[4], header[5]
    if ucs2:
        raw = payload[len(header) :]
        text = raw.decode("utf-16-be", "replace")
    else:
        text = _septets(payload, count, -(-len(header) * 8 // 7))
        raw = text.encode("utf-16-be")
    called = ("+" if body[3] == 0x91 else "") + number
    return Submitted(called, text, bool(first & 0x20), validity, reference, total, part, raw)


def deliver(
    sender: str, text: str, at: datetime, *, reference: int = 0, total: int = 1, part: int = 1
) -> str:
    """Return one SMS-DELIVER, with the message centre's address before it."""
    seven = all(c in _BASIC or c in _EXTENDED for c in text)
    header = bytes([5, 0, 3, reference, total, part]) if total > 1 else b""
    first = 0x04 | (0x40 if header else 0)
    front = _centre() + bytes([first]) + _address(sender) + bytes([0, 0 if seven else 8])
    front += _stamp(at)
    if not seven:
        body = header + text.encode("utf-16-be")
        return (front + bytes([len(body)]) + body).hex().upper()
    codes = [code for c in text for code in ([27, _EXTENDED[c]] if c in _EXTENDED else
             [_BASIC.index(c)])]  # fmt: skip
    skipped = -(-len(header) * 8 // 7)
    bits = "".join(f"{octet:08b}"[::-1] for octet in header).ljust(skipped * 7, "0")
    bits += "".join(f"{code:07b}"[::-1] for code in codes)
    bits = bits.ljust(-(-len(bits) // 8) * 8, "0")
    body = bytes(int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8))
    return (front + bytes([skipped + len(codes)]) + body).hex().upper()


def deliveries(sender: str, text: str, at: datetime, reference: int = 7) -> list[str]:
    """Return a text as as many SMS-DELIVER as it needs (characters of the BMP only)."""
    seven = all(c in _BASIC for c in text)
    one, several = (160, 153) if seven else (70, 67)
    if len(text) <= one:
        return [deliver(sender, text, at)]
    pieces = [text[n : n + several] for n in range(0, len(text), several)]
    return [
        deliver(sender, piece, at, reference=reference, total=len(pieces), part=n)
        for n, piece in enumerate(pieces, 1)
    ]


def report(reference: int, recipient: str, status: int, at: datetime) -> str:
    """Return one SMS-STATUS-REPORT, with the message centre's address before it."""
    body = bytes([0x06, reference]) + _address(recipient) + _stamp(at) + _stamp(at)
    return (_centre() + body + bytes([status])).hex().upper()


def length(pdu: str) -> int:
    """Return what the modem announces of a PDU: its octets without the centre's address."""
    try:
        return max(0, len(pdu) // 2 - 1 - int(pdu[:2], 16))
    except ValueError:
        return 0


def joined(parts: Sequence[Submitted]) -> str:
    """Return a text sent in parts, as the phone shows it."""
    ordered = sorted(parts, key=lambda one: one.part)
    return b"".join(one.raw for one in ordered).decode("utf-16-be", "replace")


def _septets(payload: bytes, count: int, skipped: int) -> str:
    bits = "".join(f"{octet:08b}"[::-1] for octet in payload)
    codes = [int(bits[n * 7 : n * 7 + 7][::-1], 2) for n in range(skipped, count)]
    text, back = "", {code: c for c, code in _EXTENDED.items()}
    escaped = False
    for code in codes:
        if code == 27 and not escaped:
            escaped = True
            continue
        text += back.get(code, "?") if escaped else _BASIC[code]
        escaped = False
    return text


def _centre() -> bytes:
    address = _address(_CENTRE)
    return bytes([len(address) - 1]) + address[1:]


def _address(number: str) -> bytes:
    if not number.lstrip("+").isdigit():
        bits = "".join(f"{_BASIC.index(c):07b}"[::-1] for c in number)
        bits = bits.ljust(-(-len(bits) // 8) * 8, "0")
        raw = bytes(int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8))
        return bytes([-(-len(number) * 7 // 4), 0xD0]) + raw
    digits = number.lstrip("+")
    padded = digits + "F" * (len(digits) % 2)
    swapped = "".join(padded[n + 1] + padded[n] for n in range(0, len(padded), 2))
    return bytes([len(digits), 0x91 if number[0] == "+" else 0x81]) + bytes.fromhex(swapped)


def _swapped(octets: bytes) -> str:
    return "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in octets)


def _stamp(at: datetime) -> bytes:
    """Return a moment in China's time, as its carriers write it."""
    offset = at.utcoffset()
    quarters = int(offset.total_seconds() // 900) if offset is not None else 0
    numbers = (at.year % 100, at.month, at.day, at.hour, at.minute, at.second, abs(quarters))
    raw = [number % 10 << 4 | number // 10 for number in numbers]
    raw[6] |= 8 if quarters < 0 else 0
    return bytes(raw)
