"""A partial NEWS2 from what a home measures: a reference, never a diagnosis.

A home knows neither whether somebody is alert nor, mostly, how they breathe. So the parts
that are missing are named with every score, and a part is known for an hour only. Points
count when their part was measured twice, at least a minute apart: of the two the lower
count. Three in one part alone must have lasted as the limit of the same sign wants it, and
what a radar or mattress shows counts only while it is unbroken. The score and its chart:
`news2_score`, Royal College of Physicians 2017.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.news2_score import OXYGEN_POINTS, Part, points
from alerting.detection.readings import ROOM, is_usable, is_watched, taken_at, theirs
from alerting.detection.vital_rules import BY_QUANTITY, READINGS_MIN, STRAY, UNBROKEN_ROOM, passes
from alerting.events import Evidence, Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household, IncidentKind, Resident
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, Quantity, Reading

AGAIN_MIN = timedelta(minutes=1)
"""Two readings of a part are this far apart to count as two."""
PART_AGE_MAX = timedelta(minutes=60)
"""A part measured longer ago is missing."""
TOTAL_MEDIUM, TOTAL_HIGH, SINGLE = 5, 7, 3
"""RCP: 5 or more, or 3 in a single part, is urgent; 7 or more an emergency."""
CLEAR_BELOW = 4
HIGH, MEDIUM, ONE = "news2_high", "news2_medium", "news2_single"
"""A resident's own limits, e.g. `news2_single = 4`: no single part is enough."""
TELL_AGAIN = {Urgency.HIGH: timedelta(hours=1), Urgency.MEDIUM: timedelta(hours=12)}
"""What is still so after so long is told again: it may have been closed."""
CREDIT = Words("NEWS2，© 英国皇家内科医师学会2017", "NEWS2, (c) Royal College of Physicians 2017")
REFERENCE = Words("参考分，不作诊断", "for reference, not a diagnosis")

PARTS: dict[Quantity, Part] = {
    Quantity.RESPIRATION: Part.RESPIRATION,
    Quantity.SPO2: Part.SPO2,
    Quantity.BLOOD_PRESSURE: Part.SYSTOLIC,
    Quantity.HEART_RATE: Part.PULSE,
    Quantity.TEMPERATURE: Part.TEMPERATURE,
}
LASTS: dict[Part, timedelta] = {
    PARTS[quantity]: rules[0].hold if rules[0].apart is None else rules[0].apart * STRAY
    for quantity, rules in BY_QUANTITY.items()
    if quantity in PARTS
}
"""For so long a single part has to have all its points before it counts alone."""
NAMES: dict[Part, Words] = {
    Part.RESPIRATION: Words("呼吸", "breathing"),
    Part.SPO2: Words("血氧", "oxygen saturation"),
    Part.OXYGEN: Words("吸氧", "supplemental oxygen"),
    Part.SYSTOLIC: Words("收缩压", "systolic pressure"),
    Part.PULSE: Words("脉搏", "pulse"),
    Part.CONSCIOUSNESS: Words("意识", "consciousness"),
    Part.TEMPERATURE: Words("体温", "temperature"),
}


class Known(msgspec.Struct, frozen=True, gc=False):
    """One part as last measured."""

    at: datetime
    value: float
    points: int
    since: datetime
    """Begin of the minute this reading is in."""
    least: int
    """The fewest points in that minute."""
    before_at: datetime | None = None
    before: int = 0
    """When the part was measured before that minute, and its points then."""
    grave_since: datetime | None = None
    """Since when every reading of it has had `SINGLE` points."""
    grave_count: int = 0
    """How many of them there were since."""
    grave_min: int = 1
    """So many of them are needed."""
    is_own: bool = False
    """The general limit of the sign is passed, but not the one a doctor set for this resident."""


class Person(msgspec.Struct, frozen=True, gc=False):
    """What is known of one resident."""

    parts: dict[Part, Known] = {}
    raised: tuple[Part, ...] = ()
    """The parts that had points when the score was told; empty: it was not."""
    told: Urgency | None = None
    told_at: datetime | None = None


class State(msgspec.Struct, frozen=True):
    """By resident's name."""

    people: dict[str, Person] = {}
    person: PresenceState = PresenceState.HOME


