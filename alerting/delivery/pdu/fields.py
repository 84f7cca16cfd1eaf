"""The small fields of a message: addresses, times, and a reader that knows where it ends.

Source: 3GPP TS 23.040, 9.1.2 (numbers and addresses) and 9.2.3.11 (time stamp).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from alerting.delivery.pdu import septets
from alerting.delivery.pdu.errors import PduError

INTERNATIONAL = 0x91
UNKNOWN = 0x81
ALPHANUMERIC_TYPE = 5
INTERNATIONAL_TYPE = 1
PDU_CHARS_MAX = 600
"""More than any message has: 12 octets of centre, 13 before the text, 140 of text."""

_DIGITS = "0123456789*#abc"
_CENTURY = 2000


class Octets:
    """Reads a message from front to back; whatever is missing is named."""

    def __init__(self, pdu: str) -> None:
        """Take the hexadecimal text of a message.

        Raises:
            PduError: it is none.
        """
        written = pdu.strip()
        try:
            self._octets = bytes.fromhex(written if len(written) <= PDU_CHARS_MAX else "x")
        except ValueError:
            raise PduError(
                "the message is not hexadecimal",
                f"an even number of 0-9 and A-F, at most {PDU_CHARS_MAX}",
                written,
            ) from None
        self._written = written
        self._at = 0

    def take(self, count: int, what: str) -> bytes:
        """Return the next `count` octets.

        Raises:
            PduError: the message ends before.
        """
        taken = self._octets[self._at : self._at + count]
        if len(taken) < count:
            raise self.error(f"it ends in {what}", f"{count} octets there, not {len(taken)}")
        self._at += count
        return taken

    def octet(self, what: str) -> int:
        """Return the next octet.

        Raises:
            PduError: the message ends before.
        """
        return self.take(1, what)[0]

    def error(self, what: str, expected: str) -> PduError:
        """Return the error of this message."""
        return PduError(what, expected, self._written)


def put_address(number: str) -> bytes:
    """Return a number as an address: `+` and digits, or the digits of a short number.

    Raises:
        PduError: it has other characters, or too many.
    """
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise PduError("the number cannot be dialled", "at most 20 digits, e.g. +85251000001", "")
    kind = INTERNATIONAL if number.startswith("+") else UNKNOWN
    even = digits + "F" * (len(digits) % 2)
    swapped = "".join(even[n + 1] + even[n] for n in range(0, len(even), 2))
    return bytes([len(digits), kind]) + bytes.fromhex(swapped)


def get_address(octets: Octets, what: str) -> str:
    """Return the next address: `+` and digits, digits, or a sender's name.

    Raises:
        PduError: the message ends in it, or its length cannot be.
    """
    length, kind = octets.octet(what), octets.octet(what)
    if length > 20:
        raise octets.error(f"{what} has {length} digits", "at most 20")
    raw = octets.take((length + 1) // 2, what)
    if (kind >> 4) & 7 == ALPHANUMERIC_TYPE:
        return septets.read(septets.unpack(raw, length * 4 // 7))
    nibbles = [half for octet in raw for half in (octet & 0xF, octet >> 4)][:length]
    digits = "".join(_DIGITS[nibble] for nibble in nibbles if nibble < len(_DIGITS))
    return f"+{digits}" if (kind >> 4) & 7 == INTERNATIONAL_TYPE else digits


def get_time(octets: Octets, what: str) -> datetime | None:
    """Return the next time stamp, in UTC; None if it is no time (some centres send zeros).

    Raises:
        PduError: the message ends in it.
    """
    raw = octets.take(7, what)
    year, month, day, hour, minute, second = (10 * (one & 0xF) + (one >> 4) for one in raw[:6])
    quarters = 10 * (raw[6] & 0x7) + (raw[6] >> 4)
    offset = timedelta(minutes=15 * quarters) * (-1 if raw[6] & 0x8 else 1)
    try:
        zone = timezone(offset)
        at = datetime(_CENTURY + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    return at.astimezone(UTC)
