from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.topic import (
    ID_CHARS_MAX,
    ID_PATTERN,
    PARTS_DOWN,
    PARTS_UP,
    is_id,
    native_topic,
    parse_native,
    part_of,
)

IDS = st.from_regex(ID_PATTERN, fullmatch=True)


@given(IDS, IDS, st.sampled_from(PARTS_UP + PARTS_DOWN))
def test_parsing_undoes_composing(household: str, device: str, part: str) -> None:
    assert parse_native(native_topic(household, device, part)) == (household, device, part)


@given(st.text())
def test_any_text_is_a_topic_or_is_none(text: str) -> None:
    found = parse_native(text)
    assert found is None or native_topic(*found) == text


@pytest.mark.parametrize(
    "topic",
    [
        "care/v1/h1/d1",
        "care/v1/h1/d1/event/",
        "care/v1/h1/d1/event\n",
        "care/v1/h1//event",
        "care/v1/h 1/d1/event",
        "care/v1/家/d1/event",
        "care/v1/h1/d1/dance",
        "care/v2/h1/d1/event",
        "CARE/v1/h1/d1/event",
        f"care/v1/h1/{'x' * (ID_CHARS_MAX + 1)}/event",
        "",
    ],
)
def test_another_topic_is_not_ours(topic: str) -> None:
    assert parse_native(topic) is None


@pytest.mark.parametrize("name", ["", "a/b", "a+", "#", "家", "x" * (ID_CHARS_MAX + 1), "a\n"])
def test_an_id_that_cannot_stand_in_a_topic_is_refused_by_name(name: str) -> None:
    assert not is_id(name)
    with pytest.raises(ValueError, match="cannot stand in a topic"):
        native_topic("h1", name, "event")
    with pytest.raises(ValueError, match="cannot stand in a topic"):
        native_topic(name, "d1", "event")


def test_a_part_outside_the_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="no such part: 'dance'"):
        native_topic("h1", "d1", "dance")


@pytest.mark.parametrize("base", ["zigbee2mqtt/李家 呼叫器", "zigbee2mqtt/living room", "z/a/b"])
def test_a_part_follows_any_name(base: str) -> None:
    assert part_of(base, base) == ""
    assert part_of(f"{base}/availability", base) == "availability"
    assert part_of(f"{base}2", base) is None
    assert part_of("zigbee2mqtt/bridge/state", base) is None
