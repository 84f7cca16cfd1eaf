"""Who holds which phone, from the gateway's configuration and a file of habits."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from simulators.carrier.faults import FaultKind
from simulators.config import load, parse
from simulators.phones.people import (
    HABITS,
    RESIDENT,
    Habit,
    Line,
    OnCall,
    PeopleError,
    Person,
    named,
    of_world,
    with_habits,
)

DOCS = Path(__file__).parents[2] / "docs" / "simulators-carrier.md"
DEMO = Path(__file__).parents[2] / "gateway" / "demo.toml"


def test_everybody_of_the_demo_village_has_a_phone_and_waits_for_a_hand() -> None:
    people = of_world(load(DEMO))
    elders = [person for person in people if person.role == RESIDENT]
    assert [person.name for person in elders] == ["王奶奶", "李大爷", "张奶奶", "陈爷爷"]
    others = people[len(elders) :]
    assert [person.id for person in others] == [row.id for row in load(DEMO).people]
    assert others[0] == Person(
        number="+85251000001", name="王芳", role="relative", id="wang-daughter", language="zh"
    )
    assert {person.language for person in people} == {"zh", "en"}
    assert all(person.habit == HABITS["manual"] for person in people)


def test_two_names_with_one_number_are_one_phone() -> None:
    rows = [
        {"id": id, "name": id, "role": "relative", "phone": "+85251000001"} for id in ("a", "b")
    ]
    assert [person.id for person in of_world(parse({"responder": rows}, "test"))] == ["a"]


def test_a_file_gives_habits_and_bends_them(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text(
        """
        [[person]]
        phone = "+85251000001"
        habit = "helpful"
        answers_after = "90s"
        presses_after = 2
        keys = ["9", "1"]

        [[person]]
        phone = "+85251000002"
        replies = "到了"
        replies_after = "1h"
        replies_to = []

        [[person]]
        phone = "+85266666666"
        name = "A stranger"
        habit = "voicemail"
        line = "landline"
        """
    )
    people = {person.number: person for person in of_world(load(DEMO), file)}
    assert people["+85251000001"].name == "王芳"
    assert people["+85251000001"].habit == Habit(
        on_call=OnCall.ANSWERS,
        answers_after_s=90,
        presses_after_s=2,
        keys=("9", "1"),
        replies=("1",),
    )
    assert people["+85251000002"].habit == Habit(
        replies=("到了",), replies_after_s=3600, replies_to=()
    )
    stranger = people["+85266666666"]
    assert (stranger.name, stranger.line) == ("A stranger", Line.LANDLINE)
    assert stranger.habit.on_call is OnCall.VOICEMAIL


@pytest.mark.parametrize(
    ("file", "where"),
    [
        ({"person": [{"phone": "51000001"}]}, r"person\[0\]\.phone"),
        ({"person": [{"phone": "+85251000001", "habit": "sleepy"}]}, "no habit 'sleepy'"),
        ({"person": [{"phone": "+85251000001", "answer_after": "1s"}]}, "answer_after: unknown"),
        ({"person": [{"phone": "+85251000001", "answers_after": "soon"}]}, "answers_after"),
        ({"person": [{"phone": "+85251000001", "answers_after": -1}]}, "answers_after"),
        ({"person": [{"phone": "+85251000001", "answers_after": True}]}, "answers_after"),
        ({"person": [{"phone": "+85251000001", "replies_after": "9999h"}]}, "replies_after"),
        ({"person": [{"phone": "+85251000001", "keys": [1]}]}, "keys"),
        ({"person": [{"phone": "+85251000001", "line": "satellite"}]}, "line"),
        ({"person": {"phone": "+85251000001"}}, "person"),
        ({"person": [{"phone": "+85251000001"}] * 10_001}, "10000 at most"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(file: dict[str, object], where: str) -> None:
    with pytest.raises(PeopleError, match=where):
        with_habits((), file)


@pytest.mark.parametrize("text", ["[[person", "\udcff"])
def test_an_unreadable_file_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PeopleError, match="a readable TOML file"):
        of_world(load(DEMO), file)
    with pytest.raises(PeopleError, match="a readable TOML file"):
        of_world(load(DEMO), tmp_path / "absent.toml")


def test_a_habit_is_taken_by_name() -> None:
    person = Person(number="+85251000001")
    assert named(person, "busy").habit.on_call is OnCall.BUSY
    with pytest.raises(PeopleError, match="no habit 'x'"):
        named(person, "x")


def test_the_page_of_documentation_names_every_habit_and_every_fault() -> None:
    page = DOCS.read_text()
    for word in (*HABITS, *FaultKind):
        assert word in page, word
    block = "\n".join(line.strip() for line in page.split("    [[person]]")[1].splitlines()[:12])
    (person,) = with_habits((), tomllib.loads("[[person]]\n" + block))
    assert person.habit.keys == ("9", "1")
