"""Who would be told, by which way, and when: asked of the real engine, with nobody answering."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from alerting.delivery.router import one_way, refusal, spans_two_lines
from alerting.detection.detector import State
from alerting.detection.names import name
from alerting.engine import Engine
from alerting.events import (
    Change,
    Changed,
    Configured,
    Effect,
    Finding,
    Notify,
    Phrase,
    PresenceSet,
    Prompt,
    Purpose,
    Tick,
)
from alerting.household import (
    SECOND,
    TO_TARGETS,
    Household,
    IncidentKind,
    Order,
    Policy,
    Responder,
    Way,
)
from alerting.incident import Incident, Urgency
from alerting.words import Words
from devices.observation import AnyObservation, Observation

URGENCIES = {
    IncidentKind.EMERGENCY: Urgency.HIGH,
    IncidentKind.FALL: Urgency.HIGH,
    IncidentKind.INACTIVITY: Urgency.HIGH,
    IncidentKind.SAFETY: Urgency.HIGH,
    IncidentKind.HEALTH: Urgency.MEDIUM,
    IncidentKind.TECHNICAL: Urgency.LOW,
    IncidentKind.SERVICE: Urgency.LOW,
    IncidentKind.VISIT: Urgency.LOW,
}
"""How urgent an incident of each kind is taken to be, unless one says otherwise."""

TICKS_MAX = 10_000


class Person(msgspec.Struct, frozen=True):
    """One person at one moment; `channels` empty: not told, for the reasons given."""

    responder: Responder
    channels: tuple[str, ...]
    why_not: tuple[Words, ...]
    """What keeps a way from being taken, or an answer from coming back."""
    ways: tuple[Way, ...] = ()
    """The same as `channels`, with the paths that may carry each, the first one first."""


class Moment(msgspec.Struct, frozen=True):
    """One thing that happens while nobody answers."""

    at: datetime
    change: Change
    """`ASKED` (the resident, by telephone or by what speaks at home), `STEPPED`, `CALLED_IN`
    (one more of the step), `EXHAUSTED` or `REPEATED`."""
    round: int
    """Which round of the policy, from 1; 0 after all of them."""
    tier: str
    people: tuple[Person, ...]
    words: Words = Words("", "")
    """What the timeline says of it."""
    devices: tuple[Words, ...] = ()
    """What asks the resident at home."""
    due_at: datetime | None = None
    """When people are called, where the resident was asked and does not answer."""


class _SupposedState(msgspec.Struct, frozen=True):
    is_due: bool


class _Supposed:
    """A detector that finds one thing, at once."""

    name = "supposed"
    consumes: tuple[type[Observation], ...] = ()
    state: type[Any] = _SupposedState

    def __init__(self, kind: IncidentKind, urgency: Urgency, at: datetime) -> None:
        """Make it; of falls and silences it is as sure as the detectors are of most."""
        self._kind = kind
        self._urgency = urgency
        self._at = at

    def start(self, home: Household, at: datetime) -> State:
        """Be due at the start."""
        return _SupposedState(is_due=True)

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Find it on the first tick."""
        if not state.is_due:
            return state, ()
        finding = Finding(
            at=event.at,
            detector=self.name,
            what=self._kind,
            subject=home.id,
            reason=Words("假设", "supposed"),
            urgency=self._urgency,
            asks_seconds=home.asks_for(self._kind).seconds,
        )
        return _SupposedState(is_due=False), (finding,)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Change nothing."""
        return state

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Change nothing."""
        return state

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Be due at once, and never again."""
        return self._at if state.is_due else None


def foresee(
    home: Household, kind: IncidentKind, at: datetime, urgency: Urgency | None = None
) -> Iterator[Moment]:
    """Yield what would happen from `at` on, until everybody is told a second time after all rounds.

    Nothing is sent: the engine that judges the home is asked, on a copy of its own.

    Args:
        home: whom it would be about.
        kind: what kind of incident is supposed to begin at `at`.
        at: aware UTC.
        urgency: None: what is usual for the kind.
    """
    supposed = _Supposed(kind, urgency or URGENCIES[kind], at)
    engine = Engine(Configured(at, home), detectors=(supposed,))
    for _ in range(TICKS_MAX):
        due = engine.deadline()
        if due is None:
            return
        for moment in _moments(engine.step(Tick(due)), home):
            yield moment
            if moment.change is Change.REPEATED:
                return


def _moments(effects: list[Effect], home: Household) -> Iterator[Moment]:
    """Gather each change with the messages that follow it; before all, what the resident hears."""
    if asked := _asked(effects, home):
        yield asked
    for index, effect in enumerate(effects):
        if not isinstance(effect, Changed) or effect.change not in _TOLD:
            continue
        sent: dict[str, list[Way]] = {}
        for later in effects[index + 1 :]:
            if isinstance(later, Changed) and later.change in _TOLD:
                break
            if isinstance(later, Notify):
                sent.setdefault(later.responder, []).append(_way(later))
        yield _moment(effect, sent, home)


def _asked(effects: list[Effect], home: Household) -> Moment | None:
    """Return how the resident is asked whether all is well; None: they are not, now."""
    calls = [e for e in effects if isinstance(e, Notify) and e.purpose is Purpose.QUESTION]
    prompts = [e for e in effects if isinstance(e, Prompt) and e.phrase is Phrase.ALL_RIGHT]
    changes = [e for e in effects if isinstance(e, Changed)]
    if not changes or not (calls or prompts):
        return None
    residents = {person.id: person for person in home.phones}
    return Moment(
        at=changes[-1].at,
        change=Change.ASKED,
        round=0,
        tier="",
        people=tuple(
            Person(residents[call.responder], (call.channel,), tuple(_no_keys(call)), (_way(call),))
            for call in calls
        ),
        words=changes[-1].words,
        devices=tuple(name(home, prompt.device) for prompt in prompts),
        due_at=changes[-1].record.due_at,
    )


def _way(notify: Notify) -> Way:
    return Way(notify.channel, notify.paths, notify.key.endswith(SECOND))


def _no_keys(call: Notify) -> Iterator[Words]:
    if one_way(call.channel, call.address, call.paths):
        yield Words(
            "按键收不到：电话里答了也算没有答复",
            "no key comes back: an answer in the call counts as none",
        )


_TOLD = (Change.STEPPED, Change.CALLED_IN, Change.EXHAUSTED, Change.REPEATED)


def _moment(changed: Changed, sent: dict[str, list[Way]], home: Household) -> Moment:
    policy = changed.record.policy
    position = changed.record.step - 1
    stepped = changed.change is Change.STEPPED
    step = policy.steps[position % len(policy.steps)]
    # who has a message now; and who is named but is not told, to say why
    named = {person.id for person in step.responders} if stepped else set()
    if changed.change is Change.REPEATED:
        named = set(policy.asked)
    later = {p.id for p in policy.responders if p.away or p.id in policy.deputies}
    if stepped and step.order is Order.ONE_BY_ONE:
        later |= named
    shown = set(sent) | (named - later)
    asked = tuple(person for person in policy.responders if person.id in shown)
    return Moment(
        at=changed.at,
        change=changed.change,
        round=position // len(policy.steps) + 1 if stepped else 0,
        tier=step.tier if stepped else "",
        words=changed.words,
        people=tuple(
            Person(
                responder=person,
                channels=tuple(way.channel for way in sent.get(person.id, ())),
                why_not=tuple(
                    _why_not(person, home, policy, sent.get(person.id, []), changed.record)
                ),
                ways=tuple(sent.get(person.id, ())),
            )
            for person in asked
        ),
    )


def _why_not(
    person: Responder, home: Household, policy: Policy, sent: list[Way], incident: Incident
) -> Iterator[Words]:
    by = {way.channel: way.paths for way in reversed(sent)}
    for channel in policy.channels:
        if channel in by:
            if one_way(channel, person.phone, by[channel]):
                yield Words(
                    f"{channel}：收不到对方的回复，请对方打值班电话确认",
                    f"{channel}: no reply comes back; this person confirms by calling the desk",
                )
            continue
        refused = refusal(channel, person.address(channel), home.paths)
        if channel not in person.channels:
            if channel in TO_TARGETS:
                continue  # few have an app or a machine, and policies allow them all
            yield Words(f"{channel}：此人没有这种方式", f"{channel}: not among this person's ways")
        elif refused is not None:
            yield Words(f"{channel}：{refused.zh}", f"{channel}: {refused.en}")
        elif incident.urgency is not Urgency.HIGH:
            yield Words(f"{channel}：不紧急，不打电话", f"{channel}: not urgent enough for a call")
    has_two = len({path.line for path in home.paths}) > 1
    is_grave = sent and incident.urgency is Urgency.HIGH
    if has_two and is_grave and not spans_two_lines(sent, home.paths):
        yield Words(
            "只能走一条线路：它断了就通知不到此人",
            "hangs on one line: if that fails, nothing reaches this person",
        )
