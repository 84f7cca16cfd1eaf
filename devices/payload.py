"""Reading a payload at the door: one way to refuse it, whatever is wrong with it."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from devices.errors import PayloadError

FLAW_CHARS_MAX = 200
"""Length of an `Alive.flaw`."""

T = TypeVar("T")

_ANY = msgspec.json.Decoder()
_WRONG = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read(
    decoder: msgspec.json.Decoder[T], device: str, payload: bytes, bytes_max: int, expected: str
) -> T:
    """Return what the JSON in `payload` says, as the type of `decoder`.

    Raises:
        PayloadError: longer than `bytes_max`, not JSON, or not of that type.
    """
    if len(payload) > bytes_max:
        raise PayloadError(device, payload, "too long", f"at most {bytes_max} bytes")
    try:
        return decoder.decode(payload)
    except _WRONG as error:
        raise PayloadError(device, payload, str(error), expected) from error


def mapping(payload: bytes, bytes_max: int) -> dict[str, Any]:
    """Return whatever JSON object `payload` holds; empty if it holds none or is too long.

    Characters of a wrong encoding are replaced, not refused.
    """
    if len(payload) > bytes_max:
        return {}
    try:
        said = _ANY.decode(payload.decode("utf-8", "replace"))
    except _WRONG:
        return {}
    return said if isinstance(said, dict) else {}
