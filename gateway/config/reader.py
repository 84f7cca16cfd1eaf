"""Tables of the file into sections; what does not fit becomes problems with a path.

cattrs gathers every error of a table; here they get their place and their words.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_origin, get_type_hints

import cattrs
from cattrs.cols import homogenous_tuple_structure_factory, mapping_structure_factory
from cattrs.errors import (
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
)
from cattrs.gen import make_dict_structure_fn, override

from devices.topic import ID_CHARS_MAX
from gateway.config.problems import Problems, did_you_mean, shown
from gateway.config.readers import READERS
from gateway.config.sections import EXAMPLES
from gateway.config.values import BadValue

Section = TypeVar("Section")
Hook = Callable[[Any, Any], Any]


class Reader:
    """Reads tables, noting every problem."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._converter = _converter()

    def table(
        self, raw: object, section: type[Section], where: str, *others: str
    ) -> Section | None:
        """Return `raw` as a `section` after noting what is wrong with it.

        What could be read of a faulty one is in it, so that the checks across the file find
        their faults at once; the rest is its default or empty. None: it is no table at all.
        `others` are keys that may stand beside the section's own: for hints only.
        """
        try:
            return self._converter.structure(raw, section)
        except Exception as error:  # cattrs wraps whatever a hook raises
            leaves = list(_leaves(error, where, section, raw))
            for place, kind, reason in leaves:
                self._note(place, kind, reason, others)
            return self._rest(raw, section) if isinstance(raw, dict) else None

    def _rest(self, raw: dict[str, Any], section: type[Section]) -> Section:
        """Return as much of a faulty section as can be read, each setting on its own."""
        values: dict[str, Any] = {}
        kinds = get_type_hints(section, include_extras=True)
        for field in dataclasses.fields(section):  # type: ignore[arg-type]
            kind = kinds[field.name]
            try:
                values[field.name] = self._converter.structure(raw[_key(field.name)], kind)
            except Exception:  # missing or wrong: noted above
                is_needed = (
                    field.default is dataclasses.MISSING
                    and field.default_factory is dataclasses.MISSING
                )
                if is_needed:
                    values[field.name] = _nothing(kind)
        return section(**values)

    def tables(
        self, raw: object, section: type[Section], where: str, apart: str = ""
    ) -> Iterator[tuple[str, dict[str, Any], Section | None]]:
        """Yield place, raw table and section of each `[[where]]`; None where it does not fit.

        `apart` names the list inside it that is read on its own, so that a fault in
        one of its tables does not hide the faults of the others.
        """
        if not isinstance(raw, list):
            self._problems.add(
                where,
                f"应为若干个表，每个以 [[{where}]] 开头",
                f"is not a list of tables; begin each with [[{where}]]",
            )
            return
        seen: set[str] = set()
        for index, item in enumerate(raw):
            label = _label(item, index)
            # of two with one id the second is known by its place
            place = f"{where}[{f'#{index + 1}' if label in seen else label}]"
            seen.add(label)
            if isinstance(item, dict):
                own = {key: value for key, value in item.items() if key != apart}
                yield place, item, self.table(own, section, place, apart)
            else:
                self.table(item, section, place)

    def _note(
        self, where: str, section: Any, error: BaseException, others: tuple[str, ...]
    ) -> None:
        match error:
            case ForbiddenExtraKeysError():
                known = [
                    *filter(None, others),
                    *(_key(field.name) for field in dataclasses.fields(section)),
                ]
                for key in sorted(error.extra_fields):
                    hint = did_you_mean(key, known)
                    self._problems.add(
                        _join(where, key[:ID_CHARS_MAX]),
                        f"没有这项设置{hint.zh}",
                        f"no such setting{hint.en}",
                    )
            case KeyError():
                example = EXAMPLES.get(where.rpartition(".")[2], "")
                self._problems.add(
                    where,
                    "缺少这项设置" + (f"；如 {example}" if example else ""),
                    "is missing" + (f"; e.g. {example}" if example else ""),
                )
            case BadValue():
                self._problems.add(where, error.words.zh, error.words.en)
            case _:
                raise error


def _nothing(kind: Any) -> Any:
    """Return what stands for a setting that is missing; the checks pass over it."""
    if _is_list(kind):
        return ()
    return {} if _is_map(kind) else ""


