from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.events import Phrase
from devices.errors import PayloadError
from devices.profiles import native
from devices.prompt import (
    LIGHTS,
    PAYLOAD_BYTES_MAX,
    TEXT_CHARS_MAX,
    PhraseName,
    decode_prompt,
    encode_prompt,
)
from gateway.transports.mqtt_prompt import _ON_THE_WIRE

UNTIL = datetime(2026, 11, 23, 1, 5, tzinfo=UTC)


def test_the_phrases_and_lights_are_those_of_the_core() -> None:
    known = {_ON_THE_WIRE.get(phrase, phrase).value for phrase in Phrase}
    assert set(get_args(PhraseName)) == set(LIGHTS) == known


def test_lights_tell_the_phrases_apart() -> None:
    assert len({(light.colour, light.pattern) for light in LIGHTS.values()}) == len(LIGHTS)


@given(
    key=st.text(min_size=1, max_size=50),
    phrase=st.sampled_from(sorted(LIGHTS)),
    text=st.text(min_size=1, max_size=TEXT_CHARS_MAX),
    language=st.sampled_from(["zh", "en", "yue"]),
)
def test_the_device_reads_what_was_sent(key: str, phrase: str, text: str, language: str) -> None:
    payload = encode_prompt(key=key, phrase=phrase, text=text, language=language, expires_at=UNTIL)
    assert len(payload) <= PAYLOAD_BYTES_MAX
    said = decode_prompt("h1-panel", payload)
    assert (said.key, said.phrase, said.text, said.language) == (key, phrase, text, language)
    assert said.light == LIGHTS[phrase]
    assert said.expires_at == UNTIL


@pytest.mark.parametrize(
    "wrong",
    [
        {"phrase": "dance"},
        {"language": "Deutsch!"},
        {"text": ""},
        {"text": "啊" * (TEXT_CHARS_MAX + 1)},
        {"key": ""},
    ],
)
def test_a_prompt_out_of_the_protocol_is_not_sent(wrong: dict[str, str]) -> None:
    right = {"key": "k", "phrase": "coming", "text": "有人来了", "language": "zh"}
    with pytest.raises(ValueError, match=r"at `\$"):
        encode_prompt(**(right | wrong), expires_at=UNTIL)


@given(st.binary(max_size=100))
def test_garbage_is_refused(payload: bytes) -> None:
    with pytest.raises(PayloadError, match="h1-panel"):
        decode_prompt("h1-panel", payload)


def test_the_native_profile_offers_it_too() -> None:
    assert native.encode_prompt is encode_prompt
    assert native.decode_prompt is decode_prompt
