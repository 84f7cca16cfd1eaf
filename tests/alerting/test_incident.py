"""The table of what may become of an incident."""

from __future__ import annotations

import msgspec
import pytest

from alerting.errors import IllegalTransition
from alerting.household import IncidentKind
from alerting.incident import TRANSITIONS, Incident, Move, Response, Urgency
from alerting.words import Words
from tests.builders import LADDER, at


def incident(response: Response) -> Incident:
    return Incident(
        id="h1-0007",
        household="h1",
        kind=IncidentKind.EMERGENCY,
        urgency=Urgency.HIGH,
        opened_at=at("day 1 09:00"),
        reason=Words("按呼救", "help button pressed"),
        policy=LADDER,
        subjects=("panel",),
        due_at=at("day 1 09:01"),
        response=response,
    )


@pytest.mark.parametrize("move", list(Move))
@pytest.mark.parametrize("response", list(Response))
def test_what_is_not_in_the_table_is_refused_by_name(response: Response, move: Move) -> None:
    allowed = TRANSITIONS[response]
    if move in allowed:
        assert incident(response).moved(move) is allowed[move]
        return
    with pytest.raises(IllegalTransition, match=f"h1-0007 is {response}; it cannot {move}"):
        incident(response).moved(move)


def test_whatever_is_not_over_can_be_answered_and_closed() -> None:
    for response in set(Response) - {Response.CLOSED}:
        assert TRANSITIONS[response][Move.CLOSE] is Response.CLOSED
        assert TRANSITIONS[response][Move.ARRIVE] is Response.ON_SCENE
    assert TRANSITIONS[Response.CLOSED] == {}


def test_the_number_people_write() -> None:
    assert incident(Response.OPEN).number == "7"
    long = msgspec.structs.replace(incident(Response.OPEN), id="east-village-12-10070")
    assert long.number == "10070"
