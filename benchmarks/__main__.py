"""`make bench`: prints every figure the documents quote."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable

from benchmarks import alarms, delivery, detectors, disk, month, pushes, silences, wearables

PARTS: dict[str, Callable[[], str]] = {
    "month": month.run,
    "detectors": detectors.run,
    "disk": disk.run,
    "silences": silences.run,
    "alarms": alarms.run,
    "delivery": delivery.run,
    "wearables": wearables.run,
    "pushes": pushes.run,
}


def main() -> None:
    """Run the parts named on the command line, or all of them."""
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    for name in sys.argv[1:] or PARTS:
        print(PARTS[name](), "\n", flush=True)


if __name__ == "__main__":
    main()
