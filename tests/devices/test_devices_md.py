"""The page about devices says what is there."""

from __future__ import annotations

import re
from pathlib import Path

from devices.profiles import PROFILES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
TESTS = "".join(
    path.read_text(encoding="utf-8")
    for folder in ("devices", "contracts")
    for path in (ROOT / "tests" / folder).glob("test_*.py")
)


def test_every_family_is_on_the_page_with_its_heartbeat() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|.*\| ((?:1 day, )?[0-9:]+) \|$", PAGE, re.MULTILINE)
    assert rows == [(profile.model, str(profile.heartbeat)) for profile in PROFILES]


def test_every_test_the_page_names_exists() -> None:
    named = re.findall(r"`(test_\w+)`", PAGE)
    assert named
    assert [name for name in named if f"def {name}(" not in TESTS] == []
