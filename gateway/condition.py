"""How the gateway itself is, for the technical page: nothing unknown is shown as good."""

from __future__ import annotations

import importlib.metadata
import logging
import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from alerting.detection import names
from alerting.words import Words
from gateway.brokers import Durability
from gateway.clock import Clock
from gateway.counted import in_both
from gateway.counters import Counters, Noted
from gateway.delivery.spread import Standing
from gateway.faults import Faults
from gateway.store.store import Store
from gateway.transports.transport import Gauge
from gateway.web.context import BadInput, Health, Part, PathShown

log = logging.getLogger(__name__)

AHEAD_MAX = timedelta(seconds=5)
"""A clock further ahead of the wall clock than this is worth a technician's look."""

LINES = {
    "internet": Words(zh="互联网", en="internet"),
    "sim": Words(zh="SIM 卡", en="SIM card"),
}
"""What paths depend on, as a technician reads it."""

_NOT_KNOWN = Words(zh="尚未查明", en="not known yet")


@dataclass
class Links:
    """What is only known from outside the runtime: the parts fill it in as they learn."""

    broker_name: str = ""
    is_connected: Callable[[], bool] = lambda: False
    durability: Durability | None = None
    has_provider: bool = False
    provider_answered: bool = False
    gauges: list[Callable[[], Gauge]] = field(default_factory=list)
    """Of ways out that can say how they are."""


class Condition:
    """Gathers what the parts say of themselves."""

    def __init__(
        self,
        clock: Clock,
        store: Store,
        faults: Faults,
        counters: Counters,
        links: Links,
        paths: Callable[[], list[Standing]] = list,
    ) -> None:
        self._clock = clock
        self._store = store
        self._faults = faults
        self._counters = counters
        self._links = links
        self._paths = paths
        self._started_at = clock.now()
        self._versions = {
            "guanai": importlib.metadata.version("guanai-gateway"),
            "Python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in ("aiomqtt", "paho-mqtt")},
        }

    def health(self) -> Health:
        """Return how everything is now."""
        disk = shutil.disk_usage(self._store.path.parent)
        return Health(
            parts=(
                self._broker(),
                self._durability(),
                self._store_part(),
                self._provider(),
                *(Part(one.name, one.good, one.words, one.detail) for one in self._gauges()),
                self._clock_part(),
                *self._others(),
            ),
            paths=self._shown(),
            started_at=self._started_at,
            versions=self._versions,
            counts={in_both(what): times for what, times in self._counters.totals.items()},
            bad_inputs=tuple(
                BadInput(noted.at, in_both(noted.what), noted.who, _repeated(noted))
                for noted in self._counters.recent
            ),
            disk_free_bytes=disk.free,
            disk_total_bytes=disk.total,
            journal_bytes=_size(self._store.path),
            journal_entries=self._store.last_seq,
            memory_bytes=_resident_bytes(),
        )

    def _shown(self) -> tuple[PathShown, ...]:
        return tuple(
            PathShown(
                name=one.name,
                line=LINES.get(one.line, Words(one.line, one.line)),
                channels=one.channels,
                good=one.is_well,
                trouble=one.trouble,
                shares=one.shares,
                left=one.left,
                delivered_at=one.delivered_at,
            )
            for one in self._paths()
        )

    def _broker(self) -> Part:
        name = Words(zh="消息代理", en="Broker")
        connected = self._links.is_connected()
        words = (
            Words(zh="已连接", en="connected")
            if connected
            else Words(zh="未连接", en="no connection")
        )
        broken = self._faults.active.get("broker", "")
        return Part(name, connected and not broken, words, broken or self._links.broker_name)

    def _durability(self) -> Part:
        name = Words(zh="断电不丢（自检）", en="Queued presses survive (self-test)")
        found = self._links.durability
        if found is None:
            return Part(name, None, Words(zh="自检尚未完成", en="the self-test has not ended yet"))
        # a restart that could not be tried is not known to be survived
        good = found.ok if found.survives_restart is not None or not found.ok else None
        return Part(name, good, found.words)

    def _store_part(self) -> Part:
        name = Words(zh="存储", en="Store")
        broken = self._faults.active.get("store")
        if broken:
            return Part(name, False, Words(zh="无法写入", en="cannot be written"), broken)
        scarce = self._faults.active.get("disk")
        if scarce:
            words = Words(zh="可以写入，但空间不多", en="can be written, but space is scarce")
            return Part(name, False, words, scarce)
        return Part(name, True, Words(zh="正常", en="works"), str(self._store.path))

    def _provider(self) -> Part:
        name = Words(zh="短信与电话", en="Text messages and calls")
        broken = self._faults.active.get("provider", "")
        if not self._links.has_provider:
            words = Words(zh="没有配置：无法通知任何人", en="none configured: nobody can be told")
            return Part(name, False, words)
        if broken:
            return Part(name, False, Words(zh="有故障", en="is broken"), broken)
        if not self._links.provider_answered and not any(one.good for one in self._gauges()):
            return Part(name, None, _NOT_KNOWN)
        return Part(name, True, Words(zh="正常", en="works"))

    def _gauges(self) -> list[Gauge]:
        found = []
        for read in self._links.gauges:
            try:
                found.append(read())
            except Exception:  # the page with everything else is needed all the more
                log.exception("%r cannot say how it is", read)
        return found

    def _clock_part(self) -> Part:
        name = Words(zh="时钟", en="Clock")
        ahead = self._clock.ahead()
        if ahead > AHEAD_MAX:
            words = Words(
                zh="本机时间被调回，记录时间暂时超前",
                en="the machine's clock was set back; our times are ahead for a while",
            )
            return Part(name, False, words, f"{ahead.total_seconds():.0f} s")
        return Part(name, True, Words(zh="正常", en="works"))

    def _others(self) -> list[Part]:
        shown = {"broker", "store", "disk", "provider"} | (
            {"modem"} if self._links.gauges else set()
        )
        return [
            Part(
                names.part(part),
                False,
                Words(zh="有故障", en="is broken"),
                detail,
            )
            for part, detail in self._faults.active.items()
            if part not in shown
        ]


def _repeated(noted: Noted) -> str:
    return f"{noted.detail} × {noted.times}" if noted.times > 1 else noted.detail


def _size(path: Path) -> int:
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _resident_bytes() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
