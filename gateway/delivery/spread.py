"""How messages are spread over the paths, as it is set up and as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerting.delivery import weights
from alerting.delivery.quotas import DAY_SECONDS, HOUR_SECONDS, Limit
from gateway.config.delivery import DeliverySettings
from gateway.delivery.courier import Courier


@dataclass(frozen=True)
class Standing:
    """How one path is, for the technician."""

    name: str
    line: str
    channels: tuple[str, ...]
    is_well: bool
    trouble: str
    shares: dict[str, int]
    """Its points among those that carry the same, by channel; without a rival none."""
    left: dict[str, tuple[int, int]]
    """By channel: how many it may still carry, and of how many."""
    delivered_at: datetime | None

    @classmethod
    def of(
        cls,
        courier: Courier,
        line: str,
        scales: Mapping[str, weights.Scales],
        left: dict[str, tuple[int, int]],
    ) -> Standing:
        """Return how the path is whose quotas have so much `left`."""
        ways = courier.transport.channels
        return cls(
            name=courier.name,
            line=line,
            channels=ways,
            is_well=not any(courier.health.is_down(way) for way in ways),
            trouble=courier.health.state,
            shares={
                way: scales[way].points[courier.name] for way in ways if len(scales[way].points) > 1
            },
            left=left,
            delivered_at=courier.last_delivered,
        )


def sim_limits(
    settings: DeliverySettings, line_of: Mapping[str, str]
) -> dict[tuple[str, str], tuple[Limit, ...]]:
    """Return how much a SIM may send before its operator takes offence."""
    kept = settings.sim_kept_for_alarms
    limits = (
        Limit(HOUR_SECONDS, settings.sim_texts_per_hour, kept),
        Limit(DAY_SECONDS, settings.sim_texts_per_day, kept),
    )
    return {(name, "sms"): limits for name, line in line_of.items() if line == "sim"}


def scales(couriers: Sequence[Courier], settings: DeliverySettings) -> dict[str, weights.Scales]:
    """Return the shares of the paths by channel, where there are several."""
    names: dict[str, list[str]] = {}
    for courier in couriers:
        for channel in courier.transport.channels:
            names.setdefault(channel, []).append(courier.name)
    usual = 0 if settings.weights else weights.RESTING_POINTS
    return {
        channel: weights.Scales({name: settings.weights.get(name, usual) for name in its})
        for channel, its in names.items()
    }
