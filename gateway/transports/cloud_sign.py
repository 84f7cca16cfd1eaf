"""How requests to Aliyun and Tencent are signed, by hand.

Both libraries bring a tree of packages and tens of megabytes for what is one function each
(docs/decisions/0016). Nothing here knows the time or chance: both come in.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

ACS3 = "ACS3-HMAC-SHA256"
TC3 = "TC3-HMAC-SHA256"
JSON = "application/json; charset=utf-8"


def query(parameters: Mapping[str, str]) -> str:
    """Return the parameters as a query in the order and encoding that is signed."""
    return "&".join(f"{_encoded(name)}={_encoded(parameters[name])}" for name in sorted(parameters))


def acs3(
    *,
    host: str,
    action: str,
    version: str,
    query: str,
    key_id: str,
    secret: str,
    at: datetime,
    nonce: str,
) -> dict[str, str]:
    """Return the headers of a POST to Aliyun without a body.

    Source: help.aliyun.com, document_detail/2593177 (signature V3), with its test values in
    tests/gateway/test_cloud_sign.py.

    Args:
        host: the service, e.g. `dysmsapi.aliyuncs.com`.
        action: the operation, e.g. `SendSms`.
        version: of the service, e.g. `2017-05-25`.
        query: from `query`.
        key_id: who signs.
        secret: the key.
        at: now (UTC); may be 15 minutes off.
        nonce: never used before.
    """
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": _digest(b""),
        "x-acs-date": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    signed = ";".join(names)
    request = f"POST\n/\n{query}\n{lines}\n{signed}\n{headers['x-acs-content-sha256']}"
    signature = _hmac(secret.encode(), f"{ACS3}\n{_digest(request.encode())}").hex()
    headers["Authorization"] = (
        f"{ACS3} Credential={key_id},SignedHeaders={signed},Signature={signature}"
    )
    return headers


def tc3(
    *,
    host: str,
    action: str,
    version: str,
    region: str,
    body: bytes,
    key_id: str,
    secret: str,
    at: datetime,
) -> dict[str, str]:
    """Return the headers of a POST of JSON to Tencent.

    Source: cloud.tencent.com/document/api/382/52072 (signature v3).

    Args:
        host: the service, e.g. `sms.tencentcloudapi.com`; its first part is signed, too.
        action: the operation, e.g. `SendSms`.
        version: of the service, e.g. `2021-01-11`.
        region: e.g. `ap-guangzhou`.
        body: the JSON.
        key_id: who signs.
        secret: the key.
        at: now (UTC); may be 5 minutes off.
    """
    day, service = f"{at:%Y-%m-%d}", host.partition(".")[0]
    stamp = str(int(at.timestamp()))
    scope = f"{day}/{service}/tc3_request"
    signed = "content-type;host"
    request = f"POST\n/\n\ncontent-type:{JSON}\nhost:{host}\n\n{signed}\n{_digest(body)}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = _hmac(key, part)
    signature = _hmac(key, f"{TC3}\n{stamp}\n{scope}\n{_digest(request.encode())}").hex()
    return {
        "Authorization": (
            f"{TC3} Credential={key_id}/{scope}, SignedHeaders={signed}, Signature={signature}"
        ),
        "Content-Type": JSON,
        "Host": host,
        "X-TC-Action": action,
        "X-TC-Region": region,
        "X-TC-Timestamp": stamp,
        "X-TC-Version": version,
    }


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
