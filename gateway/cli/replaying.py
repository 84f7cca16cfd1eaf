"""`guanai replay`: a recorded life, judged again in seconds."""

from __future__ import annotations

import gzip
import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import click
import msgspec

from alerting.engine import Engine
from alerting.events import Change, Changed, Configured, Event, Finding
from alerting.household import Household
from alerting.words import Words
from devices.errors import RecordingError
from devices.recordings.homes import observations
from gateway.cli.bilingual import Command, UserError, language, option, say
from gateway.cli.options import needs_database, which_config
from gateway.config import GATEWAY_HOUSEHOLD, load
from gateway.evaluation.journals import UnknownHouseholdError, UnreadableStateError, journals
from gateway.replay import replay as live_again

RECORDINGS = (".csv", ".csv.gz")


@click.command(
    "replay",
    cls=Command,
    words=Words(
        "把录下的一户或网关自己的记录重新判断一遍，不等待，不发送。\n\n"
        "SOURCE 是录音（.csv、.csv.gz），或数据文件夹、guanai.db。"
        "录音需要配置：guanai simulate config-for 录音 --output home.toml。",
        "Judge a recorded home or the gateway's own journal again: no waiting, no sending.\n\n"
        "SOURCE is a recording (.csv, .csv.gz), or a data folder, or guanai.db. "
        "A recording needs a configuration: "
        "`guanai simulate config-for RECORDING --output home.toml`.",
    ),
)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@which_config("录音所属住户的配置文件。", "The configuration with the recorded household.")
@option("--household", "home", default="", zh="只看这一户。", en="This household only.")
@option("--json", "as_json", is_flag=True, zh="每行一个 JSON。", en="One JSON object a line.")
@option(
    "--until",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    zh="最后一条之后继续到这个时间（UTC），看长时间没有动静会怎样。",
    en="Go on until this time (UTC) after the last event, to see what silence would mean.",
)
def replay(source: Path, config: Path, home: str, as_json: bool, until: datetime | None) -> None:
    """Print findings and incidents."""
    end = until.replace(tzinfo=UTC) if until else None
    show = _Shown(as_json)
    if source.name.endswith(RECORDINGS):
        household = _household(config, home)
        show.all(*_recorded(source, household), end)
    else:
        database = needs_database(source) if source.is_dir() else source
        for engine, events in _journals(database, home):
            show.all(engine, events, end)
    show.total()


def _household(config: Path, home: str) -> Household:
    """Return the household a recording belongs to: the one named, or the only one."""
    settings = load(config, serving=False)
    homes = {id: one for id, one in settings.households.items() if id != GATEWAY_HOUSEHOLD}
    if not home and len(homes) == 1:
        return next(iter(homes.values()))
    if home not in homes:
        known = ", ".join(homes)
        raise UserError(
            f"请用 --household 指明录音属于哪一户：{known}",
            f"say with --household whose recording it is: {known}",
        )
    return homes[home]


def _recorded(recording: Path, household: Household) -> tuple[Engine, Iterator[Event]]:
    """Return an engine that begins with the recording, and the recording."""
    events = _lines(recording, household)
    try:
        first = next(events)
    except StopIteration:
        raise UserError(
            f"{recording} 里没有配置中的设备（{household.id}）",
            f"{recording} holds nothing of the devices configured for {household.id}",
        ) from None
    return Engine(Configured(first.at, household)), itertools.chain((first,), events)


def _lines(recording: Path, household: Household) -> Iterator[Event]:
    opener = gzip.open if recording.suffix == ".gz" else open
    latest: datetime | None = None
    try:
        with opener(recording, "rt", encoding="utf-8") as lines:
            for observation in observations(lines):
                if observation.device not in household.devices:
                    continue
                at = observation.at if latest is None else max(latest, observation.at)
                latest = at  # as the gateway does: time never runs backwards
                yield msgspec.structs.replace(observation, at=at)
    except (RecordingError, OSError, UnicodeDecodeError, EOFError) as error:
        raise UserError(f"{recording}：{error}", f"{recording}: {error}") from None


def _journals(database: Path, home: str) -> Iterator[tuple[Engine, Iterator[Event]]]:
    try:
        yield from journals(database, home)
    except UnknownHouseholdError as error:
        raise UserError(
            f"{database} 中没有住户 {home}；有：{', '.join(error.known)}", str(error)
        ) from None
    except UnreadableStateError as error:
        zh = f"{database}：本版本读不懂住户 {error.home} 保存的状态"
        raise UserError(zh, str(error)) from None


class _Shown:
    """Prints what came of a life, and counts it."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._events = self._findings = self._incidents = 0
        self._started = time.perf_counter()

    def all(self, engine: Engine, events: Iterator[Event], until: datetime | None) -> None:
        """Live `events` again, and print findings and changes."""
        zone = engine.household.tz
        for effect in live_again(engine, self._counted(events), until):
            match effect:
                case Finding():
                    self._findings += 1
                case Changed(change=Change.OPENED):
                    self._incidents += 1
            if isinstance(effect, Finding | Changed):
                click.echo(self._line(engine.household, effect, zone))

    def total(self) -> None:
        """Print how much it was, and how long it took; nothing among JSON lines."""
        seconds = time.perf_counter() - self._started
        if not self._as_json:
            say(
                Words(
                    f"{self._events} 个事件，{self._findings} 次判断，"
                    f"{self._incidents} 起事件单，{seconds:.1f} 秒",
                    f"{self._events} events, {self._findings} findings, "
                    f"{self._incidents} incidents, {seconds:.1f} s",
                )
            )

    def _counted(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            self._events += 1
            yield event

    def _line(self, home: Household, effect: Finding | Changed, zone: tzinfo) -> str:
        if self._as_json:
            return json.dumps(_record(home, effect), ensure_ascii=False)
        at = f"{effect.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        if isinstance(effect, Finding):
            state = _ACTIVE if effect.active else _CLEARED
            what = f"{effect.what.value:<11} {state.said(language())}"
            return f"{at}  {home.id:<10}  {what}  {effect.reason.said(language())}"
        what = f"{effect.record.id:<16} {effect.change.value}"
        return f"{at}  {home.id:<10}  {what}  {effect.words.said(language())}"


_ACTIVE = Words("发现", "found")
_CLEARED = Words("解除", "cleared")


def _record(home: Household, effect: Finding | Changed) -> dict[str, Any]:
    if isinstance(effect, Finding):
        return {
            "at": effect.at.isoformat(),
            "household": home.id,
            "finding": effect.what.value,
            "detector": effect.detector,
            "subject": effect.subject,
            "active": effect.active,
            "urgency": effect.urgency.value,
            "zh": effect.reason.zh,
            "en": effect.reason.en,
        }
    return {
        "at": effect.at.isoformat(),
        "household": home.id,
        "incident": effect.record.id,
        "change": effect.change.value,
        "response": effect.record.response.value,
        "by": effect.by,
        "zh": effect.words.zh,
        "en": effect.words.en,
    }
