"""Who has which phone, and of which open incidents they were told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from alerting.delivery.catalogue import Line
from alerting.delivery.router import CANARY
from alerting.household import RESIDENT, Household, Resident, Responder
from alerting.incident import Incident, Urgency
from alerting.response.beside import Drilling
from alerting.words import Words
from gateway.engines import Engine

TELEPHONE = "telephone"
"""What a call or a text to us is said to come from, among the devices of a home."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """A person we know by the phone they use."""

    household: Household
    responder: Responder

    def words(self, line: Line) -> Words:
        """Return a sentence in the words of their home, in their language."""
        return line.words(self.household.wording, self.responder.language)


class Over(msgspec.Struct, frozen=True, gc=False):
    """An incident that is over, and a person of its home."""

    id: str
    household: str
    responder: str
    code: str
    at: datetime
    """When it ended."""

    @property
    def number(self) -> str:
        """The short number people write in a reply."""
        return self.id.rpartition("-")[2].lstrip("0")


class PhoneBook:
    """Looks people up in the households as the engines know them now."""

    def __init__(self, engines: Mapping[str, Engine]) -> None:
        self._engines = engines

    def people(self, phone: str) -> list[Known]:
        """Return everybody who can be called under `phone`, each person once."""
        found: dict[str, Known] = {}
        for engine in self._engines.values():
            for person in _people(engine):
                if person.phone == phone:
                    found.setdefault(person.id, Known(engine.household, person))
        return list(found.values())

    def open_for(self, phone: str) -> list[tuple[str, Incident]]:
        """Return the open incidents told to `phone`, oldest first, with the responder's id."""
        found = [
            (person.id, incident)
            for engine in self._engines.values()
            for incident in engine.incidents
            for person in incident.policy.responders
            if person.phone == phone and person.id in incident.told
        ]
        return sorted(found, key=lambda pair: pair[1].opened_at)

    def residents(self, phone: str) -> list[tuple[Household, Resident]]:
        """Return the residents whose own telephone `phone` is, with their homes."""
        return [
            (engine.household, resident)
            for engine in self._engines.values()
            for resident in engine.household.residents
            if phone and resident.phone == phone
        ]

    def drill_for(self, phone: str) -> tuple[Household, Drilling] | None:
        """Return the drill by text message that waits for an answer from `phone`; the newest."""
        found = [
            (engine.household, drill)
            for engine in self._engines.values()
            for drill in engine.beside.drills
            if drill.responder.phone == phone
        ]
        return max(found, key=lambda pair: pair[1].at, default=None)

    def responder(self, household: str, id: str) -> Known | None:
        """Return a responder of a household."""
        engine = self._engines.get(household)
        if engine is None:
            return None
        home = engine.household
        people = home.phones if id.startswith(RESIDENT) else _people(engine)
        return next((Known(home, one) for one in people if one.id == id), None)

    def household(self, id: str) -> Household | None:
        """Return a household."""
        engine = self._engines.get(id)
        return engine.household if engine is not None else None

    def incident(self, household: str, id: str) -> Incident | None:
        """Return an open incident as it is now."""
        engine = self._engines.get(household)
        found = engine.incidents if engine is not None else ()
        return next((incident for incident in found if incident.id == id), None)

    def over(self, phone: str) -> list[Over]:
        """Return what lately ended in the homes of those with this phone, newest first."""
        found = [
            Over(id, engine.household.id, person.id, engine.household.code, at)
            for engine in self._engines.values()
            for person in {one.id: one for one in _people(engine) if one.phone == phone}.values()
            for id, at in engine.ended.items()
        ]
        return sorted(found, key=lambda one: one.at, reverse=True)

    def most_urgent(self) -> Urgency | None:
        """Return the highest urgency among open incidents; None if nothing is open."""
        found = {
            incident.urgency
            for id, engine in self._engines.items()
            for incident in engine.incidents
            if id != CANARY
        }
        return next((urgency for urgency in Urgency if urgency in found), None)


def _people(engine: Engine) -> Iterator[Responder]:
    """Yield whom the household may tell, and whom its open incidents still tell.

    An incident keeps the policy it opened with: whoever was taken out of the
    configuration since then is told on, and must be able to answer.
    """
    yield from engine.household.people
    for incident in engine.incidents:
        yield from incident.policy.responders
