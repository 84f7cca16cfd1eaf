"""A plan that could never reach anybody is refused here, not found out at 3 a.m."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alerting.delivery.enough import GRAVE, told_by_machines_only, too_little
from alerting.delivery.router import one_way, refusal
from gateway.config.plan import Plan, PolicyPlan
from gateway.config.problems import Problems, did_you_mean
from gateway.config.sections import ResponderSection

Team = Mapping[str, tuple[str, ...]]


def check_reach(plan: Plan, problems: Problems, warnings: Problems) -> None:
    """Note every team, step and person that no message would reach."""
    people = {section.id: section for _, section in plan.responders}
    for where, person in plan.responders:
        _check_person(where, person, problems)
    teams = list(_teams(plan))
    roles = {role for policy in plan.policies for _, step in policy.steps for role in step.who}
    used: set[str] = set()
    for where, team in teams:
        used.update(_check_team(plan, where, team, roles, problems, warnings))
        for policy in plan.policies:
            _check_policy(policy, where, team, people, plan.responder_ids, problems, warnings)
    for where, person in plan.responders:
        if person.id not in used and teams:
            warnings.add(
                where, "不在任何住户的 team 中：不会被通知", "is in no team: is never told"
            )


def _teams(plan: Plan) -> Iterator[tuple[str, Team]]:
    for home in plan.households:
        yield home.where, home.section.team
    if plan.gateway.team:
        yield "gateway", plan.gateway.team


def _check_person(where: str, person: ResponderSection, problems: Problems) -> None:
    if not person.ways:
        problems.add(f"{where}.channels", '是空的；如 ["sms"]', 'is empty; e.g. ["sms"]')
    for channel in person.channels if person.phone else ():
        reason = refusal(channel, person.phone)
        if reason is None:
            continue
        others = [other.value for other in person.channels if not refusal(other, person.phone)]
        written = ", ".join(f'"{other}"' for other in others)
        problems.add(
            f"{where}.channels",
            reason.zh + (f"；请写 channels = [{written}]" if others else ""),
            reason.en + (f"; write channels = [{written}]" if others else ""),
        )


def _check_team(
    plan: Plan, where: str, team: Team, roles: set[str], problems: Problems, warnings: Problems
) -> set[str]:
    """Return everybody in the team, after noting names nobody has."""
    for role, ids in team.items():
        if role not in roles and plan.policies:
            hint = did_you_mean(role, roles)
            warnings.add(
                f"{where}.team.{role}",
                f"没有任何 [[policy.step]] 通知这个角色{hint.zh}",
                f"no [[policy.step]] tells this role{hint.en}",
            )
        for person in ids:
            if person not in plan.responder_ids:
                hint = did_you_mean(person, plan.responder_ids)
                problems.add(
                    f"{where}.team.{role}",
                    f"没有编号为“{person}”的 [[responder]]{hint.zh}",
                    f"there is no [[responder]] {person!r}{hint.en}",
                )
    return {person for ids in team.values() for person in ids}


def _check_policy(
    policy: PolicyPlan,
    where: str,
    team: Team,
    people: Mapping[str, ResponderSection],
    written: frozenset[str],
    problems: Problems,
    warnings: Problems,
) -> None:
    """Note the steps of `policy` that reach nobody in the home at `where`."""
    if where == "gateway" and not _is_for_gateway(policy):
        return
    answerable = 0
    every: set[str] = set()
    told = 0
    for place, step in policy.steps:
        ids = dict.fromkeys(person for role in step.who for person in team.get(role, ()))
        known = [people[person] for person in ids if person in people]
        if not ids and step.who:
            hint = did_you_mean(step.who[0], team)
            problems.add(
                f"{where}.team",
                f"{place}（{step.tier}）在这里通知不到任何人：没有 {'、'.join(step.who)}{hint.zh}",
                f"{place} ({step.tier}) reaches nobody here: "
                f"there is no {' or '.join(step.who)}{hint.en}",
            )
        for person in known:
            ways = [channel for channel in policy.section.channels if channel in person.ways]
            little = too_little(person.id, ways, policy.section.kinds)
            if little is not None:
                problems.add(f"{place}.who", little.zh, little.en)
            told += 1
            every.update(ways)
            answerable += any(not one_way(channel, person.phone) for channel in ways)
            if not ways and person.channels and policy.section.channels:
                sent, taken = "/".join(policy.section.channels), "/".join(person.ways)
                problems.add(
                    f"{policy.where}.channels",
                    f"{sent} 都不能用于 {person.id}（{taken}）",
                    f"{person.id} takes {taken} only, and this policy sends {sent}",
                )
    grave = [kind.value for kind in policy.section.kinds if kind in GRAVE]
    if grave and told_by_machines_only(every):
        kinds, by = ", ".join(grave), ", ".join(sorted(every))
        problems.add(
            f"{where}.team",
            f"{policy.where} 只用 {by} 通知：{kinds} 必须有人能用短信、电话或报警中心收到",
            f"{policy.where} tells by {by} only: of {kinds} somebody must hear by text, by call "
            "or at an alarm receiving centre",
        )
    if told and not answerable:
        warnings.add(
            f"{where}.team",
            f"{policy.where} 通知到的人都不能用短信或按键答复：只能在值班台确认",
            f"nobody told by {policy.where} can answer by text or key: only the desk can confirm",
        )


def _is_for_gateway(policy: PolicyPlan) -> bool:
    return "technical" in policy.section.kinds
