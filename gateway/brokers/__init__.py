"""The MQTT broker: an external one, or our own, started and kept alive by us."""

from gateway.brokers.accounts import Account, Accounts
from gateway.brokers.address import BrokerAddress
from gateway.brokers.broker import Broker, ExternalBroker, Report, SupervisedBroker
from gateway.brokers.choose import (
    broker_accounts,
    describe,
    open_broker,
    reload_accounts,
    running_pid,
)
from gateway.brokers.errors import BrokerError
from gateway.brokers.selftest import SELFTEST_HOUSEHOLD, Durability, self_test

__all__ = [
    "SELFTEST_HOUSEHOLD",
    "Account",
    "Accounts",
    "Broker",
    "BrokerAddress",
    "BrokerError",
    "Durability",
    "ExternalBroker",
    "Report",
    "SupervisedBroker",
    "broker_accounts",
    "describe",
    "open_broker",
    "reload_accounts",
    "running_pid",
    "self_test",
]
