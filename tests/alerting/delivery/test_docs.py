"""Every number in docs/delivery.md is the one in the code."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from alerting.events import ErrorClass
from gateway.store.rows import RowState

DOCUMENT = (Path(__file__).parents[3] / "docs" / "delivery.md").read_text(encoding="utf-8")
CONSTANTS = re.findall(r"\| `([a-z_.]+)\.([A-Z_]+)` \| ([0-9., ]+) \|", DOCUMENT)


@pytest.mark.parametrize(("module", "name", "value"), CONSTANTS)
def test_a_number_is_the_one_in_the_code(module: str, name: str, value: str) -> None:
    found = getattr(import_module(module), name)
    written = [float(part) for part in value.split(",")]
    assert list(found if isinstance(found, tuple) else (found,)) == written


def test_every_state_and_class_is_explained() -> None:
    assert len(CONSTANTS) > 20
    for state in RowState:
        assert f"`{state}`" in DOCUMENT
    for error in ErrorClass:
        assert f"| {error} |" in DOCUMENT
