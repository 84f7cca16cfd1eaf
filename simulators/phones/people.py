"""Who holds which phone, and what they do when it rings or a text arrives.

The people come from the gateway's own configuration (`[[responder]]`); a second,
optional file gives them habits. Without it everybody is `manual`: the phone rings
until somebody presses a button on the page.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from simulators.config import World

PEOPLE_MAX = 10_000
RESIDENT = "resident"
"""The role of those who live in the homes."""
DELAY_SECONDS_MAX = 7 * 24 * 3600


class PeopleError(ValueError):
    """A people file or configuration that cannot be used.

    `path` says where, `reason` what is wrong, `expected` what would be right.
    """

    def __init__(self, path: str, reason: str, expected: str) -> None:
        super().__init__(f"{path}: {reason}; expected {expected}")
        self.path = path
        self.reason = reason
        self.expected = expected


class OnCall(StrEnum):
    """What happens at a phone that is called."""

    RINGS = "rings"
    """It rings; nobody comes unless a hand on the page does."""
    ANSWERS = "answers"
    REJECTS = "rejects"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    OFF = "off"
    """Switched off or out of coverage: neither calls nor texts arrive."""


class Habit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person does; all delays in seconds of the telephone world."""

    on_call: OnCall = OnCall.RINGS
    answers_after_s: float = 6.0
    keys: tuple[str, ...] = ()
    """What is pressed at the first, second, ... question of a call; the last repeats."""
    presses_after_s: float = 3.0
    replies: tuple[str, ...] = ()
    """What is answered to the first, second, ... text that asks; the last repeats."""
    replies_after_s: float = 15.0
    replies_to: tuple[str, ...] = ("回复", "回1", "reply", "Reply")
    """A text is answered when it contains one of these; empty: every text is."""


MANUAL = Habit()
HABITS: dict[str, Habit] = {
    "manual": MANUAL,
    "helpful": Habit(on_call=OnCall.ANSWERS, keys=("1",), replies=("1",)),
    "texts-back": Habit(replies=("1",), replies_after_s=20.0),
    "declines": Habit(on_call=OnCall.ANSWERS, keys=("3",), replies=("3",)),
    "ignores": Habit(),
    "rejects": Habit(on_call=OnCall.REJECTS, answers_after_s=4.0),
    "busy": Habit(on_call=OnCall.BUSY),
    "voicemail": Habit(on_call=OnCall.VOICEMAIL, answers_after_s=15.0),
    "off": Habit(on_call=OnCall.OFF),
    "late": Habit(replies=("1",), replies_after_s=600.0),
    "nonsense": Habit(on_call=OnCall.ANSWERS, keys=("5",), replies=("你是谁？打错了吧",)),
}
"""The habits that have a name; a people file may bend each of them."""


