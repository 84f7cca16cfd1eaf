"""Who has answered is not called any more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from alerting.events import Answer, Reply
from devices.observation import HelpCall
from gateway.engines import CORE
from gateway.fleet import restore
from tests.builders import household
from tests.fakes.clock import START
from tests.gateway.lives import until
from tests.gateway.test_runtime import running


async def test_a_step_that_fell_due_a_moment_before_the_answer_is_not_sent(tmp_path: Path) -> None:
    homes = {"h7": household(id="h7")}
    async with running(tmp_path / "gateway.db") as gateway:
        restored = await restore(gateway.store, homes, START, CORE)
        gateway.engines["h7"] = restored.engines["h7"]
        gateway.offer("h7", HelpCall(START, "panel", id="a:1"))
        await until(lambda: gateway.outbox.keys)
        # the second step was due a second earlier, and the loop was busy
        at = START + timedelta(seconds=61)
        gateway.offer("h7", Reply(at, "h7-0001", "daughter", Answer.GOING, "sms"))
        await until(lambda: gateway.outbox.withdrawn)
        assert not [key for key in gateway.outbox.keys if key.startswith("h7-0001/1/")]
        assert any("/news-" in key for key in gateway.outbox.keys), gateway.outbox.keys
