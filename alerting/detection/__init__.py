"""What observations mean: every detector we run, one line each."""

from __future__ import annotations

from alerting.detection.climate import ClimateDetector
from alerting.detection.detector import Detector
from alerting.detection.help_call import HelpCallDetector
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.safety import SafetyDetector
from alerting.detection.supervision import SupervisionDetector
from alerting.detection.told_fall import ToldFallDetector

DETECTORS: tuple[Detector, ...] = (
    HelpCallDetector(),
    SafetyDetector(),
    InactivityDetector(),
    SupervisionDetector(),
    ToldFallDetector(),
    ClimateDetector(),
)
