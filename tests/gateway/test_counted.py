"""What is counted has a name in both languages."""

from __future__ import annotations

import ast
from pathlib import Path

from gateway.counted import in_both

COUNTING = ("counters.count", "counters.add", "_set_aside")


def counted() -> set[str]:
    """Every name under which the gateway counts something."""
    return {
        node.args[0].value
        for source in Path("gateway").rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(COUNTING)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_all_that_is_counted_has_a_chinese_name() -> None:
    names = counted()
    assert {"bad payload", "flaw", "repeated batch", "wearable blind seconds"} <= names
    for name in sorted(names):
        assert in_both(name).endswith(f" / {name}"), f"{name!r}: name it in gateway/counted.py"
    assert in_both("of another part") == "of another part"
