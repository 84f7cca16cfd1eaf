from __future__ import annotations

from alerting.detection import DETECTORS


def test_names_are_unique_since_snapshots_go_by_them() -> None:
    names = [detector.name for detector in DETECTORS]
    assert sorted(set(names)) == sorted(names)
    assert names == ["help_call", "safety", "inactivity", "supervision", "told_fall", "climate"]
