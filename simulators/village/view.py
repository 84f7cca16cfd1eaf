"""The village as its page shows it: plain data, one entry per home."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from simulators.village.house import AnyThing, House
from simulators.village.mishaps import MISHAPS, Mishap, Scope
from simulators.village.native import NativeThing
from simulators.village.said import Said
from simulators.village.village import Village

JUST_SECONDS = 8.0
"""For this long a press or a movement counts as just now."""

NIGHT_FROM_HOUR = 19
NIGHT_UNTIL_HOUR = 6

_KINDS: dict[str, Said] = {
    "call_button": Said("呼叫器", "Call button"),
    "wearable": Said("挂坠", "Pendant"),
    "motion": Said("人体感应", "Motion"),
    "presence": Said("雷达", "Radar"),
    "entrance": Said("大门", "Front door"),
    "contact": Said("门磁", "Contact"),
    "bed": Said("床垫", "Bed mat"),
    "item": Said("用具", "Item"),
    "safety": Said("安全", "Safety"),
    "speaker": Said("喇叭", "Speaker"),
    "climate": Said("温度计", "Thermometer"),
}
_SAFETY: dict[str, Said] = {
    "z2m-smoke": Said("烟感", "Smoke alarm"),
    "z2m-gas": Said("燃气", "Gas alarm"),
    "z2m-leak": Said("水浸", "Leak alarm"),
    "z2m-fall": Said("跌倒雷达", "Fall radar"),
}
_HAZARD_BEGINS: dict[str, Said] = {
    "z2m-smoke": Said("冒烟了", "Smoke"),
    "z2m-gas": Said("燃气泄漏", "Gas leaks"),
    "z2m-leak": Said("漏水了", "Water leaks"),
}


def whole(village: Village) -> dict[str, Any]:
    """Return everything the page needs to draw itself."""
    return {
        "clock": clock(village),
        "homes": [home(village, house) for house in village.houses.values()],
        "mishaps": [
            {"id": mishap.id, "words": pair(mishap.words)}
            for mishap in MISHAPS
            if mishap.scope is Scope.VILLAGE
        ],
    }


def clock(village: Village) -> dict[str, Any]:
    """Return the residents' time, how fast it runs, and how the broker takes the devices."""
    return {
        "now": village.clock.now().isoformat(),
        "speed": village.clock.speed,
        "broker": {
            "address": str(village.broker),
            "connected": any(line.connected for line in village.lines),
            "refusal": next((line.refusal for line in village.lines if line.refusal), ""),
        },
    }


def home(village: Village, house: House) -> dict[str, Any]:
    """Return one home as it is now."""
    bodies = house.bodies
    local = village.clock.now().astimezone(house.zone)
    return {
        "id": house.home.id,
        "code": house.home.code,
        "name": house.home.name,
        "place": house.home.place,
        "time": local.strftime("%H:%M"),
        "night": not NIGHT_UNTIL_HOUR <= local.hour < NIGHT_FROM_HOUR,
        "away": all(body.away for body in bodies),
        "still": house.kept.still,
        "residents": [
            {
                "name": resident.name,
                "called": resident.address,
                "about": pair(persona.about),
                "coat": persona.coat,
                "room": body.room,
                "away": body.away,
                "lying": body.lying,
                "doing": pair(body.words),
                "visitor": pair(body.visitor) if body.visitor else None,
            }
            for resident, persona, body in zip(
                house.home.residents, house.personas, bodies, strict=True
            )
        ],
        "devices": [_device(village, house, thing) for thing in house.things.values()],
        "mishaps": [
            {"id": mishap.id, "words": pair(mishap.words)}
            for mishap in MISHAPS
            if mishap.scope is Scope.HOME and mishap.fits(house, None)
        ],
    }


def _device(village: Village, house: House, thing: AnyThing) -> dict[str, Any]:
    device = thing.device
    prompt = thing.prompt
    speaking = prompt is not None and prompt.expires_at > datetime.now(UTC)
    return {
        "id": device.id,
        "kind": pair(_SAFETY.get(device.profile, _KINDS.get(device.role, Said("设备", "Device")))),
        "role": device.role,
        "room": device.room,
        "profile": device.profile,
        "button": thing.has_button,
        "asking": isinstance(thing, NativeThing) and thing.is_asking,
        "speaks": device.speaks,
        "online": village.is_connected(thing),
        "dead": thing.kept.dead,
        "battery": thing.kept.battery,
        "low": thing.kept.battery_low,
        "tamper": thing.kept.tamper,
        "hazard": thing.kept.hazard and device.profile,
        "held": thing.kept.held,
        "pressed": _just(thing.pressed_at),
        "state": _state(thing),
        "prompt": prompt
        and {
            "key": prompt.key,
            "text": prompt.text,
            "language": prompt.language,
            "speaking": speaking,
        },
        "light": msgspec.to_builtins(prompt.light) if prompt and speaking else None,
        "mishaps": [
            {"id": mishap.id, "words": pair(_words(mishap, thing))}
            for mishap in MISHAPS
            if mishap.scope is Scope.DEVICE and mishap.fits(house, thing)
        ],
    }


def _words(mishap: Mishap, thing: AnyThing) -> Said:
    if mishap.id == "hazard":
        return _HAZARD_BEGINS.get(thing.device.profile, mishap.words)
    return mishap.words


def _state(thing: AnyThing) -> dict[str, str] | None:
    """Return in a word what it sees."""
    role, kept = thing.device.role, thing.kept
    if role in ("entrance", "contact"):
        return pair(Said("开着", "open") if kept.open else Said("关着", "closed"))
    if role == "bed":
        return pair(Said("有人", "occupied") if kept.occupied else Said("没人", "empty"))
    if role == "presence":
        return pair(Said("有人", "present") if kept.present else Said("没人", "nobody"))
    if role == "motion":
        moving = kept.present if not isinstance(thing, NativeThing) else _just(thing.moved_at)
        return pair(Said("有人走动", "moving") if moving else Said("安静", "quiet"))
    return None


def _just(moment: datetime | None) -> bool:
    return moment is not None and datetime.now(UTC) - moment < timedelta(seconds=JUST_SECONDS)


def pair(said: Said) -> dict[str, str]:
    """Return the words as the page takes them."""
    return {"zh": said.zh, "en": said.en}
