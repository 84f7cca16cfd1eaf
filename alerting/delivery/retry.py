"""When a message that did not go through is tried again.

`luck` is a fresh random number in [0, 1) from the caller: it spreads retries, so that
many messages held up by one fault do not all come back in the same instant.
"""

from __future__ import annotations

from alerting.events import ErrorClass

TRANSIENT_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""After the last, again and again at its pace until the message expires."""
TRANSIENT_SPREAD = 0.2

UNREACHABLE_SECONDS_MIN = 120.0
UNREACHABLE_SECONDS_MAX = 300.0
UNREACHABLE_TRIES_MAX = 3
"""A phone that is off or busy comes back; ringing it for ever helps nobody."""

RECONCILE_SECONDS = (10.0, 30.0)
"""When to look an ambiguous message up at the provider, counted from the send. Twilio
needs a while to list what it took (twilio-ruby #519 advises about 26 s)."""

RETRY_AFTER_SECONDS_MAX = 120.0
"""The longest a provider may make an alarm wait by asking for it."""

SEND_ATTEMPTS_MAX = 60


def wait_seconds(
    error: ErrorClass, failures: int, luck: float, retry_after: float = 0.0
) -> float | None:
    """Return how long to wait before the next try; None: never again.

    Args:
        error: why the last try failed.
        failures: how many tries in a row failed for this reason, this one included.
        luck: a random number in [0, 1).
        retry_after: what the provider asked for, in seconds.
    """
    match error:
        case ErrorClass.TRANSIENT | ErrorClass.AMBIGUOUS:
            step = TRANSIENT_SECONDS[min(failures, len(TRANSIENT_SECONDS)) - 1]
            spread = step * (1 + TRANSIENT_SPREAD * (2 * luck - 1))
            return max(spread, min(retry_after, RETRY_AFTER_SECONDS_MAX))
        case ErrorClass.UNREACHABLE:
            if failures >= UNREACHABLE_TRIES_MAX:
                return None
            width = UNREACHABLE_SECONDS_MAX - UNREACHABLE_SECONDS_MIN
            return UNREACHABLE_SECONDS_MIN + luck * width
        case _:
            return None
