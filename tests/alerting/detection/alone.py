"""One detector alone with a home: what happens, and what it says, on the home's clock."""

from __future__ import annotations

from typing import Any

import msgspec

from alerting.detection.detector import Detector
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Device, Household, Role
from devices.observation import AnyObservation, Bed, Contact, Motion
from tests.builders import DOOR, at, hours, household

BATH = Device("bath", "native", Role.MOTION, "卫生间", heartbeat=hours(900))
KITCHEN = Device("kitchen", "native", Role.MOTION, "厨房", heartbeat=hours(900))
LIVING = Device("living", "native", Role.MOTION, "客厅", heartbeat=hours(900))
BEDROOM = Device("bedroom", "native", Role.MOTION, "卧室", heartbeat=hours(900))
MAT = Device("mat", "native", Role.BED, "卧室", heartbeat=hours(900))
HOME = household(BATH, KITCHEN, LIVING, BEDROOM, MAT, DOOR)


class Alone:
    """A detector that is told what happens."""

    def __init__(
        self, detector: Detector, begins: str = "day 1 06:00", home: Household = HOME
    ) -> None:
        self.detector, self.home = detector, home
        self.state: Any = detector.start(home, at(begins))
        self.findings: list[Finding] = []
        self.happens(door(begins, is_open=False), bed(begins, occupied=False))

    def happens(self, *events: AnyObservation | PresenceSet | Tick) -> Alone:
        for event in events:
            while (due := self.detector.deadline(self.home, self.state)) and due <= event.at:
                self._step(Tick(due))
            self._step(event)
            copy = msgspec.json.decode(msgspec.json.encode(self.state), type=self.detector.state)
            assert copy == self.state
        return self

    def until(self, words: str) -> Alone:
        return self.happens(Tick(at(words)))

    def resumes(self, words: str) -> Alone:
        self.state = self.detector.resume(self.home, self.state, at(words))
        return self

    def _step(self, event: AnyObservation | PresenceSet | Tick) -> None:
        self.state, found = self.detector.step(self.home, self.state, event)
        self.findings += found

    @property
    def said(self) -> list[str]:
        """When what was said, e.g. `3 11:15 told`."""
        begins = at("day 1 00:00")
        return [
            f"{(one.at - begins).days + 1} {one.at.astimezone(self.home.tz):%H:%M} "
            f"{'told' if one.active else 'over'}"
            for one in self.findings
        ]


def moves(words: str, device: str = "living") -> Motion:
    return Motion(at(words), device)


def door(words: str, is_open: bool) -> Contact:
    return Contact(at(words), "door", is_open=is_open)


def passes(words: str) -> tuple[Contact, Contact]:
    """The door opens and closes."""
    return door(words, is_open=True), Contact(at(words) + hours(10 / 3600), "door", is_open=False)


def bed(words: str, occupied: bool) -> Bed:
    return Bed(at(words), "mat", occupied=occupied)


def is_now(words: str, state: PresenceState) -> PresenceSet:
    return PresenceSet(at(words), state, "desk:李")
