"""TwiML: the document that says what happens in a call.

Stricter than the provider: a verb, attribute or value it would only warn about is an
error here, so that a mistake is heard in a test and not in a village.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

import msgspec

DOCUMENT_BYTES_MAX = 64 * 1024
SAY_CHARS_MAX = 4_096
VERBS_MAX = 200
LOOPS_MAX = 50

PARSE_FAILURE = 12100
SCHEMA_WARNING = 12200
TOO_LARGE = 11750
INVALID_TEXT = 13520


class TwimlError(ValueError):
    """A document that cannot be carried out; `code` is the provider's."""

    def __init__(self, code: int, reason: str, expected: str) -> None:
        super().__init__(f"{reason}; expected {expected}")
        self.code = code
        self.reason = reason
        self.expected = expected


class Say(msgspec.Struct, frozen=True):
    """Speak a text."""

    text: str
    language: str
    voice: str


class Pause(msgspec.Struct, frozen=True):
    """Wait in silence."""

    seconds: int


class Play(msgspec.Struct, frozen=True):
    """Play a sound; only noted here."""

    url: str


Sound = Say | Pause | Play


class Gather(msgspec.Struct, frozen=True):
    """Ask for keys; `sounds` are heard meanwhile."""

    sounds: tuple[Sound, ...]
    action: str
    method: str
    digits: int
    """0: as many as come."""
    finish: str
    timeout_s: float
    on_empty: bool


class Redirect(msgspec.Struct, frozen=True):
    """Go on with another document."""

    url: str
    method: str


class Hangup(msgspec.Struct, frozen=True):
    """End the call."""


class Reject(msgspec.Struct, frozen=True):
    """Refuse an inbound call; in an outbound call it only ends it."""


Verb = Say | Pause | Play | Gather | Redirect | Hangup | Reject

_SPEECH_TAGS = frozenset(
    {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}
)
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "Say": frozenset({"language", "voice", "loop"}),
    "Pause": frozenset({"length"}),
    "Play": frozenset({"loop", "digits"}),
    "Gather": frozenset(
        {
            "action",
            "method",
            "numDigits",
            "timeout",
            "finishOnKey",
            "actionOnEmptyResult",
            "input",
            "language",
        }
    ),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})*")


def parse(document: bytes) -> tuple[Verb, ...]:
    """Read a document.

    Raises:
        TwimlError: not XML, not TwiML, or beyond what is understood here.
    """
    if len(document) > DOCUMENT_BYTES_MAX:
        raise TwimlError(TOO_LARGE, f"{len(document)} bytes", f"{DOCUMENT_BYTES_MAX} at most")
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise TwimlError(PARSE_FAILURE, "a document type declaration", "plain XML")
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise TwimlError(PARSE_FAILURE, f"not XML ({error})", "a TwiML document") from None
    if root.tag != "Response":
        raise TwimlError(PARSE_FAILURE, f"root element <{root.tag}>", "<Response>")
    if len(list(root.iter())) > VERBS_MAX:
        raise TwimlError(SCHEMA_WARNING, "too many verbs", f"{VERBS_MAX} at most")
    return tuple(verb for element in root for verb in _verbs(element))


def _verbs(element: ElementTree.Element) -> list[Verb]:
    _check_attributes(element)
    match element.tag:
        case "Say" | "Pause" | "Play":
            return list(_sounds(element))
        case "Gather":
            return [_gather(element)]
        case "Redirect":
            return [Redirect((element.text or "").strip(), _method(element))]
        case "Hangup":
            return [Hangup()]
        case "Reject":
            return [Reject()]
    raise AssertionError(f"unreachable verb {element.tag}")


def _check_attributes(element: ElementTree.Element) -> None:
    known = _ATTRIBUTES.get(element.tag)
    if known is None:
        expected = ", ".join(_ATTRIBUTES)
        raise TwimlError(SCHEMA_WARNING, f"verb <{element.tag}>", f"one of {expected}")
    for name in element.attrib:
        if name not in known:
            expected = ", ".join(sorted(known)) or "no attribute"
            raise TwimlError(SCHEMA_WARNING, f"<{element.tag} {name}=..>", expected)


def _sounds(element: ElementTree.Element) -> tuple[Sound, ...]:
    loops = min(_number(element, "loop", 1, 0, 1_000) or LOOPS_MAX, LOOPS_MAX)
    match element.tag:
        case "Say":
            return (_say(element),) * loops
        case "Play":
            return (Play((element.text or "").strip()),) * loops
    return (Pause(_number(element, "length", 1, 0, 3_600)),)


def _say(element: ElementTree.Element) -> Say:
    for inner in element.iter():
        if inner is not element and inner.tag not in _SPEECH_TAGS:
            raise TwimlError(INVALID_TEXT, f"<{inner.tag}> inside <Say>", "text or SSML")
    text = " ".join("".join(element.itertext()).split())
    if not text or len(text) > SAY_CHARS_MAX:
        raise TwimlError(
            INVALID_TEXT, f"<Say> with {len(text)} characters", f"1 to {SAY_CHARS_MAX}"
        )
    language = element.get("language", "en-US")
    if _LANGUAGE.fullmatch(language) is None:
        raise TwimlError(SCHEMA_WARNING, f"language {language!r}", "a tag like zh-CN")
    return Say(text, language, element.get("voice", ""))


def _gather(element: ElementTree.Element) -> Gather:
    sounds: list[Sound] = []
    for inner in element:
        if inner.tag not in ("Say", "Pause", "Play"):
            raise TwimlError(SCHEMA_WARNING, f"<{inner.tag}> inside <Gather>", "Say, Pause, Play")
        _check_attributes(inner)
        sounds += _sounds(inner)
    if "dtmf" not in element.get("input", "dtmf").split():
        raise TwimlError(SCHEMA_WARNING, f"input {element.get('input')!r}", "dtmf")
    finish = element.get("finishOnKey", "#")
    if finish and (len(finish) != 1 or finish not in "0123456789*#"):
        raise TwimlError(SCHEMA_WARNING, f"finishOnKey {finish!r}", "one key, or nothing")
    return Gather(
        sounds=tuple(sounds),
        action=element.get("action", ""),
        method=_method(element),
        digits=_number(element, "numDigits", 0, 1, 1_000),
        finish=finish,
        timeout_s=float(_number(element, "timeout", 5, 0, 600)),
        on_empty=_flag(element.attrib, "actionOnEmptyResult"),
    )


def _method(element: ElementTree.Element) -> str:
    method = element.get("method", "POST").upper()
    if method not in ("GET", "POST"):
        raise TwimlError(SCHEMA_WARNING, f"method {method!r}", "GET or POST")
    return method


def _number(element: ElementTree.Element, name: str, otherwise: int, low: int, high: int) -> int:
    value = element.get(name)
    if value is None:
        return otherwise
    if not value.isascii() or not value.isdigit() or not low <= int(value[:9]) <= high:
        raise TwimlError(
            SCHEMA_WARNING, f"<{element.tag} {name}={value!r}>", f"a whole number {low} to {high}"
        )
    return int(value)


def _flag(attributes: Mapping[str, str], name: str) -> bool:
    value = attributes.get(name, "false").lower()
    if value not in ("true", "false"):
        raise TwimlError(SCHEMA_WARNING, f"{name} {value!r}", "true or false")
    return value == "true"
