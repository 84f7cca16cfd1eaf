"""People read rooms and kinds of devices; ids are for the evidence."""

from __future__ import annotations

import re

import pytest

from alerting.detection import names
from alerting.detection.detector import Detector
from alerting.household import Device, Role
from alerting.words import Words
from gateway.config import GATEWAY_PARTS
from tests.builders import PIR, SMOKE, household
from tests.contracts.test_detectors import HOME, each, moments


@each
def test_no_reason_speaks_in_ids(detector: Detector) -> None:
    for finding in moments(detector):
        ids = {finding.subject, str(finding.evidence.get("device", ""))} & set(HOME.devices)
        for id in ids:
            assert id not in finding.reason.zh
            assert id not in finding.short.zh
            assert f"（{id}）" not in finding.reason.en
        said = re.sub(r"[A-Z]{2,}|MB", "", finding.reason.zh)
        assert not re.search(r"[a-z]{3,}", said), finding.reason.zh


@pytest.mark.parametrize(
    ("device", "zh", "en"),
    [
        (PIR, "客厅人体感应器", "living room motion sensor"),
        (SMOKE, "厨房烟雾探测器", "kitchen smoke detector"),
        (Device("x", "native", Role.CALL_BUTTON), "呼叫器", "call button"),
        (
            Device("x", "native", Role.WEARABLE, "卧室", worn="wrist"),
            "卧室手环",
            "bedroom wristband",
        ),
        (Device("x", "native", Role.BED, "Bedroom"), "卧室床垫", "bedroom bed mat"),
        (Device("x", "native", Role.CONTACT, "柴房"), "柴房门磁", "柴房 door sensor"),
    ],
)
def test_a_device_is_called_by_room_and_kind(device: Device, zh: str, en: str) -> None:
    assert names.name(household(device), device.id) == Words(zh, en)


def test_two_of_a_kind_in_a_room_are_numbered() -> None:
    home = household(PIR, Device("pir-2", "z2m-motion", Role.MOTION, "客厅"))
    assert names.name(home, "pir").zh == "客厅1号人体感应器"
    assert names.name(home, "pir-2") == Words("客厅2号人体感应器", "living room motion sensor 2")


def test_every_part_of_the_gateway_and_every_role_has_a_name() -> None:
    assert set(names.PARTS) == set(GATEWAY_PARTS)
    assert set(names.ROLES) == set(Role)
