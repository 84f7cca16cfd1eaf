"""Who the residents are: when they rise, where they sit, why they go out.

The people of `gateway/demo.toml` are written out below. Anybody else gets ordinary
habits, shifted a little by their own name so that no two homes live in step.
"""

from __future__ import annotations

import random

import msgspec

from simulators.config import Home, Resident
from simulators.village.said import Said

MINUTES_A_DAY = 1_440


class Outing(msgspec.Struct, frozen=True, gc=False):
    """A way out of the house, most days at about the same time."""

    why: Said
    around: str
    minutes: tuple[int, int]
    """Shortest and longest absence."""
    chance: float
    """Share of the days on which it happens."""
    spread_minutes: int = 25


class Visit(msgspec.Struct, frozen=True, gc=False):
    """Somebody who comes by."""

    who: Said
    around: str
    minutes: tuple[int, int]
    chance: float
    spread_minutes: int = 40


class Persona(msgspec.Struct, frozen=True, gc=False):
    """One resident's habits; times are local, `HH:MM`."""

    about: Said
    wakes: str
    sleeps: str
    rooms: dict[str, float]
    """Where the waking hours go: room to weight."""
    bedroom: str = "卧室"
    spread_minutes: int = 20
    """Rising and going to bed vary by this much either way."""
    stay_minutes: tuple[int, int] = (6, 50)
    move_seconds: tuple[int, int] = (20, 420)
    """Time between two movements while in a room."""
    night_trips: float = 0.8
    """How often they get up at night, on average."""
    nap: tuple[str, int] | None = None
    """When, and for about how many minutes."""
    outings: tuple[Outing, ...] = ()
    visits: tuple[Visit, ...] = ()
    coat: str = "#5b7f9d"
    """Colour of the figure in the picture."""


