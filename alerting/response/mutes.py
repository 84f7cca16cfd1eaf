"""Silences: findings of a kind that a person has muted until a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from alerting.events import Finding, LeadsTo, Silenced
from alerting.household import IncidentKind


class Mutes:
    """What is muted, and which active findings wait for the end of it.

    A call for help can never be muted. What is still active when its silence ends
    becomes an incident then: nothing is forgotten because somebody wanted quiet.
    """

    def __init__(
        self,
        until: Mapping[IncidentKind, datetime],
        muted: Iterable[Finding],
        said: Iterable[Silenced] = (),
    ) -> None:
        self.until = dict(until)
        self.said = {one.what: one for one in said}
        """Who muted it and why; a silence of an older version has neither."""
        self.muted = list(muted)

    def silence(self, event: Silenced) -> list[Finding]:
        """Begin a silence, or end one; return the findings that open incidents now."""
        if event.what is IncidentKind.EMERGENCY:
            return []
        if event.until > event.at:
            self.until[event.what] = event.until
            self.said[event.what] = event
            return []
        return self._release(event.what, event.at)

    def ended(self, at: datetime) -> list[Finding]:
        """Return the findings of the silences that are over at `at`."""
        over = [what for what, until in self.until.items() if until <= at]
        return [finding for what in over for finding in self._release(what, at)]

    def keep_aside(self, finding: Finding, *, is_open: bool) -> bool:
        """Return True for an active finding that must wait; forget one that clears.

        A silence opens no incident; one that is open already (`is_open`) goes on. What is
        for a list only never opens one.
        """
        if finding.leads_to is not LeadsTo.INCIDENT:
            return True
        if not self.until and not self.muted:
            return False
        same = (finding.what, finding.group, finding.subject)
        self.muted = [f for f in self.muted if (f.what, f.group, f.subject) != same]
        if is_open or not finding.active or finding.what not in self.until:
            return False
        self.muted.append(finding)
        return True

    def _release(self, what: IncidentKind, at: datetime) -> list[Finding]:
        self.until.pop(what, None)
        self.said.pop(what, None)
        waiting = [finding for finding in self.muted if finding.what is what]
        self.muted = [finding for finding in self.muted if finding.what is not what]
        return [msgspec.structs.replace(finding, at=at) for finding in waiting]
