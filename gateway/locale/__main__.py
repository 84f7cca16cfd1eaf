"""Bring the catalogues up to date with the source, and say what still needs translating.

python -m gateway.locale          all that there are
python -m gateway.locale yue      and begin one for the messages in this language
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gateway.locale import wording
from gateway.locale.catalogue import brought_up_to_date, po_path, save, untranslated


def main(begin: Sequence[str] = ()) -> int:
    """Write the catalogues; 1 if the pages' or the Chinese messages are not all translated."""
    catalogue = brought_up_to_date()
    save(catalogue)
    missing = untranslated(catalogue)
    for text in missing:
        sys.stderr.write(f"{po_path()}: no translation of {text!r}\n")
    is_done = not missing
    for language in dict.fromkeys((*wording.languages(), *begin)):
        messages = wording.brought_up_to_date(language)
        wording.save(language, messages)
        for name in wording.untranslated(messages):
            sys.stderr.write(f"{wording.po_path(language)}: no translation of {name}\n")
            is_done = is_done and language != wording.CHINESE
    return 0 if is_done else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
