"""When the interpreter looks for garbage: seldom, and not among what lives as long as we do.

Left to itself it walks through every home's state each few thousand messages: with a
thousand homes that took a third of all time, and a press met a pause of 50 ms.
"""

from __future__ import annotations

import gc

YOUNG_MAX = 20_000
"""Objects made and not yet gone before the youngest are looked through: a millisecond's work."""
OLDER_EVERY = 20


def begin() -> None:
    """Look for none while everything is being made; `settle` ends this."""
    gc.disable()


def settle() -> None:
    """Keep what is there now out of every later search, and search seldom.

    To be called once all parts stand, and again when those that may come later (the
    provider's library, the desk's pages) have come.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, OLDER_EVERY, OLDER_EVERY)
    gc.enable()


def tidy() -> None:
    """Look through everything that is not kept out; called each minute.

    Garbage may hold more than memory: a connection that failed leaves a socket behind.
    """
    gc.collect()
