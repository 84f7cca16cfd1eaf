"""Is the provider well? What it last said, as a fault of the gateway's own."""

from __future__ import annotations

from alerting.events import ErrorClass
from gateway.clock import Clock, Timer
from gateway.transports.transport import FaultSink, SendError

FAILING_SECONDS_MAX = 60.0
"""A provider that fails for longer is a fault; shorter hiccups are what retries are for."""
AGAIN_SECONDS = 60.0
"""A path that took no message is tried after the others for so long, then as before."""
PROVIDER = "provider"
"""The part of the gateway that is broken then."""

_LINK = frozenset({ErrorClass.TRANSIENT, ErrorClass.AMBIGUOUS})
_OURS = frozenset({ErrorClass.CONFIGURATION, ErrorClass.BLOCKED})


class Health:
    """Judges one provider by its answers.

    Three things can be wrong: nobody answers, which any answer disproves; it answers
    questions and takes no message, which only a message it took disproves; and our account,
    sender or texts are refused, which only a message taken on that channel disproves.
    """

    def __init__(self, provider: str, clock: Clock, fault: FaultSink) -> None:
        self._provider = provider
        self._clock = clock
        self._fault = fault
        self._timer: Timer | None = None
        self._link = ""
        """What the link's failure looks like; empty: it works."""
        self._sends = ""
        """How sending fails although somebody may be there; empty: it does not."""
        self._wrong: dict[str, bool] = {}
        """By source: what was last said about it."""
        self._refused_at: dict[str, float] = {}
        """By channel: when a message was last not taken, and none has been taken since."""

    def is_down(self, channel: str) -> bool:
        """Return whether messages of `channel` had better go another way for now.

        While nobody answers: until somebody does (whoever owns the path asks now and then).
        Where somebody answers and takes no message: for a while, until one is the trial.
        """
        if self._link:
            return True
        since = self._refused_at.get(channel)
        return since is not None and self._clock.monotonic() - since < AGAIN_SECONDS

    @property
    def is_silent(self) -> bool:
        """True while nobody answers there."""
        return bool(self._link)

    @property
    def state(self) -> str:
        """What is wrong, for the technician; empty: nothing."""
        return self._link or self._sends

    @property
    def failing(self) -> bool:
        """True from the first failure to the next answer."""
        return bool(self._link or self._sends)

    def failed(self, channel: str, error: SendError, sending: bool = False) -> None:
        """Take note of a failed request; `sending`: it was a message."""
        if error.spent_seconds is not None:
            self._sends = ""
            self.answered()
            return  # one phone's limit: whoever else is told by it is told
        if sending and (error.error in _LINK or error.error in _OURS):
            self._refused_at[channel] = self._clock.monotonic()
        if error.error in _LINK:
            if sending and error.doubtful:
                self._sends = error.detail or "no answer"
            else:
                self._link = error.detail or "no answer"
            if self._timer is None:
                self._timer = self._clock.call_later(FAILING_SECONDS_MAX, self._overdue)
            return
        if sending:
            self._sends = ""
        self.answered()
        if error.error in _OURS:
            self._say(channel, True, str(error))

    def answered(self) -> bool:
        """Take note of any answer; return True if the link had been failing."""
        was_failing, self._link = bool(self._link), ""
        if not self._sends:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._say("link", False, "")
        return was_failing

    def took(self, channel: str) -> bool:
        """Take note of a message taken; return True if link or sending had been failing."""
        was_failing, self._sends = self.failing, ""
        self._refused_at.pop(channel, None)
        self._say(channel, False, "")
        self.answered()
        return was_failing

    def ails(self, complaint: str) -> None:
        """Take note of what the transport itself says is wrong; empty: nothing."""
        self._say("account", bool(complaint), complaint)

    def blocked(self, channel: str, error: SendError) -> None:
        """Take note that a message it took was then refused for our account or our text."""
        if error.error in _OURS:
            self._say(f"{channel} texts", True, str(error))

    def delivered(self, channel: str) -> None:
        """Take note that a message arrived."""
        self._say(f"{channel} texts", False, "")

    def _overdue(self) -> None:
        detail = self._link or self._sends
        self._say("link", True, f"failing for {FAILING_SECONDS_MAX:.0f} s: {detail}")

    def _say(self, source: str, active: bool, detail: str) -> None:
        if self._wrong.get(source) is active:
            return
        self._wrong[source] = active
        said = f"{self._provider}: {detail or 'works again'}"
        self._fault(PROVIDER, active, said, f"{self._provider}/{source}")
