"""One call at a time to one phone: a second one would only find it busy."""

from __future__ import annotations

from gateway.delivery.job import Job

LINE_SECONDS_MAX = 60.0
"""The longest a call waits for another one to the same phone."""


class Lines:
    """Knows which phones we are ringing."""

    def __init__(self) -> None:
        self._holders: dict[str, Job] = {}
        self._waiting: dict[str, set[Job]] = {}

    def wait_seconds(self, job: Job, now: float) -> float:
        """Return how long `job` has to wait for its phone; 0: it is free."""
        holder = self._holders.get(job.row.address) if job.row.channel == "voice" else None
        if holder is None or holder is job:
            return 0.0
        if job.line_until is None:
            job.line_until = now + LINE_SECONDS_MAX
        left = job.line_until - now
        if left > 0:
            self._waiting.setdefault(job.row.address, set()).add(job)
        return max(0.0, left)

    def take(self, job: Job) -> None:
        """Note that we ring this phone now."""
        if job.row.channel == "voice":
            self._holders[job.row.address] = job
            job.line_until = None

    def leave(self, job: Job) -> None:
        """Note that this call is over, and let those waiting for the phone go on."""
        if self._holders.get(job.row.address) is job:
            del self._holders[job.row.address]
            for other in self._waiting.pop(job.row.address, ()):
                other.wake.set()
