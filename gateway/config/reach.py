"""A plan that could never reach anybody is refused here, not found out at 3 a.m."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from alerting.delivery import router
from alerting.delivery.capabilities import BY_PHONE, CARRIES_EMERGENCIES
from alerting.delivery.router import TWILIO_ONLY, one_way, refusal
from alerting.household import IncidentKind, Path, Policy, Responder, Step, Way
from alerting.incident import Urgency
from gateway.config.delivery import paths_of
from gateway.config.plan import Plan, PolicyPlan
from gateway.config.problems import Problems, did_you_mean
from gateway.config.sections import ResponderSection

Team = Mapping[str, tuple[str, ...]]
URGENT = frozenset(
    {
        IncidentKind.EMERGENCY,
        IncidentKind.FALL,
        IncidentKind.INACTIVITY,
        IncidentKind.SAFETY,
        IncidentKind.HEALTH,
    }
)
"""Kinds whose incidents may be of high urgency."""


def check_reach(plan: Plan, problems: Problems, warnings: Problems) -> None:
    """Note every team, step and person that no message would reach."""
    people = {section.id: section for _, section in plan.responders}
    paths = paths_of(plan, plan.delivery.prefer) or TWILIO_ONLY
    for where, person in plan.responders:
        _check_person(where, person, paths, problems)
    teams = list(_teams(plan))
    steps = [step for policy in plan.policies for _, step in policy.steps]
    roles = {role for step in steps for role in (*step.who, *step.copy)}
    used = _standing_in(plan)
    for where, team in teams:
        used.update(_check_team(plan, where, team, roles, problems, warnings))
        for policy in plan.policies:
            reach = _Reach(policy, where, team, people, paths)
            reach.check(_deputies_of_roles(plan, where), problems, warnings)
    for where, person in plan.responders:
        if person.id not in used and teams:
            warnings.add(
                where, "不在任何住户的 team 中：不会被通知", "is in no team: is never told"
            )


def _teams(plan: Plan) -> Iterator[tuple[str, Team]]:
    """Yield every team, with its rosters replaced by all who are on them."""
    rosters = {
        one.section.id: (
            *(id for _, shift in one.shifts for id in shift.who),
            *(id for swap in one.section.swaps for id in swap.who),
        )
        for one in plan.rosters
    }
    for home in plan.households:
        yield home.where, _with_rosters(home.section.team, rosters)
    if plan.gateway.team:
        yield "gateway", _with_rosters(plan.gateway.team, rosters)


def _deputies_of_roles(plan: Plan, where: str) -> Team:
    """Return who stands in for a whole role of the home at `where`."""
    return next((h.section.deputies for h in plan.households if h.where == where), {})


def _with_rosters(team: Team, rosters: Team) -> Team:
    return {
        role: tuple(dict.fromkeys(id for one in ids for id in rosters.get(one, (one,))))
        for role, ids in team.items()
    }


def _standing_in(plan: Plan) -> set[str]:
    """Return who is told although they are in no team: deputies, and who takes over a shift."""
    own = [id for _, person in plan.responders for id in person.deputies]
    of_roles = [
        id for home in plan.households for ids in home.section.deputies.values() for id in ids
    ]
    swapped = [id for one in plan.rosters for swap in one.section.swaps for id in swap.who]
    return {*own, *of_roles, *swapped}


def _address(person: ResponderSection, channel: str) -> str:
    targets: Mapping[str, str] = person.addresses
    return person.phone if channel in BY_PHONE else targets.get(channel, "")


def _check_person(
    where: str, person: ResponderSection, paths: Sequence[Path], problems: Problems
) -> None:
    if not person.ways:
        problems.add(f"{where}.channels", '是空的；如 ["sms"]', 'is empty; e.g. ["sms"]')
    for channel in person.ways if person.phone else ():
        reason = refusal(channel, _address(person, channel), paths)
        if reason is None:
            continue
        others = [
            other.value
            for other in person.ways
            if not refusal(other, _address(person, other), paths)
        ]
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


class _Reach:
    """Whom one policy reaches in one home, and how."""

    def __init__(
        self,
        policy: PolicyPlan,
        where: str,
        team: Team,
        people: Mapping[str, ResponderSection],
        paths: Sequence[Path],
    ) -> None:
        self._plan = policy
        self._where = where
        self._team = team
        self._people = people
        self._paths = paths
        self._policy = Policy(
            steps=(Step("", (), timedelta()),),
            channels=tuple(channel.value for channel in policy.section.channels),
        )

    def check(self, deputies: Team, problems: Problems, warnings: Problems) -> None:
        """Note the steps that reach nobody, and what leaves an emergency on one leg."""
        if self._where == "gateway" and IncidentKind.TECHNICAL not in self._plan.section.kinds:
            return
        told: dict[str, tuple[Way, ...]] = {}
        for place, step in self._plan.steps:
            ids = dict.fromkeys(p for role in step.who for p in self._team.get(role, ()))
            if not ids and step.who and not self._plan.is_default:
                hint = did_you_mean(step.who[0], self._team)
                problems.add(
                    f"{self._where}.team",
                    f"{place}（{step.tier}）在这里通知不到任何人："
                    f"没有 {'、'.join(step.who)}{hint.zh}",
                    f"{place} ({step.tier}) reaches nobody here: "
                    f"there is no {' or '.join(step.who)}{hint.en}",
                )
            for id in ids:
                if id in self._people and id not in told:
                    told[id] = self._ways(self._people[id])
                    self._check_ways(self._people[id], told[id], problems)
        for id in self._standing_in(told, deputies) if self._is_urgent else ():
            self._check_ways(self._people[id], self._ways(self._people[id]), problems)
        if told:
            self._check_answers(told, warnings)
            self._check_lines(told, warnings)

    def _standing_in(self, told: Iterable[str], deputies: Team) -> list[str]:
        """Return those who are told only instead of others: deputies, and theirs in turn."""
        seen = list(told)
        known = len(seen)
        for id in seen:  # it grows while they are looked for
            roles = [role for role, ids in self._team.items() if id in ids]
            own = self._people[id].deputies
            for one in (*own, *(one for role in roles for one in deputies.get(role, ()))):
                if one in self._people and one not in seen:
                    seen.append(one)
        return seen[known:]

    def _ways(self, person: ResponderSection) -> tuple[Way, ...]:
        """Return how this policy tells a person of something urgent."""
        someone = Responder(
            id=person.id,
            name=person.name,
            role=person.role,
            phone=person.phone,
            channels=tuple(channel.value for channel in person.ways),
            addresses=dict(person.addresses),
        )
        return router.ways(someone, self._policy, Urgency.HIGH, self._paths)

    def _check_ways(
        self, person: ResponderSection, ways: tuple[Way, ...], problems: Problems
    ) -> None:
        section = self._plan.section
        sent, taken = "/".join(section.channels), "/".join(person.ways)
        if not sent or not taken:
            return
        if not any(channel in person.ways for channel in section.channels):
            problems.add(
                f"{self._plan.where}.channels",
                f"{sent} 都不能用于 {person.id}（{taken}）",
                f"{person.id} takes {taken} only, and this policy sends {sent}",
            )
        elif ways and self._is_urgent and not any(w.channel in CARRIES_EMERGENCIES for w in ways):
            by = "/".join(way.channel for way in ways)
            problems.add(
                f"{self._plan.where}.channels",
                f"{person.id} 只能由 {by} 通知，紧急报警不能只靠它；请加上 sms 或 voice",
                f"{person.id} is told by {by} only, which no emergency may rest on; "
                "add sms or voice",
            )

    @property
    def _is_urgent(self) -> bool:
        return any(kind in URGENT for kind in self._plan.section.kinds)

    def _check_answers(self, told: Mapping[str, tuple[Way, ...]], warnings: Problems) -> None:
        """Warn where nobody can say that they go."""
        for id, ways in told.items():
            phone = self._people[id].phone
            if any(not one_way(way.channel, phone, way.paths) for way in ways):
                return
        warnings.add(
            f"{self._where}.team",
            f"{self._plan.where} 通知到的人都不能用短信或按键答复：只能在值班台确认",
            f"nobody told by {self._plan.where} can answer by text or key: "
            "only the desk can confirm",
        )

    def _check_lines(self, told: Mapping[str, tuple[Way, ...]], warnings: Problems) -> None:
        """Warn where lines that are there do not both reach anybody.

        Where the gateway has one line only, that is one fact and not one of every policy:
        the technical page and `guanai who-would-be-told` say it.
        """
        if not self._is_urgent or len({path.line for path in self._paths}) < 2:
            return
        if any(router.spans_two_lines(ways, self._paths) for ways in told.values()):
            return
        warnings.add(
            f"{self._where}.team",
            f"{self._plan.where} 通知到的人都只能走一条线路：它断了就没有人知道",
            f"everybody told by {self._plan.where} hangs on one line: if it fails, nobody knows",
        )
