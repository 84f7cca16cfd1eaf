"""What a device's profile, role and topic say of each other: slips no single setting shows."""

from __future__ import annotations

import difflib

from alerting.household import Role
from alerting.words import Words
from devices.profiles import BY_MODEL
from gateway.config.problems import Problems, did_you_mean, shown
from gateway.config.sections import DeviceSection

ZIGBEE = "z2m-"
CALLING = ("z2m-sos", "z2m-pendant")
"""Families of zigbee2mqtt whose devices call for help; no other does."""
CAN_CALL = (Role.CALL_BUTTON, Role.WEARABLE)
COMMANDS = ("/set", "/get")
"""Below these others speak to the device; it says nothing there itself."""
_NEAR = 0.6


def unknown_profile(name: str) -> Words:
    """Return a hint to append: the family that is meant, or else all there are.

    What all Zigbee families begin with makes none of them more likely.
    """
    tails = {model.removeprefix(ZIGBEE): model for model in BY_MODEL}
    near = difflib.get_close_matches(name.lower().removeprefix(ZIGBEE), tails, 1, _NEAR)
    if near:
        return did_you_mean(tails[near[0]], [tails[near[0]]])
    listed = ", ".join(BY_MODEL)
    return Words(f"；可用：{listed}", f"; there are: {listed}")


def check_wires(where: str, device: DeviceSection, problems: Problems, warnings: Problems) -> None:
    """Note a topic nothing will come on, and a role the family cannot have."""
    topic = device.topic
    if topic != topic.strip():
        problems.add(
            f"{where}.topic",
            f"{shown(topic)} 首尾有空格",
            f"{shown(topic)} has a blank at its beginning or end",
        )
    elif topic.endswith(COMMANDS):
        problems.add(
            f"{where}.topic",
            f"{shown(topic)} 是给设备下命令的主题；请去掉末尾的 {topic[-4:]}",
            f"{shown(topic)} is where others command the device; leave out {topic[-4:]}",
        )
    elif topic and "/" not in topic and device.profile != "esphome":
        warnings.add(
            f"{where}.topic",
            f"{shown(topic)} 只有一级；{device.profile} 设备的主题通常不止一级，请核对",
            f"{shown(topic)} is one word; topics of {device.profile} devices have more, check it",
        )
    if not device.role:
        return  # it could not be read
    is_zigbee = device.profile.startswith(ZIGBEE)
    if device.profile in CALLING and device.role not in CAN_CALL:
        warnings.add(
            f"{where}.role",
            f"{device.profile} 是呼叫用的，角色却是 {device.role}；通常写 call_button",
            f"is {device.role}, and {device.profile} calls for help; call_button is usual",
        )
    elif is_zigbee and device.profile not in CALLING and device.role is Role.CALL_BUTTON:
        warnings.add(
            f"{where}.role",
            f"{device.profile} 设备不能呼叫；角色不应是 call_button",
            f"is call_button, and {device.profile} devices cannot call for help",
        )
