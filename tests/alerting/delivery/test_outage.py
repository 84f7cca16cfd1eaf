"""One text about everything that grew old while nothing could be sent."""

from __future__ import annotations

import pytest

from alerting.delivery.outage import UNITS_MAX, UNITS_MAX_EN, summary
from alerting.words import units


@pytest.mark.parametrize("count", [1, 2, 3, 9, 50, 1_000])
def test_it_fits_into_one_message_and_names_what_it_can(count: int) -> None:
    codes = [f"A{1000 + n}-{n % 3}" for n in range(count)]
    chinese = summary("【关爱网关】", "zh", count, count, codes)
    english = summary("Guanai: ", "en", count, count, codes)
    assert units(chinese) <= UNITS_MAX
    assert units(english) <= UNITS_MAX_EN
    assert "A1000-0" in chinese
    assert "A1000-0" in english
    assert ("等" in chinese) == (count > 3)


def test_where_all_is_answered_nothing_is_asked() -> None:
    assert summary("【关爱网关】", "zh", 3, 0, []) == (
        "【关爱网关】通信中断期间有3起报警未能及时通知您，均已有人应答。"
    )
    assert summary("", "en", 3, 0, []).endswith("all answered.")


def test_a_code_too_long_is_left_out() -> None:
    text = summary("【关爱网关】", "zh", 1, 1, ["长" * 60])
    assert text.endswith("其中1起尚无人应答。请联系值班台。")
