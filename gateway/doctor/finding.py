"""The answer to one of the doctor's questions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from alerting.words import Words


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """The answer to one question."""

    level: Level
    what: Words
    """What was looked at."""
    words: Words
    """What was found, and what to do about it."""
