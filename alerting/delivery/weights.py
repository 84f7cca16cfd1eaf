"""Which of several equally good paths takes the next message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


def choose(names: Sequence[str], points: Mapping[str, int], luck: Callable[[], float]) -> str:
    """Return one of `names`, by weighted chance; without points the first.

    Args:
        names: paths that are equally good, the preferred first.
        points: the weight of each, 0 to 100.
        luck: random numbers in [0, 1); asked only if there is a choice.
    """
    total = sum(points.get(name, 0) for name in names)
    if len(names) == 1 or total <= 0:
        return names[0]
    mark = luck() * total
    for name in names:
        mark -= points.get(name, 0)
        if mark < 0:
            return name
    return names[-1]
