"""What observations mean: every detector we run, one line each."""

from __future__ import annotations

from alerting.detection.detector import Detector
from alerting.detection.help_call import HelpCallDetector
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.news2 import News2Detector
from alerting.detection.safety import SafetyDetector
from alerting.detection.supervision import SupervisionDetector
from alerting.detection.vital_devices import VitalDevicesDetector
from alerting.detection.vital_limits import VitalLimitsDetector
from alerting.detection.vital_review import VitalReviewDetector

DETECTORS: tuple[Detector, ...] = (
    HelpCallDetector(),
    SafetyDetector(),
    InactivityDetector(),
    SupervisionDetector(),
    VitalLimitsDetector(),
    News2Detector(),
    VitalReviewDetector(),
    VitalDevicesDetector(),
)
