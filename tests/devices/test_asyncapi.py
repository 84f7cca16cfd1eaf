"""The published protocol and the code say the same, in both directions."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from devices import accel, prompt, topic
from devices.errors import PayloadError
from devices.moment import AHEAD_MAX, BEHIND_MAX, UNIX_MS_MAX
from devices.observation import AnyObservation, HazardKind
from devices.profile import Wire
from devices.profiles import native
from devices.profiles.native import NATIVE
from devices.prompt import LIGHTS, PromptMessage, decode_prompt, encode_prompt
from tests.contracts.test_profiles import observed

FILE = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
API: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
MESSAGES: dict[str, Any] = API["components"]["messages"]
TYPES: dict[str, type[msgspec.Struct]] = {**native.MESSAGES, "prompt": PromptMessage}
PARTS = topic.PARTS_UP + topic.PARTS_DOWN
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

EXAMPLES = [
    (part, example["name"], json.dumps(example["payload"], ensure_ascii=False).encode())
    for part in TYPES
    for example in MESSAGES[part]["examples"]
]


def resolved(node: Any) -> Any:
    """The node with every reference followed."""
    if isinstance(node, list):
        return [resolved(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = API
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return resolved(target)
    return {name: resolved(item) for name, item in node.items()}


@cache
def fields(part: str) -> dict[str, Any]:
    """What the document says of each field of a message."""
    schema = resolved(MESSAGES[part]["payload"])
    pieces = schema.get("allOf", [schema])
    return {name: rule for piece in pieces for name, rule in piece["properties"].items()}


@cache
def required(part: str) -> set[str]:
    schema = resolved(MESSAGES[part]["payload"])
    return {name for piece in schema.get("allOf", [schema]) for name in piece.get("required", [])}


def valid(part: str, payload: bytes) -> None:
    said = json.loads(payload)
    jsonschema.validate(said, resolved(MESSAGES[part]["payload"]), jsonschema.Draft7Validator)
    assert set(said) <= set(fields(part))
    assert len(payload) <= MESSAGES[part]["x-bytes-max"]


def code_schema(type_: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of a type as the code enforces it, written as the document writes it."""
    _, parts = msgspec.json.schema_components([type_])

    def plain(rule: Any) -> Any:
        if "$ref" in rule:
            return plain(parts[rule["$ref"].rpartition("/")[2]])
        rule = next((one for one in rule.get("anyOf", [rule]) if one != {"type": "null"}), rule)
        rule = {name: value for name, value in rule.items() if name not in ("default", "title")}
        rule.pop("description", None)
        if "pattern" in rule:
            rule["pattern"] = rule["pattern"].replace(r"\Z", "$")
        if "properties" in rule:
            rule["properties"] = {name: plain(one) for name, one in rule["properties"].items()}
        return rule

    schema: dict[str, Any] = plain(parts[type_.__name__])
    return schema


def without_words(rule: Any) -> Any:
    if not isinstance(rule, dict):
        return rule
    return {name: without_words(item) for name, item in rule.items() if name != "description"}


def test_every_part_is_a_channel_and_nothing_else_is() -> None:
    addresses = {name: channel["address"] for name, channel in API["channels"].items()}
    assert addresses == {part: f"{topic.PREFIX}/{{household}}/{{device}}/{part}" for part in PARTS}
    for part, address in addresses.items():
        filled = address.format(household="h1", device="h1-panel")
        assert topic.parse_native(filled) == ("h1", "h1-panel", part)
    for parameter in API["components"]["parameters"].values():
        assert parameter["x-pattern"] == f"^{topic.ID_PATTERN}$"


def test_every_channel_has_one_operation_with_the_quality_the_code_asks_for() -> None:
    seen = {}
    for operation in API["operations"].values():
        part = operation["channel"]["$ref"].rpartition("/")[2]
        mqtt = operation["bindings"]["mqtt"]
        seen[part] = (operation["action"], mqtt["qos"], mqtt["retain"])
    assert seen == {
        part: (
            "send" if part in topic.PARTS_UP else "receive",
            topic.QOS[part],
            part in topic.RETAINED,
        )
        for part in PARTS
    }


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    text = FILE.read_text(encoding="utf-8")
    resolved(API)
    for kind in ("messages", "schemas", "parameters", "securitySchemes"):
        for name in API["components"][kind]:
            assert f"#/components/{kind}/{name}" in text


@pytest.mark.parametrize("part", TYPES)
def test_the_document_and_the_code_have_the_same_fields_and_limits(part: str) -> None:
    code = code_schema(TYPES[part])
    assert without_words(fields(part)) == code["properties"]
    assert required(part) == set(code["required"])


@pytest.mark.parametrize("part", TYPES)
def test_every_field_says_what_it_means(part: str) -> None:
    assert all(rule.get("description") for rule in fields(part).values())


def test_sizes_are_those_of_the_code() -> None:
    sizes = {part: MESSAGES[part]["x-bytes-max"] for part in PARTS}
    assert sizes == dict.fromkeys(native.MESSAGES, native.PAYLOAD_BYTES_MAX) | {
        "accel": accel.BATCH_BYTES_MAX,
        "prompt": prompt.PAYLOAD_BYTES_MAX,
    }


