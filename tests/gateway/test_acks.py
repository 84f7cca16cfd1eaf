from __future__ import annotations

from gateway.acks import PATIENCE_SECONDS, Acknowledgements
from tests.fakes.clock import FakeClock


def test_they_go_out_in_the_order_the_messages_came() -> None:
    sent: list[int] = []
    acks = Acknowledgements(FakeClock(), sent.append)
    one, two, three = (acks.expect(id) for id in (1, 2, 3))
    three()
    assert sent == []
    one()
    assert sent == [1]
    two()
    assert sent == [1, 2, 3]


def test_saying_it_twice_sends_it_once() -> None:
    sent: list[int] = []
    acks = Acknowledgements(FakeClock(), sent.append)
    one = acks.expect(1)
    one()
    one()
    assert sent == [1]


async def test_one_that_is_kept_back_does_not_stop_the_others_for_ever() -> None:
    sent: list[int] = []
    clock = FakeClock()
    acks = Acknowledgements(clock, sent.append)
    kept = acks.expect(1)
    others = [acks.expect(id) for id in range(2, 12)]
    for other in others:
        other()
    assert sent == []
    await clock.advance(PATIENCE_SECONDS + 0.1)
    assert sent == list(range(2, 12))
    late = acks.expect(12)
    late()
    assert sent[-1] == 12
    kept()
    assert sent[-1] == 1