class Line(StrEnum):
    """What kind of line a number is."""

    MOBILE = "mobile"
    LANDLINE = "landline"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One phone and its holder."""

    number: str
    name: str = ""
    role: str = ""
    id: str = ""
    language: str = "zh"
    line: Line = Line.MOBILE
    habit: Habit = MANUAL
    habit_name: str = "manual"


def named(person: Person, habit_name: str) -> Person:
    """Return the same person with the habit of that name.

    Raises:
        PeopleError: there is no such habit.
    """
    if habit_name not in HABITS:
        raise PeopleError(person.number, f"no habit {habit_name!r}", " or ".join(HABITS))
    return msgspec.structs.replace(person, habit=HABITS[habit_name], habit_name=habit_name)


def of_world(world: World, habits: Path | None = None) -> tuple[Person, ...]:
    """Return everybody the gateway's configuration names, one per number, in its order.

    The residents who have a telephone come first: they are rung before anybody else.

    Raises:
        PeopleError: the file of habits cannot be read or is not understood.
    """
    found: dict[str, Person] = {}
    for home in world.homes:
        for resident in home.residents:
            if resident.phone is not None:
                found[resident.phone] = Person(
                    number=resident.phone,
                    name=resident.address,
                    role=RESIDENT,
                    id=home.id,
                    language=home.language,
                )
    for row in world.people:
        person = Person(
            number=row.phone, name=row.name, role=row.role, id=row.id, language=row.language
        )
        found.setdefault(row.phone, person)
    everybody = tuple(found.values())
    return with_habits(everybody, _toml(habits)) if habits is not None else everybody


def with_habits(everybody: tuple[Person, ...], file: Mapping[str, Any]) -> tuple[Person, ...]:
    """Return `everybody` as a people file describes them; strangers in it are added.

    Raises:
        PeopleError: an entry with an unknown habit, key or value.
    """
    known = {person.number: person for person in everybody}
    for index, row in enumerate(_tables(file, "person")):
        where = f"person[{index}]"
        number = _number(row, where)
        known[number] = _described(known.get(number, Person(number=number)), row, where)
    return tuple(known.values())


_DELAYS = {
    "answers_after": "answers_after_s",
    "presses_after": "presses_after_s",
    "replies_after": "replies_after_s",
}
_LISTS = ("keys", "replies", "replies_to")
_TEXTS = ("name", "role", "language")
_KNOWN = {"phone", "habit", "line", *_TEXTS, *_DELAYS, *_LISTS}


def _described(person: Person, row: Mapping[str, Any], where: str) -> Person:
    for key in row:
        if key not in _KNOWN:
            raise PeopleError(f"{where}.{key}", "unknown setting", ", ".join(sorted(_KNOWN)))
    if "habit" in row:
        person = named(person, str(row["habit"]))
    changes: dict[str, Any] = {}
    for key, field in _DELAYS.items():
        if key in row:
            changes[field] = seconds(row[key], f"{where}.{key}")
    for key in _LISTS:
        if key in row:
            changes[key] = _strings(row[key], f"{where}.{key}")
    habit = msgspec.structs.replace(person.habit, **changes)
    try:
        line = Line(str(row.get("line", person.line)))
    except ValueError:
        raise PeopleError(f"{where}.line", f"{row['line']!r}", "mobile or landline") from None
    texts = {key: str(row[key]) for key in _TEXTS if key in row}
    return msgspec.structs.replace(person, habit=habit, line=line, **texts)


_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|min|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def seconds(value: object, where: str) -> float:
    """Return `8`, `"8s"`, `"10min"` or `"2h"` in seconds.

    Raises:
        PeopleError: not a duration, or longer than a week.
    """
    expected = 'a duration like "8s", "10min" or "2h", a week at most'
    if isinstance(value, int | float) and not isinstance(value, bool):
        amount = float(value)
    else:
        match = _DURATION.fullmatch(str(value).strip())
        if match is None:
            raise PeopleError(where, f"{value!r}", expected)
        amount = float(match[1]) * _UNITS[match[2]]
    if not 0 <= amount <= DELAY_SECONDS_MAX:
        raise PeopleError(where, f"{value!r}", expected)
    return amount


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PeopleError(str(path), str(error), "a readable TOML file") from None


def _tables(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = data.get(name, [])
    if not isinstance(rows, list) or any(not isinstance(row, dict) for row in rows):
        raise PeopleError(name, f"{rows!r:.60}", f"a list of [[{name}]] tables")
    if len(rows) > PEOPLE_MAX:
        raise PeopleError(name, f"{len(rows)} entries", f"{PEOPLE_MAX} at most")
    return rows


_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def _number(row: Mapping[str, Any], where: str) -> str:
    number = str(row.get("phone", ""))
    if _E164.fullmatch(number) is None:
        expected = "a number in international form, e.g. +85251000001"
        raise PeopleError(f"{where}.phone", f"{number!r}", expected)
    return number


def _strings(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise PeopleError(where, f"{value!r:.60}", 'a list of texts, e.g. ["1"]')