class News2Detector:
    """Adds up what was measured within an hour."""

    name = "news2"
    consumes = (Reading,)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Take in a reading, and tell a score that asks for somebody."""
        if isinstance(event, PresenceSet):
            return self._placed(home, state, event)
        if not isinstance(event, Reading) or event.retained or event.quantity not in PARTS:
            return state, ()
        if not is_usable(event) or not is_watched(home, event.device, state.person):
            return state, ()
        moment = taken_at(event)
        if moment is None or event.at - moment > PART_AGE_MAX:
            return state, ()
        resident, part = home.measured_by(event.device), PARTS[event.quantity]
        person = state.people.get(resident.name) or Person()
        known = person.parts.get(part)
        if known is not None and (moment <= known.at or _is_repeated(known, event)):
            return state, ()
        is_room = home.devices[event.device].role in ROOM
        if known is not None and is_room and moment - known.at > UNBROKEN_ROOM:
            known = None
        now = _measured(known, resident, part, event, moment)
        now = msgspec.structs.replace(now, grave_min=READINGS_MIN if is_room else 1)
        parts = {**person.parts, part: now}
        person = msgspec.structs.replace(person, parts=parts)
        person, found = _judge(home, resident, person, event.at)
        return State({**state.people, resident.name: person}, state.person), found

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """What was measured was measured; its age tells by itself."""
        return state

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget residents that are gone."""
        names = {resident.name for resident in home.residents} or {""}
        people = {name: person for name, person in state.people.items() if name in names}
        return State(people, state.person)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Never due: a score changes only when something is measured."""
        return None

    def _placed(
        self, home: Household, state: State, event: PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        if event.state in (PresenceState.HOME, PresenceState.AWAY):
            return State(state.people, event.state), ()
        found = tuple(
            _finding(
                home,
                name,
                event.at,
                Words("老人住院或暂停看护，不再计分", "not scored while in hospital or paused"),
                {"resident": name, "presence": str(event.state), "scored": 0},
                active=False,
            )
            for name, person in state.people.items()
            if person.told is not None
        )
        return State({}, event.state), found


def _is_repeated(known: Known, event: Reading) -> bool:
    return event.repeats and known.value == event.value


def _measured(
    known: Known | None, resident: Resident, part: Part, event: Reading, at: datetime
) -> Known:
    value, scale, oxygen = event.value, resident.spo2_scale, resident.on_oxygen
    now, own = points(part, value, scale=scale, on_oxygen=oxygen), _is_own(resident, event)
    grave, count = (at, 1) if now >= SINGLE else (None, 0)
    if known is None:
        return Known(at, value, now, at, now, grave_since=grave, grave_count=count, is_own=own)
    if grave is not None and known.grave_since is not None and at - known.at <= PART_AGE_MAX:
        grave, count = known.grave_since, known.grave_count + 1
    if at - known.since < AGAIN_MIN:
        begins, least = known.since, min(known.least, now)
        before = known.before_at, known.before
    else:
        begins, least, before = at, now, (known.at, known.least)
    return Known(at, value, now, begins, least, *before, grave, grave_count=count, is_own=own)


def _is_own(resident: Resident, event: Reading) -> bool:
    """Tell whether a limit of the resident's own says that this reading is well for them."""
    general = Resident(resident.name)
    return any(
        rule.name in resident.limits
        and passes(rule, general, event)
        and not passes(rule, resident, event)
        for rule in BY_QUANTITY[event.quantity]
    )


def _fresh(person: Person, at: datetime) -> dict[Part, Known]:
    return {part: k for part, k in person.parts.items() if at - k.at <= PART_AGE_MAX}


def _twice(known: Known, at: datetime) -> int:
    """Return the points that count: the lower of two measurements, none after one."""
    if known.before_at is None or at - known.before_at > PART_AGE_MAX:
        return 0
    return min(known.points, known.before)


def _lasts(part: Part, known: Known) -> bool:
    """Tell whether a part may count alone: for long enough, and by the resident's own limits."""
    if known.is_own:
        return False
    if known.grave_since is None:
        return True
    return known.grave_count >= known.grave_min and known.at - known.grave_since >= LASTS[part]


