"""Bring the catalogue up to date with the source, and say what still needs translating."""

from __future__ import annotations

import sys

from gateway.locale.catalogue import brought_up_to_date, po_path, save, untranslated


def main() -> int:
    """Write the catalogue; 1 if texts have no translation yet."""
    catalogue = brought_up_to_date()
    save(catalogue)
    missing = untranslated(catalogue)
    for text in missing:
        sys.stderr.write(f"{po_path()}: no translation of {text!r}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
