"""Run one seed alone and tell its story: `python -m tests.storm SEED`."""

from __future__ import annotations

import sys

from tests.storm.world import Storm


def main() -> None:
    storm = Storm(int(sys.argv[1]))
    try:
        storm.run()
    finally:
        for home, event in storm.disk.journal:
            print(home, event)
        print(*storm.story, sep="\n")
        print(*(f"{row.state:<10} {key}" for key, row in storm.disk.outbox.items()), sep="\n")


if __name__ == "__main__":
    main()
