"""An alarm to an alarm receiving centre, as SCAIP says it: XML in a SIP MESSAGE.

Names of elements and codes as public programs use them (github.com/caruhome/scaip-gateway,
`scaip_gateway/spec.py` and `xml/scaip.py`; github.com/Syntilio/Datahub-Scaip-Proxy, `SPEC.md`).
The protocol is SS 91100:2014 and CLC/TS 50134-9; buy it before connecting a real centre.

Success is the centre's own answer, `snu` 0, never SIP's 200: 4 asks us to hold and to repeat
the request, 5 and 6 leave the alarm with us.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from xml.etree import ElementTree

import msgspec

from alerting.delivery.channels.channel import Account, Message, Progress
from alerting.delivery.parts import cut
from alerting.delivery.variables import KINDS
from alerting.events import DeliveryState, ErrorClass, Purpose
from alerting.household import IncidentKind
from alerting.incident import Urgency

VERSION = "01.00"
REF_CHARACTERS = 16
DEVICE_CHARACTERS_MAX = 8
TEXT_CHARACTERS_MAX = 32
INFO_CHARACTERS_MAX = 128
BODY_BYTES_MAX = 1_300
"""A message over UDP may not be longer."""
ANSWER_BYTES_MAX = 8_192

HOLD = "4"
MINUTES_MIN, MINUTES_MAX = 1, 1_440
"""How often a heartbeat may be due, in minutes."""

ELEMENTS = (
    *("ref", "ver", "sco", "cha", "mty", "hbo", "cid", "dty", "did", "dco", "dte", "crd"),
    *("stc", "stt", "pri", "lco", "lva", "lte", "ico", "ite"),
)
"""Elements of a request, in the order they stand in."""

MESSAGE, RESET, UPDATE, HEARTBEAT = "ME", "RE", "IN", "PI"
CONTROLLER = "0002"
HOME = "002"
MANUAL, AUTOMATIC, MALFUNCTION, ASSISTANCE, NORMAL = "0010", "0009", "0067", "0110", "0070"

SAID_OF: dict[IncidentKind, tuple[str, str]] = {
    IncidentKind.EMERGENCY: ("0003", MANUAL),  # personal trigger
    IncidentKind.FALL: ("0005", AUTOMATIC),  # fall detector
    IncidentKind.INACTIVITY: ("0010", AUTOMATIC),  # activity detector
    IncidentKind.HEALTH: ("0049", AUTOMATIC),  # monitoring device
    IncidentKind.SAFETY: ("0020", AUTOMATIC),  # environmental monitor
    IncidentKind.TECHNICAL: ("0031", MALFUNCTION),  # system monitor
    IncidentKind.SERVICE: ("0004", ASSISTANCE),  # fixed trigger
    IncidentKind.VISIT: ("0018", NORMAL),  # occupancy detector
}
"""Type of device and status, by kind of incident."""

PRIORITIES: dict[Urgency, str] = {Urgency.HIGH: "9", Urgency.MEDIUM: "5", Urgency.LOW: "1"}
"""0 to 9, 9 the highest."""

NOT_TREATED: dict[str, tuple[ErrorClass, str]] = {
    "1": (ErrorClass.BLOCKED, "the message is too long"),
    "2": (ErrorClass.CONFIGURATION, "the format is invalid"),
    "3": (ErrorClass.CONFIGURATION, "the content is wrong"),
    "5": (ErrorClass.UNREACHABLE, "not treated"),
    "6": (ErrorClass.UNREACHABLE, "busy"),
    "7": (ErrorClass.CONFIGURATION, "an element is missing"),
}
"""Answers that leave the alarm with us. 5 and 6: the next action now, and again in minutes."""

_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""


class Answered(msgspec.Struct, frozen=True, gc=False):
    """A centre's answer."""

    ref: str
    status: str
    """`snu`: the number that says what becomes of the alarm."""
    text: str = ""
    heartbeat_minutes: int = 0
    """How often the centre wants heartbeats; 0: it does not say."""


