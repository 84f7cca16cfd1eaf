"""Kill at every write point of every channel and print the table: `python -m tests.kills 10000`.

A second number is the first seed. With `--seed N` one run alone tells its story.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from tests.kills.world import POINTS, Run


class Told:
    """What became of some runs, in numbers that add up."""

    def __init__(self) -> None:
        self.runs = self.presses = self.messages = 0
        self.kills: Counter[tuple[str, str]] = Counter()
        """By channel (path and medium) and point."""
        self.extra: Counter[str] = Counter()
        """Duplicates by channel."""
        self.most: Counter[str] = Counter()
        """The most often one kill had one message come once more."""
        self.lost: list[str] = []

    def add(self, run: Run) -> None:
        """Take in one run."""
        self.runs += 1
        self.presses += len(run.pressed)
        self.messages += len(run.disk.rows)
        for _, (path, channel, point) in run.kills:
            self.kills[f"{path} {channel}", point] += 1
        self.lost += [f"seed {run.seed}: {words}" for words in run.lost]
        for (path, key), count in run.extra().items():
            name = f"{path} {run.disk.rows[key].channel}"
            self.extra[name] += count
            per_kill = -(-count // max(1, len(run.kills)))
            self.most[name] = max(self.most[name], per_kill)

    def join(self, other: Told) -> None:
        """Add another's numbers."""
        self.runs += other.runs
        self.presses += other.presses
        self.messages += other.messages
        self.kills += other.kills
        self.extra += other.extra
        self.lost += other.lost
        for name, count in other.most.items():
            self.most[name] = max(self.most[name], count)


def tell(seeds: Iterable[int]) -> Told:
    """Live through these seeds."""
    told = Told()
    logging.disable()  # of troubles there are thousands
    try:
        for seed in seeds:
            run = Run(seed)
            asyncio.run(run.run())
            told.add(run)
    finally:
        logging.disable(logging.NOTSET)
    return told


def table(told: Told) -> str:
    """Return the table as Markdown."""
    names = sorted({name for name, _ in told.kills})
    lines = [
        "| channel | " + " | ".join(POINTS) + " | duplicates | most per kill |",
        "|---|" + "---:|" * (len(POINTS) + 2),
    ]
    for name in names:
        counts = " | ".join(str(told.kills[name, point]) for point in POINTS)
        lines.append(f"| {name} | {counts} | {told.extra[name]} | {told.most[name]} |")
    lines.append("")
    lines.append(
        f"{told.runs:,} runs, {sum(told.kills.values()):,} kills, {told.presses:,} presses, "
        f"{told.messages:,} messages owed: {len(told.lost)} lost"
    )
    return "\n".join(lines)


def main() -> None:
    """Run, print, and fail if anything was lost."""
    if sys.argv[1:2] == ["--seed"]:
        run = Run(int(sys.argv[2]))
        asyncio.run(run.run())
        for row in run.disk.rows.values():
            print(f"{row.state:<12} {row.provider:<8} {row.key} {row.detail}")
        for name, provider in run.providers.items():
            for key, at in provider.arrived:
                print(f"{at} {name}: {key}")
        print("kills:", run.kills, "lost:", run.lost, "twice:", run.extra())
        return
    count = int(sys.argv[1]) if sys.argv[1:] else 10_000
    first = int(sys.argv[2]) if sys.argv[2:] else 0
    end = first + count
    told = Told()
    with ProcessPoolExecutor() as pool:
        for part in pool.map(tell, [range(n, min(n + 50, end)) for n in range(first, end, 50)]):
            told.join(part)
    print(table(told))
    print(*told.lost[:20], sep="\n")
    raise SystemExit(bool(told.lost) or max(told.most.values(), default=0) > 1)


if __name__ == "__main__":
    main()
