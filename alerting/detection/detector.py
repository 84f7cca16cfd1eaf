"""What every detector offers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household
from devices.observation import AnyObservation, Observation

State = Any
"""Each detector's own frozen `msgspec.Struct`; opaque to everyone else."""


class Detector(Protocol):
    """A pure step function over one household's observations."""

    @property
    def name(self) -> str:
        """Identify the detector in findings and snapshots."""

    @property
    def consumes(self) -> tuple[type[Observation], ...]:
        """The observations it wants; ticks and presence come anyway."""

    @property
    def state(self) -> type[Any]:
        """The type of its state, so that snapshots can be read back."""

    def start(self, home: Household, at: datetime) -> State:
        """Return the state before any observation."""

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Return the state after `event`, and what it proves."""

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Return the state after a time we could not hear: silence in it proves nothing.

        `is_blink`: it was a moment only, of which the broker kept what was sent. Whoever
        counts hours goes on counting, or a line that breaks every hour would hide a day.
        """

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Return the state for a household whose data changed at `at`."""

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when `step` wants a `Tick`, if nothing else happens first."""
