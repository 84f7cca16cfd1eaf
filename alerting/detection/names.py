"""What people call a device: its room and its kind. Ids are for the evidence.

The desk's pages use the same names as the reasons.
"""

from __future__ import annotations

from alerting.household import Household, Role
from alerting.words import Words

ROLES: dict[Role, Words] = {
    Role.CALL_BUTTON: Words("呼叫器", "call button"),
    Role.MOTION: Words("人体感应器", "motion sensor"),
    Role.PRESENCE: Words("人体雷达", "presence radar"),
    Role.ENTRANCE: Words("大门门磁", "entrance door sensor"),
    Role.CONTACT: Words("门磁", "door sensor"),
    Role.BED: Words("床垫", "bed mat"),
    Role.ITEM: Words("用具感应器", "use sensor"),
    Role.SAFETY: Words("安全探测器", "safety detector"),
    Role.WEARABLE: Words("佩戴设备", "pendant"),
    Role.SPEAKER: Words("音箱", "speaker"),
    Role.GATEWAY: Words("网关部件", "part of the gateway"),
    Role.HEALTH: Words("测量仪", "health meter"),
    Role.CLIMATE: Words("温度计", "room thermometer"),
}
WRISTBAND = Words("手环", "wristband")
_KINDS: dict[str, Words] = {
    "z2m-smoke": Words("烟雾探测器", "smoke detector"),
    "z2m-gas": Words("燃气探测器", "gas detector"),
    "z2m-leak": Words("漏水探测器", "leak detector"),
    "z2m-fall": Words("跌倒雷达", "fall radar"),
}
"""What a family is called where its role says too little."""

_ROOMS: tuple[Words, ...] = (
    Words("客厅", "living room"),
    Words("堂屋", "main room"),
    Words("卧室", "bedroom"),
    Words("主卧", "main bedroom"),
    Words("次卧", "second bedroom"),
    Words("厨房", "kitchen"),
    Words("灶间", "kitchen"),
    Words("餐厅", "dining room"),
    Words("卫生间", "bathroom"),
    Words("厕所", "toilet"),
    Words("浴室", "shower room"),
    Words("门厅", "hall"),
    Words("玄关", "hall"),
    Words("门口", "door"),
    Words("过道", "corridor"),
    Words("走廊", "corridor"),
    Words("书房", "study"),
    Words("阳台", "balcony"),
    Words("院子", "yard"),
    Words("储藏室", "storeroom"),
)
"""Rooms are free words; these we can say in both languages."""
_BY_ZH = {room.zh: room for room in _ROOMS}
_BY_EN = {room.en: room for room in reversed(_ROOMS)}

PARTS: dict[str, tuple[Words, Words]] = {
    "broker": (
        Words("消息代理", "message broker"),
        Words("消息代理不正常，可能收不到设备的消息", "devices may not be heard"),
    ),
    "ingest": (
        Words("设备消息接收", "reception of messages"),
        Words("设备消息接收不正常，可能有漏收", "messages may be missing"),
    ),
    "store": (
        Words("数据存储", "database"),
        Words("数据存储不正常，报警照常发出", "alarms still go out"),
    ),
    "roster": (Words("值班表", "duty roster"), Words("值班表快到期", "a roster ends soon")),
    "disk": (Words("磁盘", "disk"), Words("磁盘空间不足", "space is short")),
    "clock": (Words("时钟", "clock"), Words("系统时间不准", "the time is wrong")),
    "desk": (
        Words("值班台", "duty desk"),
        Words("值班台网页不正常，报警照常发出", "its pages do not work; alarms still go out"),
    ),
    "provider": (
        Words("短信与电话", "texts and calls"),
        Words("短信与电话不正常，可能通知不到人", "people may not be reached"),
    ),
    "audit": (Words("自查", "self-check"), Words("自查发现问题", "it found something wrong")),
    "peers": (Words("另一台网关", "another gateway"), Words("失去联系", "is silent")),
    "watchdog": (Words("看门狗", "watchdog"), Words("看门狗不正常", "it does not work")),
    "modem": (
        Words("4G 模块", "4G modem"),
        Words("4G 模块不正常，断网时可能通知不到人", "without internet people may not be reached"),
    ),
}
"""The gateway's own parts: their names, and what it means when one is broken."""

CONTACTS = "contacts"
"""The subject of what is wrong with reaching those who answer for a home."""
REACH = "reach/"
"""Before a responder's id: this person cannot be reached."""


def name(home: Household, id: str) -> Words:
    """Return what people call a device, e.g. `Words("卧室呼叫器", "bedroom call button")`.

    Several of a kind in one room are numbered as they are configured.
    """
    device = home.devices.get(id)
    if id in PARTS and (device is None or device.role is Role.GATEWAY):
        return PARTS[id][0]
    if id == CONTACTS:
        return Words("联系人", "contacts")
    if id.startswith(REACH):
        return _person(home, id.removeprefix(REACH))
    if device is None:
        return Words("未登记的设备", "device that is not configured")
    kind, place = short(home, id), room(device.room)
    alike = [
        other.id
        for other in home.devices.values()
        if other.room == device.room and short(home, other.id) == kind
    ]
    number = str(alike.index(id) + 1) if len(alike) > 1 else ""
    return Words(
        f"{place.zh}{number and number + '号'}{kind.zh}", f"{place.en} {kind.en} {number}".strip()
    )


def part(id: str) -> Words:
    """Return what a part of the gateway is called where no household is at hand."""
    if id.startswith(REACH):
        person = id.removeprefix(REACH)
        return Words(f"对{person}的通知", f"messages to {person}")
    return PARTS[id][0] if id in PARTS else Words(f"网关部件{id}", f"gateway part {id}")


def short(home: Household, id: str) -> Words:
    """Return the kind of a device, where there is no room for more."""
    device = home.devices.get(id)
    if device is None:
        return Words("设备", "device")
    if device.role is Role.WEARABLE and device.worn == "wrist":
        return WRISTBAND
    return _KINDS.get(device.profile, ROLES[device.role])


def room(words: str) -> Words:
    """Return a room in both languages, as configured where we do not know the other."""
    return _BY_ZH.get(words) or _BY_EN.get(words.casefold()) or Words(words, words)


def where(home: Household, id: str) -> Words:
    """Return the device's room, or nothing."""
    device = home.devices.get(id)
    return room(device.room) if device else Words("", "")


def _person(home: Household, id: str) -> Words:
    name = next((person.name for person in home.people if person.id == id), id)
    return Words(name, name)
