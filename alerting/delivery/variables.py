"""The words that fill texts registered with a provider, which takes no free text.

The operators of the mainland approve a fixed sentence with a few holes. Tencent allows six
characters in a hole (its FAQ on template variables), so that nothing here is longer.
"""

from __future__ import annotations

from alerting.delivery.parts import CALLER, Facts, cut
from alerting.household import IncidentKind

VARIABLE_UNITS_MAX = 6

NAMES = ("code", "number", "when", "event", "minutes", "who", "kind")
"""home's code; the incident's number; `08:42`; what happened; minutes without an answer; who
goes or is there; of which kind it is, in a word for machines (`KIND_WORDS`)."""

KIND_WORDS: dict[IncidentKind, str] = {
    IncidentKind.EMERGENCY: "sos",
    IncidentKind.FALL: "fall",
    IncidentKind.INACTIVITY: "still",
    IncidentKind.HEALTH: "health",
    IncidentKind.SAFETY: "safety",
    IncidentKind.TECHNICAL: "fault",
    IncidentKind.SERVICE: "serve",
    IncidentKind.VISIT: "visit",
}
"""Short enough for every provider; what machines are told is told from this."""
KINDS: dict[str, IncidentKind] = {word: kind for kind, word in KIND_WORDS.items()}

_A_CALL = "来电求助"
"""Instead of an unknown caller's number, of which six characters help nobody."""


def filling(facts: Facts) -> dict[str, str]:
    """Return the value of every variable, by name; none is empty, for that is refused, too."""
    values = {
        "code": facts.code,
        "number": facts.number,
        "when": facts.when.rpartition(" ")[2],
        "event": _A_CALL if facts.group.startswith(CALLER) else facts.short,
        "minutes": str(min(facts.minutes, 9_999)),
        "who": facts.who,
        "kind": KIND_WORDS[facts.kind],
    }
    return {name: cut(value, VARIABLE_UNITS_MAX).strip() or "-" for name, value in values.items()}
