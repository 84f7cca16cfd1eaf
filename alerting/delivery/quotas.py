"""How many messages a provider carries to one number before it refuses more.

Data for whoever chooses the path; the provider counts for itself in any case. Some of these
can be raised on request: then the configuration of the account, not this table, is right.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Quota(msgspec.Struct, frozen=True, gc=False):
    """At most `most` messages of one sort to one number within `per`."""

    most: int
    per: timedelta
    source: str
    by: str = "number"
    """What is counted together: `number`, `number and text` (the registered text and
    signature), `number and content` (the very same words)."""
    is_calendar: bool = False
    """Counted by the day in Beijing, not by the last 24 hours."""


_ALIYUN_SMS = "isv.BUSINESS_LIMIT_CONTROL in help.aliyun.com, document_detail/101346"
_ALIYUN_VOICE = "help.aliyun.com, document_detail/449961: counted from the first call"
_TENCENT_SMS = "tencentcloud.com/document/product/382/13303; can be changed in the console"
_TENCENT_VOICE = "cloud.tencent.com/document/product/213/38004; can be raised on request"

QUOTAS: dict[tuple[str, str], tuple[Quota, ...]] = {
    ("aliyun", "sms"): (Quota(50, DAY, _ALIYUN_SMS, "number and text", is_calendar=True),),
    ("aliyun", "voice"): (
        Quota(1, MINUTE, _ALIYUN_VOICE),
        Quota(5, HOUR, _ALIYUN_VOICE),
        Quota(20, DAY, _ALIYUN_VOICE),
    ),
    ("tencent", "sms"): (
        Quota(1, timedelta(seconds=30), _TENCENT_SMS, "number and content"),
        Quota(10, DAY, _TENCENT_SMS, is_calendar=True),
    ),
    ("tencent", "voice"): (
        Quota(1, timedelta(seconds=30), _TENCENT_VOICE),
        Quota(2, timedelta(minutes=10), _TENCENT_VOICE),
        Quota(5, DAY, _TENCENT_VOICE),
    ),
}
"""By provider and channel, the shortest span first; what is missing here has no known limit."""
