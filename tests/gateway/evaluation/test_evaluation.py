"""The protocol on an invented recording, whose figures can be worked out by hand."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerting.detection.inactivity import InactivityDetector
from alerting.detection.out import OutDetector
from alerting.engine import Engine
from alerting.events import Configured
from gateway.cli import main
from gateway.evaluation.inactivity import (
    Incident,
    Measured,
    measure,
    quantile,
    setting_for,
    summary,
)
from gateway.evaluation.recorded import RecordedError, dead, read
from gateway.replay import replay
from tests.builders import hours

BEGINS = 1_700_006_400  # a midnight
SETTINGS = ("--per-month=4", "--per-month=1", "--per-month=0.5")
ALONE = (InactivityDetector(), OutDetector())


def recording(folder: Path, number: int = 16, gap: int = 0, name: str = "made") -> Path:
    """A person who moves every ten minutes from 7 to 22, out from 10 to 12."""
    lines = ["unix_local,sensor,kind,room,value"]
    for day in range(number):
        for minute in range(7 * 60, 22 * 60, 10):
            at_home = not 600 <= minute < 720
            if at_home and not (day == gap and gap and 780 <= minute < 1260):
                when = BEGINS + day * 86_400 + minute * 60
                lines.append(f"{when}.000,M{minute // 60 % 3},motion,kitchen,1")
        for minute in (600, 720):
            when = BEGINS + day * 86_400 + minute * 60 - 60
            lines += [f"{when}.000,D,door,Entry,1", f"{when + 9}.000,D,door,Entry,0"]
    file = folder / f"{name}.csv.gz"
    with gzip.open(file, "wt") as stream:
        stream.write("\n".join([lines[0], *sorted(lines[1:])]))
    away = ["leave,return"]
    away += [
        f"{BEGINS + d * 86_400 + 35_950},{BEGINS + d * 86_400 + 43_150}" for d in range(number)
    ]
    (folder / f"{name}.away.csv").write_text("\n".join(away))
    return file


def test_an_even_life_has_no_false_alarm_and_every_incident_is_noticed(tmp_path: Path) -> None:
    one = measure(read(recording(tmp_path)), 1.0, ALONE)
    assert (one.false, one.false_at_first, one.is_labelled) == (0, 0, True)
    assert one.days == pytest.approx(8.6, abs=0.1)
    assert 500 < len(one.incidents) < 600
    figures = summary([one])
    assert figures.missed == 0
    assert figures.unknown == 0
    assert 1 < figures.awake_p50 < 5
    assert figures.awake_p50 < figures.night_p50 < 12
    assert not any(10.1 < incident.hour < 11.9 for incident in one.incidents)


def test_a_silence_that_was_none_is_a_false_alarm(tmp_path: Path) -> None:
    one = measure(read(recording(tmp_path, gap=11)), 1.0, ALONE)
    assert one.false == 1


def test_more_false_alarms_allowed_never_means_later(tmp_path: Path) -> None:
    recorded = read(recording(tmp_path))
    p50 = [summary([measure(recorded, rate, ALONE)]).p50 for rate in (0.25, 1.0, 4.0)]
    assert p50 == sorted(p50, reverse=True)


def test_the_same_as_by_replaying_each_incident(tmp_path: Path) -> None:
    recorded = read(recording(tmp_path))
    alone = ALONE[:1]
    one = measure(recorded, 1.0, alone)
    cut = recorded.tested_from + timedelta(days=2, hours=8)
    before = [event for event in recorded.heard if event.at <= cut]
    engine = Engine(Configured(recorded.begins, recorded.household), alone)
    found = [f for f in replay(engine, before, cut + hours(24)) if getattr(f, "active", False)]
    hour = cut.hour + cut.minute / 60
    near = [incident for incident in one.incidents if abs(incident.hour - hour) < 0.1]
    told = (found[0].at - before[-1].at) / timedelta(hours=1)
    assert any(abs(incident.hours - told) < 1.0 for incident in near)


def test_homes_count_alike_however_long_they_are() -> None:
    short = Measured("a", 1, 10, 0, 0, (Incident(12, 2.0),), {}, None, True)
    long = Measured("b", 1, 100, 10, 0, (Incident(12, 4.0),) * 9, {}, None, True)
    both = summary([short, long])
    assert both.false == 1.5
    assert both.worst == 3.0
    assert both.p50 == 2.0
    assert quantile([(Incident(1, 5.0), 1.0), (Incident(1, 7.0), 3.0)], 0.5) == 7.0


def test_the_highest_setting_within_the_false_alarms_is_chosen() -> None:
    def at_setting(false: int) -> Measured:
        return Measured("a", 1, 30, false, 0, (), {}, None, True)

    swept = {"a": {1.0: at_setting(0), 2.0: at_setting(1), 4.0: at_setting(5)}}
    assert [setting_for(swept, ["a"], false) for false in (0.5, 1, 4, 9)] == [1.0, 2.0, 2.0, 4.0]


def test_a_dead_entrance_is_recognised(tmp_path: Path) -> None:
    one = measure(dead(read(recording(tmp_path, number=26)), "entrance"), 1.0, ALONE)
    assert one.recognised_hours is not None
    busiest = measure(dead(read(recording(tmp_path, number=26)), "busiest"), 1.0, ALONE)
    assert busiest.recognised_hours is not None
    assert busiest.recognised_hours < 48


LINE = "{}.000,M,motion,kitchen,1\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n", "line 1"),
        ("", "no events"),
        (LINE.format(BEGINS) + LINE.format(BEGINS + 86_400 * 3), "3.0 days; expected more than"),
        (
            LINE.format(BEGINS + 7200) + LINE.format(BEGINS),
            "00:00:00 follows 2023-11-15 02:00:00; expected lines in the order of time",
        ),
    ],
)
def test_what_is_no_recording_is_named(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "odd.csv"
    file.write_text(content)
    with pytest.raises(RecordedError, match=f"odd.csv: .*{said}"):
        read(file)


@pytest.mark.parametrize(
    "content",
    ["leave,return\n12,soon\n", "from,to\n1,2\n", "leave,return\n1\n", "leave,return\n9,1\n"],
)
def test_labels_that_cannot_be_are_named(tmp_path: Path, content: str) -> None:
    file = recording(tmp_path)
    (tmp_path / "made.away.csv").write_text(content)
    with pytest.raises(RecordedError, match=r"made.away.csv: line 2"):
        read(file)


def test_an_autumn_hour_is_lived_twice_and_a_dead_sensor_needs_time(tmp_path: Path) -> None:
    file = tmp_path / "autumn.csv"
    hours_on = (0, 3600, 3500, 86_400 * 9)
    file.write_text("".join(LINE.format(BEGINS + second) for second in hours_on))
    recorded = read(file)
    assert len({one.at for one in recorded.heard}) == 3, "time stands still meanwhile"
    file.write_text("".join(LINE.format(BEGINS + int(86_400 * day)) for day in (0, 5.5)))
    with pytest.raises(RecordedError, match="expected more than the 6"):
        dead(read(file), "busiest")


def test_the_command_prints_tables_and_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    homes = [str(recording(tmp_path, 10, name=name)) for name in ("one", "two")]
    with pytest.raises(SystemExit) as ended:
        main(["--lang", "en", "evaluate", "inactivity", *homes, *SETTINGS])
    printed = capsys.readouterr()
    assert ended.value.code == 0
    assert "as shipped,    1 per month" in printed.out
    assert "homes left out, at   1 false" in printed.out
    assert not printed.err, "how far it is, is for terminals"
    assert "unknown: nor told as not back" in printed.out
    with pytest.raises(SystemExit):
        main(["evaluate", "inactivity", homes[0], *SETTINGS, "--json"])
    data = json.loads(capsys.readouterr().out)
    assert {one["per_month"] for one in data["homes"]} == {4.0, 1.0, 0.5}
    with pytest.raises(SystemExit) as ended:
        main(["--lang", "en", "evaluate", "inactivity", homes[0], "--end", "one=soon"])
    assert ended.value.code == 1
    assert "expected NAME=TIME" in capsys.readouterr().err
    for wrong, said in (
        ([homes[0], "--end", "three=2026-01-01"], "no such home; there are: one"),
        ([homes[0], homes[0]], "one is given twice"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["--lang", "en", "evaluate", "inactivity", *wrong])
        assert ended.value.code == 1
        assert said in capsys.readouterr().err


def test_recordings_are_dated_in_utc(tmp_path: Path) -> None:
    assert read(recording(tmp_path)).begins == datetime.fromtimestamp(BEGINS + 7 * 3600, UTC)
