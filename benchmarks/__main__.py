"""`make bench`: prints every figure the documents quote."""

from __future__ import annotations

import platform
import sys

from benchmarks import alarms


def main() -> None:
    """Run what is named on the command line, or everything."""
    wanted = sys.argv[1:] or ["alarms"]
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.node()}\n")
    if "alarms" in wanted:
        print(alarms.run(), flush=True)


if __name__ == "__main__":
    main()
