"""The contract of the detectors, held against detectors that break it in one way each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from alerting.detection.detector import Detector
from alerting.detection.inactivity import InactivityDetector
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household
from alerting.words import Words
from devices.observation import AnyObservation
from tests.builders import at
from tests.contracts import test_detectors as contract

Found = tuple[Any, tuple[Finding, ...]]
SECOND = timedelta(seconds=1)


class Sound:
    """A detector that keeps the contract; each below breaks it in one way."""

    def __init__(self) -> None:
        self.inner: Detector = InactivityDetector()
        self.name, self.consumes = self.inner.name, self.inner.consumes
        self.state: type[Any] = self.inner.state

    def start(self, home: Household, at: datetime) -> Any:
        return self.inner.start(home, at)

    def step(
        self, home: Household, state: Any, event: AnyObservation | Tick | PresenceSet
    ) -> Found:
        return self.inner.step(home, state, event)

    def resume(self, home: Household, state: Any, at: datetime, is_blink: bool = False) -> Any:
        return self.inner.resume(home, state, at, is_blink)

    def configure(self, home: Household, state: Any, at: datetime) -> Any:
        return self.inner.configure(home, state, at)

    def deadline(self, home: Household, state: Any) -> datetime | None:
        return self.inner.deadline(home, state)


class Early(Sound):
    """Alarms a minute before its deadline, if it is asked then."""

    def step(self, home: Household, state: Any, event: Any) -> Found:
        due = self.deadline(home, state)
        if isinstance(event, Tick) and due is not None and event.at > due - timedelta(minutes=1):
            return self.inner.step(home, state, Tick(max(due, event.at)))
        return self.inner.step(home, state, event)


class Stale(Sound):
    """Its deadline is the one of long ago."""

    def deadline(self, home: Household, state: Any) -> datetime | None:
        return at("day 1 08:00") + SECOND


class Stuck(Sound):
    """Does nothing at its deadline."""

    def step(self, home: Household, state: Any, event: Any) -> Found:
        if isinstance(event, Tick):
            return state, ()
        return self.inner.step(home, state, event)


class Deaf(Sound):
    """Takes the time in which we did not listen for silence."""

    def resume(self, home: Household, state: Any, at: datetime, is_blink: bool = False) -> Any:
        return state


class Hasty(Sound):
    """Looks at once after a moment in which it could not hear."""

    def resume(self, home: Household, state: Any, at: datetime, is_blink: bool = False) -> Any:
        after = self.inner.resume(home, state, at, is_blink)
        return msgspec.structs.replace(after, due=at) if is_blink else after


class Bare(Sound):
    """Says nothing of how it knows."""

    def step(self, home: Household, state: Any, event: Any) -> Found:
        after, found = self.inner.step(home, state, event)
        return after, tuple(msgspec.structs.replace(one, evidence={}) for one in found)


class Mute(Bare):
    """Gives no reason in English."""

    def step(self, home: Household, state: Any, event: Any) -> Found:
        after, found = self.inner.step(home, state, event)
        return after, tuple(
            msgspec.structs.replace(one, reason=Words(one.reason.zh, one.reason.zh))
            for one in found
        )


class Forgetful(Sound):
    """What it learned is not in what is written down."""

    def __init__(self) -> None:
        super().__init__()
        self.state = msgspec.defstruct(
            "Less",
            [
                (name, kind)
                for name, kind in _fields(self.inner.state)
                if name not in ("habit", "due")
            ],
            frozen=True,
        )


class Hoarder(Sound):
    """Remembers in itself what it saw, whoever's home it was."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, int] = {}

    def step(self, home: Household, state: Any, event: Any) -> Found:
        after, found = self.inner.step(home, state, event)
        self.seen[home.id] = self.seen.get(home.id, 0) + 1
        if not found or len(self.seen) + self.seen[home.id] % 2:
            return after, tuple(
                msgspec.structs.replace(one, short=Words(f"{self.seen[home.id]}", "x"))
                for one in found
            )
        return after, found


class Slovenly(Sound):
    """Changes the state it was given."""

    def step(self, home: Household, state: Any, event: Any) -> Found:
        after, found = self.inner.step(home, state, event)
        if isinstance(event, Tick):
            state.heard.clear()
        return after, found


class Fat(Sound):
    """Keeps ever more."""

    def step(self, home: Household, state: Any, event: Any) -> Found:
        after, found = self.inner.step(home, state, event)
        more = {**after.known, f"{event.at}": True}
        return msgspec.structs.replace(after, known=more), found


def _fields(kind: type[Any]) -> list[tuple[str, Any]]:
    return [(field.name, field.type) for field in msgspec.structs.fields(kind)]


CLAUSES: dict[str, Callable[[Detector], None]] = {
    "pure": contract.test_a_step_is_a_pure_function,
    "no memory of its own": contract.test_a_detector_remembers_nothing_itself,
    "quiet before its deadline": contract.test_a_tick_before_the_deadline_does_nothing,
    "deadline moves": contract.test_a_deadline_lies_ahead_and_moves,
    "deaf": lambda one: contract.test_silence_while_we_were_deaf_proves_nothing(one, False),
    "blink": lambda one: contract.test_silence_while_we_were_deaf_proves_nothing(one, True),
    "reason and evidence": contract.test_every_finding_has_a_reason_in_both_languages_and_evidence,
    "same future": contract.test_a_state_read_back_has_the_same_future,
    "changed household": contract.test_a_changed_household_is_taken_as_it_is,
    "small": contract.test_a_state_stays_small,
    "strangers": contract.test_presence_and_strangers_are_borne,
}


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_sound_detector_keeps_it(clause: str) -> None:
    CLAUSES[clause](Sound())


@pytest.mark.parametrize(
    ("clause", "broken"),
    [
        ("pure", Hoarder),
        ("pure", Slovenly),
        ("no memory of its own", Hoarder),
        ("quiet before its deadline", Early),
        ("deadline moves", Stale),
        ("deadline moves", Stuck),
        ("deaf", Deaf),
        ("blink", Hasty),
        ("reason and evidence", Bare),
        ("reason and evidence", Mute),
        ("same future", Forgetful),
        ("small", Fat),
    ],
)
def test_what_breaks_it_is_found(clause: str, broken: type[Sound]) -> None:
    with pytest.raises((AssertionError, AttributeError)):
        CLAUSES[clause](broken())
