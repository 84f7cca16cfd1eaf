"""The REST interface of Studio v2: paths, and each resource field for field."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from simulators.carrier import parameters as known
from simulators.carrier.parameters import Pairs, Parameters
from simulators.carrier.refusal import bad, not_found
from simulators.carrier.studio import Execution, Flow, Json, Studio

ROOT = "/v2/Flows"
HOST = "https://studio.twilio.com"
PAGE_SIZE = 50

_PATH = re.compile(
    rf"{ROOT}(/(?P<flow>FW[0-9a-f]{{32}})"
    r"(?P<runs>/Executions(/(?P<run>FN[0-9a-f]{32})(/(?P<part>Context|Steps))?)?)?)?"
)


class StudioRest:
    """Answers what is asked of flows and executions."""

    def __init__(self, studio: Studio, account: str) -> None:
        self._studio = studio
        self._account = account

    def answer(
        self, now: datetime, method: str, path: str, query: Pairs, form: Pairs
    ) -> tuple[int, Json]:
        """Return status and body; raises Refused."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise not_found(path)
        flow, run, part = match["flow"], match["run"], match["part"]
        if method == "POST" and not flow:
            return 201, self._flow(self._studio.install(now, form))
        if method == "POST" and match["runs"] and not run:
            return 201, self._run(self._studio.start(now, flow, path, form))
        if method != "GET" or not flow:
            raise bad(20004, f"Method {method} is not carried out for {path}")
        if not match["runs"]:
            return 200, self._flow(self._studio.flow(flow, path))
        if not run:
            self._studio.flow(flow, path)
            return 200, self._runs(flow, query)
        found = self._studio.execution(flow, run, path)
        if part == "Context":
            return 200, self._base(found) | {
                "context": found.context(),
                "execution_sid": found.sid,
                "url": f"{self._url(found)}/Context",
            }
        if part == "Steps":
            steps = [self._step(found, step) for step in found.steps]
            return 200, _paged("steps", steps, f"{self._url(found)}/Steps")
        return 200, self._run(found)

    def _runs(self, flow: str, query: Pairs) -> Json:
        given = Parameters(query, known.LIST_EXECUTIONS)
        status = given.choice("status", "", "active", "ended")
        earliest, latest = (_moment(given, f"DateCreated{end}") for end in ("From", "To"))
        rows = [
            self._run(one)
            for one in reversed(self._studio.executions.values())
            if one.flow.sid == flow
            and (earliest is None or one.created_at >= earliest)
            and (latest is None or one.created_at < latest)
            and (not status or one.is_active is (status == "active"))
        ]
        size = given.number("PageSize", PAGE_SIZE, 1, 1_000)
        return _paged("executions", rows[:size], f"{HOST}{ROOT}/{flow}/Executions")

    def _flow(self, flow: Flow) -> Json:
        url = f"{HOST}{ROOT}/{flow.sid}"
        return {
            "sid": flow.sid,
            "account_sid": self._account,
            "author_sid": None,
            "friendly_name": flow.name,
            "definition": {"states": list(flow.widgets.values())},
            "status": "published",
            "revision": 1,
            "commit_message": None,
            "valid": True,
            "errors": [],
            "warnings": [],
            "date_created": _date(flow.created_at),
            "date_updated": _date(flow.created_at),
            "webhook_url": f"https://webhooks.twilio.com/v1/Accounts/{self._account}/Flows/{flow.sid}",
            "url": url,
            "links": {"executions": f"{url}/Executions"},
        }

    def _run(self, run: Execution) -> Json:
        url = self._url(run)
        return self._base(run) | {
            "sid": run.sid,
            "contact_channel_address": run.to,
            "contact_sid": f"FC{run.sid[2:]}",
            "flow_version": 1,
            "context": {},
            "status": "active" if run.is_active else "ended",
            "initiated_by": "request",
            "date_created": _date(run.created_at),
            "date_updated": _date(run.updated_at),
            "url": url,
            "links": {"steps": f"{url}/Steps", "execution_context": f"{url}/Context"},
        }

    def _step(self, run: Execution, step: Json) -> Json:
        at = step["at"]
        assert isinstance(at, datetime)
        url = f"{self._url(run)}/Steps/{step['sid']}"
        return self._base(run) | {
            **{
                name: step[name] for name in ("sid", "name", "transitioned_from", "transitioned_to")
            },
            "execution_sid": run.sid,
            "parent_step_sid": None,
            "context": {},
            "type": None,
            "date_created": _date(at),
            "date_updated": None,
            "url": url,
            "links": {"step_context": f"{url}/Context"},
        }

    def _base(self, run: Execution) -> Json:
        return {"account_sid": self._account, "flow_sid": run.flow.sid}

    def _url(self, run: Execution) -> str:
        return f"{HOST}{ROOT}/{run.flow.sid}/Executions/{run.sid}"


def _moment(given: Parameters, name: str) -> datetime | None:
    text = given.text(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise bad(20001, f"Parameter '{name}' is {text!r}; expected ISO 8601") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _paged(key: str, rows: list[Json], url: str) -> Json:
    """Return a list as v2 sends it; what does not fit one page is left out here."""
    meta = {
        "key": key,
        "page": 0,
        "page_size": PAGE_SIZE,
        "first_page_url": url,
        "previous_page_url": None,
        "next_page_url": None,
        "url": url,
    }
    return {key: rows, "meta": meta}


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
