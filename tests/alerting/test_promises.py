"""What must hold in every life, whatever happens: drawn from seeds."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from alerting.engine import Engine
from alerting.events import Answer, Changed, Configured, Notify, Purpose, Reply, Tick
from alerting.household import IncidentKind
from alerting.incident import Incident, Response
from devices.observation import HelpCall
from tests.alerting.lives import BEGINS, life, merged, ticks
from tests.builders import LADDER, PLAN, at, hours, household

QUIET = msgspec.structs.replace(LADDER, quiet=("21:00", "07:30"))
HOMES = (household(), household(policies={**PLAN, IncidentKind.TECHNICAL: QUIET}))


@pytest.mark.parametrize("seed", range(6))
def test_the_desk_always_sees_an_incident_as_it_is(seed: int) -> None:
    home = HOMES[seed % 2]
    engine = Engine(Configured(BEGINS, home))
    seen: dict[str, Incident] = {}
    for event in life(seed, home):
        for effect in engine.step(event):
            if isinstance(effect, Changed):
                seen[effect.record.id] = effect.record
        open_now = {id: record for id, record in seen.items() if not record.is_over}
        assert list(open_now.values()) == engine.incidents


@pytest.mark.parametrize("seed", range(6))
def test_without_a_human_answer_a_call_for_help_never_ends(seed: int) -> None:
    home = HOMES[0]
    unanswered = [event for event in life(seed, home) if not isinstance(event, Reply)]
    events = merged(unanswered, [HelpCall(at("day 2 12:00:30"), "panel", id="the one")])
    ends = events[-1].at + hours(24)
    engine = Engine(Configured(BEGINS, home))
    alarms = []
    for event in [*events, Tick(ends)]:
        alarms += [
            effect
            for effect in engine.step(event)
            if isinstance(effect, Notify) and effect.purpose is Purpose.ALARM
        ]
    (emergency,) = [i for i in engine.incidents if i.kind is IncidentKind.EMERGENCY]
    assert emergency.response in (Response.OPEN, Response.EXHAUSTED)
    moments = [alarm.at for alarm in alarms if alarm.incident == emergency.id]
    pauses = [later - sooner for sooner, later in itertools.pairwise(moments)]
    assert max(pauses) <= LADDER.repeat_every + LADDER.steps[-1].wait
    assert ends - moments[-1] <= LADDER.repeat_every


@pytest.mark.parametrize("seed", range(6))
def test_quiet_hours_are_quiet_for_repairs_and_for_nothing_else(seed: int) -> None:
    home = HOMES[1]
    engine = Engine(Configured(BEGINS, home))
    at_night: set[IncidentKind] = set()
    incidents: dict[str, Incident] = {}
    for event in merged(life(seed, home), ticks(seed, 50)):
        is_ordered = isinstance(event, Reply) and event.answer is Answer.ESCALATE
        for effect in engine.step(event):
            if isinstance(effect, Changed):
                incidents[effect.record.id] = effect.record
            elif isinstance(effect, Notify) and not is_ordered:
                local = effect.at.astimezone(home.tz)
                if not 7.5 <= local.hour + local.minute / 60 < 21:
                    assert incidents[effect.incident].policy.quiet is None
                    at_night.add(incidents[effect.incident].kind)
    assert IncidentKind.EMERGENCY in at_night or IncidentKind.SAFETY in at_night
