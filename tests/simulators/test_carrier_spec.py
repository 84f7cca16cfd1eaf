"""Our parameters and answers beside the provider's public interface description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulators.carrier import parameters
from simulators.carrier.core import Carrier
from simulators.carrier.refusal import MORE_INFO
from simulators.carrier.virtual import VirtualCarrier
from simulators.phones.people import HABITS, Person

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "twilio_api_v2010.json"
ACCOUNTS = "/2010-04-01/Accounts/{AccountSid}"
WANG = "+85251000001"
LI = "+85251000003"

needs_spec = pytest.mark.skipif(
    not SPEC.exists(), reason="the provider's interface description is not on this machine"
)


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SPEC.read_text())
    return loaded


RESOURCES = [
    ("/Messages.json", "post", parameters.CREATE_MESSAGE),
    ("/Messages.json", "get", parameters.LIST_MESSAGES),
    ("/Messages/{Sid}.json", "post", parameters.UPDATE_MESSAGE),
    ("/Messages/{Sid}.json", "get", parameters.NONE),
    ("/Messages/{Sid}.json", "delete", parameters.NONE),
    ("/Calls.json", "post", parameters.CREATE_CALL),
    ("/Calls.json", "get", parameters.LIST_CALLS),
    ("/Calls/{Sid}.json", "post", parameters.UPDATE_CALL),
    ("/Calls/{Sid}.json", "get", parameters.NONE),
    ("/Calls/{Sid}.json", "delete", parameters.NONE),
]


@needs_spec
@pytest.mark.parametrize(("path", "method", "allowed"), RESOURCES)
def test_each_resource_allows_exactly_what_the_provider_does(
    spec: dict[str, Any], path: str, method: str, allowed: frozenset[str]
) -> None:
    operation = spec["paths"][ACCOUNTS + path][method]
    named = {row["name"] for row in operation.get("parameters", []) if row["in"] == "query"}
    body = operation.get("requestBody")
    if body is not None:
        form = body["content"]["application/x-www-form-urlencoded"]["schema"]
        named |= set(form.get("properties", {}))
    assert allowed == named


@pytest.mark.parametrize(("path", "method", "allowed"), RESOURCES)
def test_what_we_do_not_carry_is_known_by_name(
    path: str, method: str, allowed: frozenset[str]
) -> None:
    known = frozenset().union(*(names for _, _, names in RESOURCES))
    assert known >= parameters.NOT_CARRIED
    assert known >= parameters.MANY


@needs_spec
def test_every_answer_fits_the_providers_description(spec: dict[str, Any]) -> None:
    carrier = _a_busy_day()
    paths = [
        ("Messages.json", "/Messages.json"),
        ("Messages.json?", "/Messages.json"),
        ("Calls.json", "/Calls.json"),
    ]
    for asked, described in paths:
        pairs = (("PageSize", "2"), ("Page", "1")) if asked.endswith("?") else ()
        answer = carrier.ask("GET", asked.rstrip("?"), *pairs)
        _check(spec, described, "get", answer.status, answer.body)
    for message in carrier.core.messages():
        answer = carrier.ask("GET", f"Messages/{message.sid}.json")
        _check(spec, "/Messages/{Sid}.json", "get", answer.status, answer.body)
    for call in carrier.core.calls():
        answer = carrier.ask("GET", f"Calls/{call.sid}.json")
        _check(spec, "/Calls/{Sid}.json", "get", answer.status, answer.body)
    _check(spec, "/Messages.json", "post", 201, carrier.send(WANG, "【桃花】你好"))
    _check(spec, "/Calls.json", "post", 201, carrier.call(LI, Twiml="<Response/>"))
    sid = carrier.core.messages()[-1].sid
    answer = carrier.ask("POST", f"Messages/{sid}.json", ("Body", ""))
    _check(spec, "/Messages/{Sid}.json", "post", answer.status, answer.body)
    sid = carrier.core.calls()[0].sid
    answer = carrier.ask("POST", f"Calls/{sid}.json", ("Status", "completed"))
    _check(spec, "/Calls/{Sid}.json", "post", answer.status, answer.body)


@pytest.mark.parametrize(
    ("method", "path", "pair"),
    [
        ("POST", "Messages.json", ("Boddy", "x")),
        ("POST", "Messages.json", ("statuscallback", "x")),
        ("POST", "Calls.json", ("TwiML", "x")),
        ("POST", "Calls.json", ("StatusCallbackEvents", "x")),
        ("GET", "Messages.json", ("DateSent>=", "2026-01-01")),
        ("GET", "Calls.json", ("Limit", "1")),
    ],
)
def test_a_misspelt_parameter_is_refused(method: str, path: str, pair: tuple[str, str]) -> None:
    carrier = VirtualCarrier(Carrier())
    answer = carrier.ask(method, path, pair)
    assert answer.status == 400
    assert answer.body is not None
    assert answer.body["code"] == 20001
    assert pair[0] in str(answer.body["message"])


def test_the_refusal_of_a_wrong_case_says_what_was_meant() -> None:
    answer = VirtualCarrier(Carrier()).ask("POST", "Calls.json", ("TwiML", "x"))
    assert answer.body is not None
    assert "did you mean 'Twiml'?" in str(answer.body["message"])


def test_a_parameter_given_twice_is_refused() -> None:
    answer = VirtualCarrier(Carrier()).ask("POST", "Messages.json", ("To", WANG), ("To", LI))
    assert answer.body is not None
    assert "more than once" in str(answer.body["message"])


def test_errors_look_like_the_providers() -> None:
    answer = VirtualCarrier(Carrier()).ask("GET", "Messages/SMnone.json")
    path = "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages/SMnone.json"
    assert answer.body == {
        "code": 20404,
        "message": f"The requested resource {path} was not found",
        "more_info": MORE_INFO.format(code=20404),
        "status": 404,
    }


def _a_busy_day() -> VirtualCarrier:
    """Return a carrier with texts and calls in every state."""
    people = [
        Person(number=f"+8525100001{index}", habit=habit)
        for index, habit in enumerate(HABITS.values())
    ]
    carrier = VirtualCarrier(Carrier(people))
    document = "<Response><Gather timeout='5'><Say>hello</Say></Gather></Response>"
    for person in people:
        carrier.send(person.number, "【桃花】请回复1")
        carrier.call(person.number, Twiml=document, MachineDetection="Enable")
    carrier.run(120)
    carrier.send(WANG, "【桃花】ringing")
    carrier.call(WANG, Twiml=document)
    carrier.run(2)
    return carrier


def _check(spec: dict[str, Any], path: str, method: str, status: int, body: Any) -> None:
    response = spec["paths"][ACCOUNTS + path][method]["responses"][str(status)]
    schema = _closed(response["content"]["application/json"]["schema"], spec)
    errors = list(Draft202012Validator(schema).iter_errors(body))
    assert not errors, "\n".join(f"{path} {error.json_path}: {error.message}" for error in errors)


def _closed(schema: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of the description as strict JSON schema: no additional properties."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _closed(spec["components"]["schemas"][name], spec)
    kind = schema.get("type")
    closed: dict[str, Any] = {
        key: schema[key] for key in ("enum", "pattern", "minLength", "maxLength") if key in schema
    }
    if kind is not None:
        closed["type"] = [kind, "null"] if schema.get("nullable") else kind
    if schema.get("nullable") and kind is not None:
        closed = {"anyOf": [{"type": "null"}, {**closed, "type": kind}]}
    if kind == "object" and "properties" in schema:
        closed["properties"] = {
            name: _closed(inner, spec) for name, inner in schema["properties"].items()
        }
        closed["additionalProperties"] = False
        closed["required"] = list(schema["properties"])
    if kind == "array":
        closed["items"] = _closed(schema["items"], spec)
    return closed
