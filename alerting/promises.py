"""What an engine promises, looked at from outside: nothing that is open is forgotten."""

from __future__ import annotations

from alerting.engine import Engine


def audit(engine: Engine) -> list[str]:
    """Return what breaks the promise that every open incident has something due.

    Empty when all is well: each incident that is not over has a moment at which something
    is done next, and the engine asks to be woken no later than that.
    """
    problems = []
    wakes = engine.deadline()
    if wakes is not None and wakes < engine.now:
        problems.append(f"the engine was to wake at {wakes} and it is {engine.now}")
    for incident in engine.incidents:
        due = incident.due_at
        if due is None:
            problems.append(f"{incident.id} is {incident.response} and has nothing due")
        elif wakes is None or wakes > due:
            problems.append(f"{incident.id} is due at {due}, but the engine wakes at {wakes}")
        elif due < engine.now:
            problems.append(f"{incident.id} was due at {due} and it is {engine.now}")
    return problems
