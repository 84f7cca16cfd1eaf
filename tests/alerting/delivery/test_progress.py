"""A message never goes backwards, in whatever order the news arrives."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery.channels.channel import Progress
from alerting.delivery.progress import advances
from alerting.events import DeliveryState, ErrorClass

ACCEPTED = Progress(DeliveryState.ACCEPTED)
PICKED_UP = Progress(DeliveryState.DELIVERED)
DELIVERED = Progress(DeliveryState.DELIVERED, final=True)
LOST = Progress(DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE)
FAILED = Progress(DeliveryState.FAILED, True, ErrorClass.BLOCKED, 30007)
MACHINE = Progress(DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE, machine=True)
HEARD = Progress(DeliveryState.HEARD, final=True)
RECALLED = Progress(DeliveryState.RECALLED, final=True)
ALL = (ACCEPTED, PICKED_UP, DELIVERED, LOST, FAILED, MACHINE, HEARD, RECALLED)


def after(*news: Progress) -> Progress | None:
    known: Progress | None = None
    for item in news:
        if advances(known, item):
            known = item
    return known


def test_every_order_of_one_call_ends_the_same() -> None:
    for order in itertools.permutations((ACCEPTED, PICKED_UP, DELIVERED)):
        assert after(*order) == DELIVERED
    for order in itertools.permutations((ACCEPTED, PICKED_UP, DELIVERED, MACHINE)):
        assert after(*order) == MACHINE
    for order in itertools.permutations((ACCEPTED, PICKED_UP, DELIVERED, MACHINE, HEARD)):
        assert after(*order) == HEARD


def test_a_text_that_arrived_is_not_lost_by_a_late_word() -> None:
    assert after(DELIVERED, LOST) == DELIVERED
    assert after(FAILED, DELIVERED) == FAILED


@given(st.lists(st.sampled_from(ALL), min_size=1, max_size=12))
def test_repeating_everything_changes_nothing(news: list[Progress]) -> None:
    end = after(*news)
    assert after(*news, *news) == end


@given(st.lists(st.sampled_from(ALL), max_size=12))
def test_a_key_press_is_never_forgotten(news: list[Progress]) -> None:
    assert after(HEARD, *news) == HEARD
    assert after(*news, HEARD) == HEARD
