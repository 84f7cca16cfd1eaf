"""What is wrong with a ladder: deputies nobody knows, absences, steps nobody is left for."""

from __future__ import annotations

from alerting.groups import GROUPS
from alerting.household import IncidentKind
from gateway.config.build import technical_policy
from gateway.config.defaults import TECHNICAL_ROLES
from gateway.config.plan import HouseholdPlan, Plan
from gateway.config.problems import Problems, did_you_mean

FAMILY = "relative"


def check_ladder(plan: Plan, problems: Problems, warnings: Problems) -> None:
    """Note what no single setting of the ladder shows."""
    _check_people(plan, problems)
    for home in plan.households:
        _check_deputies(plan, home, problems)
        _check_copies(plan, home, warnings)
        _check_defaults(plan, home, problems, warnings)
    _check_about(plan, problems)
    _check_gateway(plan, problems)


def _check_people(plan: Plan, problems: Problems) -> None:
    for where, person in plan.responders:
        _check_ids(f"{where}.deputies", person.deputies, plan, problems)
        if person.id in person.deputies:
            problems.add(f"{where}.deputies", "不能是自己的代理人", "nobody is their own deputy")
        for dates in person.away:
            if len(dates) != 2 or dates[0] > dates[1]:
                problems.add(
                    f"{where}.away",
                    '应为起止两个日期，如 [["2026-10-01", "2026-10-07"]]',
                    'is not pairs of dates, first and last; write [["2026-10-01", "2026-10-07"]]',
                )


def _check_ids(where: str, ids: tuple[str, ...], plan: Plan, problems: Problems) -> None:
    for id in ids:
        if id not in plan.responder_ids:
            hint = did_you_mean(id, plan.responder_ids)
            problems.add(
                where,
                f"没有编号为“{id}”的 [[responder]]{hint.zh}",
                f"there is no [[responder]] {id!r}{hint.en}",
            )


def _check_deputies(plan: Plan, home: HouseholdPlan, problems: Problems) -> None:
    for role, ids in home.section.deputies.items():
        where = f"{home.where}.deputies.{role}"
        _check_ids(where, ids, plan, problems)
        if role not in home.section.team:
            hint = did_you_mean(role, home.section.team)
            problems.add(
                where,
                f"team 中没有这个角色{hint.zh}",
                f"is not a role of the team{hint.en}",
            )


def _check_copies(plan: Plan, home: HouseholdPlan, warnings: Problems) -> None:
    """Copies go to people by name: who is on a roster would wait for theirs in vain."""
    rosters = {one.section.id for one in plan.rosters}
    copied = {role for policy in plan.policies for _, step in policy.steps for role in step.copy}
    for role, ids in home.section.team.items():
        for id in ids if role in copied else ():
            if id in rosters:
                warnings.add(
                    f"{home.where}.team.{role}",
                    f"值班表“{id}”收不到抄送（copy）；要抄送的人请写编号",
                    f"nobody of the roster {id!r} gets copies; name the people who should",
                )


def _check_defaults(
    plan: Plan, home: HouseholdPlan, problems: Problems, warnings: Problems
) -> None:
    """Where a default ladder holds, somebody of it must be in the home's team."""
    team = {role for role, ids in home.section.team.items() if ids}
    for policy in plan.policies:
        if not policy.is_default:
            continue
        roles = [role for _, step in policy.steps for role in step.who]
        if team & set(roles):
            continue
        listed = ", ".join(dict.fromkeys(roles))
        if IncidentKind.EMERGENCY in policy.section.kinds:
            problems.add(
                f"{home.where}.team",
                f"没有 [[policy]]，默认次序通知不到这里的任何人；可用角色：{listed}",
                "there is no [[policy]], and the default order reaches nobody here; "
                f"roles: {listed}",
            )
        elif IncidentKind.TECHNICAL in policy.section.kinds:
            _warn_of_faults(home, team, warnings)


def _warn_of_faults(home: HouseholdPlan, team: set[str], warnings: Problems) -> None:
    roles = ", ".join(TECHNICAL_ROLES)
    if FAMILY in team:
        warnings.add(
            f"{home.where}.team",
            f"没有维修人员（{roles}），也没有为 technical 写 [[policy]]："
            "设备故障会按紧急呼叫通知家属",
            f"has nobody for repairs ({roles}) and no [[policy]] has technical among its kinds: "
            "the family would be told of device faults",
        )
    else:
        warnings.add(
            f"{home.where}.team",
            f"没有维修人员（{roles}）：设备故障按紧急呼叫的次序通知",
            f"has nobody for repairs ({roles}): device faults take the order of emergencies",
        )


def _check_about(plan: Plan, problems: Problems) -> None:
    for policy in plan.policies:
        if policy.section.about and IncidentKind.EMERGENCY in policy.section.kinds:
            problems.add(
                f"{policy.where}.about",
                "不能用于 emergency：呼救只有一种",
                "is not for emergency: a call for help is of one sort only",
            )
        for kind in policy.section.kinds:
            known = GROUPS.get(kind, ())
            for about in policy.section.about if kind is not IncidentKind.EMERGENCY else ():
                if about not in known:
                    hint = did_you_mean(about, known)
                    problems.add(
                        f"{policy.where}.about",
                        f"{kind.value} 没有“{about}”这一种{hint.zh}",
                        f"there is no {about!r} among what is {kind.value}{hint.en}",
                    )


def _check_gateway(plan: Plan, problems: Problems) -> None:
    """Whoever answers for the gateway must be told of its faults: each blinds every home."""
    team = plan.gateway.team
    if not team or any(p.where.startswith("policy") for p in problems.found):
        return
    chosen = technical_policy(plan)
    told = {role for role, ids in team.items() if ids}
    if chosen is None or not any(told & set(step.who) for _, step in chosen.steps):
        roles = [role for _, step in chosen.steps for role in step.who] if chosen else []
        roles = list(dict.fromkeys([*TECHNICAL_ROLES, *roles]))
        hint = did_you_mean(next(iter(team)), roles)
        problems.add(
            "gateway.team",
            f"网关自身的故障通知不到这里的任何人{hint.zh}",
            f"nobody here is told of the gateway's own faults{hint.en}",
        )
