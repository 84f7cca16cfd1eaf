"""`[delivery]`: which way out is preferred, and how much a SIM may send.

Annotations here are evaluated (no `__future__` import): cattrs would lose the readers'
names from postponed ones.
"""

from dataclasses import dataclass, field
from typing import Protocol, cast

from alerting.household import Path
from gateway.config.problems import Problems, did_you_mean

POINTS_MAX = 100
SIM_TEXTS_MAX = 100_000


@dataclass(frozen=True, kw_only=True)
class DeliverySection:
    """`[delivery]`."""

    prefer: tuple[str, ...] = ()
    weights: dict[str, int] = field(default_factory=dict)
    sim_texts_per_hour: int = 60
    sim_texts_per_day: int = 400
    sim_kept_for_alarms: int = 20


@dataclass(frozen=True, kw_only=True)
class DeliverySettings:
    """How messages are spread over the ways out."""

    paths: tuple[Path, ...] = ()
    """What is configured, the preferred first."""
    weights: dict[str, int] = field(default_factory=dict)
    """Points of each path where several are equally good; empty: the first takes all."""
    sim_texts_per_hour: int = 60
    sim_texts_per_day: int = 400
    sim_kept_for_alarms: int = 20
    """Of both, what only alarms and reminders may use."""

    @property
    def lines(self) -> dict[str, str]:
        """What each path depends on, by its name."""
        return {path.name: path.line for path in self.paths}


KNOWN: tuple[Path, ...] = (
    Path("twilio", ("sms", "voice")),
    Path("modem", ("sms", "voice"), line="sim"),
    Path("aliyun", ("sms", "voice")),
    Path("tencent", ("sms", "voice")),
    Path("push", ("push",)),
    Path("scaip", ("scaip",)),
    Path("webhook", ("webhook",)),
)
"""Every way out by the name of its table in the file, in the order that holds by itself."""


def paths_of(tables: object, prefer: tuple[str, ...] = ()) -> tuple[Path, ...]:
    """Return the ways out that are configured, the preferred first.

    Args:
        tables: the file; a table `[NAME]` that stands in it is an attribute of that name.
        prefer: names to go before the others.
    """
    set_up = ((path.name, _as_set_up(path, getattr(tables, path.name, None))) for path in KNOWN)
    there = {name: path for name, path in set_up if path is not None}
    first = {name: there[name] for name in prefer if name in there}
    return tuple((first | there).values())


class KnowsItsWay(Protocol):
    """A table that knows what it carries as it is set up."""

    @property
    def way_out(self) -> Path | None:
        """Return the way out of the house; None: not in use yet."""


def _as_set_up(path: Path, table: object) -> Path | None:
    if not table:
        return None
    return cast("KnowsItsWay", table).way_out if hasattr(table, "way_out") else path


def check_delivery(section: DeliverySection, tables: object, problems: Problems) -> None:
    """Note what is wrong with `[delivery]`."""
    names = [path.name for path in KNOWN]
    there = {path.name for path in paths_of(tables)}
    for setting, given in (("prefer", section.prefer), ("weights", tuple(section.weights))):
        for name in given:
            if name not in names:
                hint = did_you_mean(name, names)
                problems.add(
                    f"delivery.{setting}",
                    f"没有名为“{name}”的通道{hint.zh}；可用：{'、'.join(names)}",
                    f"there is no way out {name!r}{hint.en}; there are {', '.join(names)}",
                )
            elif name not in there:
                problems.add(
                    f"delivery.{setting}",
                    f"“{name}”没有配置；请写 [{name}] 或去掉它",
                    f"{name!r} is not configured: write [{name}], or leave it out",
                )
    for name, points in section.weights.items():
        if not 1 <= points <= POINTS_MAX:
            problems.add(
                f"delivery.weights.{name}",
                f"是 {points}；应为 1 到 {POINTS_MAX}",
                f"is {points}; from 1 to {POINTS_MAX} is possible",
            )
    _check_sim(section, problems)


def _check_sim(section: DeliverySection, problems: Problems) -> None:
    hour, day = section.sim_texts_per_hour, section.sim_texts_per_day
    for name, value in (("sim_texts_per_hour", hour), ("sim_texts_per_day", day)):
        if not 1 <= value <= SIM_TEXTS_MAX:
            problems.add(
                f"delivery.{name}",
                f"是 {value}；应为 1 到 {SIM_TEXTS_MAX}",
                f"is {value}; from 1 to {SIM_TEXTS_MAX} is possible",
            )
    if not 0 <= section.sim_kept_for_alarms < max(1, min(hour, day)):
        problems.add(
            "delivery.sim_kept_for_alarms",
            f"是 {section.sim_kept_for_alarms}；应小于每小时与每天的条数",
            f"is {section.sim_kept_for_alarms}; it has to be less than both limits",
        )


def delivery_settings(section: DeliverySection, tables: object) -> DeliverySettings:
    """Return the checked settings."""
    return DeliverySettings(
        paths=paths_of(tables, section.prefer),
        weights=dict(section.weights),
        sim_texts_per_hour=section.sim_texts_per_hour,
        sim_texts_per_day=section.sim_texts_per_day,
        sim_kept_for_alarms=section.sim_kept_for_alarms,
    )