PERSONAS: dict[str, Persona] = {
    "王秀兰": Persona(
        about=Said(
            "天不亮就起，赶早市，傍晚跳坝坝舞。", "Up before dawn, to market, dances at dusk."
        ),
        wakes="05:20",
        sleeps="21:10",
        rooms={"客厅": 4, "厨房": 4, "卧室": 1.5, "门厅": 0.7},
        outings=(
            Outing(Said("赶早市", "at the market"), "07:40", (45, 95), 0.7),
            Outing(Said("跳坝坝舞", "dancing in the square"), "18:40", (45, 85), 0.65),
        ),
        visits=(Visit(Said("周婶来坐", "Mrs Zhou is here"), "15:00", (25, 70), 0.4),),
        coat="#a8446a",
    ),
    "李大山": Persona(
        about=Said(
            "种了一辈子地，上午下田，晌午必睡。", "A farmer: fields in the morning, a nap at noon."
        ),
        wakes="05:50",
        sleeps="20:40",
        rooms={"堂屋": 5, "灶间": 2, "卧室": 1.5},
        nap=("12:40", 70),
        outings=(
            Outing(Said("下田干活", "in the fields"), "06:50", (110, 210), 0.85),
            Outing(Said("去看菜地", "in the vegetable garden"), "15:10", (50, 140), 0.55),
        ),
        coat="#3d6b57",
    ),
    "张桂芳": Persona(
        about=Said(
            "腿脚不好，很少出门，夜里起得勤。", "Unsteady on her legs, seldom out, up at night."
        ),
        wakes="06:50",
        sleeps="20:10",
        rooms={"卧室": 6, "卫生间": 1.5, "厨房": 2.5},
        stay_minutes=(10, 80),
        move_seconds=(60, 600),
        night_trips=2.2,
        nap=("13:00", 90),
        visits=(
            Visit(Said("吴网格员来看她", "the grid worker visits"), "10:20", (15, 35), 0.35),
            Visit(Said("邻居送菜来", "a neighbour brings greens"), "17:00", (5, 15), 0.5),
        ),
        coat="#7a6aa8",
    ),
    "陈福": Persona(
        about=Said("每天上茶馆摆龙门阵。", "At the tea house every day, telling stories."),
        wakes="06:20",
        sleeps="21:40",
        rooms={"客厅": 5, "院子": 2, "厨房": 1},
        nap=("13:10", 50),
        outings=(
            Outing(Said("在茶馆", "at the tea house"), "09:10", (80, 160), 0.8),
            Outing(Said("去接水", "fetching spring water"), "16:20", (20, 45), 0.4),
        ),
        coat="#6b5a3d",
    ),
    "何秀英": Persona(
        about=Said("养鸡、做饭，守着家。", "Keeps the hens, the kitchen and the house."),
        wakes="05:50",
        sleeps="21:20",
        rooms={"厨房": 5, "院子": 3, "客厅": 3},
        night_trips=1.2,
        visits=(Visit(Said("儿子来电话", "their son rings up"), "19:30", (10, 25), 0.5),),
        coat="#b0723a",
    ),
    "刘玉珍": Persona(
        about=Said("睡得晚，夜里总要起来几趟。", "To bed late, and up several times a night."),
        wakes="06:10",
        sleeps="23:00",
        rooms={"卧室": 3, "过道": 1.5, "厨房": 3, "客厅": 3},
        night_trips=3.0,
        nap=("14:00", 60),
        outings=(Outing(Said("去卫生室量血压", "at the village clinic"), "09:30", (35, 70), 0.25),),
        visits=(Visit(Said("侄儿来看她", "her nephew visits"), "18:00", (30, 90), 0.3),),
        coat="#3f6f8f",
    ),
    "赵文礼": Persona(
        about=Said(
            "退休教师，看书到深夜，下午有学生来。",
            "A retired teacher: books till late, pupils at four.",
        ),
        wakes="07:10",
        sleeps="23:15",
        rooms={"书房": 6, "厨房": 2, "卧室": 1, "门厅": 0.4},
        stay_minutes=(15, 110),
        move_seconds=(40, 540),
        night_trips=0.5,
        outings=(Outing(Said("沿河散步", "walking by the river"), "19:10", (35, 75), 0.75),),
        visits=(Visit(Said("学生来补课", "pupils are here"), "16:20", (50, 100), 0.5),),
        coat="#4d5b78",
    ),
}
"""The residents of the demonstration village, by name."""


def persona(home: Home, resident: Resident) -> Persona:
    """Return the habits of one resident: written out, or made from the home's devices."""
    return PERSONAS.get(resident.name) or _ordinary(home, resident)


def _ordinary(home: Home, resident: Resident) -> Persona:
    """Habits for somebody we know nothing of; the same for the same name in the same home."""
    rng = random.Random(f"{home.id}/{resident.name}")
    rooms = list(dict.fromkeys(device.room for device in home.devices if device.room))
    sleeping = [room for room in rooms if "卧" in room or "bed" in room.lower()]
    return Persona(
        about=Said("过着平常的日子。", "Lives an ordinary day."),
        wakes=_shifted("06:20", rng.randrange(-60, 61)),
        sleeps=_shifted("21:30", rng.randrange(-60, 61)),
        rooms={room: 1.0 + rng.random() * 3 for room in [*rooms, "厨房"]},
        bedroom=sleeping[0] if sleeping else "卧室",
        night_trips=rng.uniform(0.3, 2.0),
        nap=("13:00", 60) if rng.random() < 0.5 else None,
        outings=(
            Outing(
                Said("出门办事", "out on an errand"),
                _shifted("09:30", rng.randrange(90)),
                (30, 120),
                0.6,
            ),
        ),
        coat=rng.choice(("#5b7f9d", "#8a5a6b", "#4d7a63", "#8b6b3f")),
    )


def _shifted(time: str, minutes: int) -> str:
    total = (minute_of_day(time) + minutes) % MINUTES_A_DAY
    return f"{total // 60:02d}:{total % 60:02d}"


def minute_of_day(time: str) -> int:
    """Return `HH:MM` as minutes since midnight."""
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
