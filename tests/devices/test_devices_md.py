"""The page about devices says what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devices.observation import Alive
from devices.profile import Wire
from devices.profiles import BY_MODEL, PROFILES
from devices.topic import parse_native, part_of
from tests.devices.recordings import AT

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


TRIED = [
    (family, topic, payload)
    for families, topic, payload in re.findall(
        r"^\| (`.*) \| `mosquitto_pub .* -t '([^']+)' -m '([^']+)'` \|$", PAGE, re.MULTILINE
    )
    for family in re.findall(r"`([a-z0-9-]+)`", families)
]


def test_there_is_a_message_to_try_for_every_family() -> None:
    assert {family for family, _, _ in TRIED} == set(BY_MODEL)


@pytest.mark.parametrize(("family", "topic", "payload"), TRIED)
def test_the_messages_to_try_say_something(family: str, topic: str, payload: str) -> None:
    if family == "native":
        native = parse_native(topic)
        assert native is not None
        part = native[2]
    else:
        base = topic.split("/")[0] if family == "esphome" else topic
        rest = part_of(topic, base)
        assert rest is not None
        part = rest
    seen = BY_MODEL[family].decode("x", Wire(part, payload.encode(), AT, False))
    assert [one for one in seen if not isinstance(one, Alive)]
    assert not [one for one in seen if isinstance(one, Alive) and one.flaw]
