"""As much of SIP as one MESSAGE needs: a request, a response, and digest authentication.

Sources: RFC 3261 (sections 8.1.1, 17.1.2, 18, 20), RFC 3428 (MESSAGE), RFC 3581 (rport),
RFC 7616 and 8760 (digest). No dialog, no registration, no INVITE.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import msgspec

T1_SECONDS, T2_SECONDS = 0.5, 4.0
"""First and longest wait between retransmissions (RFC 3261, 17.1.1.1)."""
COOKIE = "z9hG4bK"
"""How every branch begins (8.1.1.7)."""
MAX_FORWARDS = 70
MESSAGE_BYTES_MAX = 65_535

_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_START = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*))?", re.ASCII)
_REQUEST = re.compile(r"([A-Z]{1,20}) (\S{1,500}) SIP/2\.0", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,6}", re.ASCII)
_PARAMETER = re.compile(r'([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length"}
_COMPACT |= {"c": "content-type", "m": "contact", "s": "subject", "k": "supported"}


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A message that came in: a response, or a request if `method` is not empty."""

    status: int
    reason: str
    headers: dict[str, str]
    """By name in lower case; of several of one name the first, but `via` holds all, one a line."""
    body: bytes
    method: str = ""


class Call(msgspec.Struct, frozen=True, gc=False):
    """What one request is told apart by."""

    call_id: str
    branch: str
    tag: str
    number: int = 1


class Ends(msgspec.Struct, frozen=True, gc=False):
    """Who talks to whom, over what."""

    target: str
    """The request's URI."""
    sender: str
    """Our own URI."""
    via: str
    """`SIP/2.0/UDP host:port`."""
    contact: str


def uri(host: str, user: str = "", port: int = 0) -> str:
    """Return a SIP URI; an IPv6 address gets its brackets."""
    place = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"sip:{f'{user}@' if user else ''}{place}{f':{port}' if port else ''}"


def message(
    ends: Ends, call: Call, body: bytes, content_type: str, more: Mapping[str, str] | None = None
) -> bytes:
    """Return a MESSAGE request."""
    lines = [
        f"MESSAGE {ends.target} SIP/2.0",
        f"Via: {ends.via};branch={call.branch};rport",
        f"Max-Forwards: {MAX_FORWARDS}",
        f"From: <{ends.sender}>;tag={call.tag}",
        f"To: <{ends.target}>",
        f"Call-ID: {call.call_id}",
        f"CSeq: {call.number} MESSAGE",
        f"Contact: <{ends.contact}>",
        *(f"{name}: {value}" for name, value in (more or {}).items()),
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def accepted(request: Heard, tag: str) -> bytes:
    """Return the 200 to somebody's request."""
    kept = request.headers
    to = kept.get("to", "")
    lines = [
        "SIP/2.0 200 OK",
        *(f"Via: {via}" for via in kept.get("via", "").split("\n")),
        f"From: {kept.get('from', '')}",
        f"To: {to}" if ";tag=" in to else f"To: {to};tag={tag}",
        f"Call-ID: {kept.get('call-id', '')}",
        f"CSeq: {kept.get('cseq', '')}",
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def parse(data: bytes) -> Heard:
    """Return the one message in `data`.

    Raises:
        ValueError: it is not SIP, or cut short; says what was expected.
    """
    if len(data) > MESSAGE_BYTES_MAX:
        raise ValueError(f"{len(data)} bytes; expected at most {MESSAGE_BYTES_MAX}")
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise ValueError("headers without an end; expected an empty line")
    try:
        first, *rest = head.decode().split("\r\n")
    except UnicodeDecodeError as error:
        raise ValueError("headers that are not UTF-8") from error
    start, asked = _START.fullmatch(first), _REQUEST.fullmatch(first)
    if start is None and asked is None:
        raise ValueError(f"{first[:60]!r}; expected SIP/2.0")
    headers = _headers(rest)
    length = headers.get("content-length", "").strip()
    if length:
        if not _LENGTH.fullmatch(length):
            raise ValueError(f"Content-Length {length[:20]!r} is no number")
        if int(length) > len(body):
            raise ValueError(f"a body of {len(body)} bytes; expected {length}")
        body = body[: int(length)]
    if start is not None:
        return Heard(int(start[1]), start[2] or "", headers, body)
    assert asked is not None
    return Heard(0, "", headers, body, asked[1])


def _headers(lines: list[str]) -> dict[str, str]:
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:
            unfolded[-1] += f" {line.strip()}"
        else:
            unfolded.append(line)
    headers: dict[str, str] = {}
    for line in unfolded:
        name, colon, value = line.partition(":")
        if not colon:
            continue
        name = name.strip().lower()
        name = _COMPACT.get(name, name)
        if name == "via" and name in headers:
            headers[name] += f"\n{value.strip()}"
        else:
            headers.setdefault(name, value.strip())
    return headers


def belongs(heard: Heard, call: Call) -> bool:
    """Return whether a response answers the request of `call` (17.1.3)."""
    first = heard.headers.get("via", "").partition("\n")[0]
    number, _, method = heard.headers.get("cseq", "").partition(" ")
    return (
        f"branch={call.branch}" in first.replace(" ", "")
        and method.strip() == "MESSAGE"
        and number.strip() == str(call.number)
    )


def authorization(
    challenge: str, username: str, password: str, target: str, cnonce: str
) -> str | None:
    """Return the header's value that answers a digest challenge; None: it asks for another.

    Raises:
        ValueError: the challenge cannot be read.
    """
    scheme, _, rest = challenge.partition(" ")
    if scheme.lower() != "digest":
        return None
    asked = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
    realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
    if not nonce:
        raise ValueError("a digest challenge without a nonce")
    algorithm = asked.get("algorithm", "MD5")
    make = _HASHES.get(algorithm.upper())
    offers = [offer.strip() for offer in asked.get("qop", "").split(",") if offer.strip()]
    if make is None or (offers and "auth" not in offers):
        return None

    def digest(text: str) -> str:
        return make(text.encode()).hexdigest()

    first, second = digest(f"{username}:{realm}:{password}"), digest(f"MESSAGE:{target}")
    said = {"username": username, "realm": realm, "nonce": nonce, "uri": target}
    if offers:
        said["response"] = digest(f"{first}:{nonce}:00000001:{cnonce}:auth:{second}")
    else:
        said["response"] = digest(f"{first}:{nonce}:{second}")
    if "opaque" in asked:
        said["opaque"] = asked["opaque"]
    parts = [f'{name}="{value}"' for name, value in said.items()]
    parts.append(f"algorithm={algorithm}")
    if offers:
        parts += ["qop=auth", "nc=00000001", f'cnonce="{cnonce}"']
    return "Digest " + ", ".join(parts)
