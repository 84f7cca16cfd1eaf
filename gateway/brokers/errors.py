"""What can go wrong with a broker, in words for a technician."""

from __future__ import annotations

from alerting.words import Words


class BrokerError(Exception):
    """The broker cannot be used; `words` says why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(zh, en)
