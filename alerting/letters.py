"""From what was decided to what is owed: orders become messages and prompts, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from alerting.delivery import elder, wording
from alerting.delivery.drill import drill
from alerting.events import Change, Changed, Effect, Finding, Notify, Phrase, Prompt, Purpose
from alerting.household import Household
from alerting.incident import Urgency
from alerting.orders import PURPOSES, WHO_CAME, About, Order, Say, Tell, TryOut
from alerting.response.hours import allowed
from alerting.snapshot import Postponed

PROMPT_EXPIRES = timedelta(minutes=2)
"""A sentence spoken later than this would speak of the past."""
REQUEST_EXPIRES = timedelta(minutes=5)
"""So long a request to measure again makes sense."""

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def letters(orders: Sequence[Order], home: Household) -> tuple[list[Effect], list[Postponed]]:
    """Return the effects of the orders, in order, and the news that let people sleep."""
    effects: list[Effect] = []
    postponed: list[Postponed] = []
    for index, order in enumerate(orders):
        if isinstance(order, Tell):
            notify = _notify(order, home)
            later = _later(notify, order, home)
            if later is None:
                effects.append(notify)
            else:
                postponed.append(later)
        elif isinstance(order, TryOut):
            effects.append(_drill(order, home))
        elif isinstance(order, Say):
            effects += _prompts(order, home)
            if order.calls and not _is_said_later(order, orders[index + 1 :]):
                effects += _calls(order, orders[: index + 1], home)
        else:
            effects.append(order)
    return effects, postponed


def still_true(postponed: Sequence[Postponed], orders: Sequence[Order]) -> list[Postponed]:
    """Return the news put off that the orders have not overtaken.

    After the end of an incident none of it is of use; and who was coming is no news any more
    once they are not.
    """
    left = list(postponed)
    for order in orders if left else ():
        if isinstance(order, Changed) and (order.record.is_over or order.change is Change.LAPSED):
            gone = frozenset(About) if order.record.is_over else WHO_CAME
            left = [
                later
                for later in left
                if later.notify.incident != order.record.id or later.notify.template not in gone
            ]
    return left


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
        address=tell.responder.address(tell.channel),
        purpose=purpose,
        urgency=urgency,
        text=wording.text(tell, home),
        language=tell.responder.language,
        expires_at=tell.expires_at,
        paths=tell.way.paths,
        template=tell.about,
        variables=wording.variables(tell, home),
    )


def _drill(order: TryOut, home: Household) -> Notify:
    person, channel = order.responder, order.way.channel
    return Notify(
        at=order.at,
        key=f"{order.id}/0/{person.id}/{order.way.name}",
        household=home.id,
        incident=order.id,
        responder=person.id,
        channel=channel,
        address=person.address(channel),
        purpose=Purpose.DRILL,
        urgency=Urgency.LOW,
        text=drill(person, order.way, home),
        language=person.language,
        expires_at=order.expires_at,
        paths=order.way.paths,
        template="drill",
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


def _is_said_later(say: Say, later: Sequence[Order]) -> bool:
    """What is said about one incident at one moment is one call."""
    return any(
        isinstance(one, Say) and one.calls and one.incident.id == say.incident.id for one in later
    )


def _calls(say: Say, orders: Sequence[Order], home: Household) -> list[Notify]:
    """Return the calls to the residents: all that is said now, in one."""
    said = [
        one
        for one in orders
        if isinstance(one, Say) and one.calls and one.incident.id == say.incident.id
    ]
    text = elder.call(said, home)
    purpose = Purpose.QUESTION if say.phrase in elder.QUESTIONS else Purpose.TOLD
    return [
        Notify(
            at=say.at,
            key=f"{say.incident.id}/prompt-{say.number}/{person.id}/{way.name}",
            household=home.id,
            incident=say.incident.id,
            responder=person.id,
            channel=way.channel,
            address=person.address(way.channel),
            purpose=purpose,
            urgency=Urgency.HIGH,
            text=text,
            language=person.language,
            expires_at=say.expires_at or say.at + PROMPT_EXPIRES,
            paths=way.paths,
            template=f"resident_{say.phrase}",
        )
        for person, way in say.calls
    ]


def _prompts(say: Say, home: Household) -> list[Prompt]:
    if not say.by_device:
        return []
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


def requests(findings: Iterable[Finding], home: Household) -> list[Prompt]:
    """Return what the resident is asked to do because of the findings, on all that speaks.

    Of several requests at one moment the first is said.
    """
    asking = [finding for finding in findings if finding.ask is not None][:1]
    return [
        Prompt(
            at=finding.at,
            # one request a millisecond: the moment tells it from every other of this home
            key=f"measure/{home.id}/{(finding.at - _EPOCH) // _MILLISECOND}/{device.id}",
            household=home.id,
            incident="",
            device=device.id,
            phrase=Phrase.MEASURE_AGAIN,
            text=wording.request(finding.ask, home),
            language=home.language,
            expires_at=finding.at + REQUEST_EXPIRES,
        )
        for finding in asking
        if finding.ask is not None
        for device in home.devices.values()
        if device.speaks
    ]
