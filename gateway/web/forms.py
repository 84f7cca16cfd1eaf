"""What people type, checked at the door; every problem is said, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from alerting.events import PresenceState
from alerting.household import IncidentKind
from alerting.incident import Outcome
from gateway.web.labels import UNSEEN_OUTCOMES

NOTE_CHARS_MAX = 500
REASON_CHARS_MAX = 100
SEEN_BY_CHARS_MAX = 60
MUTE_MAX = timedelta(days=7)
MUTE_GRAVE_MAX = timedelta(days=1)
"""Falls, smoke and gas may be muted while somebody sees to the cause, and no longer."""
PRESENCE_MAX = timedelta(days=366)

Say = Callable[[str], str]
Choice = TypeVar("Choice", bound=StrEnum)


class FormError(ValueError):
    """A form that cannot be used; `problems` are sentences for whoever filled it in."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Closing:
    """How an incident ended, as typed."""

    outcome: Outcome
    seen_by: str
    note: str

    def remark(self, say: Say) -> str:
        """Return who saw the elder, and the note, as one remark for the story."""
        seen = say("Seen by: %(name)s") % {"name": self.seen_by} if self.seen_by else ""
        return " · ".join(part for part in (seen, self.note) if part)


def text(form: FormData, name: str, chars_max: int) -> str:
    """Return a field's text, with control characters gone, cut at `chars_max`."""
    value = form.get(name)
    if not isinstance(value, str):
        return ""
    lines = value.replace("\r\n", "\n").strip()
    return "".join(char for char in lines if char.isprintable() or char == "\n")[:chars_max]


def note(form: FormData, say: Say) -> str:
    """Return a remark, which must say something.

    Raises:
        FormError: it is empty.
    """
    found = text(form, "note", NOTE_CHARS_MAX)
    if not found:
        raise FormError([say("Please write something into the note.")])
    return found


def closing(form: FormData, say: Say) -> Closing:
    """Return how an incident ended.

    Raises:
        FormError: no outcome was chosen, or nobody is named who saw the elder.
    """
    outcome = _one_of(Outcome, text(form, "outcome", 30))
    seen_by = text(form, "seen_by", SEEN_BY_CHARS_MAX)
    problems: list[str] = []
    if outcome is None:
        problems.append(say("Please choose how it ended."))
    if not seen_by and (outcome is None or outcome not in UNSEEN_OUTCOMES):
        problems.append(say("Please say who saw or spoke with the elder."))
    if problems or outcome is None:
        raise FormError(problems)
    return Closing(outcome, seen_by, text(form, "note", NOTE_CHARS_MAX))


def presence(
    form: FormData, say: Say, now: datetime, zone: ZoneInfo
) -> tuple[PresenceState, datetime | None]:
    """Return where the resident is, and until when (None: until somebody says otherwise).

    Raises:
        FormError: no such state, or a time that cannot be.
    """
    state = _one_of(PresenceState, text(form, "state", 20))
    if state is None:
        raise FormError([say("Please choose where the resident is.")])
    raw = text(form, "until", 30)
    if not raw:
        return state, None
    return state, _future(raw, say, now, zone, PRESENCE_MAX)


def muting(
    form: FormData, say: Say, now: datetime, zone: ZoneInfo
) -> tuple[IncidentKind, datetime, str]:
    """Return what is muted, until when, and why. A call for help cannot be muted.

    Raises:
        FormError: with every problem.
    """
    problems: list[str] = []
    kind = _one_of(IncidentKind, text(form, "what", 20))
    if kind is None:
        problems.append(say("Please choose what to mute."))
    elif kind is IncidentKind.EMERGENCY:
        problems.append(say("A call for help cannot be muted."))
    reason = text(form, "reason", REASON_CHARS_MAX)
    if not reason:
        problems.append(say("Please give the reason."))
    until = now
    try:
        is_grave = kind in (IncidentKind.FALL, IncidentKind.SAFETY)
        longest = MUTE_GRAVE_MAX if is_grave else MUTE_MAX
        until = _future(text(form, "until", 30), say, now, zone, longest)
    except FormError as error:
        problems += error.problems
    if problems or kind is None:
        raise FormError(problems)
    return kind, until, reason


def _future(raw: str, say: Say, now: datetime, zone: ZoneInfo, longest: timedelta) -> datetime:
    try:
        until = datetime.fromisoformat(raw)
        until = until.replace(tzinfo=zone) if until.tzinfo is None else until
        lasts = until - now
    except (ValueError, OverflowError):
        raise FormError([say("Please give a time, as 2026-12-31T18:00.")]) from None
    if lasts <= timedelta(0):
        raise FormError([say("That time is already past.")])
    if lasts > longest:
        words = say("At most %(days)s days from now.") % {"days": longest.days}
        raise FormError([words])
    return until


def _one_of(kind: type[Choice], value: str) -> Choice | None:
    try:
        return kind(value)
    except ValueError:
        return None
