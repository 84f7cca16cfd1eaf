from __future__ import annotations

from alerting.detection import DETECTORS


def test_names_are_unique_since_snapshots_go_by_them() -> None:
    names = [detector.name for detector in DETECTORS]
    assert sorted(set(names)) == sorted(names)
    assert names == [
        "help_call",
        "fall",
        "safety",
        "inactivity",
        "bathroom",
        "wake",
        "out",
        "night_out",
        "bed_left",
        "wandering",
        "supervision",
        *("vital_limits", "news2", "vital_review", "vital_devices"),
        *("told_fall", "climate"),
        "hotline",
        "contacts",
    ]
