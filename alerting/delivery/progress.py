"""How far a message has come, whatever order the news arrives in.

Statuses are polled and also pushed to us, so they come twice, late and in any order.
A message never goes backwards; what is final stays, with two exceptions: a key
press beats everything, and "voicemail" beats "the call was picked up".
"""

from __future__ import annotations

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState

_RANK = {
    DeliveryState.AMBIGUOUS: 0,
    DeliveryState.ACCEPTED: 1,
    DeliveryState.DELIVERED: 2,
    DeliveryState.UNDELIVERED: 3,
    DeliveryState.FAILED: 3,
    DeliveryState.RECALLED: 3,
    DeliveryState.HEARD: 4,
}


def advances(known: Progress | None, news: Progress) -> bool:
    """Return True when `news` tells more than is already `known`."""
    if known is None:
        return True
    if known.state is DeliveryState.HEARD:
        return False
    if news.state is DeliveryState.HEARD:
        return True
    if known.final:
        return known.state is DeliveryState.DELIVERED and news.machine
    if news.state is known.state:
        return news.final and not known.final
    return _RANK[news.state] > _RANK[known.state]
