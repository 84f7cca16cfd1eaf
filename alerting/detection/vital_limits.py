"""A vital sign beyond its limit: measured twice, or for long enough, before it counts.

One reading proves nothing. It begins a watch: the resident is asked to measure again, and
what measures by itself has to show it without a break. Only then people are told. Where
nobody measures again, people are asked to call: silence is no good news. What was found is
over when readings are well again for a while, by a margin, so that nothing chatters.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.readings import CONTINUOUS, is_usable, is_watched, taken_at
from alerting.detection.usual import Usual, noted, usually
from alerting.detection.vital_rules import (
    BY_NAME,
    BY_QUANTITY,
    Rule,
    is_over,
    passes,
)
from alerting.detection.vital_watch import (
    Watch,
    agreeing,
    begun,
    change,
    device_of,
    is_enough,
    more,
    refuted,
    resumed,
    rule_of,
)
from alerting.detection.vital_words import Shown, alone, asked, confirmed, paused, well
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household
from alerting.incident import Urgency
from devices.observation import AnyObservation, Quantity, Reading, Worn

ASK_AGAIN_MIN = timedelta(minutes=10)
"""Nobody is asked to measure more often than this."""
TELL_AGAIN = {
    Urgency.HIGH: timedelta(hours=1),
    Urgency.MEDIUM: timedelta(hours=12),
    Urgency.LOW: timedelta(hours=24),
}
"""What is still beyond its limit after so long is found again: it may have been closed."""


IN_STEP_MIN, IN_STEP_SHARE = timedelta(seconds=2), 0.05
"""A device's clock goes on as ours does within so much; readings nearer than this tell nothing."""


class State(msgspec.Struct, frozen=True):
    """What is beyond its limit now (the key is `device/rule`), and what is usual."""

    watches: dict[str, Watch] = {}
    usual: dict[str, Usual] = {}
    """The key is `resident/quantity`."""
    heard: dict[str, tuple[datetime, float]] = {}
    """The last reading of each `device/quantity`, to know one that is repeated."""
    asked_at: datetime | None = None
    person: PresenceState = PresenceState.HOME
    behind: dict[str, tuple[datetime, datetime]] = {}
    """When a `device/quantity` last claimed a time before the last reading's, and when we learned
    of it: its clock was set back, or it sends what it had kept."""


