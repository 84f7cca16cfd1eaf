"""Whether the push targets of a configuration can be used, as the library itself judges."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from gateway.config import ConfigError, Problem, Settings
from gateway.config.problems import Problems

CHILD = (sys.executable, "-m", "gateway.push_child")
"""The same process that carries pushes; nothing is sent."""
SECONDS_MAX = 30.0
INSTALL = 'pip install "guanai-gateway[push]"'


def check_pushes(file: Path, settings: Settings) -> tuple[Problem, ...]:
    """Return what is worth knowing of the push targets.

    Raises:
        ConfigError: the library cannot use some of them.
    """
    if settings.push is None:
        return ()
    targets = settings.push.targets
    problems, notes = Problems(), Problems()
    said = _asked(targets)
    if said is None:
        notes.add("push", "推送地址无法检查", "the addresses of pushes could not be checked")
    elif said.get("error"):
        notes.add(
            "push",
            f"没有安装推送用的库，什么也推不出去：{INSTALL}",
            f"the library for pushes is not installed, and nothing is pushed: {INSTALL}",
        )
    for name, why in (said or {}).get("bad", {}).items():
        unknown = why.startswith("no service")
        scheme = targets[name].partition("://")[0]
        problems.add(
            f"push.targets.{name}",
            f"没有名为“{scheme}”的推送服务（见 docs/push.md）"
            if unknown
            else f"{scheme}:// 的地址缺少这个服务要的内容（见 docs/push.md）",
            f"no push service is called {scheme!r} (see docs/push.md)"
            if unknown
            else f"a {scheme}:// address needs more than this (see docs/push.md)",
        )
    if problems.found:
        raise ConfigError(file, problems.found)
    return tuple(notes.found)


def _asked(targets: dict[str, str]) -> dict[str, dict[str, str]] | None:
    """Return what the child says of the targets; None: nothing."""
    try:
        result = subprocess.run(
            CHILD,
            input=json.dumps({"targets": targets}) + "\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )
        said = json.loads(result.stdout.partition("\n")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return said if isinstance(said, dict) else None
