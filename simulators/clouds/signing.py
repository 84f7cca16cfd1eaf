"""Checks signatures as the clouds do, written apart from whoever signs."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

ACS3_APART = timedelta(minutes=15)
TC3_APART = timedelta(minutes=5)

_ACS3 = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})"
)
_TC3 = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/([0-9-]+)/([a-z]+)/tc3_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)
_MUST_BE_SIGNED = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version"}


def acs3_wrong(
    headers: Mapping[str, str],
    pairs: tuple[tuple[str, str], ...],
    body: bytes,
    key_id: str,
    secret: str,
    now: datetime,
) -> tuple[str, str] | None:
    """Return code and message of what is wrong with a request to Aliyun; None: nothing.

    Args:
        headers: by lower-case name.
        pairs: the decoded parameters of the query.
        body: as it came.
        key_id: who may ask.
        secret: the key.
        now: the server's time.
    """
    match = _ACS3.fullmatch(headers.get("authorization", ""))
    if match is None:
        return "IncompleteSignature", "The request has no usable Authorization."
    if match[1] != key_id:
        return "InvalidAccessKeyId.NotFound", "Specified access key is not found."
    names = match[2].split(";")
    if names != sorted(names) or not set(names) >= _MUST_BE_SIGNED:
        return "IncompleteSignature", f"SignedHeaders {match[2]!r} leaves something out."
    try:
        at = datetime.fromisoformat(headers.get("x-acs-date", "").replace("Z", "+00:00"))
    except ValueError:
        return (
            "InvalidTimeStamp.Format",
            "Specified time stamp or date value is not well formatted.",
        )
    if at.tzinfo is None or abs(at - now) > ACS3_APART:
        return "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."
    if headers.get("x-acs-content-sha256") != hashlib.sha256(body).hexdigest():
        return "SignatureDoesNotMatch", "x-acs-content-sha256 is not the body's."
    canonical = "&".join(
        f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(pairs)
    )
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    digest = hashlib.sha256(body).hexdigest()
    request = "\n".join(["POST", "/", canonical, lines, match[2], digest])
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    expected = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, match[3]):
        return "SignatureDoesNotMatch", "Specified signature does not match our calculation."
    return None


def tc3_wrong(
    headers: Mapping[str, str], body: bytes, key_id: str, secret: str, now: datetime
) -> tuple[str, str] | None:
    """Return code and message of what is wrong with a request to Tencent; None: nothing."""
    match = _TC3.fullmatch(headers.get("authorization", ""))
    if match is None:
        return "AuthFailure.InvalidAuthorization", "The Authorization cannot be read."
    who, day, service, signed, signature = match.groups()
    if who != key_id:
        return "AuthFailure.SecretIdNotFound", "The SecretId is not found."
    stamp = headers.get("x-tc-timestamp", "")
    if not stamp.isdigit() or abs(int(stamp) - now.timestamp()) > TC3_APART.total_seconds():
        return "AuthFailure.SignatureExpire", "The provided X-TC-Timestamp has expired."
    if service != headers.get("host", "").partition(".")[0] or "host" not in signed.split(";"):
        return "AuthFailure.SignatureFailure", "The service is not the one that was signed."
    lines = "".join(f"{name}:{headers.get(name, '')}\n" for name in signed.split(";"))
    request = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{day}/{service}/tc3_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    key = b"TC3" + secret.encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    to_sign = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        return "AuthFailure.SignatureFailure", "The provided credentials could not be validated."
    return None