class Scaip:
    """Encodes messages to alarm receiving centres."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "scaip"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "scaip"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the elements of the request; `account.sender` is the controller's id.

        News is an update of the session (`IN`); whatever asks for somebody is a message.
        """
        kind = KINDS.get(message.variables.get("kind", ""), IncidentKind.EMERGENCY)
        device, status = SAID_OF[kind]
        code = message.variables.get("code", "")
        return {
            "ref": reference(message.key),
            "ver": VERSION,
            "mty": UPDATE if message.purpose is Purpose.NEWS else MESSAGE,
            "cid": account.sender,
            "dty": device,
            "did": cut(code, DEVICE_CHARACTERS_MAX),
            "dte": cut(code, TEXT_CHARACTERS_MAX),
            "stc": status,
            "pri": PRIORITIES[message.urgency],
            "lco": HOME,
            "ite": cut(_UNSAYABLE.sub("", message.text), INFO_CHARACTERS_MAX),
        }

    def recall(self) -> dict[str, str]:
        """Return what ends a session that the centre still holds."""
        return {"mty": RESET}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what a centre's status number means; an unknown one proves nothing.

        0 is a centre that has it: it arrived. That is not yet a human who goes.
        """
        if status == "0":
            return Progress(DeliveryState.DELIVERED, final=True, detail="the centre has it")
        if status == HOLD:
            return Progress(DeliveryState.ACCEPTED, detail="the centre asks us to hold")
        if status not in NOT_TREATED:
            detail = f"unknown status {status[:40]!r}" if status else ""
            return Progress(DeliveryState.ACCEPTED, detail=detail)
        error, why = NOT_TREATED[status]
        detail = f"the centre answered {status}: {why}"
        return Progress(
            DeliveryState.UNDELIVERED, final=True, error=error, code=status, detail=detail
        )


def reference(key: str) -> str:
    """Return the reference of a message: the same for every repetition, at any time."""
    return hashlib.sha256(key.encode()).hexdigest()[:REF_CHARACTERS]


def heartbeat(controller: str, ref: str) -> dict[str, str]:
    """Return the elements of a heartbeat whose period the centre may set."""
    return {
        "ref": ref,
        "ver": VERSION,
        "mty": HEARTBEAT,
        "hbo": "001",
        "cid": controller,
        "dty": CONTROLLER,
        "stc": NORMAL,
    }


def encode(elements: dict[str, str]) -> bytes:
    """Return the XML of a request; the information text gives way where it gets too long."""
    while True:
        root = ElementTree.Element("mrq")
        for name in ELEMENTS:
            if elements.get(name):
                ElementTree.SubElement(root, name).text = elements[name]
        body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        too_much = len(body) - BODY_BYTES_MAX
        text = elements.get("ite", "")
        if too_much <= 0 or not text:
            return body
        elements = {**elements, "ite": text[: -max(1, too_much // 4)]}


def decode(body: bytes) -> Answered:
    """Return the answer in `body`.

    Raises:
        ValueError: it is no answer; says what was expected.
    """
    if len(body) > ANSWER_BYTES_MAX:
        raise ValueError(f"an answer of {len(body)} bytes; expected at most {ANSWER_BYTES_MAX}")
    if b"<!" in body:
        raise ValueError("an answer with declarations; expected plain elements")
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ValueError(f"an answer that is not XML: {error}") from error
    ref, status = _text(root, "ref"), _text(root, "snu")
    if not _NUMBER.fullmatch(status):
        raise ValueError(f"an answer without a status number (snu): <{root.tag[:40]}>")
    every = _text(root, "hbi")
    minutes = int(every) if _NUMBER.fullmatch(every) else 0
    if not MINUTES_MIN <= minutes <= MINUTES_MAX:
        minutes = 0
    # 00 is 0
    return Answered(ref, str(int(status)), _text(root, "ste")[:INFO_CHARACTERS_MAX], minutes)


def _text(root: ElementTree.Element, name: str) -> str:
    return (root.findtext(name) or "").strip()
