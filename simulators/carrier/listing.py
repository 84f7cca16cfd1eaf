"""Lists: filters by number, status and date; pages that stay put while new ones arrive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar
from urllib.parse import urlencode

from simulators.carrier.parameters import Pairs, Parameters
from simulators.carrier.records import Call, CallStatus, Message
from simulators.carrier.refusal import bad
from simulators.carrier.resources import Json

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 1_000

Row = TypeVar("Row", Message, Call)


def chosen_messages(rows: Sequence[Message], given: Parameters) -> list[Message]:
    """Return the texts that pass the filters."""
    passes = _dates(given, "DateSent")
    return [row for row in rows if _numbers(row, given) and passes(row.sent_at)]


def chosen_calls(rows: Sequence[Call], given: Parameters) -> list[Call]:
    """Return the calls that pass the filters."""
    status = given.choice("Status", "", *(status.value for status in CallStatus))
    started, ended = _dates(given, "StartTime"), _dates(given, "EndTime")
    return [
        row
        for row in rows
        if _numbers(row, given)
        and (not status or row.status.value == status)
        and started(row.started_at)
        and ended(row.ended_at)
    ]


def page(
    rows: Sequence[Row],
    given: Parameters,
    query: Pairs,
    path: str,
    key: str,
    to_json: Callable[[Row], Json],
) -> Json:
    """Return one page (newest first) with the links to its neighbours."""
    size = given.number("PageSize", PAGE_SIZE_DEFAULT, 1, PAGE_SIZE_MAX)
    index = given.number("Page", 0, 0, 10_000_000)
    first = _first(rows, given.text("PageToken"), index * size)
    shown = rows[first : first + size]
    filters: list[tuple[str, str]] = [
        (name, value) for name, value in query if not name.startswith("Page")
    ]

    def link(number: int, token: str) -> str:
        pairs = [*filters, ("PageSize", str(size)), ("Page", str(number))]
        if token:
            pairs.append(("PageToken", token))
        return f"{path}?{urlencode(pairs)}"

    more = first + size < len(rows)
    before = rows[first - size].sid if first > size else ""
    return {
        key: [to_json(row) for row in shown],
        "page": index,
        "page_size": size,
        "start": first,
        "end": max(first + len(shown) - 1, first),
        "uri": f"{path}?{urlencode(query)}" if query else link(0, ""),
        "first_page_uri": link(0, ""),
        "next_page_uri": link(index + 1, f"PA{shown[-1].sid}") if more else None,
        "previous_page_uri": link(index - 1, f"PB{before}" if before else "")
        if index > 0
        else None,
    }


def _first(rows: Sequence[Row], token: str, otherwise: int) -> int:
    """Return where the page begins: after (`PA`) or at (`PB`) the row a token names."""
    if not token:
        return otherwise
    kind, sid = token[:2], token[2:]
    for index, row in enumerate(rows):
        if row.sid == sid and kind in ("PA", "PB"):
            return index + (kind == "PA")
    raise bad(20001, f"PageToken {token!r} is unknown")


def _numbers(row: Message | Call, given: Parameters) -> bool:
    to, sender = given.text("To"), given.text("From")
    return (not to or row.to == to) and (not sender or row.sender == sender)


def _dates(given: Parameters, name: str) -> Callable[[datetime | None], bool]:
    """Return a test for the filters `Name`, `Name<` (up to) and `Name>` (from).

    Bounds are inclusive and to the second; a bare date means its whole day in UTC.
    What has no date yet passes only when nothing is asked.
    """
    tests = [
        _bound(given.text(f"{name}{sign}"), sign, name)
        for sign in ("", "<", ">")
        if f"{name}{sign}" in given
    ]

    def passes(at: datetime | None) -> bool:
        if not tests:
            return True
        return at is not None and all(test(at.replace(microsecond=0)) for test in tests)

    return passes


def _bound(value: str, sign: str, name: str) -> Callable[[datetime], bool]:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        expected = "YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"
        raise bad(20001, f"Parameter '{name}{sign}' is {value!r}; expected {expected}") from None
    day: date | None = moment.date() if "T" not in value and " " not in value else None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if sign == "":
        return lambda at: at.date() == moment.date()
    if sign == "<":
        return lambda at: at.date() <= day if day is not None else at <= moment
    return lambda at: at.date() >= day if day is not None else at >= moment
