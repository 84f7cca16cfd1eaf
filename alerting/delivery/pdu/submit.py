"""A text message of ours, as the modem takes it.

Source: 3GPP TS 23.040, 9.2.2.2 (SMS-SUBMIT), 9.2.3.12 (validity period), 9.2.3.24.1
(concatenated messages, 8-bit reference).
"""

from __future__ import annotations

from alerting.delivery.pdu import septets
from alerting.delivery.pdu.errors import PduError
from alerting.delivery.pdu.fields import put_address

PARTS_MAX = 10
"""Longer is no message any more: it is a mistake of ours."""
UCS2_UNITS_MAX = 70
UCS2_UNITS_OF_PART_MAX = 67
SEPTETS_MAX = 160
SEPTETS_OF_PART_MAX = 153

_SUBMIT = 0x01
_VALIDITY_IS_RELATIVE = 0x10
_REPORT_WANTED = 0x20
_HAS_HEADER = 0x40
_DEFAULT_CENTRE = 0
_SEVEN_BIT, _UCS2 = 0x00, 0x08


def submit(
    number: str, text: str, reference: int, validity_seconds: int, wants_report: bool = True
) -> tuple[str, ...]:
    """Return the message as hexadecimal PDUs, one for each part, in order.

    Each begins with the length of the message centre's address, which is 0: the modem
    knows it. What AT+CMGS is told is the number of octets after that one.

    Args:
        number: E.164, or a short number of the carrier.
        text: what it says; Chinese goes as UCS-2, 67 units a part.
        reference: what tells the parts of one message from another's, 0 to 255.
        validity_seconds: after this the carrier gives up; rounded up to what can be said.
        wants_report: the carrier is to tell what became of it.

    Raises:
        PduError: the number cannot be dialled, or the text has more than `PARTS_MAX` parts.
    """
    spelled = septets.spelled(text)
    pieces = _septet_pieces(spelled) if spelled is not None else _ucs2_pieces(text)
    if len(pieces) > PARTS_MAX:
        raise PduError(f"the text has {len(pieces)} parts", f"at most {PARTS_MAX}", text)
    first = _SUBMIT | _VALIDITY_IS_RELATIVE
    first |= _REPORT_WANTED if wants_report else 0
    first |= _HAS_HEADER if len(pieces) > 1 else 0
    scheme = _SEVEN_BIT if spelled is not None else _UCS2
    front = bytes([_DEFAULT_CENTRE, first, 0]) + put_address(number)
    front += bytes([0, scheme, validity(validity_seconds)])
    made: list[str] = []
    for n, piece in enumerate(pieces, 1):
        header = bytes([5, 0, 3, reference & 0xFF, len(pieces), n]) if len(pieces) > 1 else b""
        made.append((front + _body(piece, header)).hex().upper())
    return tuple(made)


def length_of(pdu: str) -> int:
    """Return what AT+CMGS is told of a message: its octets without the centre's address."""
    return len(pdu) // 2 - 1 - int(pdu[:2], 16)


def validity(seconds: int) -> int:
    """Return the relative validity period that is at least `seconds`, or the longest."""
    minutes = -(-seconds // 60)
    if minutes <= 720:
        return max(0, -(-minutes // 5) - 1)
    if minutes <= 1_440:
        return 143 + -(-(minutes - 720) // 30)
    days = -(-minutes // 1_440)
    if days <= 30:
        return 166 + days
    return min(255, 192 + -(-days // 7))


def _body(piece: bytes | list[int], header: bytes) -> bytes:
    """Return the length of the text, its header and itself."""
    if isinstance(piece, bytes):
        return bytes([len(header) + len(piece)]) + header + piece
    skipped = (8 * len(header) + 6) // 7
    fill_bits = 7 * skipped - 8 * len(header)
    return bytes([skipped + len(piece)]) + header + septets.pack(piece, fill_bits)


def _septet_pieces(characters: list[tuple[int, ...]]) -> list[bytes | list[int]]:
    """Return the septets of each part; an escape stays with what it escapes."""
    whole = [septet for codes in characters for septet in codes]
    if len(whole) <= SEPTETS_MAX:
        return [whole]
    pieces: list[bytes | list[int]] = []
    piece: list[int] = []
    for codes in characters:
        if len(piece) + len(codes) > SEPTETS_OF_PART_MAX:
            pieces.append(piece)
            piece = []
        piece = [*piece, *codes]
    return [*pieces, piece]


def _ucs2_pieces(text: str) -> list[bytes | list[int]]:
    """Return the octets of each part; the two halves of a rare character stay together."""
    characters = [character.encode("utf-16-be", "replace") for character in text]
    if sum(map(len, characters)) <= 2 * UCS2_UNITS_MAX:
        return [b"".join(characters)]
    pieces: list[bytes | list[int]] = []
    piece = b""
    for character in characters:
        if len(piece) + len(character) > 2 * UCS2_UNITS_OF_PART_MAX:
            pieces.append(piece)
            piece = b""
        piece += character
    return [*pieces, piece]
