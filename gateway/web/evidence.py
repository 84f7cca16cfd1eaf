"""What a finding rests on, as the page shows it: facts with names and units, and a waveform.

The names are those under which detectors keep their evidence; `tests/contracts` holds both
together. What has no name here (an older or a newer program wrote it) is shown as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from alerting.detection import names
from alerting.detection.news2 import NAMES as NEWS2_PARTS
from alerting.detection.news2 import PARTS
from alerting.detection.readings import NAMES as QUANTITIES
from alerting.detection.readings import amount
from alerting.detection.vital_rules import BY_NAME, SECOND
from alerting.events import Evidence
from alerting.words import Words
from devices.observation import Quantity
from gateway.board import Story
from gateway.timeline import Line
from gateway.web.evidence_words import CODES, FACTS, Unit
from gateway.web.views import Speaker
from gateway.web.waveform import Waveform, waveform

SHOWN_MAX = 8
"""Of more findings the first and the latest are shown."""
DEVICES = frozenset({"device", "witness", "last_heard_device", "last_moved"})
"""Facts that name a device."""
OF_A_BODY = {
    "value": "diastolic",
    "limit": f"limit{SECOND}",
    "target": f"target{SECOND}",
    "clear": "",
    "usual": "",
    "witness_value": "",
}
"""Values in the unit of the quantity, and where the lower pressure of each stands."""
MEASURED_PARTS = {str(part): quantity for quantity, part in PARTS.items()}
"""The measured parts of a score, in the unit of their quantity."""
DRAWN = frozenset({"rate_hz", "knock", "still_from"})
"""What the waveform shows."""
IMPLIED = frozenset({"quantity", *filter(None, OF_A_BODY.values())})
HIDDEN = frozenset({"watched", "scored", "wrong", "opened", "on", "broken"})
"""Numbers for programs, which say no more than the sentence does."""


@dataclass(frozen=True)
class Fact:
    """One number or word a finding rests on."""

    label: str
    value: str


@dataclass(frozen=True)
class Proof:
    """One finding with what it rests on."""

    at: datetime
    reason: str
    facts: tuple[Fact, ...]
    wave: Waveform | None
    detail: str
    """What an older program kept of it, as it stands."""


def proofs(story: Story, by: Speaker) -> list[Proof]:
    """Return what the findings of an incident rest on, oldest first."""
    found = [
        line
        for line in story.lines
        if line.what in ("finding", "cleared_finding") and (line.evidence or line.detail)
    ]
    shown = found if len(found) <= SHOWN_MAX else [found[0], *found[1 - SHOWN_MAX :]]
    return [_proof(line, by) for line in shown]


def _proof(line: Line, by: Speaker) -> Proof:
    wave = waveform(line.wave_mg, line.evidence, by.language)
    told = tuple(facts(line, by, is_drawn=wave is not None))
    return Proof(line.at, line.words.said(by.language), told, wave, line.detail)


def facts(line: Line, by: Speaker, *, is_drawn: bool = False) -> Iterator[Fact]:
    """Yield the evidence of a finding in words, in the order the detector gave it."""
    evidence, quantity = line.evidence, _quantity(line.evidence)
    for name, value in evidence.items():
        if name in HIDDEN or (is_drawn and name in DRAWN):
            continue
        if quantity is not None and name in IMPLIED:
            continue
        label, unit = FACTS.get(name, (Words(name, name), Unit.PLAIN))
        if name in DEVICES:
            said = by.name(str(value), None, line.household) if value else ""
        elif quantity is not None and name in OF_A_BODY and isinstance(value, int | float):
            second = evidence.get(OF_A_BODY[name])
            lower = second if isinstance(second, int | float) else None
            said = amount(quantity, value, lower).said(by.language)
            if name == "value":
                label = QUANTITIES[quantity]
        elif name in MEASURED_PARTS and isinstance(value, int | float):
            said = amount(MEASURED_PARTS[name], value).said(by.language)
        else:
            said = _said(name, value, unit, by)
        if said:
            yield Fact(label.said(by.language), said)


def _quantity(evidence: Evidence) -> Quantity | None:
    said = evidence.get("quantity")
    return Quantity(str(said)) if said in [str(one) for one in Quantity] else None


def _said(name: str, value: float | str | list[float], unit: Unit, by: Speaker) -> str:
    comma = "、" if by.language == "zh" else ", "
    if isinstance(value, str):
        return comma.join(_word(name, one.strip(), by) for one in value.split(",") if one.strip())
    numbers = value if isinstance(value, list) else [value]
    return comma.join(unit.said(one).said(by.language) for one in numbers)


def _word(name: str, code: str, by: Speaker) -> str:
    part = next((words for part, words in NEWS2_PARTS.items() if part == code), None)
    if name == "missing" and part is not None:
        return part.said(by.language)
    if name == "rule" and code in BY_NAME:
        return BY_NAME[code].short.said(by.language)
    known = CODES.get(code)
    if known is not None:
        return known.said(by.language)
    room = names.room(code)
    return room.said(by.language)