def test_times_in_the_text_are_those_of_the_code() -> None:
    text = " ".join(API["info"]["description"].split())
    minutes, days = timedelta(minutes=1), timedelta(days=1)
    assert f"After {NATIVE.heartbeat // minutes} minutes of silence" in text
    assert f"every {NATIVE.heartbeat // minutes // 3} minutes" in text
    assert f"{BEHIND_MAX // days} days behind or {AHEAD_MAX // minutes} minutes ahead" in text


@pytest.mark.parametrize(("part", "name", "payload"), EXAMPLES)
def test_every_example_is_valid_and_is_read(part: str, name: str, payload: bytes) -> None:
    valid(part, payload)
    if part == "prompt":
        assert decode_prompt("d", payload).phrase == name
    else:
        assert NATIVE.decode("d", Wire(part, payload, AT))


def test_the_examples_show_every_field_of_every_message() -> None:
    for part in TYPES:
        shown = {name for where, _, text in EXAMPLES if where == part for name in json.loads(text)}
        own = set(fields(part)) - set(native.Stamp.__struct_fields__)
        assert own <= shown
    stamps = {name for _, _, payload in EXAMPLES for name in json.loads(payload)}
    assert set(native.Stamp.__struct_fields__) <= stamps


@given(st.data())
def test_whatever_the_code_sends_up_is_in_the_document(data: st.DataObject) -> None:
    observation = data.draw(st.sampled_from(get_args(AnyObservation)).flatmap(observed))
    try:
        wire = NATIVE.encode(observation)
    except TypeError:
        return
    valid(wire.part, wire.payload)


@given(
    phrase=st.sampled_from(sorted(LIGHTS)),
    text=st.text(min_size=1, max_size=200),
    language=st.sampled_from(["zh", "en"]),
)
def test_whatever_the_code_sends_down_is_in_the_document(
    phrase: str, text: str, language: str
) -> None:
    payload = encode_prompt(key="k", phrase=phrase, text=text, language=language, expires_at=AT)
    valid("prompt", payload)


@given(st.data())
def test_whatever_the_document_forbids_is_refused(data: st.DataObject) -> None:
    part, _, payload = data.draw(st.sampled_from(EXAMPLES))
    said = json.loads(payload)
    name = data.draw(st.sampled_from(sorted(fields(part))))
    said[name] = data.draw(
        st.booleans() | st.integers() | st.text(max_size=300) | st.lists(st.integers(), max_size=2)
    )
    wrong = json.dumps(said).encode()
    try:
        valid(part, wrong)
    except (jsonschema.ValidationError, AssertionError):
        allowed = False
    else:
        allowed = True
    try:
        if part == "prompt":
            decode_prompt("d", wrong)
            flawed = False
        else:
            seen = NATIVE.decode("d", Wire(part, wrong, AT))
            flaws = [getattr(one, "flaw", "") for one in seen]
            flawed = any(flaw and "implausible" not in flaw for flaw in flaws)
    except PayloadError:
        flawed = True
    assert flawed is not allowed


def test_the_lights_are_those_of_the_code() -> None:
    assert MESSAGES["prompt"]["x-lights"] == msgspec.to_builtins(LIGHTS)


def test_every_hazard_is_a_field() -> None:
    assert {kind.value for kind in HazardKind} <= set(fields("state"))


def test_the_binary_layout_is_that_of_the_code() -> None:
    message = MESSAGES["accel"]
    rows = {row["field"]: row for row in message["x-header"]}
    layout = "<" + "".join(row["format"] for row in rows.values())
    assert layout == accel.HEADER.format
    offset = 0
    for row in rows.values():
        assert row["offset"] == offset
        assert row["bytes"] == struct.calcsize("<" + row["format"])
        offset += row["bytes"]
    assert offset == accel.HEADER.size
    assert rows["magic"]["const"].encode() == accel.MAGIC
    assert rows["version"]["const"] == accel.VERSION
    assert tuple(rows["range"]["enum"]) == accel.RANGES_G
    limits = {
        name: (row["minimum"], row["maximum"]) for name, row in rows.items() if "maximum" in row
    }
    assert limits == {
        "rate": (accel.RATE_HZ_MIN * 100, accel.RATE_HZ_MAX * 100),
        "count": (1, accel.BATCH_SAMPLES_MAX),
        "start": (0, UNIX_MS_MAX),
        "seq": (0, accel.SEQ_MAX),
    }
    assert rows["boot"]["pattern"] == fields("state")["boot"]["pattern"]
    sample = message["x-sample"]
    assert sample["bytes"] == struct.calcsize("<" + sample["format"]) == accel.SAMPLE_BYTES
    assert message["payload"]["maxLength"] == accel.BATCH_BYTES_MAX
    assert message["payload"]["minLength"] == accel.HEADER.size + accel.SAMPLE_BYTES


def test_the_binary_example_is_read() -> None:
    read = accel.decode_batch("d", bytes.fromhex(MESSAGES["accel"]["x-example-hex"]))
    assert (read.boot, read.seq, read.rate_hz, read.range_g) == ("3f9a01c7", 3, 100, 8)
    assert read.start == AT
    assert read.samples.tolist() == [[16, 0, 4096], [0, 4095, -4]]


def test_the_layout_in_the_code_is_told_as_in_the_document() -> None:
    assert accel.__doc__ is not None
    for row in MESSAGES["accel"]["x-header"]:
        assert f"| {row['offset']} | {row['bytes']} | {row['field']} |" in accel.__doc__
