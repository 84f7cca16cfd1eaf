"""How far a long evaluation is, for a person who watches; nothing where nobody does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[..., None]]:
    """Show a bar on the error stream, if that is a terminal.

    Call what is given at each step, or with the number of steps that are done.
    """
    hidden = not sys.stderr.isatty()
    seldom = max(length // 200, 1)
    with click.progressbar(
        length=length, label=label, file=sys.stderr, hidden=hidden, update_min_steps=seldom
    ) as bar:
        done = 0

        def step(now: int | None = None) -> None:
            nonlocal done
            steps, done = (1, done + 1) if now is None else (now - done, now)
            bar.update(steps)

        if not hidden:
            bar.render_progress()
        yield step