class VitalLimitsDetector:
    """Judges every reading against the limits of its resident."""

    name = "vital_limits"
    consumes = (Reading, Worn)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Judge a reading; on a tick, see which was not repeated."""
        if isinstance(event, Reading):
            return self._read(home, state, event)
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            return self._placed(home, state, event)
        if isinstance(event, Worn) and not event.worn and not event.retained:
            return self._taken_off(state, event.device), ()
        return state, ()

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Nothing went on unbroken while we were deaf, and nobody failed to measure again."""
        if not state.watches:
            return state
        watches = {
            key: resumed(watch, key, at, is_blink=is_blink) for key, watch in state.watches.items()
        }
        return _with(state, watches=watches)

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget devices and residents that are gone."""
        names = {resident.name for resident in home.residents} or {""}
        return _with(
            state,
            watches={k: w for k, w in state.watches.items() if device_of(k) in home.devices},
            heard={k: h for k, h in state.heard.items() if device_of(k) in home.devices},
            behind={k: b for k, b in state.behind.items() if device_of(k) in home.devices},
            usual={k: u for k, u in state.usual.items() if device_of(k) in names},
        )

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when somebody is to be asked, or told that nobody measured again."""
        if not state.watches:
            return None
        dues = [w.due for w in state.watches.values() if w.due is not None]
        dues += [w.ask_at for w in state.watches.values() if w.ask_at is not None]
        return min(dues, default=None)

    def _read(
        self, home: Household, state: State, event: Reading
    ) -> tuple[State, tuple[Finding, ...]]:
        if event.retained or not is_usable(event):
            return state, ()
        if not is_watched(home, event.device, state.person):
            return state, ()
        key = f"{event.device}/{event.quantity}"
        state, moment = _placed_in_time(state, key, event)
        if moment is None:
            return state, ()
        resident, rules, usual = (
            home.measured_by(event.device),
            BY_QUANTITY[event.quantity],
            state.usual,
        )
        if not any(passes(rule, resident, event) for rule in rules):
            usual = noted(usual, resident.name, event, moment)
        heard = {**state.heard, key: (moment, event.value)}
        state = State(state.watches, usual, heard, state.asked_at, state.person, state.behind)
        found: tuple[Finding, ...] = ()
        for rule in rules:
            state, said = self._judge(home, state, rule, event, moment)
            found += said
        return state, found

    def _judge(
        self, home: Household, state: State, rule: Rule, event: Reading, moment: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        key = f"{event.device}/{rule.name}"
        watch, resident = state.watches.get(key), home.measured_by(event.device)
        if passes(rule, resident, event):
            after = begun(home, rule, event, moment) if watch is None else watch
            if watch is not None:
                after = more(home, rule, watch, event, moment)
            return self._count(home, _put(state, key, after), rule, event, key)
        for other in refuted(home, state.watches, event, rule, moment):
            state = _with(state, watches={k: w for k, w in state.watches.items() if k != other})
        if watch is None:
            return state, ()
        if not watch.is_found:
            return self._end(home, state, event, key, told=watch.told_at is not None)
        if not is_over(rule, resident, event):
            return _put(state, key, change(watch, last=moment, well_since=None)), ()
        since = watch.well_since or moment
        if moment - since < rule.clear_after:
            return _put(state, key, change(watch, last=moment, well_since=since)), ()
        return self._end(home, state, event, key, told=True)

    def _count(
        self, home: Household, state: State, rule: Rule, event: Reading, key: str
    ) -> tuple[State, tuple[Finding, ...]]:
        watch = state.watches[key]
        shown = Shown(watch.count, watch.since, watch.last)
        if not watch.is_found:
            witness = agreeing(home, state.watches, key, rule)
            if witness is not None:  # it owes nobody a word of its own any more
                other, its = witness
                state = _put(state, other, change(its, ask_at=None, due=None))
                since, values = min(its.since, watch.since), (its.first, its.second)
                count = its.count + watch.count
                shown = Shown(count, since, watch.last, device_of(other), values)
            elif not is_enough(home, rule, watch, event.device):
                if watch.ask_at is not None and watch.ask_at <= event.at:
                    return self._ask(home, state, event.at, key)
                return state, ()
            watch = change(watch, is_found=True, ask_at=None, due=None, told_at=None)
            state = _put(state, key, watch)
        told_at = watch.told_at
        if told_at is not None and event.at - told_at < TELL_AGAIN[rule.urgency]:
            return state, ()
        state = _put(state, key, change(watch, told_at=event.at))
        urgency = _urgency(state, rule, event)
        graver = _graver(state, rule, event.device)
        if graver is not None and told_at is None:
            return state, ()  # the graver limit of the same quantity says it
        mean = usually(state.usual, home.measured_by(event.device).name, event.quantity)
        return state, (confirmed(home, rule, event, shown, urgency, mean),)

    def _end(
        self, home: Household, state: State, event: Reading, key: str, *, told: bool
    ) -> tuple[State, tuple[Finding, ...]]:
        """One limit is no longer passed; the device is well when none of its limits is."""
        told_at = state.watches[key].told_at
        watches = {other: w for other, w in state.watches.items() if other != key}
        state = _with(state, watches=watches)
        if not told:
            return state, ()
        for other, watch in watches.items():
            if device_of(other) == event.device:  # it owes people the news from now on
                told_at = watch.told_at or told_at
                return _put(state, other, change(watch, told_at=told_at)), ()
        return state, (well(home, event, BY_NAME[rule_of(key)]),)

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        found: tuple[Finding, ...] = ()
        for key, watch in state.watches.items():
            if watch.ask_at is not None and watch.ask_at <= at:
                state, more = self._ask(home, state, at, key)
                found += more
        for key, watch in state.watches.items():
            if watch.due is None or watch.due > at:
                continue
            rule, device = BY_NAME[rule_of(key)], device_of(key)
            told_at = at if _graver(state, rule, device) is None else watch.told_at
            state = _put(state, key, change(watch, due=None, ask_at=None, told_at=told_at))
            if told_at is at and rule.alone is not None:
                shown = Shown(watch.count, watch.since, watch.last)
                found += (alone(home, rule, at, device, (watch.first, watch.second), shown),)
        return state, found

    def _ask(
        self, home: Household, state: State, at: datetime, key: str
    ) -> tuple[State, tuple[Finding, ...]]:
        watch, rule, device = state.watches[key], BY_NAME[rule_of(key)], device_of(key)
        state = _put(state, key, change(watch, ask_at=None))
        asked_at = state.asked_at
        if watch.count > 1 and home.devices[device].role in CONTINUOUS:
            return state, ()  # it has measured again by itself, and goes on
        if asked_at is not None and at - asked_at < ASK_AGAIN_MIN:
            return state, ()
        state = _with(state, asked_at=at)
        return state, (asked(home, rule, at, device, (watch.first, watch.second)),)

    def _placed(
        self, home: Household, state: State, event: PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        gone = {
            key: w
            for key, w in state.watches.items()
            if not is_watched(home, device_of(key), event.state)
        }
        told = dict.fromkeys(device_of(key) for key, w in gone.items() if w.told_at is not None)
        watches = {key: w for key, w in state.watches.items() if key not in gone}
        state = _with(state, watches=watches, person=event.state)
        return state, tuple(paused(home, event.at, device, event.state) for device in told)

    def _taken_off(self, state: State, device: str) -> State:
        """What a wearable last showed before it was taken off was the taking off."""
        watches = {
            key: w
            for key, w in state.watches.items()
            if device_of(key) != device or w.told_at is not None
        }
        return state if len(watches) == len(state.watches) else _with(state, watches=watches)


def _put(state: State, key: str, watch: Watch) -> State:
    watches = {**state.watches, key: watch}
    return State(watches, state.usual, state.heard, state.asked_at, state.person, state.behind)


def _with(state: State, **fields: object) -> State:
    return msgspec.structs.replace(state, **fields)


def _placed_in_time(state: State, key: str, event: Reading) -> tuple[State, datetime | None]:
    """Return when a reading was taken; None: it came before, or is too old to be judged.

    A device whose clock was set back claims a past that is over: what it says from now on would
    be dropped until its clock has caught up. So what goes on in step with our own clock is taken
    for measured now; what comes in one go, or by turns with newer ones, is the past.
    """
    moment, before = taken_at(event), state.heard.get(key)
    if before is not None and event.repeats and before[1] == event.value:
        return state, None
    if moment is not None and (before is None or moment >= before[0]):
        is_doubled = before == (moment, event.value) and event.measured_at is not None
        return state, None if is_doubled else moment
    claimed = event.measured_at or event.at
    last = state.behind.get(key)
    state = _with(state, behind={**state.behind, key: (claimed, event.at)})
    if last is None:
        return state, None
    passed, waited = claimed - last[0], event.at - last[1]
    in_step = waited >= IN_STEP_MIN and abs(passed - waited) <= IN_STEP_MIN + waited * IN_STEP_SHARE
    return state, event.at if in_step else None


def _urgency(state: State, rule: Rule, event: Reading) -> Urgency:
    """Breathing counts for more beside a heart or an oxygen that is wrong, too."""
    if rule.quantity is Quantity.RESPIRATION and any(
        w.is_found and BY_NAME[rule_of(key)].quantity in (Quantity.HEART_RATE, Quantity.SPO2)
        for key, w in state.watches.items()
    ):
        return Urgency.HIGH
    return rule.urgency


def _graver(state: State, rule: Rule, device: str) -> Rule | None:
    """Return the graver limit of the same quantity and side that people were told of."""
    for other in BY_QUANTITY[rule.quantity]:
        if other is rule:
            return None
        watch = state.watches.get(f"{device}/{other.name}")
        if other.is_high is rule.is_high and watch is not None and watch.told_at is not None:
            return other
    return None
