"""The clouds' rules for a message: texts, lengths, numbers, quotas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
LANDLINE = re.compile(r"0[1-9][0-9]{8,10}", re.ASCII)
LINK = re.compile(r"https?:|www\.|\.(?:com|cn)\b", re.IGNORECASE)

ALIYUN_HOLE = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]*)\}")
TENCENT_HOLE = re.compile(r"\{([0-9]{1,2})\}")
ALIYUN_VALUE_MAX = 35
TENCENT_VALUE_MAX = 6

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ALIYUN_SAME_A_DAY_MAX = 50
ALIYUN_CALLS = (
    (1, MINUTE, "触发分钟级流控Permits:1"),
    (5, HOUR, "触发小时级流控Permits:5"),
    (20, DAY, "触发天级流控Permits:20"),
)
TENCENT_SAME = timedelta(seconds=30)
TENCENT_A_DAY_MAX = 10
TENCENT_CALLS = ((1, timedelta(seconds=30)), (2, timedelta(minutes=10)), (5, DAY))


def local(number: str) -> str:
    """Return a number as it is dialled at home (`13800000006` of `+8613800000006`)."""
    return number.removeprefix("+86").removeprefix("0086")


def since(times: Iterable[datetime], now: datetime, span: timedelta) -> int:
    """Return how many of the moments lie within the last `span`."""
    return sum(now - at < span for at in times)


def today(times: Iterable[datetime], now: datetime) -> int:
    """Return how many of the moments lie on this day in Beijing."""
    day = now.astimezone(BEIJING).date()
    return sum(at.astimezone(BEIJING).date() == day for at in times)


def written(at: datetime | None) -> str:
    """Return a moment as the clouds write it."""
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}" if at is not None else ""
