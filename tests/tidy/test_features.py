"""Every test that docs/features.md names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`((?:tests/|rows/|test_)[\w/]*\.py)(?:::(\w+))?`")


def test_every_story_named_is_there() -> None:
    text = (ROOT / "docs" / "features.md").read_text()
    found = NAMED.findall(text)
    assert len(found) > 25
    for file, test in found:
        if file.startswith("tests/tidy"):
            continue
        path = ROOT / file if file.startswith("tests/") else ROOT / "tests" / "stories" / file
        assert path.exists(), file
        assert not test or f"def {test}(" in path.read_text(), f"{file}::{test}"
