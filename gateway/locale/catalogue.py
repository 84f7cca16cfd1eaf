"""Collects the marked texts of the gateway and compiles their translations.

Only for those who work on the program: what runs reads the compiled file.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from gateway.i18n import DOMAIN, LOCALE_DIR

ROOT = Path(__file__).parent.parent
LANGUAGE = "zh"
WIDTH = 100

UNCHANGING = datetime(2026, 1, 1, tzinfo=UTC)
"""The date of every catalogue: the file changes only when a text does."""

_METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true"}}
_KEYWORDS: dict[str, Any] = dict.fromkeys(("_", "gettext", "say", "say_it", "noted"))


def collected() -> Catalog:
    """Return every marked text of the gateway, untranslated."""
    catalogue = _empty()
    found = extract_from_dir(
        ROOT,
        method_map=_METHODS,
        options_map=_OPTIONS,
        keywords=_KEYWORDS,
        comment_tags=(),
        directory_filter=lambda path: not Path(path).name.startswith(("__pycache__", ".")),
    )
    for name, _, message, _, context in found:
        if message:
            # without line numbers the file changes only when a text does
            catalogue.add(message, locations=[(name, 0)], context=context)
    return catalogue


def kept() -> Catalog:
    """Return the texts with their translations, as kept in the repository."""
    with po_path().open("rb") as file:
        return read_po(file, locale=LANGUAGE, domain=DOMAIN)


def brought_up_to_date() -> Catalog:
    """Return all texts of today with the translations that are kept; others are gone."""
    now = collected()
    before = kept() if po_path().is_file() else _empty()
    for message in now:
        if message.id and (old := before.get(message.id)):
            message.string = old.string
    return now


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the texts that have no translation."""
    return [str(message.id) for message in catalogue if message.id and not message.string]


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as programs read it."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def written(catalogue: Catalog) -> bytes:
    """Return the catalogue as people read it."""
    file = io.BytesIO()
    write_po(file, catalogue, width=WIDTH, sort_output=True, include_lineno=False)
    return file.getvalue()


def save(catalogue: Catalog) -> None:
    """Write both forms."""
    po_path().parent.mkdir(parents=True, exist_ok=True)
    po_path().write_bytes(written(catalogue))
    po_path().with_suffix(".mo").write_bytes(compiled(catalogue))


def po_path() -> Path:
    """Return where the catalogue is that people edit; the compiled one is beside it."""
    return LOCALE_DIR / LANGUAGE / "LC_MESSAGES" / f"{DOMAIN}.po"


def _empty() -> Catalog:
    return Catalog(
        locale=LANGUAGE,
        domain=DOMAIN,
        project="guanai-gateway",
        header_comment="# The Chinese texts. Edit them here, then: python -m gateway.locale",
        # the file changes only when a text does
        creation_date=UNCHANGING,
        revision_date=UNCHANGING,
        fuzzy=False,
    )
