"""Which message is said, and what fills it: the same in every language.

The words are in the catalogues (`english`, `chinese`, and whatever is installed); which of
them applies is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping

from alerting.delivery.parts import CALLER, Facts, Part
from alerting.delivery.templates import fill, whole
from alerting.events import Phrase
from alerting.household import IncidentKind
from alerting.incident import Outcome, Urgency
from alerting.orders import About

Texts = Mapping[str, str]
"""Templates by name, in one language."""

_LEAVE = frozenset({"smoke", "gas", "carbon_monoxide"})
"""Hazards from which one leaves the house; out of the cold one does not."""
_HAS_LEVEL = frozenset(
    {
        IncidentKind.INACTIVITY,
        IncidentKind.HEALTH,
        IncidentKind.TECHNICAL,
        IncidentKind.SERVICE,
        IncidentKind.VISIT,
    }
)
_HAS_ACT = _HAS_LEVEL | {IncidentKind.SAFETY}
_NAMED = {About.COMING: "desk", About.ARRIVED: "somebody"}
"""News of a person, and who it is where none is named."""
HOURS_FROM_MINUTES = 120


def sms(about: About, facts: Facts, texts: Texts) -> list[Part]:
    """Return the text message in parts."""
    return fill(texts[sms_name(about, facts, texts)], values(about, facts, texts))


def spoken(about: About, facts: Facts, texts: Texts) -> str:
    """Return what the telephone says."""
    name = _news_name("call", about, facts)
    return whole(texts[name], values(about, facts, texts)).strip()


def sms_name(about: About, facts: Facts, texts: Texts) -> str:
    """Return which text it is; one that needs no reply where none can come back."""
    name = _news_name("sms", about, facts)
    one_way = f"{name}.one_way"
    return one_way if one_way in texts and not facts.can_reply else name


def _news_name(medium: str, about: About, facts: Facts) -> str:
    if about is About.WORSE:
        about = About.MORE
    name = f"{medium}.{about.value}"
    return f"{name}.{_NAMED[about]}" if about in _NAMED and not facts.who else name


def prompt(
    phrase: Phrase, kind: IncidentKind, group: str, called: str, who: str, texts: Texts
) -> str:
    """Return what the resident hears at home."""
    name = f"home.{phrase.value}"
    if phrase is Phrase.CALLING and kind is IncidentKind.SAFETY and group in _LEAVE:
        name = "home.calling.leave"
    elif phrase is Phrase.COMING and not who:
        name = "home.coming.desk"
    elif phrase is Phrase.ON_SCENE and not who:
        name = "home.on_scene.somebody"
    return home(name, texts, called=called, who=who)


def home(name: str, texts: Texts, called: str, **more: str) -> str:
    """Return a sentence for the resident, addressed to them where they can be."""
    named = f"{name}.named"
    return whole(texts[named if called and named in texts else name], {"called": called, **more})


def values(about: About, facts: Facts, texts: Texts) -> dict[str, str]:
    """Return what fills the holes of a message, by name."""
    outcome = facts.outcome or Outcome.OTHER
    is_now = about in (About.MORE, About.WORSE, About.AGAIN)
    return {
        "signature": facts.signature,
        "level": texts[f"level.{_level(facts)}"],
        "code": facts.code,
        "when": facts.when + _gap(facts, texts),
        "now": facts.now,
        "time": _said_time(facts.now if is_now else facts.when, texts) if facts.is_call else "",
        "short": facts.short,
        "act": texts[f"act.{_act(facts)}"],
        "waited": _waited(facts, texts) if about is About.ESCALATED else "",
        "who": facts.who,
        "outcome": texts[f"outcome.{outcome.value}"],
        "number": facts.number,
        "desk": facts.desk,
        "place": facts.place,
        "elder": facts.elder,
        "called": facts.called,
        "mistake": texts["mistake"] if facts.can_be_mistaken else "",
    }


def _is_caller(facts: Facts) -> bool:
    return facts.group.startswith(CALLER)


def _gap(facts: Facts, texts: Texts) -> str:
    """Return what keeps a caller's number apart from the time, where no blank does."""
    return " " if _is_caller(facts) and not facts.is_call and texts["base"] != "en" else ""


def _level(facts: Facts) -> str:
    if _is_caller(facts):
        return "caller"
    if facts.kind in _HAS_LEVEL and not _is_call_back(facts):
        return facts.kind.value
    return "high" if facts.urgency is Urgency.HIGH else "check"


def _is_call_back(facts: Facts) -> bool:
    """Vital signs that cannot wait: first of all somebody calls."""
    return facts.kind is IncidentKind.HEALTH and facts.urgency is Urgency.HIGH


GROUPS = ("smoke", "gas", "carbon_monoxide", "water", "cold", "heat")
"""Hazards of which each has something of its own to be done."""


def _act(facts: Facts) -> str:
    if _is_caller(facts):
        return "caller"
    if facts.group in GROUPS:
        return facts.group
    if _is_call_back(facts):
        return "call_now"
    if facts.kind in _HAS_ACT:
        return facts.kind.value
    return "go" if facts.urgency is Urgency.HIGH else "check"


def _waited(facts: Facts, texts: Texts) -> str:
    """Return for how long nobody has had it; no number is said of less than a minute."""
    name, minutes = "waited.call" if facts.is_call else "waited", facts.minutes
    if not minutes:
        return texts[f"{name}.yet"]
    is_short = minutes < HOURS_FROM_MINUTES
    count = str(minutes if is_short else minutes // 60)
    return whole(texts[f"{name}.{'minutes' if is_short else 'hours'}"], {"count": count})


def _said_time(when: str, texts: Texts) -> str:
    """Return `08:42` or `3-07 08:42` as people say it."""
    day, _, clock = when.rpartition(" ")
    hh, mm = clock.split(":")
    template = texts["time.hour" if mm == "00" else "time.minute"]
    said = whole(template, {"hour": str(int(hh)), "hh": hh, "mm": mm})
    if not day:
        return said
    month, dd = day.split("-")
    parts = {"month": month, "day": str(int(dd)), "dd": dd, "time": said}
    return whole(texts["time.day"], parts)
