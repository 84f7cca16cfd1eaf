"""What observations mean: every detector we run, one line each."""

from __future__ import annotations

from alerting.detection.bathroom import BathroomDetector
from alerting.detection.bed_left import BedLeftDetector
from alerting.detection.climate import ClimateDetector
from alerting.detection.contacts import ContactsDetector
from alerting.detection.detector import Detector
from alerting.detection.fall import FallDetector
from alerting.detection.help_call import HelpCallDetector
from alerting.detection.hotline import HotlineDetector
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.news2 import News2Detector
from alerting.detection.night_out import NightOutDetector
from alerting.detection.out import OutDetector
from alerting.detection.safety import SafetyDetector
from alerting.detection.supervision import SupervisionDetector
from alerting.detection.told_fall import ToldFallDetector
from alerting.detection.vital_devices import VitalDevicesDetector
from alerting.detection.vital_limits import VitalLimitsDetector
from alerting.detection.vital_review import VitalReviewDetector
from alerting.detection.wake import WakeDetector
from alerting.detection.wandering import WanderingDetector

DETECTORS: tuple[Detector, ...] = (
    HelpCallDetector(),
    FallDetector(),
    SafetyDetector(),
    InactivityDetector(),
    BathroomDetector(),
    WakeDetector(),
    OutDetector(),
    NightOutDetector(),
    BedLeftDetector(),
    WanderingDetector(),
    SupervisionDetector(),
    VitalLimitsDetector(),
    News2Detector(),
    VitalReviewDetector(),
    VitalDevicesDetector(),
    ToldFallDetector(),
    ClimateDetector(),
    HotlineDetector(),
    ContactsDetector(),
)
