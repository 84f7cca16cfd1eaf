"""Signatures of webhooks, by the Standard Webhooks specification 1.0.

What is signed is `id.timestamp.body` with HMAC-SHA256; a header may hold several signatures,
so that secrets can be exchanged. Source: github.com/standard-webhooks/standard-webhooks,
`spec/standard-webhooks.md`. Its Python library asks the machine's own clock and fails on
malformed headers in ways of its own; these few lines do neither.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
VERSION = "v1"
TOLERANCE_SECONDS = 300
"""How old or how new a request may be: older ones are repeated by somebody else."""
SIGNATURES_MAX = 8


class Unsigned(Exception):
    """A request that nobody with a secret of ours has signed, or not lately."""


def signed(keys: Iterable[bytes], id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that sign `body` with every one of the keys."""
    stamp = str(int(at.timestamp()))
    return {
        ID: id,
        TIMESTAMP: stamp,
        SIGNATURE: " ".join(f"{VERSION},{_signature(key, id, stamp, body)}" for key in keys),
    }


def check(keys: Iterable[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the id of a request that one of the keys has signed within the tolerance.

    Raises:
        Unsigned: says what is wrong, without showing what would be right.
    """
    id, stamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    given = headers.get(SIGNATURE, "").split()
    if not id or not stamp or not given:
        raise Unsigned(f"expected {ID}, {TIMESTAMP} and {SIGNATURE}")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise Unsigned(f"{TIMESTAMP} is not a number of seconds")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise Unsigned(f"{TIMESTAMP} is more than {TOLERANCE_SECONDS} s away from our time")
    right = [_signature(key, id, stamp, body).encode() for key in keys]
    for one in given[:SIGNATURES_MAX]:
        version, _, text = one.partition(",")
        if version != VERSION or not _is_base64(text):
            continue
        if any(hmac.compare_digest(text.encode(), expected) for expected in right):
            return id
    raise Unsigned("the signature does not fit")


def _signature(key: bytes, id: str, stamp: str, body: bytes) -> str:
    text = f"{id}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False