def _leaves(
    error: BaseException, where: str, section: Any, raw: Any
) -> Iterator[tuple[str, Any, BaseException]]:
    """Yield every single error below `error`: its place, its section and itself."""
    if isinstance(error, ClassValidationError):
        with_notes, others = error.group_exceptions()
        for inner, note in with_notes:
            key = _key(note.name)
            below = raw.get(key) if isinstance(raw, dict) else None
            yield from _leaves(inner, _join(where, key), note.type, below)
        for inner in others:
            yield from _leaves(inner, where, error.cl, raw)
    elif isinstance(error, IterableValidationError):
        for inner, item in error.group_exceptions()[0]:
            index = item.index
            if isinstance(index, int):
                below = raw[index]
                place = f"{where}[{_label(below, index)}]"
            else:
                below = raw.get(index)
                place = _join(where, index)
            yield from _leaves(inner, place, item.type, below)
    else:
        yield where, section, error


def _label(item: object, index: int) -> str:
    """Name a list's item by its id, if it has one; else by its place, counted from 1."""
    name = item.get("id") if isinstance(item, dict) else None
    is_short = isinstance(name, str) and 0 < len(name) <= ID_CHARS_MAX
    return str(name) if is_short else f"#{index + 1}"


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _key(name: str) -> str:
    """Return how the file spells a field (`from` is a word of Python)."""
    return name.rstrip("_")


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=True, forbid_extra_keys=True)
    for kind, read in READERS:
        if isinstance(kind, type):
            converter.register_structure_hook(kind, read)
        else:
            converter.register_structure_hook_func(_is(kind), read)
    converter.register_structure_hook(StrEnum, _read_word)
    converter.register_structure_hook_factory(_is_list, lambda kind: _list_hook(kind, converter))
    converter.register_structure_hook_factory(_is_map, lambda kind: _map_hook(kind, converter))
    converter.register_structure_hook_factory(
        dataclasses.is_dataclass, lambda kind: _table_hook(kind, converter)
    )
    return converter


def _is(kind: Any) -> Callable[[Any], bool]:
    """Match exactly this annotated type."""
    return lambda other: bool(other == kind)


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_map(kind: Any) -> bool:
    return get_origin(kind) is dict


def _read_word(value: object, kind: Any) -> Any:
    known = [member.value for member in kind]
    if isinstance(value, str) and value in known:
        return kind(value)
    hint = did_you_mean(str(value), known)
    raise BadValue(f"{shown(value)} 不可用{hint.zh}", f"{shown(value)} is unknown{hint.en}")


_TIMES = re.compile(r"\s*(\d\d?:\d\d)\s*(?:-|–|—|~|至|到|to)\s*(\d\d?:\d\d)\s*")


def _list_hook(kind: Any, converter: cattrs.Converter) -> Hook:
    inner = homogenous_tuple_structure_factory(kind, converter)

    def read(value: object, _type: Any) -> Any:
        if not isinstance(value, list):
            times = _TIMES.fullmatch(value) if isinstance(value, str) else None
            if times:  # a span of time, written as one speaks it
                pair = f'["{times[1]}", "{times[2]}"]'
                raise BadValue(
                    f"{shown(value)} 不是列表；请写 {pair}",
                    f"{shown(value)} is not a list; write {pair}",
                )
            raise BadValue(
                f"{shown(value)} 不是列表；请加方括号：[{shown(value)}]",
                f"{shown(value)} is not a list; put it in brackets: [{shown(value)}]",
            )
        return inner(value, _type)

    return read


def _map_hook(kind: Any, converter: cattrs.Converter) -> Hook:
    inner = mapping_structure_factory(kind, converter)

    def read(value: object, _type: Any) -> Any:
        return inner(_checked_table(value), _type)

    return read


def _table_hook(kind: Any, converter: cattrs.Converter) -> Hook:
    renamed = {
        field.name: override(rename=_key(field.name))
        for field in dataclasses.fields(kind)
        if field.name != _key(field.name)
    }
    inner = make_dict_structure_fn(
        kind,
        converter,
        _cattrs_forbid_extra_keys=True,
        _cattrs_detailed_validation=True,
        **renamed,  # type: ignore[arg-type]  # the stub takes them for the underscored options
    )

    def read(value: object, _type: Any) -> Any:
        return inner(_checked_table(value), _type)

    return read


def _checked_table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadValue(
            f"{shown(value)} 不是表；应为 名称 = 值 的若干行",
            f"{shown(value)} is not a table; expected lines of name = value",
        )
    return value
