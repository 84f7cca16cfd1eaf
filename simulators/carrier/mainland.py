"""What the provider and the operators do with traffic to mainland China.

Source: the provider's own articles, summed up in docs/simulators-carrier.md. Calls are not placed
at all. Texts are one-way, need a signature in 【】, never reach landlines; of identical
texts the third within 24 hours is filtered, and from the fifth different text within
24 hours on everything waits a day for manual review.
"""

from __future__ import annotations

import re
from collections import deque
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
IDENTICAL_MAX = 2
DIFFERENT_MAX = 4
REVIEW = timedelta(hours=24)
FILTERED = 30007

_MOBILE = re.compile(r"\+861[3-9][0-9]{9}", re.ASCII)
_SIGNATURE = re.compile(r"【[^【】]{2,16}】")


def is_mainland(number: str) -> bool:
    """Return whether the number is in mainland China."""
    return number.startswith("+86")


def is_mobile(number: str) -> bool:
    """Return whether it is a mobile number there."""
    return _MOBILE.fullmatch(number) is not None


def is_signed(body: str) -> bool:
    """Return whether the text begins or ends with a signature."""
    body = body.strip()
    return any(
        match.start() == 0 or match.end() == len(body) for match in _SIGNATURE.finditer(body)
    )


class Quota:
    """Counts what each number got within the last 24 hours (calendar time)."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[tuple[datetime, str]]] = {}

    def judge(self, now: datetime, number: str, body: str) -> tuple[int, timedelta]:
        """Take in one text; returns (error code or 0, extra delay)."""
        seen = self._seen.setdefault(number, deque())
        while seen and now - seen[0][0] >= WINDOW:
            seen.popleft()
        identical = sum(1 for _, earlier in seen if earlier == body)
        different = {earlier for _, earlier in seen} | {body}
        seen.append((now, body))
        if not is_signed(body) or identical >= IDENTICAL_MAX:
            return FILTERED, timedelta(0)
        return 0, REVIEW if len(different) > DIFFERENT_MAX else timedelta(0)
