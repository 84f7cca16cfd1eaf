"""The carrier's Studio: parameters and answers beside the provider's public description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulators.carrier import parameters
from simulators.carrier.core import Carrier
from simulators.carrier.rest import Answer, Request
from simulators.carrier.virtual import VirtualCarrier
from simulators.phones.people import HABITS, Person
from tests.simulators.test_carrier_spec import _closed

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "twilio_studio_v2.json"
FLOW = Path(__file__).parents[2] / "gateway" / "transports" / "twilio_flow.json"
FLOWS = "/v2/Flows"
RUNS = "/v2/Flows/{FlowSid}/Executions"
WANG, FROM = "+85251000001", "+85230000000"

needs_spec = pytest.mark.skipif(
    not SPEC.exists(), reason="the provider's interface description is not on this machine"
)

RESOURCES = [
    (FLOWS, "post", parameters.CREATE_FLOW),
    (RUNS, "post", parameters.CREATE_EXECUTION),
    (RUNS, "get", parameters.LIST_EXECUTIONS),
]


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SPEC.read_text())
    return loaded


class Studio:
    """A carrier on a clock that is told, with the flow we ship."""

    def __init__(self, habit: str = "helpful") -> None:
        self.world = VirtualCarrier(Carrier([Person(number=WANG, habit=HABITS[habit])]))
        self.flow = self.ask("POST", FLOWS, **definition())["sid"]

    def answer(self, method: str, path: str, **pairs: str) -> Answer:
        account = self.world.core.account
        given = tuple(pairs.items())
        request = Request(
            method=method,
            path=path,
            query=given if method == "GET" else (),
            form=given if method == "POST" else (),
            username=account.sid,
            password=account.token,
        )
        return self.world.core.handle(self.world.now, request)

    def ask(self, method: str, path: str, **pairs: str) -> dict[str, Any]:
        body = self.answer(method, path, **pairs).body
        assert isinstance(body, dict)
        return body

    def begins(self, to: str = WANG) -> str:
        said = json.dumps(
            {"language": "zh", "kind": "alarm", "said": "王奶奶呼救", "thanks": "谢谢"}
        )
        path = f"{FLOWS}/{self.flow}/Executions"
        return str(self.ask("POST", path, To=to, From=FROM, Parameters=said)["sid"])

    def run(self, sid: str, part: str = "") -> dict[str, Any]:
        return self.ask("GET", f"{FLOWS}/{self.flow}/Executions/{sid}{part}")


def definition() -> dict[str, str]:
    return {
        "FriendlyName": "guanai",
        "Status": "published",
        "Definition": FLOW.read_text("utf-8"),
    }


@needs_spec
@pytest.mark.parametrize(("path", "method", "allowed"), RESOURCES)
def test_each_resource_allows_exactly_what_the_provider_does(
    spec: dict[str, Any], path: str, method: str, allowed: frozenset[str]
) -> None:
    operation = spec["paths"][path][method]
    named = {row["name"] for row in operation.get("parameters", []) if row["in"] == "query"}
    body = operation.get("requestBody")
    if body is not None:
        form = body["content"]["application/x-www-form-urlencoded"]["schema"]
        named |= set(form["properties"])
    assert allowed == named


@needs_spec
def test_every_answer_fits_the_providers_description(spec: dict[str, Any]) -> None:
    studio = Studio()
    sid = studio.begins()
    studio.world.run(60)
    flow, run = f"{FLOWS}/{studio.flow}", f"{FLOWS}/{studio.flow}/Executions"
    one = RUNS + "/{Sid}"
    said = json.dumps({})
    for method, path, described, given in (
        ("POST", FLOWS, FLOWS, definition()),
        ("GET", flow, FLOWS + "/{Sid}", {}),
        ("POST", run, RUNS, {"To": WANG, "From": FROM, "Parameters": said}),
        ("GET", run, RUNS, {}),
        ("GET", f"{run}/{sid}", one, {}),
        ("GET", f"{run}/{sid}/Context", RUNS + "/{ExecutionSid}/Context", {}),
        ("GET", f"{run}/{sid}/Steps", RUNS + "/{ExecutionSid}/Steps", {}),
    ):
        answer = studio.answer(method, path, **given)
        answers = spec["paths"][described][method.lower()]["responses"]
        schema = answers[str(answer.status)]["content"]["application/json"]["schema"]
        errors = list(Draft202012Validator(_closed(schema, spec)).iter_errors(answer.body))
        assert not errors, "\n".join(f"{path} {e.json_path}: {e.message}" for e in errors)


def test_a_flow_is_carried_out_step_by_step() -> None:
    studio = Studio()
    sid = studio.begins()
    assert studio.run(sid)["status"] == "active"
    studio.world.run(60)
    assert studio.run(sid)["status"] == "ended"
    steps = [(step["name"], step["transitioned_to"]) for step in studio.run(sid, "/Steps")["steps"]]
    assert steps == [
        ("incomingRequest", "call"),
        ("answered", "answered"),
        ("next", "who"),
        ("noMatch", "language"),
        ("noMatch", "ask_zh"),
        ("keypress", "key_zh"),
        ("match", "thanks_zh"),
        ("audioComplete", "Ended"),
    ]
    context = studio.run(sid, "/Context")["context"]
    assert context["widgets"]["ask_zh"] == {"Digits": "1"}
    assert context["flow"]["variables"] == {"outcome": "answered"}


def test_a_person_who_hangs_up_ends_the_execution() -> None:
    studio = Studio("manual")
    sid = studio.begins()
    studio.world.run(3)
    studio.world.core.answer(studio.world.now, WANG)
    studio.world.run(6)
    studio.world.core.hang_up(studio.world.now, WANG)
    studio.world.run(1)
    assert studio.run(sid)["status"] == "ended"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"type": "send-email"}, "widget 'send-email' is not carried out here"),
        ({"transitions": [{"event": "next", "next": "x"}]}, "which is no state"),
        (
            {"transitions": [{"event": "match", "conditions": [{"type": "regex"}]}]},
            "condition 'regex' is not carried out here",
        ),
    ],
)
def test_what_nobody_here_carries_out_is_refused(change: dict[str, Any], why: str) -> None:
    flow = json.loads(FLOW.read_text("utf-8"))
    flow["states"][-1] |= change
    given = definition() | {"Definition": json.dumps(flow)}
    answer = Studio().answer("POST", FLOWS, **given)
    assert answer.status == 400
    assert answer.body is not None
    assert why in str(answer.body["message"])


@pytest.mark.parametrize(
    ("method", "path", "given", "status"),
    [
        ("POST", FLOWS, {"FriendlyName": "x", "Status": "draft", "Definition": "{}"}, 400),
        ("POST", FLOWS, {"FriendlyName": "x", "Status": "published", "Definition": "{"}, 400),
        ("GET", FLOWS, {}, 400),
        ("GET", f"{FLOWS}/FW{'0' * 32}", {}, 404),
        ("GET", f"{FLOWS}/nothing", {}, 404),
        ("POST", f"{FLOWS}/FW{'0' * 32}/Executions", {"To": WANG, "From": FROM}, 404),
    ],
)
def test_a_wrong_request_is_refused(
    method: str, path: str, given: dict[str, str], status: int
) -> None:
    assert Studio().answer(method, path, **given).status == status


def test_an_execution_needs_its_numbers_and_parameters_that_are_json() -> None:
    studio = Studio()
    path = f"{FLOWS}/{studio.flow}/Executions"
    assert studio.answer("POST", path, To=WANG).status == 400
    assert studio.answer("POST", path, To=WANG, From=FROM, Parameters="{").status == 400
    assert studio.answer("GET", f"{path}/FN{'0' * 32}").status == 404
