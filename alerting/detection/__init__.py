"""What observations mean: every detector we run, one line each."""

from __future__ import annotations

from alerting.detection.detector import Detector
from alerting.detection.fall import FallDetector
from alerting.detection.help_call import HelpCallDetector
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.safety import SafetyDetector
from alerting.detection.supervision import SupervisionDetector

DETECTORS: tuple[Detector, ...] = (
    HelpCallDetector(),
    FallDetector(),
    SafetyDetector(),
    InactivityDetector(),
    SupervisionDetector(),
)
