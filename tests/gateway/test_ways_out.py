"""The ways out of the house are opened one by one: one that cannot be costs the others nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway import ways_out
from gateway.config import Settings
from gateway.door import FrontDoor
from gateway.transports.transport import Transport
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FakeProvider


def test_one_that_cannot_be_opened_is_a_fault_and_the_others_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()

    def _modem(*_: Any) -> Transport | None:
        raise OSError("its memory cannot be read")

    def _twilio(*_: Any) -> Transport | None:
        return FakeProvider(clock)

    monkeypatch.setattr(ways_out, "OPENERS", (_modem, _twilio, lambda *_: None))
    failed: list[str] = []
    settings = cast(Settings, SimpleNamespace())
    opened = ways_out.open_all(settings, tmp_path, clock, FrontDoor(), failed.append)
    assert [one.name for one in opened] == ["fake"]
    (said,) = failed
    assert "modem" in said
    assert "its memory cannot be read" in said
