"""Long messages come in parts: in any order, twice, or never."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery.pdu import Deliver, Parts, Whole, decode
from alerting.delivery.pdu.parts import WAIT, WAITING_MAX
from simulators.modem import pdu as network

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAUGHTER = "+8613800000001"


def parts_of(text: str, reference: int = 7, sender: str = DAUGHTER) -> list[Deliver]:
    found = [decode(pdu) for pdu in network.deliveries(sender, text, AT, reference)]
    return [one for one in found if isinstance(one, Deliver)]


def add(parts: Parts, messages: list[Deliver], at: datetime = AT) -> list[Whole]:
    ended: list[Whole] = []
    for n, message in enumerate(messages):
        ended += parts.add(f"{n}", message, at + n * SECOND)
    return ended


@given(st.text("中文好的马上去1", min_size=71, max_size=1_200), st.randoms(use_true_random=False))
def test_any_order_gives_the_text(text: str, luck: random.Random) -> None:
    messages = parts_of(text)
    luck.shuffle(messages)
    (whole,) = add(Parts(), messages)
    assert (whole.text, whole.missing) == (text, ())
    assert len(whole.ids) == len(messages)


def test_one_of_twenty_missing_is_told_and_blocks_nothing() -> None:
    text = "".join(chr(0x4E00 + n) for n in range(67 * 20))
    messages = parts_of(text)
    assert len(messages) == 20
    parts = Parts()
    del messages[6]
    assert add(parts, messages) == []
    (other,) = parts.add("x", parts_of("1")[0], AT)
    assert other.text == "1"
    deadline = parts.deadline()
    assert deadline == AT + 18 * SECOND + WAIT
    assert parts.expire(deadline - SECOND) == []
    (whole,) = parts.expire(deadline)
    assert whole.missing == (7,)
    assert whole.total == 20
    assert whole.text.startswith(text[: 67 * 6] + text[67 * 7 :])
    assert "缺第7段" in whole.text
    assert "of 20 parts, 7 never came" in whole.text
    assert len(whole.ids) == 19
    assert parts.deadline() is None


def test_a_part_that_comes_twice_is_one() -> None:
    first, second = parts_of("中" * 100)
    parts = Parts()
    assert add(parts, [first, first]) == []
    (whole,) = parts.add("z", second, AT)
    assert whole.text == "中" * 100
    assert whole.ids == ("0", "1", "z")


def test_a_reference_used_again_ends_the_older_message_as_it_is() -> None:
    older, newer = parts_of("甲" * 100), parts_of("乙" * 100)
    parts = Parts()
    add(parts, older[:1])
    (cut,) = parts.add("a", newer[0], AT)
    assert cut.missing == (2,)
    assert cut.text.startswith("甲" * 67)
    (whole,) = parts.add("b", newer[1], AT)
    assert whole.text == "乙" * 100


def test_two_people_with_one_reference_are_two() -> None:
    hers, his = parts_of("甲" * 100), parts_of("乙" * 100, sender="+85251000002")
    whole = add(Parts(), [hers[0], his[0], hers[1], his[1]])
    assert [(one.sender, one.text[0]) for one in whole] == [
        (DAUGHTER, "甲"),
        ("+85251000002", "乙"),
    ]


def test_a_flood_of_beginnings_is_bounded() -> None:
    parts = Parts()
    ended: list[Whole] = []
    for n in range(WAITING_MAX + 5):
        first = parts_of("中" * 100, sender=f"+8613800001{n:03}")[0]
        ended += parts.add(str(n), first, AT + n * SECOND)
    assert [one.ids for one in ended] == [(str(n),) for n in range(5)]


def test_halves_of_a_rare_character_meet_again() -> None:
    text = ("中" * 66 + "😀" + "文" * 20).encode("utf-16-be")
    halves = [text[: 2 * 67], text[2 * 67 :]]
    messages = [
        Deliver(DAUGHTER, half.decode("utf-16-be", "surrogatepass"), AT, part)
        for half, part in zip(halves, [one.part for one in parts_of("中" * 88)], strict=True)
    ]
    (whole,) = add(Parts(), messages)
    assert whole.text == text.decode("utf-16-be")
