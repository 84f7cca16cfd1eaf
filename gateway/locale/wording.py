"""The messages people get, as catalogues for translators (gettext).

The English source is `alerting.delivery.english`. Each language has a `wording.po`, in which
a message is found by its name (`msgctxt`). The core may read no files: the Chinese catalogue
is compiled into `alerting.delivery.chinese`, every other one into `wording.mo`, which the
configuration reads (`gateway.config.wording`). A new language is a new catalogue, no code.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

import alerting.delivery.chinese
from alerting.delivery.english import TEMPLATES
from alerting.delivery.templates import holes
from gateway.i18n import LOCALE_DIR, WORDING_DOMAIN
from gateway.locale.catalogue import UNCHANGING

CHINESE = "zh"
WIDTH = 0
"""A template stays on one line."""

_MODULE = Path(alerting.delivery.chinese.__file__)
_HEAD = '''"""Every Chinese message. Made from the catalogue; edit that, not this.

The catalogue is gateway/locale/zh/LC_MESSAGES/wording.po; then `python -m gateway.locale`.
"""
# ruff: noqa: E501 - a message is one line, as a translator sees it

from __future__ import annotations

TEMPLATES: dict[str, str] = {
'''


def languages() -> list[str]:
    """Return the languages that have a catalogue."""
    return sorted(path.parents[1].name for path in LOCALE_DIR.glob(f"*/*/{WORDING_DOMAIN}.po"))


def po_path(language: str) -> Path:
    """Return where a language's catalogue is; the compiled one is beside it."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{WORDING_DOMAIN}.po"


def brought_up_to_date(language: str) -> Catalog:
    """Return all messages of today with the translations that are kept; others are gone.

    A translation of what the source has changed since is marked fuzzy, and not used.
    """
    path = po_path(language)
    kept = _read(path, language) if path.is_file() else _empty(language)
    before = {message.context: message for message in kept if message.id}
    now = _empty(language)
    for name, text in TEMPLATES.items():
        variables = ", ".join(sorted(holes(text)))
        comments = [f"variables: {variables}"] if variables else []
        old = before.get(name)
        string = str(old.string) if old is not None and old.string else ""
        flags = {"fuzzy"} if old is not None and string and old.id != text else set()
        if old is not None and old.fuzzy:
            flags = {"fuzzy"}
        now.add(text, string, auto_comments=comments, context=name, flags=flags)
    return now


def translated(catalogue: Catalog) -> dict[str, str]:
    """Return the messages that have a translation, by name."""
    return {
        str(message.context): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the names of messages without a translation that can be used."""
    done = translated(catalogue)
    return [name for name in TEMPLATES if name not in done]


def written(catalogue: Catalog) -> bytes:
    """Return the catalogue as people read it."""
    file = io.BytesIO()
    write_po(file, catalogue, width=WIDTH, include_lineno=False)
    return file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as programs read it."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def chinese_module(catalogue: Catalog) -> str:
    """Return the source of `alerting.delivery.chinese`."""
    lines = [f'    "{name}": "{_escaped(text)}",\n' for name, text in translated(catalogue).items()]
    return _HEAD + "".join(lines) + "}\n"


def save(language: str, catalogue: Catalog) -> None:
    """Write the catalogue, and its compiled form where it is read."""
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written(catalogue))
    if language == CHINESE:
        _MODULE.write_text(chinese_module(catalogue), encoding="utf-8")
    else:
        path.with_suffix(".mo").write_bytes(compiled(catalogue))


def read(path: Path, language: str) -> dict[str, str]:
    """Return the translated messages of a catalogue outside the program, by name.

    Raises:
        ValueError: it is no catalogue.
        OSError: it cannot be read.
    """
    try:
        said = translated(_read(path, language))
    except PoFileError as error:
        raise ValueError(str(error)) from error
    if not said:
        raise ValueError("no translated message in it")
    return said


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=_locale(language), domain=WORDING_DOMAIN, abort_invalid=True)


def _locale(language: str) -> str | None:
    """Return the language as Babel knows it; None for one it does not know (a dialect)."""
    try:
        return str(Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _empty(language: str) -> Catalog:
    return Catalog(
        locale=_locale(language),
        domain=WORDING_DOMAIN,
        project="guanai-gateway",
        header_comment="# The messages people get. Edit them here, then: python -m gateway.locale",
        creation_date=UNCHANGING,
        revision_date=UNCHANGING,
        fuzzy=False,
    )
