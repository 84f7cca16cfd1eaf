"""What judging a person's silences costs: the inactivity detector alone, per observation."""

from __future__ import annotations

import time
from collections.abc import Sequence

from alerting.detection.inactivity import InactivityDetector
from alerting.events import Tick
from alerting.household import Household
from devices.observation import AnyObservation
from tests.alerting.detection import habits
from tests.replay import month

BUSY_DAYS, QUIET_DAYS = 10, 120
DETECTOR = InactivityDetector()


def run() -> str:
    """Hear a busy home and a quiet one, each after it is known; return the line about both."""
    busy = list(month.life(days=BUSY_DAYS, seed=7))
    quiet = list(habits.days(QUIET_DAYS))
    return (
        f"silences judged: {_measured(month.HOME, busy)} in a busy home; "
        f"{_measured(habits.HOME, quiet)} in a quiet one, ticks and learning included"
    )


def _measured(home: Household, events: Sequence[AnyObservation]) -> str:
    wall = time.process_time()
    looked = sum(1 for event in events if event.retained)
    plain = (time.process_time() - wall) / len(events)
    assert looked == 0
    state = DETECTOR.start(home, events[0].at)
    wall = time.process_time()
    for event in events:
        while (due := state.due) is not None and due <= event.at:
            state, _ = DETECTOR.step(home, state, Tick(due))
        state, _ = DETECTOR.step(home, state, event)
    each = (time.process_time() - wall) / len(events)
    times = each / plain
    return f"{each * 1e6:.1f} us an observation ({len(events):,}, {times:.0f} x a plain loop)"
