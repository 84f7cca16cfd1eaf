"""What may save a life: it goes before measurements, and passes in spite of a flood."""

from __future__ import annotations

from devices.observation import (
    Aftermath,
    AnyObservation,
    Called,
    CallState,
    Cancelled,
    FallState,
    Hazard,
    HelpCall,
    Impact,
)

CALLS = frozenset({Called, HelpCall, CallState, Hazard, FallState, Impact, Aftermath, Cancelled})


def urgent(observation: AnyObservation) -> str:
    """Return what kind of call for help, fall or hazard this is; empty if it is none."""
    match observation:
        case HelpCall():
            return "press"
        case Called():
            return "hotline"
        case CallState(on=on):
            return f"call {on}"
        case Hazard(hazard=hazard, on=on):
            return f"{hazard} {on}"
        case Impact() | Aftermath():
            return "knock"
        case Cancelled():
            return "answer"
        case FallState(on=on):
            return f"fall {on}"
    return ""
