"""Policies of the file, with a home's team, into ladders the engine can take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from alerting.duty import Roster
from alerting.household import IncidentKind, Policy, Responder, Step
from gateway.config.plan import PolicyPlan
from gateway.config.sections import HouseholdSection, StepSection

Team = Mapping[str, tuple[str, ...]]


class People(NamedTuple):
    """Everybody the file names."""

    responders: dict[str, Responder]
    rosters: dict[str, Roster]
    deputies: Mapping[str, tuple[str, ...]]
    """Who stands in for whom everywhere."""


def policies(
    plans: Iterable[PolicyPlan], home: HouseholdSection, people: People
) -> tuple[dict[IncidentKind, Policy], dict[str, Policy]]:
    """Return the home's policies by kind, and those of one group only by `kind/group`."""
    by_kind: dict[IncidentKind, Policy] = {}
    by_group: dict[str, Policy] = {}
    for plan in plans:
        made = policy(plan, home.team, home.deputies, people, only_told=plan.is_default)
        if not made.steps:
            continue  # a default of which this home has nobody
        for kind in plan.section.kinds:
            if plan.section.about:
                by_group.update({f"{kind}/{group}": made for group in plan.section.about})
            else:
                by_kind[kind] = made
    return by_kind, by_group


def policy(
    plan: PolicyPlan, team: Team, deputies: Team, people: People, *, only_told: bool
) -> Policy:
    """Return one policy for one team.

    Args:
        plan: as written, or a default.
        team: ids of responders and rosters by role.
        deputies: ids of those who stand in for a whole role of this team.
        people: everybody.
        only_told: leave out the steps that reach nobody.
    """
    section = plan.section
    steps = tuple(_step(step, team, people) for _, step in plan.steps)
    if only_told:
        steps = tuple(step for step in steps if step.responders or step.rosters)
    named = {person.id for step in steps for person in step.responders}
    on_rosters = [id for step in steps for one in step.rosters for id in one.people]
    stand_ins = _stand_ins([*named, *on_rosters], team, deputies, people)
    others = dict.fromkeys([*on_rosters, *(id for ids in stand_ins.values() for id in ids)])
    return Policy(
        steps=steps,
        rounds=section.rounds,
        channels=tuple(channel.value for channel in section.channels),
        repeat_every=section.repeat_every,
        claim_lease=section.claim_lease,
        on_scene_lease=section.on_scene_lease,
        quiet=(section.quiet[0], section.quiet[1]) if section.quiet else None,
        others=tuple(people.responders[id] for id in others if id not in named),
        deputies=stand_ins,
        deputy_after=section.deputy_after,
        confirm_every=section.confirm_every,
    )


def _step(section: StepSection, team: Team, people: People) -> Step:
    ids = _ids(section.who, team)
    responders = tuple(people.responders[id] for id in ids if id in people.responders)
    copied = [id for id in _ids(section.copy, team) if id in people.responders and id not in ids]
    return Step(
        tier=section.tier,
        responders=responders,
        wait=section.wait,
        order=section.order,
        each=section.each,
        confirm=section.confirm,
        copies=tuple(people.responders[id] for id in copied),
        rosters=tuple(people.rosters[id] for id in ids if id in people.rosters),
    )


def _ids(roles: Iterable[str], team: Team) -> list[str]:
    """Return everybody in these roles, each once, in order."""
    return list(dict.fromkeys(id for role in roles for id in team.get(role, ())))


def _stand_ins(
    ids: Iterable[str], team: Team, deputies: Team, people: People
) -> dict[str, tuple[str, ...]]:
    """Return who stands in for each of `ids`, and for those in turn: their own, then the role's."""
    found: dict[str, tuple[str, ...]] = {}
    waiting = list(dict.fromkeys(ids))
    while waiting:
        id = waiting.pop(0)
        if id in found:
            continue
        roles = [role for role, members in team.items() if id in members]
        of_roles = [one for role in roles for one in deputies.get(role, ())]
        chosen = dict.fromkeys([*people.deputies.get(id, ()), *of_roles])
        found[id] = tuple(one for one in chosen if one != id and one in people.responders)
        waiting += found[id]
    return {id: ids for id, ids in found.items() if ids}
