"""The configuration file: read once, checked as a whole, frozen from then on."""

from gateway.config.load import load
from gateway.config.problems import ConfigError, Problem
from gateway.config.settings import (
    GATEWAY_HOUSEHOLD,
    GATEWAY_PARTS,
    BrokerKind,
    BrokerSettings,
    DeskSettings,
    Settings,
    StoreSettings,
    TwilioSettings,
)

__all__ = [
    "GATEWAY_HOUSEHOLD",
    "GATEWAY_PARTS",
    "BrokerKind",
    "BrokerSettings",
    "ConfigError",
    "DeskSettings",
    "Problem",
    "Settings",
    "StoreSettings",
    "TwilioSettings",
    "load",
]
