"""Pushes through a real child process and real requests, with everything that can go wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from alerting.events import DeliveryState, ErrorClass, Purpose
from alerting.incident import Urgency
from gateway.clock import SystemClock
from gateway.outbox import Outbox
from gateway.store.rows import RowState
from gateway.transports.push import Pushes
from gateway.transports.targets import PushAccess
from gateway.transports.transport import SendError
from gateway.ways_out import look_after
from tests.fakes.http_sink import HttpSink, http_sink
from tests.fakes.provider import FakeProvider, FakeRows
from tests.fakes.rows import row

pytestmark = pytest.mark.line

Maker = Callable[..., Pushes]
HANGING = "import sys, time; sys.stdin.readline(); print('{\"ready\": true}', flush=True)\n"


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with http_sink() as sink:
        yield sink


@pytest.fixture
async def pushes(sink: HttpSink) -> AsyncIterator[Maker]:
    made: list[Pushes] = []

    def make(answer_seconds: float = 15, **more: str) -> Pushes:
        host = f"127.0.0.1:{sink.port}"
        targets = {
            "json": f"json://{host}/",
            "ntfy": f"ntfy://{host}/wang",
            "bark": f"bark://{host}/key",
            **more,
        }
        one = Pushes(PushAccess(targets=targets), SystemClock(), answer_seconds=answer_seconds)
        made.append(one)
        return one

    yield make
    for one in made:
        await one.close()


def child(code: str, answer_seconds: float = 1) -> Pushes:
    command = (sys.executable, "-c", code)
    access = PushAccess(targets={"a": "json://127.0.0.1:9/"})
    return Pushes(access, SystemClock(), command=command, answer_seconds=answer_seconds)


class TestMessage:
    async def test_it_arrives_with_heading_and_loudness(
        self, sink: HttpSink, pushes: Maker
    ) -> None:
        submitted = await pushes().send(row("push", "json"))
        assert submitted.progress.state is DeliveryState.ACCEPTED
        assert submitted.progress.final
        (body,) = sink.bodies
        assert body["title"] == "【紧急】请查看"
        assert body["message"] == row("push", "json").text
        assert body["type"] == "failure"

    async def test_news_is_quiet_and_in_the_person_s_language(
        self, sink: HttpSink, pushes: Maker
    ) -> None:
        news = row("push", "json", purpose=Purpose.NEWS, language="en", text="Zhou is going.")
        await pushes().send(news)
        (body,) = sink.bodies
        assert (body["title"], body["type"]) == ("News", "info")

    async def test_less_than_urgent_is_a_warning(self, sink: HttpSink, pushes: Maker) -> None:
        await pushes().send(row("push", "json", urgency=Urgency.MEDIUM))
        assert sink.bodies[0]["type"] == "warning"

    @pytest.mark.parametrize("service", ["ntfy", "bark"])
    async def test_other_services_carry_the_chinese_text_whole(
        self, sink: HttpSink, pushes: Maker, service: str
    ) -> None:
        await pushes().send(row("push", service))
        _, headers, body = sink.requests[0]
        assert "王奶奶按下呼救" in body.decode() or "王奶奶按下呼救" in str(sink.bodies), headers


class TestFailure:
    @pytest.mark.parametrize("word", ["429", "500", "502", "403", "cut"])
    async def test_what_the_service_refuses_is_tried_again_in_minutes(
        self, sink: HttpSink, pushes: Maker, word: str
    ) -> None:
        sink.script = [word]
        with pytest.raises(SendError) as caught:
            await pushes().send(row("push", "json"))
        assert caught.value.error is ErrorClass.UNREACHABLE
        assert str(sink.port) not in str(caught.value)

    async def test_one_that_takes_nothing_three_times_is_a_fault_until_it_does(
        self, sink: HttpSink, pushes: Maker
    ) -> None:
        faults: list[tuple[str, bool, str]] = []
        tier = pushes()
        look_after(  # as the gateway itself does at its start
            [tier],
            lambda part, active, detail, source="": faults.append((part, active, source)),
            lambda what, who, detail: None,
        )
        sink.script = ["403"]
        for _ in range(4):
            with pytest.raises(SendError):
                await tier.send(row("push", "json"))
        sink.script = ["200"]
        await tier.send(row("push", "json"))
        assert faults == [("provider", True, "push/json"), ("provider", False, "push/json")]

    async def test_a_service_that_hangs_is_ambiguous_and_holds_no_other_message(
        self, sink: HttpSink, pushes: Maker
    ) -> None:
        tier = pushes(answer_seconds=2)
        await tier.warm()
        sink.script = ["hang", "200"]
        hanging = asyncio.create_task(tier.send(row("push", "json")))
        await sink.arrived.wait()
        assert (await tier.send(row("push", "ntfy"))).progress.state is DeliveryState.ACCEPTED
        with pytest.raises(SendError) as caught:
            await hanging
        assert caught.value.error is ErrorClass.AMBIGUOUS

    async def test_what_cannot_be_used_is_named_without_its_address(self, pushes: Maker) -> None:
        tier = pushes(wrong="wecom-bot://a-secret", short="mailtos://")
        with pytest.raises(SendError) as caught:
            await tier.warm()
        assert caught.value.error is ErrorClass.CONFIGURATION
        assert "wrong: no service is called 'wecom-bot'" in caught.value.detail
        assert "short: the address does not have" in caught.value.detail
        assert "a-secret" not in str(caught.value)
        with pytest.raises(SendError) as refused:
            await tier.send(row("push", "wrong"))
        assert refused.value.error is ErrorClass.CONFIGURATION
        with pytest.raises(SendError) as unknown:
            await tier.send(row("push", "nobody"))
        assert unknown.value.error is ErrorClass.CONFIGURATION

    async def test_the_services_of_a_chinese_county_are_there(self, pushes: Maker) -> None:
        tier = pushes(
            wecom="wecombot://0123456789abcdef",
            dingtalk="dingtalk://0123456789abcdef",
            feishu="feishu://0123456789abcdef",
            serverchan="schan://SCT0123456789",
            pushplus="pushplus://0123456789abcdef0123456789abcdef",
            mail="mailtos://user:word@mail.example.org?to=a@example.org",
        )
        await tier.warm()


class TestChild:
    async def test_killed_in_the_middle_the_next_message_goes_out(
        self, sink: HttpSink, pushes: Maker
    ) -> None:
        tier = pushes()
        await tier.warm()
        sink.script = ["hang", "200"]
        asking = asyncio.create_task(tier.send(row("push", "json")))
        await sink.arrived.wait()
        assert tier.pid is not None
        os.kill(tier.pid, signal.SIGKILL)
        with pytest.raises(SendError) as caught:
            await asking
        assert caught.value.error is ErrorClass.AMBIGUOUS
        with pytest.raises(SendError) as early:
            await tier.send(row("push", "json"))
        assert early.value.error is ErrorClass.TRANSIENT
        await asyncio.sleep(0.6)
        assert (await tier.send(row("push", "json"))).progress.state is DeliveryState.ACCEPTED

    async def test_one_that_says_nothing_is_ended(self) -> None:
        tier = child(HANGING + "time.sleep(3600)")
        with pytest.raises(SendError) as caught:
            await tier.send(row("push", "a"))
        assert caught.value.error is ErrorClass.AMBIGUOUS
        with pytest.raises(SendError) as after:
            await tier.send(row("push", "a"))
        assert "begun again" in after.value.detail
        await tier.close()

    @pytest.mark.parametrize(
        "code",
        [
            "import sys; sys.exit(1)",
            "print('hello', flush=True); import time; time.sleep(60)",
            "print('{}', flush=True); import time; time.sleep(60)",
            HANGING + "sys.stdin.readline(); print('x' * 100_000, flush=True); time.sleep(60)",
            HANGING + "sys.stdin.readline(); print('[1]', flush=True); time.sleep(60)",
        ],
    )
    async def test_nonsense_of_it_is_a_failed_push_and_no_more(self, code: str) -> None:
        tier = child(code)
        with pytest.raises(SendError) as caught:
            await tier.send(row("push", "a"))
        assert caught.value.error in (ErrorClass.TRANSIENT, ErrorClass.AMBIGUOUS)
        await tier.close()

    async def test_without_the_library_it_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "apprise.py").write_text("raise ImportError('not installed')")
        code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        code += "from gateway.push_child import main; main()"
        tier = child(code)
        with pytest.raises(SendError) as caught:
            await tier.warm()
        assert caught.value.error is ErrorClass.CONFIGURATION
        assert "no library" in caught.value.detail
        await tier.close()

    async def test_it_ends_with_us_and_steps_back(self, pushes: Maker) -> None:
        tier = pushes()
        await tier.warm()
        assert tier.pid is not None
        process = psutil.Process(tier.pid)
        assert process.nice() > psutil.Process().nice()
        assert not any("127.0.0.1" in word for word in process.cmdline())
        assert "CREDENTIALS_DIRECTORY" not in process.environ()
        await tier.close()
        assert not process.is_running()


ONLY_THE_CHILD = """
import asyncio, sys
from gateway import wiring
from gateway.clock import SystemClock
from gateway.transports.push import Pushes
from gateway.transports.targets import PushAccess

