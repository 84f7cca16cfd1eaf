"""The 7-bit alphabet of text messages, and how it is packed.

Source: 3GPP TS 23.038, 6.1.2.1 (packing), 6.2.1 (default alphabet) and 6.2.1.1 (extension).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The 128 characters of the default alphabet, by their code."""
ESCAPE = 0x1B
EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
"""What stands behind an escape."""

_CODES: dict[str, tuple[int, ...]] = {
    character: (code,) for code, character in enumerate(BASIC) if code != ESCAPE
} | {character: (ESCAPE, code) for code, character in EXTENSION.items()}


def spelled(text: str) -> list[tuple[int, ...]] | None:
    """Return the septets of each character of `text`; None if the alphabet lacks one."""
    found = [_CODES.get(character) for character in text]
    return [codes for codes in found if codes is not None] if None not in found else None


def read(septets: Iterable[int]) -> str:
    """Return the characters of `septets`.

    An escape that means nothing is passed over, as 6.2.1.1 asks.
    """
    text: list[str] = []
    escaped = False
    for septet in septets:
        if escaped:
            text.append(EXTENSION.get(septet, " " if septet == ESCAPE else BASIC[septet]))
            escaped = False
        elif septet == ESCAPE:
            escaped = True
        else:
            text.append(BASIC[septet])
    return "".join(text)


def pack(septets: Sequence[int], fill_bits: int = 0) -> bytes:
    """Return the septets as octets, after `fill_bits` (0 to 6) empty bits."""
    number = 0
    for position, septet in enumerate(septets):
        number |= septet << (7 * position + fill_bits)
    return number.to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> list[int]:
    """Return `count` septets out of `octets`, which begin with `fill_bits` empty bits."""
    number = int.from_bytes(octets, "little") >> fill_bits
    return [number >> (7 * position) & 0x7F for position in range(count)]
