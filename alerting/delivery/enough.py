"""Which ways may stand alone between an alarm and the person it is for.

An app's push may be switched off, asleep or unread, and nobody tells us: beside a text, a
call or a centre that answers it is welcome; alone it is silence.
"""

from __future__ import annotations

from collections.abc import Iterable

from alerting.delivery.capabilities import CARRIES_EMERGENCIES, PUSH
from alerting.household import IncidentKind
from alerting.words import Words

ASIDE = frozenset({PUSH})
"""Channels that never stand alone between an alarm and a person."""
GRAVE = frozenset({IncidentKind.EMERGENCY, IncidentKind.FALL, IncidentKind.SAFETY})
"""Kinds of incident for which that is refused when it is configured."""


def is_enough(channels: Iterable[str]) -> bool:
    """Return whether an alarm may rest on these channels alone; none at all is not enough."""
    return any(channel not in ASIDE for channel in channels)


def told_by_machines_only(channels: Iterable[str]) -> bool:
    """Return whether all of these ways are told of an emergency without carrying it.

    Of one policy the ways of everybody are meant; without any there is nothing to say.
    """
    ways = set(channels)
    return bool(ways) and not ways & set(CARRIES_EMERGENCIES)


def too_little(person: str, channels: Iterable[str], kinds: Iterable[IncidentKind]) -> Words | None:
    """Return why `person` cannot be told of these kinds by these channels; None: they can."""
    ways, grave = tuple(channels), [kind.value for kind in kinds if kind in GRAVE]
    if not ways or not grave or is_enough(ways):
        return None
    by, of = ", ".join(ways), ", ".join(grave)
    return Words(
        f"{person} 只会收到 {by}，而推送可能无声、无人看到：{of} 不能只靠它；请加上短信或电话",
        f"{person} would get {by} only, which may be silent and unread: {of} may not rest on it; "
        "add text messages or calls",
    )