async def main():
    tier = Pushes(PushAccess(targets={"a": "json://127.0.0.1:9/"}), SystemClock())
    await tier.warm()
    await tier.close()

asyncio.run(main())
found = [name for name in sys.modules if name.split(".")[0] in ("apprise", "requests_oauthlib")]
sys.exit(f"loaded: {found}" if found else 0)
"""


def test_the_gateway_itself_never_loads_apprise() -> None:
    command = [sys.executable, "-c", ONLY_THE_CHILD]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr


async def test_a_text_does_not_wait_for_a_push_that_hangs(sink: HttpSink, pushes: Maker) -> None:
    """The alarm path beside it: with every push hanging, texts go out at once."""
    clock = SystemClock()
    texts = FakeProvider(clock, "sms")
    sink.script = ["hang"]
    tier = pushes(answer_seconds=5)
    outbox = Outbox(clock, FakeRows(), (texts, tier), lambda *_: None, lambda *_, **__: None)
    running = asyncio.create_task(outbox.run())
    later = clock.now() + timedelta(minutes=10)
    outbox.owe(
        [
            row("push", "json", key=f"h1-0001/{number}/d-{number}/push", expires_at=later)
            for number in range(20)
        ]
    )
    await sink.arrived.wait()
    outbox.owe([row("sms", "+85251000001", expires_at=later)])
    async with asyncio.timeout(2):
        while not texts.sent:  # noqa: ASYNC110 - the provider is a fake that only remembers
            await asyncio.sleep(0.01)
    states = {one.state for one in outbox.owing() if one.channel == "push"}
    assert states == {RowState.LEASED}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
