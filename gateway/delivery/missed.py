"""Alarms that grew old because no path was there: one summary for each person, once it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import msgspec

from alerting.delivery import outage
from alerting.delivery.capabilities import SMS
from alerting.delivery.registered import Extra
from alerting.events import ErrorClass, Purpose
from alerting.incident import Urgency
from gateway.clock import Clock
from gateway.delivery.job import Job
from gateway.store.rows import OutboxRow, RowState

LIFE = timedelta(hours=48)
"""So long after the first of them a summary is still worth reading."""
PREFIX = "reply/missed/"
"""How the keys of summaries begin: they are messages of no incident."""
INCIDENTS_MAX = 1_000
AGAIN_SECONDS = 5.0

_OUTAGE = frozenset({ErrorClass.TRANSIENT, ErrorClass.AMBIGUOUS})
_SIGNATURE = re.compile(r"^(【[^】]{1,20}】|[^:。，]{1,20}: )")
_LISTED = "missed"
_HEAD = "head"


class Missed:
    """Writes summaries and keeps them up to date until they go out.

    A summary is a message like others, owed from the first alarm that expired on, so that
    it outlives a restart; what it sums up is in its row.
    """

    def __init__(
        self,
        clock: Clock,
        owe: Callable[[OutboxRow], None],
        find: Callable[[str], Job | None],
        note: Callable[[OutboxRow], None],
        can_text: Callable[[str], bool],
    ) -> None:
        """Make it.

        Args:
            clock: the time.
            owe: takes over a row that is owed from now on, and writes it down.
            find: a message that is still carried, by its key.
            note: writes a changed row down.
            can_text: whether anything carries a text to a phone.
        """
        self._clock = clock
        self._owe = owe
        self._find = find
        self._note = note
        self._can_text = can_text
        self._keys: dict[tuple[str, str], str] = {}
        """The summary in the making, by person and address."""
        self._answered: dict[str, None] = {}

    def expired(self, row: OutboxRow, error: ErrorClass | None) -> None:
        """Take note of an alarm that is too old; `error`: what its last try met."""
        if row.purpose is not Purpose.ALARM or not row.responder or error not in _OUTAGE:
            return
        job = self._open(row)
        if job is None:
            self._begin(row)
            return
        if job.row.state is RowState.LEASED:
            # it is being sent as it is: whether it goes out so is known in a moment
            self._clock.call_later(AGAIN_SECONDS, lambda: self.expired(row, error))
            return
        listed = _listed(job.row)
        if row.incident not in listed and len(listed) < INCIDENTS_MAX:
            self._rewrite(job, {**listed, row.incident: _code(row)})

    def answered(self, incident: str) -> None:
        """Take note that a person has it: summaries not yet out say so."""
        self._answered[incident] = None
        while len(self._answered) > INCIDENTS_MAX:
            self._answered.pop(next(iter(self._answered)))
        for key in self._keys.values():
            job = self._find(key)
            if job is not None and incident in _listed(job.row) and not job.row.provider_id:
                self._rewrite(job, _listed(job.row))

    def resumed(self, row: OutboxRow) -> None:
        """Go on with a summary of an earlier life."""
        if row.key.startswith(PREFIX):
            self._keys[(row.responder, row.address)] = row.key

    def _open(self, row: OutboxRow) -> Job | None:
        """Return the summary for this person that has not been tried to the end yet."""
        job = self._find(self._keys.get((row.responder, row.address), ""))
        return job if job is not None and not job.row.provider_id else None

    def _begin(self, row: OutboxRow) -> None:
        now = self._clock.now()
        head = found[0] if (found := _SIGNATURE.match(row.text)) else ""
        listed = {row.incident: _code(row)}
        key = f"{PREFIX}{row.responder}/{int(now.timestamp() * 1_000)}"
        self._keys[(row.responder, row.address)] = key
        self._owe(
            OutboxRow(
                key=key,
                household=row.household,
                incident="",
                responder=row.responder,
                channel=SMS if self._can_text(row.address) else row.channel,
                address=row.address,
                purpose=Purpose.REMINDER,
                urgency=Urgency.MEDIUM,
                text=self._text(head, row.language, listed),
                language=row.language,
                state=RowState.QUEUED,
                created_at=now,
                due_at=now,
                expires_at=now + LIFE,
                template=Extra.MISSED,
                variables=_variables(head, listed),
            )
        )

    def _rewrite(self, job: Job, listed: dict[str, str]) -> None:
        head = job.row.variables.get(_HEAD, "")
        variables = _variables(head, listed)
        self._note(job.change(text=self._text(head, job.row.language, listed), variables=variables))

    def _text(self, head: str, language: str, listed: dict[str, str]) -> str:
        open_ = [code for incident, code in listed.items() if incident not in self._answered]
        return outage.summary(head, language, len(listed), len(open_), open_)


def _code(row: OutboxRow) -> str:
    """Return what the home is called in texts, with the incident's number where it has one."""
    code, number = row.variables.get("code", ""), row.variables.get("number", "")
    return "-".join(part for part in (code, number) if part not in ("", "-")) or row.household


def _variables(head: str, listed: dict[str, str]) -> dict[str, str]:
    return {_HEAD: head, _LISTED: _packed(listed), "count": str(len(listed))}


def _packed(listed: dict[str, str]) -> str:
    return msgspec.json.encode(listed).decode()


def _listed(row: OutboxRow) -> dict[str, str]:
    try:
        return msgspec.json.decode(row.variables.get(_LISTED, "{}"), type=dict[str, str])
    except msgspec.DecodeError:
        return {}
