"""Studio: flows as the provider keeps them, and their executions.

A flow is the JSON a caller installs; it is carried out widget by widget, the ones that need a
call as documents for it, just as the provider does. Widgets and conditions that nobody here
uses are refused when a flow is installed, so that none is silently skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from simulators.carrier import parameters as known
from simulators.carrier.calls import Calls
from simulators.carrier.flowdocs import HANG_UP, gather, say
from simulators.carrier.network import INNER, Network
from simulators.carrier.parameters import Pairs, Parameters
from simulators.carrier.refusal import Refused, bad, not_found

Json = dict[str, object]
Widget = dict[str, object]

WIDGETS = frozenset(
    {
        *("trigger", "make-outgoing-call-v2", "set-variables", "split-based-on"),
        *("gather-input-on-call", "say-play"),
    }
)
CONDITIONS: dict[str, Callable[[str, str], bool]] = {
    "equal_to": lambda found, wanted: found == wanted,
    "contains": lambda found, wanted: wanted in found,
}
MISSED = {"busy": "busy", "no-answer": "noAnswer", "failed": "failed", "canceled": "failed"}
"""The event of a call that nobody took, by its status."""
STEPS_MAX = 500

_HOLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow that is installed."""

    sid: str
    name: str
    initial: str
    widgets: dict[str, Widget]
    created_at: datetime


@dataclass(kw_only=True)
class Execution:
    """One run of a flow, for one phone."""

    sid: str
    flow: Flow
    to: str
    sender: str
    data: Json
    at: str
    created_at: datetime
    updated_at: datetime
    call: str = ""
    is_active: bool = True
    variables: dict[str, str] = field(default_factory=dict)
    widgets: dict[str, Json] = field(default_factory=dict)
    steps: list[Json] = field(default_factory=list)

    def context(self) -> Json:
        """Return what widgets see, as the provider shows it."""
        return {
            "contact": {"channel": {"address": self.to}},
            "flow": {
                "sid": self.sid,
                "flow_sid": self.flow.sid,
                "channel": {"address": self.sender},
                "data": self.data,
                "variables": self.variables,
            },
            "trigger": {"request": {"to": self.to, "from": self.sender}},
            "widgets": self.widgets,
        }


