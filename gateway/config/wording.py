"""`[wording]`: messages in the installation's own words, and in languages of its own."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from gettext import GNUTranslations
from pathlib import Path

from alerting.delivery.english import TEMPLATES
from alerting.delivery.lint import lint
from alerting.delivery.wording import BUILT_IN
from gateway.config.problems import Problems, did_you_mean, shown
from gateway.config.values import TAG
from gateway.i18n import LOCALE_DIR, WORDING_DOMAIN

FILE_BYTES_MAX = 1_000_000

Catalogues = Mapping[str, Mapping[str, str]]
"""Templates of the installation's own by language and name."""


@dataclass(frozen=True, kw_only=True)
class WordingSection:
    """`[wording]`."""

    file: str = ""
    folder: str = ""


def read_wording(
    section: WordingSection,
    used: Mapping[str, str],
    folder: Path,
    problems: Problems,
    warnings: Problems,
) -> dict[str, dict[str, str]]:
    """Return what differs from the built-in messages, in the languages that are used.

    Every fault of a template becomes a problem; what a catalogue leaves untranslated a warning.

    Args:
        section: `[wording]`; relative paths count from `folder`.
        used: languages that settings name, each with the first place that does.
        folder: where the configuration file is.
        problems: takes what must be put right.
        warnings: takes what may be.
    """
    own: dict[str, dict[str, str]] = {}
    catalogues = _catalogue_files(section, folder, problems)
    for language, where in used.items():
        if language not in (*BUILT_IN, *catalogues):
            known = '", "'.join(sorted({*BUILT_IN, *catalogues}))
            problems.add(
                where,
                f'{shown(language)} 不可用；应为 "{known}"',
                f'{shown(language)} is not spoken; expected one of "{known}"',
            )
    for language, path in catalogues.items():
        if language in used or path.suffix == ".po":
            own[language] = _catalogue(path, language, problems)
            _lint(f"wording.folder[{path.name}]", own[language], language, problems)
            _complete(path.name, own[language], language, warnings)
    if section.file:
        for language, texts in _edited(folder / section.file, problems).items():
            if language not in (*BUILT_IN, *catalogues):
                hint = did_you_mean(language, (*BUILT_IN, *catalogues))
                problems.add(
                    f"wording.file[{language}]",
                    f"没有这种语言{hint.zh}",
                    f"is no language we have{hint.en}",
                )
                continue
            both = own.get(language, {}) | texts
            _lint(f"wording.file[{language}]", both, language, problems)
            own[language] = both
    return own


def needed(own: Catalogues, languages: set[str]) -> dict[str, dict[str, str]]:
    """Return what a home must carry with it: the languages of its people, where they differ."""
    return {language: dict(own[language]) for language in sorted(languages) if own.get(language)}


def installed() -> dict[str, Path]:
    """Return the compiled catalogues that come with the program, by language."""
    found = LOCALE_DIR.glob(f"*/LC_MESSAGES/{WORDING_DOMAIN}.mo")
    return {path.parents[1].name: path for path in sorted(found)}


def shipped(path: Path) -> dict[str, str]:
    """Return the messages of a compiled catalogue that are translated, by name."""
    with path.open("rb") as file:
        compiled = GNUTranslations(file)
    said = {name: compiled.pgettext(name, text) for name, text in TEMPLATES.items()}
    return {name: text for name, text in said.items() if text != TEMPLATES[name]}


def _catalogue_files(section: WordingSection, folder: Path, problems: Problems) -> dict[str, Path]:
    found = installed()
    if not section.folder:
        return found
    place = folder / section.folder
    if not place.is_dir():
        problems.add("wording.folder", f"没有文件夹 {place}", f"there is no folder {place}")
        return found
    for path in sorted(place.glob("*.po")):
        if TAG.fullmatch(path.stem):
            found[path.stem] = path
        else:
            problems.add(
                f"wording.folder[{path.name}]",
                "文件名应是语言代码，如 yue.po",
                "must be named after its language, such as yue.po",
            )
    return found


def _catalogue(path: Path, language: str, problems: Problems) -> dict[str, str]:
    if path.suffix == ".mo":
        return shipped(path)
    # Babel is large, and of use here only
    from gateway.locale.wording import read

    try:
        return read(path, language)
    except (OSError, ValueError) as error:
        problems.add(
            f"wording.folder[{path.name}]", f"无法读取：{error}", f"cannot be read: {error}"
        )
    return {}


def _edited(path: Path, problems: Problems) -> dict[str, dict[str, str]]:
    """Return the installation's own templates, by language and name."""
    try:
        content = path.read_bytes()
        if len(content) > FILE_BYTES_MAX:
            raise ValueError(f"{len(content)} bytes; at most {FILE_BYTES_MAX}")
        tables = tomllib.loads(content.decode("utf-8-sig"))
    except (OSError, ValueError) as error:
        problems.add("wording.file", f"无法读取 {path}：{error}", f"cannot read {path}: {error}")
        return {}
    edited: dict[str, dict[str, str]] = {}
    for language, table in tables.items():
        where = f"wording.file[{language}]"
        if not isinstance(table, dict):
            problems.add(
                where, "应为一张表，如 [zh]", "must be a table of a language, such as [zh]"
            )
            continue
        edited[language] = dict(_texts(where, table, "", problems))
    return edited


def _texts(
    where: str, table: Mapping[str, object], prefix: str, problems: Problems
) -> Iterator[tuple[str, str]]:
    """Yield name and text; `sms.alarm = ` and `"sms.alarm" = ` are the same."""
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict) and "" not in value:
            yield from _texts(where, value, f"{name}.", problems)
        else:
            problems.add(
                f"{where}.{name}", f"{shown(value)} 不是文字", f"{shown(value)} is no text"
            )


def _lint(
    where: str,
    texts: Mapping[str, str],
    language: str,
    problems: Problems,
) -> None:
    """Note every flaw; a name nobody knows gets the one that is meant."""
    for flaw in lint(texts, language):
        unknown = flaw.name not in TEMPLATES
        hint = did_you_mean(flaw.name, TEMPLATES) if unknown else None
        problems.add(
            f"{where}.{flaw.name}",
            flaw.words.zh + (hint.zh if hint else ""),
            flaw.words.en + (hint.en if hint else ""),
        )


def _complete(name: str, texts: Mapping[str, str], language: str, warnings: Problems) -> None:
    missing = [known for known in TEMPLATES if known not in texts]
    if missing and language not in BUILT_IN:
        warnings.add(
            f"wording.folder[{name}]",
            f"有 {len(missing)} 条没有译文，用内置的代替；第一条是 {missing[0]}",
            f"{len(missing)} messages are not translated, built-in ones stand in; "
            f"the first is {missing[0]}",
        )