def _judge(
    home: Household, resident: Resident, person: Person, at: datetime
) -> tuple[Person, tuple[Finding, ...]]:
    parts = _fresh(person, at)
    extra = OXYGEN_POINTS if resident.on_oxygen else 0
    total = sum(k.points for k in parts.values()) + extra
    sure = {part: _twice(k, at) for part, k in parts.items()}
    alone = max((sure[part] for part, k in parts.items() if _lasts(part, k)), default=0)
    urgency = _urgency(resident, sum(sure.values()) + extra, alone)
    change = msgspec.structs.replace
    if urgency is not None:
        is_same = person.told in (urgency, Urgency.HIGH)
        if is_same and person.told_at is not None and at - person.told_at < TELL_AGAIN[urgency]:
            return person, ()
        raised = tuple(part for part, k in parts.items() if k.points)
        person = change(person, raised=raised, told=urgency, told_at=at)
        return person, (_raised(home, resident, parts, at, urgency),)
    known_again = all(part in parts for part in person.raised)
    if person.told is not None and total < CLEAR_BELOW and known_again:
        found = _cleared(home, resident, parts, at)
        return change(person, raised=(), told=None, told_at=None), (found,)
    return person, ()


def _urgency(resident: Resident, total: int, worst: int) -> Urgency | None:
    own = resident.limits
    if total >= own.get(HIGH, TOTAL_HIGH):
        return Urgency.HIGH
    is_medium = total >= own.get(MEDIUM, TOTAL_MEDIUM) or worst >= own.get(ONE, SINGLE)
    return Urgency.MEDIUM if is_medium else None


def _told(home: Household, resident: Resident, parts: dict[Part, Known]) -> tuple[Words, Evidence]:
    known = dict(parts)
    total = sum(k.points for k in known.values()) + OXYGEN_POINTS * resident.on_oxygen
    # whether somebody breathes extra oxygen is known where it was configured
    missing = [p for p in Part if p not in known and not (p is Part.OXYGEN and resident.on_oxygen)]
    zh = "、".join(NAMES[part].zh for part in missing)
    en = ", ".join(NAMES[part].en for part in missing)
    who = theirs(home, resident.name)
    words = Words(
        f"{who.zh}部分NEWS2评分{total}分（{REFERENCE.zh}；缺{zh}；{CREDIT.zh}）",
        f"{who.en}partial NEWS2 score {total} ({REFERENCE.en}; missing: {en}; {CREDIT.en})",
    )
    evidence: Evidence = {"score": total, "missing": ", ".join(missing)}
    for part, k in known.items():
        evidence[part] = k.value
        evidence[f"{part}_points"] = k.points
    if resident.on_oxygen:
        evidence["oxygen_points"] = OXYGEN_POINTS
    if resident.spo2_scale == 2:
        evidence["spo2_scale"] = 2
    return words, evidence


def _raised(
    home: Household, resident: Resident, parts: dict[Part, Known], at: datetime, urgency: Urgency
) -> Finding:
    words, evidence = _told(home, resident, parts)
    return _finding(home, resident.name, at, words, evidence, urgency=urgency)


def _cleared(
    home: Household, resident: Resident, parts: dict[Part, Known], at: datetime
) -> Finding:
    words, evidence = _told(home, resident, parts)
    reason = Words(f"{words.zh}，已低于{CLEAR_BELOW}分", f"{words.en}, below {CLEAR_BELOW} again")
    return _finding(home, resident.name, at, reason, evidence, active=False)


def _finding(
    home: Household,
    resident: str,
    at: datetime,
    reason: Words,
    evidence: Evidence,
    *,
    urgency: Urgency = Urgency.MEDIUM,
    active: bool = True,
) -> Finding:
    return Finding(
        at=at,
        detector=News2Detector.name,
        what=IncidentKind.HEALTH,
        subject=home.id,
        reason=reason,
        active=active,
        urgency=urgency,
        evidence=evidence,
        group="vitals" if len(home.residents) < 2 else f"vitals {resident}",
        short=Words("多项体征异常", "several vital signs"),
    )
