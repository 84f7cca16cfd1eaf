"""What a finding rests on is kept as data, and shown in words, with the waveform drawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree import ElementTree

import msgspec
import pytest

from alerting.detection import DETECTORS
from alerting.detection.detector import Detector
from alerting.detection.fall import FallDetector
from alerting.detection.pulse import Pulse
from alerting.detection.quiet import blind_sensor
from alerting.events import Finding
from alerting.household import Device, Role
from alerting.words import Words
from devices.observation import Impact, Quantity, Reading
from gateway.i18n import gettext_for
from gateway.store.rows import Entry
from gateway.timeline import Line, lines
from gateway.web.evidence import facts
from gateway.web.evidence_words import CODES, FACTS
from gateway.web.views import Speaker
from gateway.web.waveform import waveform
from tests import waves
from tests.browser.desk import Desk, until
from tests.builders import at, household
from tests.contracts.test_detectors import moments
from tests.gateway.web.person import Person

WATCH = Device("watch", "native", Role.WEARABLE, "卧室")
HOME = household(WATCH)
NOWHERE = Words("", "")


def fell() -> Finding:
    detector = FallDetector()
    _, (finding,) = detector.step(
        HOME, detector.start(HOME, at("day 1 08:00")), waves.knock(at("day 1 09:00"))
    )
    return finding


def said(language: str, **evidence: float | str) -> dict[str, str]:
    line = Line(at("day 1 09:00"), "", "h1", "finding", "watch", NOWHERE, evidence={**evidence})
    by = Speaker(language, gettext_for(language), {})
    return {fact.label: fact.value for fact in facts(line, by)}


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_all_that_a_detector_keeps_has_a_name_in_both_languages(detector: Detector) -> None:
    for finding in moments(detector):
        assert [name for name in finding.evidence if name not in FACTS] == []
    for label, _ in FACTS.values():
        assert label.zh
        assert not label.zh.isascii()
        assert label.en.isascii()


def test_what_tells_of_a_blind_door_has_a_name_too() -> None:
    """It takes weeks of a life to come to it: it is asked directly."""
    finding = blind_sensor(household(), at("day 1 09:00"), "door", Pulse())
    assert [name for name in finding.evidence if name not in FACTS] == []


def test_the_timeline_keeps_evidence_and_waveform_as_data() -> None:
    finding = fell()
    entry = Entry(household="h1", event=waves.knock(at("day 1 09:00")), effects=(finding,))
    (line,) = [line for line in lines(entry) if line.what == "finding"]
    back = msgspec.json.decode(msgspec.json.encode(line), type=Line)
    assert back.evidence == finding.evidence
    assert back.wave_mg == finding.wave_mg
    assert len(back.wave_mg) > 50


def test_a_line_of_an_older_program_is_still_read() -> None:
    old = b"""{"at":"2026-03-01T08:00:00Z","incident":"h1-1","household":"h1","what":"finding",
        "who":"radar","words":{"zh":"a","en":"b"},"key":"","detail":"device radar, sources 1"}"""
    assert msgspec.json.decode(old, type=Line).detail == "device radar, sources 1"


def test_a_reading_stands_against_its_limit_and_what_is_usual() -> None:
    pressure = {"value": 190.0, "diastolic": 112.0, "limit": 180, "limit_diastolic": 110}
    shown = said("zh", quantity="blood_pressure", rule="blood_pressure_very_high", **pressure)
    assert shown == {"判断依据": "血压过高", "血压": "190/112mmHg", "限值": "180/110mmHg"}
    shown = said("en", quantity="heart_rate", value=138.0, limit=131, usual=72.4)
    assert shown == {"heart rate": "138/min", "limit": "131/min", "usual": "72.4/min"}


def test_codes_and_units_are_said_in_words() -> None:
    assert said("zh", missing="respiration, consciousness") == {"缺": "呼吸、意识"}
    assert said("zh", worn="wrist", usual_share=0.25) == {"佩戴位置": "手腕", "平时有反应": "25%"}
    assert said("en", pulse=118.0, pulse_points=2) == {"pulse": "118/min", "points for pulse": "2"}
    assert said("zh", seconds=400) == {"持续": "6.7分钟"}
    assert said("en", usual_minute=390.0) == {"usually up at": "6:30"}
    assert said("zh", of_a_newer_program=3) == {"of_a_newer_program": "3"}
    assert all(words.zh and not words.zh.isascii() for words in CODES.values())


def test_the_knock_and_the_stillness_are_marked() -> None:
    finding = fell()
    wave = waveform(finding.wave_mg, finding.evidence, "zh")
    assert wave is not None
    assert len(wave.points.split()) == len(finding.wave_mg)
    tops = [float(point.partition(",")[2]) for point in wave.points.split()]
    assert wave.knock_y == min(tops)
    assert wave.knock_text.startswith("撞击")
    assert wave.still_x is not None
    assert wave.still_x > wave.knock_x
    assert "随后静止" in wave.summary
    assert [tick.text for tick in wave.seconds].count("0") == 1


@pytest.mark.parametrize(
    ("wave", "evidence"),
    [
        ((), {"rate_hz": 20, "knock": 0}),
        ((1000, 1000), {"rate_hz": 0, "knock": 0}),
        ((1000, 1000), {"rate_hz": 20, "knock": 2}),
        ((1000, 1000), {"knock": 0}),
        ((1000, 1000), {"rate_hz": 20, "knock": "x"}),
    ],
)
def test_what_cannot_be_placed_is_not_drawn(
    wave: tuple[int, ...], evidence: dict[str, int | float | str | list[float]]
) -> None:
    assert waveform(wave, evidence, "en") is None


def test_a_wearer_who_does_not_lie_still_has_no_stillness() -> None:
    wave = waveform(
        [1000] * 40 + [3000] + [1500] * 59, {"rate_hz": 20, "knock": 40, "still_from": 99}, "en"
    )
    assert wave is not None
    assert wave.still_x is None
    assert "still" not in wave.summary


@pytest.mark.line
async def test_the_page_of_a_fall_draws_it_also_after_it_was_written(
    desk: Desk, li: Person
) -> None:
    now = desk.clock.now()
    home = next(
        (id, device.id)
        for id, house in desk.homes.items()
        for device in house.devices.values()
        if device.role is Role.WEARABLE
    )
    knock: Impact = msgspec.structs.replace(waves.knock(now), device=home[1], measured_at=now)
    desk.runtime.offer(home[0], knock)
    await until(lambda: any(s.record.kind == "fall" for s in desk.board.open()))
    record = next(s.record for s in desk.board.open() if s.record.kind == "fall")
    page = await li.get(f"/incidents/{record.id}")
    for words in ('class="waveform"', "撞击", "判定线", 'aria-label="加速度波形'):
        assert words in page
    svg = page[page.index('<svg class="waveform"') :].partition("</svg>")[0] + "</svg>"
    assert ElementTree.fromstring(svg).find("polyline") is not None
    kept = await desk_lines(desk, record.id)
    assert [len(line.wave_mg) > 50 for line in kept if line.what == "finding"] == [True]


async def desk_lines(desk: Desk, incident: str) -> list[Line]:
    from gateway.web.records import Records

    return await Records(desk.store.reader).timeline(incident)


@pytest.mark.line
async def test_the_page_of_a_reading_shows_it_against_its_limit(desk: Desk, li: Person) -> None:
    now = desk.clock.now()
    device = next(iter(desk.homes["h1"].devices))
    for minutes in (6, 0):
        when: datetime = now - timedelta(minutes=minutes)
        desk.runtime.offer(
            "h1",
            Reading(now, device, quantity=Quantity.SPO2, value=84, measured_at=when),
        )
    await until(lambda: any(s.record.kind == "health" for s in desk.board.open()))
    record = next(s.record for s in desk.board.open() if s.record.kind == "health")
    page = await li.get(f"/incidents/{record.id}")
    for words in ("<dt>血氧</dt>", ">84%</dd>", "<dt>限值</dt>", ">91%</dd>"):
        assert words in page
    assert "spo2_very_low" not in page
