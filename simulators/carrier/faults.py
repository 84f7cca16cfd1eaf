"""What can be made to go wrong, per number or for the whole account."""

from __future__ import annotations

from enum import StrEnum
from random import Random

import msgspec

FAULTS_MAX = 1_000


class FaultKind(StrEnum):
    """One way in which a provider disappoints."""

    REFUSE = "refuse"
    """4xx with `status` and `code`."""
    THROTTLE = "throttle"
    """429, Retry-After `seconds`."""
    ERROR_BEFORE = "error_before"
    """5xx (`status`), nothing was accepted."""
    ERROR_AFTER = "error_after"
    """5xx (`status`), and yet it was accepted."""
    HANG_BEFORE = "hang_before"
    """No answer ever; nothing was accepted."""
    HANG_AFTER = "hang_after"
    DROP_BEFORE = "drop_before"
    """The connection is cut; nothing was accepted."""
    DROP_AFTER = "drop_after"
    SLOW = "slow"
    """Accepted at once, answered after `seconds`."""
    UNDELIVER = "undeliver"
    """Accepted, then fails: texts with `code` (30003, ...), calls as failed."""
    STUCK = "stuck"
    """Accepted, then stays in the queue until its validity ends."""
    NO_RECEIPT = "no_receipt"
    """The text arrives, but its status stays `sent`."""
    CALLBACK_LATE = "callback_late"
    """Status callbacks come `seconds` late."""
    CALLBACK_DUPLICATE = "callback_duplicate"
    CALLBACK_LOST = "callback_lost"
    CALLBACK_DISORDER = "callback_disorder"
    """Callbacks of intermediate states come `seconds` after the final one's turn."""


ON_CALLBACK = frozenset(kind for kind in FaultKind if kind.startswith("callback_"))
ON_FATE = frozenset({FaultKind.UNDELIVER, FaultKind.STUCK, FaultKind.NO_RECEIPT})
ON_REQUEST = frozenset(FaultKind) - ON_CALLBACK - ON_FATE
AFTER_ACCEPTING = frozenset(
    {FaultKind.ERROR_AFTER, FaultKind.HANG_AFTER, FaultKind.DROP_AFTER, FaultKind.SLOW}
)


class Target(StrEnum):
    """Which requests a fault meets."""

    SENDS = "sends"
    SMS = "sms"
    VOICE = "voice"
    READS = "reads"
    """Lists and look-ups of both kinds."""
    ALL = "all"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong until it is taken back or used up."""

    kind: FaultKind
    target: Target = Target.SENDS
    number: str = ""
    """Only requests to this number; empty: to anybody."""
    status: int = 0
    code: int = 0
    seconds: float = 1.0
    times: int = 0
    """How often it strikes; 0: until taken back."""
    chance: float = 1.0
    id: int = 0

    def __post_init__(self) -> None:
        """Check bounds, so that a wrong fault is refused where it is entered."""
        if not 0 < self.chance <= 1:
            raise ValueError(f"chance {self.chance}: expected above 0, at most 1")
        if not 0 <= self.seconds <= 86_400 or self.times < 0:
            raise ValueError("expected seconds within 0..86400 and times of 0 or more")
        if self.status and not 400 <= self.status <= 599:
            raise ValueError(f"status {self.status}: expected 400 to 599")


class Faults:
    """The faults in force, oldest first; the first that matches strikes."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._count = 0
        self._active: dict[int, Fault] = {}

    def active(self) -> tuple[Fault, ...]:
        """Return what is in force."""
        return tuple(self._active.values())

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force; returns it with its id.

        Raises:
            ValueError: too many faults.
        """
        if len(self._active) >= FAULTS_MAX:
            raise ValueError(f"{len(self._active)} faults in force; expected {FAULTS_MAX} at most")
        self._count += 1
        fault = msgspec.structs.replace(fault, id=self._count)
        self._active[fault.id] = fault
        return fault

    def remove(self, id: int) -> None:
        """Take one back; harmless when it is gone."""
        self._active.pop(id, None)

    def clear(self) -> None:
        """Take all back."""
        self._active.clear()

    def strike(
        self, kinds: frozenset[FaultKind], target: Target, numbers: tuple[str, ...]
    ) -> Fault | None:
        """Return the fault that strikes a request of this sort now, using it up."""
        for fault in self._active.values():
            if fault.kind not in kinds or not _meets(fault, target):
                continue
            if fault.number and fault.number not in numbers:
                continue
            if fault.chance < 1 and self._dice.random() >= fault.chance:
                continue
            self._use(fault)
            return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times == 1:
            del self._active[fault.id]
        elif fault.times > 1:
            self._active[fault.id] = msgspec.structs.replace(fault, times=fault.times - 1)


def _meets(fault: Fault, target: Target) -> bool:
    if fault.target in (Target.ALL, target):
        return True
    return fault.target is Target.SENDS and target in (Target.SMS, Target.VOICE)