class Studio:
    """All flows and executions of the account."""

    def __init__(self, network: Network, calls: Calls) -> None:
        self._network = network
        self._calls = calls
        self.flows: dict[str, Flow] = {}
        self.executions: dict[str, Execution] = {}
        network.inner = self._document

    # ---------------------------------------------------------------- resources

    def install(self, now: datetime, form: Pairs) -> Flow:
        """Publish a flow.

        Raises:
            Refused: it could not be carried out.
        """
        given = Parameters(form, known.CREATE_FLOW)
        if given.choice("Status", "", "published", "draft") != "published":
            raise bad(20001, "Status must be published here: drafts are not carried out")
        try:
            definition = json.loads(given.text("Definition"))
            widgets = {str(state["name"]): state for state in definition["states"]}
            initial = str(definition["initial_state"])
        except (ValueError, KeyError, TypeError) as error:
            raise bad(20001, f"Definition cannot be read: {error!r}") from None
        if wrong := flaw(widgets, initial):
            raise bad(20001, f"Definition is not valid: {wrong}")
        name = given.text("FriendlyName")
        flow = Flow(
            sid=self._network.sid("FW"), name=name, initial=initial, widgets=widgets, created_at=now
        )
        self.flows[flow.sid] = flow
        return flow

    def start(self, now: datetime, flow_sid: str, path: str, form: Pairs) -> Execution:
        """Begin an execution, as a request does.

        Raises:
            Refused: no such flow, or a number or parameters that are none.
        """
        flow = self.flow(flow_sid, path)
        given = Parameters(form, known.CREATE_EXECUTION)
        to, sender = given.text("To"), given.text("From")
        if not to or not sender:
            raise bad(20001, "Missing required parameter To or From")
        try:
            data = json.loads(given.text("Parameters", "{}"))
        except ValueError:
            raise bad(20001, "Parameters is not valid JSON") from None
        run = Execution(
            sid=self._network.sid("FN"),
            flow=flow,
            to=to,
            sender=sender,
            data=data,
            at=flow.initial,
            created_at=now,
            updated_at=now,
        )
        self.executions[run.sid] = run
        self._walk(now, run, "incomingRequest")
        return run

    def flow(self, sid: str, path: str) -> Flow:
        """Return a flow; raises Refused."""
        if sid not in self.flows:
            raise not_found(path)
        return self.flows[sid]

    def execution(self, flow_sid: str, sid: str, path: str) -> Execution:
        """Return an execution of a flow; raises Refused."""
        run = self.executions.get(sid)
        if run is None or run.flow.sid != flow_sid:
            raise not_found(path)
        return run

    # ---------------------------------------------------------------- carrying out

    def _document(self, now: datetime, url: str, form: dict[str, str]) -> bytes:
        """Answer a call of ours: what it says next, or that it is over."""
        parts = urlsplit(url)
        sid, _, what = parts.path.removeprefix(urlsplit(INNER).path).partition("/")
        run = self.executions[sid]
        status = form.get("CallStatus", "")
        if run.at in run.flow.widgets and _kind(run.flow.widgets[run.at]) == _CALL:
            kept = {name: form[name] for name in ("CallSid", "CallStatus") if name in form}
            run.widgets[run.at] = kept | {"AnsweredBy": form.get("AnsweredBy", "")}
        if what == "status":
            if not run.is_active:
                return b""
            if status in MISSED:
                return self._walk(now, run, MISSED[status])
            self._end(now, run, "callCompleted")
            return b""
        if what == "talk":
            return self._walk(now, run, "answered")
        event = dict(parse_qsl(parts.query)).get("event", "")
        if form.get("Digits"):
            run.widgets[run.at] = {"Digits": form["Digits"]}
            event = "keypress"
        return self._walk(now, run, event)

    def _walk(self, now: datetime, run: Execution, event: str) -> bytes:
        """Go on from where it is until a widget waits for the phone; return what that says."""
        widget = run.flow.widgets[run.at]
        following = _next(widget, event)
        while following is not None and len(run.steps) < STEPS_MAX:
            self._note(now, run, event, following)
            run.at, widget = following, run.flow.widgets[following]
            url = f"{INNER}{run.sid}/{run.at}"
            properties = _properties(widget)
            match _kind(widget):
                case "gather-input-on-call":
                    return gather(properties, self._filled(run, properties.get("say")), url)
                case "say-play":
                    return say(properties, self._filled(run, properties.get("say")), url)
                case "make-outgoing-call-v2":
                    if self._call(now, run, properties):
                        return b""
                    event = "failed"
                    following = _next(widget, event)
                case "set-variables":
                    for variable in _list(properties, "variables"):
                        value = self._filled(run, variable["value"])
                        run.variables[str(variable["key"])] = value
                    event = "next"
                    following = _next(widget, event)
                case _:
                    event, following = self._split(run, widget)
        self._end(now, run, event)
        return HANG_UP

    def _call(self, now: datetime, run: Execution, properties: Json) -> bool:
        """Place the call of a widget; return False if it is refused."""
        pairs = [
            ("To", self._filled(run, properties["to"])),
            ("From", self._filled(run, properties["from"])),
            ("Url", f"{INNER}{run.sid}/talk"),
            ("Timeout", str(properties.get("timeout", 60))),
            ("StatusCallback", f"{INNER}{run.sid}/status"),
        ]
        if properties.get("detect_answering_machine"):
            pairs.append(("MachineDetection", str(properties["machine_detection"])))
        try:
            run.call = self._calls.create(now, Parameters(tuple(pairs), known.CREATE_CALL)).sid
        except Refused as refused:
            self._network.warn(now, run.sid, refused.code, str(refused))
            return False
        return True

    def _split(self, run: Execution, widget: Widget) -> tuple[str, str | None]:
        for transition in _list(widget, "transitions"):
            conditions = _list(transition, "conditions")
            if transition["event"] == "match" and all(
                CONDITIONS[str(one["type"])](
                    self._filled(run, _first(one, "arguments")), str(one["value"])
                )
                for one in conditions
            ):
                return "match", _following(transition)
        return "noMatch", _next(widget, "noMatch")

    def _filled(self, run: Execution, text: object) -> str:
        context = run.context()

        def value(hole: re.Match[str]) -> str:
            here: object = context
            for name in hole[1].split("."):
                here = here.get(name) if isinstance(here, dict) else None
            return here if isinstance(here, str) else ""

        return _HOLE.sub(value, str(text or ""))

    def _note(self, now: datetime, run: Execution, event: str, to: str) -> None:
        run.updated_at = now
        step: Json = {"sid": self._network.sid("FT"), "name": event, "at": now}
        run.steps.append(step | {"transitioned_from": run.at, "transitioned_to": to})

    def _end(self, now: datetime, run: Execution, event: str) -> None:
        if run.is_active:
            self._note(now, run, event, "Ended")
            run.is_active = False


_CALL = "make-outgoing-call-v2"


def flaw(widgets: dict[str, Widget], initial: str) -> str:
    """Return the first thing that keeps a flow from being carried out; empty: nothing."""
    if initial not in widgets:
        return f"initial_state {initial!r} is no state"
    for name, widget in widgets.items():
        if _kind(widget) not in WIDGETS:
            return f"{name}: widget {_kind(widget)!r} is not carried out here"
        for transition in _list(widget, "transitions"):
            following = _following(transition)
            if following is not None and following not in widgets:
                return f"{name}: goes to {following!r}, which is no state"
            for one in _list(transition, "conditions"):
                if one.get("type") not in CONDITIONS:
                    return f"{name}: condition {one.get('type')!r} is not carried out here"
    return ""


def _kind(widget: Widget) -> str:
    return str(widget.get("type"))


def _properties(widget: Widget) -> Json:
    found = widget.get("properties")
    return found if isinstance(found, dict) else {}


def _list(within: Json, name: str) -> list[Json]:
    found = within.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _first(within: Json, name: str) -> object:
    found = within.get(name)
    return found[0] if isinstance(found, list) and found else ""


def _following(transition: Json) -> str | None:
    following = transition.get("next")
    return following if isinstance(following, str) else None


def _next(widget: Widget, event: str) -> str | None:
    for transition in _list(widget, "transitions"):
        if transition["event"] == event:
            return _following(transition)
    return None
