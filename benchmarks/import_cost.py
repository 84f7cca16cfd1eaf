"""Print what importing modules costs: `python benchmarks/import_cost.py MODULE...`.

Memory is the growth of the resident set in megabytes (Linux), time in seconds. Name modules that
run anyway before a `--`; they are loaded first and not counted.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path


def resident_megabytes() -> float:
    """Return the resident set of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("/proc/self/status has no VmRSS: expected Linux")


def main(names: list[str]) -> None:
    """Load what stands before `--`, then measure the rest."""
    before = names[: names.index("--")] if "--" in names else []
    counted = names[names.index("--") + 1 :] if "--" in names else names
    for name in before:
        importlib.import_module(name)
    begun, memory = time.perf_counter(), resident_megabytes()
    for name in counted:
        importlib.import_module(name)
    grown, took = resident_megabytes() - memory, time.perf_counter() - begun
    print(f"{', '.join(counted)}: {grown:.1f} MB, {took:.2f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
