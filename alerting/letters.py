"""From what was decided to what is owed: orders become messages and prompts, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from alerting.delivery import wording
from alerting.events import Effect, Notify, Prompt, Purpose
from alerting.household import Household
from alerting.incident import Urgency
from alerting.orders import PURPOSES, Order, Say, Tell
from alerting.response.hours import allowed
from alerting.snapshot import Postponed

PROMPT_EXPIRES = timedelta(minutes=2)
"""A sentence spoken later than this would speak of the past."""


def letters(orders: Sequence[Order], home: Household) -> tuple[list[Effect], list[Postponed]]:
    """Return the effects of the orders, in order, and the news that let people sleep."""
    effects: list[Effect] = []
    postponed: list[Postponed] = []
    for order in orders:
        if isinstance(order, Tell):
            notify = _notify(order, home)
            later = _later(notify, order, home)
            if later is None:
                effects.append(notify)
            else:
                postponed.append(later)
        elif isinstance(order, Say):
            effects += _prompts(order, home)
        else:
            effects.append(order)
    return effects, postponed


def _notify(tell: Tell, home: Household) -> Notify:
    purpose = PURPOSES[tell.about]
    urgency = tell.incident.urgency
    if purpose is Purpose.NEWS and urgency is Urgency.HIGH:
        urgency = Urgency.MEDIUM
    return Notify(
        at=tell.at,
        key=tell.key,
        household=home.id,
        incident=tell.incident.id,
        responder=tell.responder.id,
        channel=tell.channel,
        address=tell.responder.phone,
        purpose=purpose,
        urgency=urgency,
        text=wording.text(tell, home),
        language=tell.responder.language,
        expires_at=tell.expires_at,
    )


def _later(notify: Notify, tell: Tell, home: Household) -> Postponed | None:
    """Return the news put off to the end of quiet hours; None: it goes out now."""
    if notify.purpose is not Purpose.NEWS:
        return None
    opens = allowed(tell.incident.policy, tell.incident.urgency, home.tz, tell.at)
    if opens <= tell.at:
        return None
    expires = opens + (tell.expires_at - tell.at)
    return Postponed(opens, msgspec.structs.replace(notify, expires_at=expires))


def _prompts(say: Say, home: Household) -> list[Prompt]:
    text = wording.prompt(say, home)
    return [
        Prompt(
            at=say.at,
            key=f"{say.incident.id}/prompt-{say.number}/{device.id}",
            household=home.id,
            incident=say.incident.id,
            device=device.id,
            phrase=say.phrase,
            text=text,
            language=home.language,
            expires_at=say.at + PROMPT_EXPIRES,
        )
        for device in home.devices.values()
        if device.speaks
    ]
