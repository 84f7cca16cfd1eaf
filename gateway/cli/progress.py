"""How far a long evaluation is, for a person who watches; nothing where nobody does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[], None]]:
    """Show a bar on the error stream, if that is a terminal; call what is given at each step."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden) as bar:

        def step() -> None:
            bar.update(1)

        if not hidden:
            bar.render_progress()
        yield step
