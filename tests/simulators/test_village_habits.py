"""Residents live by habit: the same seed and date give the same day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulators.config import Device, Home, Resident, load
from simulators.village.habits import Body, Doing, What, after, day
from simulators.village.personas import PERSONAS, Persona, persona
from simulators.village.senses import Sign, noticed

HOMES = load(Path(__file__).parents[2] / "gateway" / "demo.toml").homes
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 3, 2)


def test_every_resident_of_the_demonstration_has_habits_of_their_own() -> None:
    people = [(home, resident) for home in HOMES for resident in home.residents]
    assert {resident.name for _, resident in people} == set(PERSONAS)
    habits = [persona(home, resident) for home, resident in people]
    assert len({(habit.wakes, habit.sleeps, tuple(habit.rooms)) for habit in habits}) == len(habits)


def test_somebody_unknown_gets_ordinary_habits_from_the_devices_at_hand() -> None:
    home = Home(
        "x1",
        "X1",
        "x",
        (Resident("Anna"), Resident("Bert")),
        (Device("p1", "z2m-motion", "motion", "bedroom"),),
    )
    anna, bert = (persona(home, resident) for resident in home.residents)
    assert "bedroom" in anna.rooms
    assert anna.bedroom == "bedroom"
    assert anna == persona(home, home.residents[0])
    assert anna != bert


@pytest.mark.parametrize("name", PERSONAS)
def test_a_day_is_the_same_for_the_same_seed_and_another_for_another(name: str) -> None:
    habit = PERSONAS[name]
    assert day(habit, SHANGHAI, MONDAY, "1") == day(habit, SHANGHAI, MONDAY, "1")
    assert day(habit, SHANGHAI, MONDAY, "1") != day(habit, SHANGHAI, MONDAY, "2")
    assert day(habit, SHANGHAI, MONDAY, "1") != day(
        habit, SHANGHAI, MONDAY + timedelta(days=1), "1"
    )


@pytest.mark.parametrize("name", PERSONAS)
def test_thirty_days_are_plausible(name: str) -> None:
    habit = PERSONAS[name]
    body = Body()
    last = datetime.min.replace(tzinfo=UTC)
    for number in range(30):
        doings = day(habit, SHANGHAI, MONDAY + timedelta(days=number), "seed")
        assert 40 < len(doings) < 2_000
        for doing in doings:
            assert doing.at >= last, "time runs forward, over midnight too"
            last = doing.at
            assert not (body.away and doing.what in (What.MOVE, What.USE, What.ENTER))
            body = after(body, doing)
        assert body.lying, "the day ends in bed"
        assert not body.away
        assert body.visitor is None


def _awake(habit: Persona) -> list[Doing]:
    return [
        doing
        for number in range(20)
        for doing in day(habit, SHANGHAI, MONDAY + timedelta(days=number), "s")
        if doing.what is not What.VISIT_ENDS
    ]


def test_the_farmer_goes_to_his_fields_and_the_frail_lady_stays_in() -> None:
    farmer, frail = _awake(PERSONAS["李大山"]), _awake(PERSONAS["张桂芳"])
    assert sum(doing.what is What.LEAVE for doing in farmer) >= 15
    assert not any(doing.what is What.LEAVE for doing in frail)
    at_night = [d for d in frail if d.what is What.RISE and d.at.hour < 5]
    assert len(at_night) > 20


def _home(*devices: Device) -> Home:
    return Home("h", "H", "h", (Resident("A"),), devices)


def _doing(what: What, room: str) -> Doing:
    return Doing(datetime(2026, 3, 2, tzinfo=UTC), what, room)


def test_a_motion_device_sees_only_its_own_room() -> None:
    home = _home(Device("a", "native", "motion", "厨房"), Device("b", "native", "motion", "客厅"))
    seen = noticed(home, _doing(What.MOVE, "厨房"), (Body(room="厨房", lying=False),))
    assert [(notice.device, notice.sign) for notice in seen] == [("a", Sign.MOTION)]


def test_going_out_opens_and_closes_the_door_and_empties_the_radar() -> None:
    home = _home(
        Device("door", "z2m-contact", "entrance", "门厅"),
        Device("radar", "z2m-presence", "presence", "书房"),
    )
    seen = noticed(home, _doing(What.LEAVE, ""), (Body(away=True, lying=False),))
    assert [(notice.device, notice.sign) for notice in seen] == [
        ("door", Sign.OPEN),
        ("door", Sign.CLOSED),
        ("radar", Sign.ABSENT),
    ]
    assert seen[1].after_seconds > 0


def test_a_radar_still_sees_the_one_who_stayed() -> None:
    home = _home(Device("radar", "z2m-presence", "presence", "客厅"))
    both = (Body(away=True), Body(room="客厅", lying=False))
    (seen,) = noticed(home, _doing(What.LEAVE, ""), both)
    assert seen.sign is Sign.PRESENT


def test_a_bed_mat_follows_lying_down_and_getting_up() -> None:
    home = _home(Device("bed", "native", "bed", "卧室"))
    (down,) = noticed(home, _doing(What.LIE_DOWN, "卧室"), (Body(lying=True),))
    (up,) = noticed(home, _doing(What.RISE, "卧室"), (Body(lying=False),))
    assert (down.sign, up.sign) == (Sign.OCCUPIED, Sign.EMPTY)
