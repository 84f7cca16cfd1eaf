"""Which function reads which type of a section's field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from gateway.config.numbers import read_bool, read_celsius, read_count, read_number, read_per_month
from gateway.config.values import (
    Account,
    BrokerUrl,
    Celsius,
    Date,
    Endpoint,
    Language,
    Name,
    PerMonth,
    Phone,
    ProviderUrl,
    Sayable,
    Text,
    TimeOfDay,
    Topic,
    WebUrl,
    Zone,
    read_account,
    read_broker_url,
    read_date,
    read_duration,
    read_endpoint,
    read_language,
    read_name,
    read_phone,
    read_provider_url,
    read_sayable,
    read_text,
    read_time_of_day,
    read_topic,
    read_web_url,
    read_words,
    read_zone,
)

Reader = Callable[[Any, Any], Any]

READERS: tuple[tuple[Any, Reader], ...] = (
    (bool, read_bool),
    (int, read_count),
    (float, read_number),
    (str, read_text),
    (timedelta, read_duration),
    (Name, read_name),
    (Phone, read_phone),
    (Zone, read_zone),
    (Language, read_language),
    (TimeOfDay, read_time_of_day),
    (Endpoint, read_endpoint),
    (WebUrl, read_web_url),
    (ProviderUrl, read_provider_url),
    (Account, read_account),
    (BrokerUrl, read_broker_url),
    (Topic, read_topic),
    (Text, read_words),
    (Date, read_date),
    (Sayable, read_sayable),
    (PerMonth, read_per_month),
    (Celsius, read_celsius),
)
"""Which function reads which type of a section's field."""
