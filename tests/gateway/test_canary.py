"""The gateway's own press: it is told by its own way, and a press left open hinders no other."""

from __future__ import annotations

from datetime import timedelta

from alerting.engine import Engine
from alerting.events import Configured, Event, Notify, Reply
from alerting.incident import Response
from devices.observation import HelpCall
from gateway.canary import EVERY_SECONDS, CanaryPress, household
from gateway.proven import Proven
from gateway.store.rows import Entry, Proof
from tests.fakes.clock import START, FakeClock


def pressed(engine: Engine, id: str = "a:1", minutes: float = 0) -> list[Notify]:
    at = START + timedelta(minutes=minutes)
    effects = engine.step(HelpCall(at, "button", id=id))
    return [effect for effect in effects if isinstance(effect, Notify)]


def test_the_press_is_told_by_its_own_path() -> None:
    engine = Engine(Configured(START, household("Asia/Shanghai")))
    (owed,) = pressed(engine)
    assert (owed.channel, owed.paths, bool(owed.address)) == ("canary", ("canary",), True)


async def test_a_press_that_was_left_open_is_ended_before_the_next() -> None:
    """We died after it had come through, and before its end was written."""
    clock = FakeClock()
    engine = Engine(Configured(clock.now(), household("Asia/Shanghai")))
    pressed(engine)
    published: list[str] = []

    async def publish(topic: str, payload: bytes, qos: int) -> None:
        published.append(topic)

    def offer(household: str, event: Event) -> None:
        assert isinstance(event, Reply)
        engine.step(event)

    press = CanaryPress(clock, publish, lambda: True, offer, lambda *fault: None)
    press.left = lambda: [one.id for one in engine.incidents]
    await clock.advance(EVERY_SECONDS)
    await press.press()
    assert [one.response for one in engine.incidents if one.response is Response.OPEN] == []
    assert len(published) == 1
    assert len(pressed(engine, "b:1", minutes=11)) == 1, "the next press is told again"


def test_its_button_is_no_button_of_a_home() -> None:
    class Keeper:
        def note_proof(self, proof: Proof) -> None:
            raise AssertionError(proof)

    proven = Proven(Keeper(), lambda key: None)
    engine = Engine(Configured(START, household("Asia/Shanghai")))
    event = HelpCall(START, "button", id="a:1")
    proven.applied(Entry("canary", event, tuple(engine.step(event))))
    assert proven.all() == []
