"""`guanai backtest`: what other settings would have meant, by the gateway's own journal."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import click

from alerting.detection.climate import ClimateDetector
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.news2 import News2Detector
from alerting.detection.vital_limits import VitalLimitsDetector
from alerting.household import Household
from alerting.words import Words
from gateway.cli.bilingual import Command, UserError, option, say
from gateway.cli.options import needs_database, which_config
from gateway.cli.progress import progress
from gateway.config import load
from gateway.config.settings import OWN_HOUSEHOLDS
from gateway.evaluation.backtest import LEARNING, Alarm, Compared
from gateway.evaluation.journals import (
    UnknownHouseholdError,
    UnreadableStateError,
    compared,
    households,
)
from gateway.store.reading import last_seq

LEAST = 1.0
"""Days without which nothing can be compared, where the beginning is deleted."""
WORDS = {
    InactivityDetector.name: Words("长时间没有动静报警", "long silence was told"),
    ClimateDetector.name: Words("室温过低或过高报警", "a room too cold or hot was told"),
    VitalLimitsDetector.name: Words("读数超限报警", "a reading beyond its limits was told"),
    News2Detector.name: Words("NEWS2 评分报警", "a high NEWS2 score was told"),
}


@click.command(
    "backtest",
    cls=Command,
    words=Words(
        "换一种设置，过去会怎样：少报几次，晚多久。\n\n"
        "SOURCE 是数据文件夹或 guanai.db；CONFIG 是改过的配置。"
        "试的是：长时间没有动静、室温、老人自己的生命体征限值（limits、spo2_scale、on_oxygen）"
        "这些设置；其余照当时的。"
        "两种都按本版本的规则判断。只读，不发送，网关可以同时运行。",
        "What other settings would have meant: how many alarms fewer, how much later.\n\n"
        "SOURCE is a data folder or guanai.db; CONFIG is the changed configuration. Tried are the "
        "settings on long silence, on room temperature and on a resident's vital signs (limits, "
        "spo2_scale, on_oxygen); the rest stays as it was. Both are judged by the rules of this "
        "version. It only reads and sends nothing; the gateway may be running.",
    ),
)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@which_config("改过的配置文件。", "The changed configuration.")
@option("--household", "home", default="", zh="只看这一户。", en="This household only.")
@option(
    "--days",
    type=click.IntRange(min=1),
    default=None,
    zh="只说最近这么多天（仍从全部记录学习）。",
    en="Tell of the last so many days only (all of the journal is learned from).",
)
@option("--json", "as_json", is_flag=True, zh="每户一行 JSON。", en="One JSON object a household.")
def backtest(source: Path, config: Path, home: str, days: int | None, as_json: bool) -> None:
    """Print what would have been different."""
    settings = load(config, serving=False).households
    database = needs_database(source) if source.is_dir() else source
    try:
        names = [name for name in households(database, home) if name not in OWN_HOUSEHOLDS]
        tried = {name: settings[name] for name in names if name in settings}
        _say_left_out([name for name in names if name not in settings], config, bool(tried))
        with progress(database.name, max(last_seq(database), 1)) as step:
            found = compared(database, tried, home, lambda seq: step(seq))
    except UnknownHouseholdError as error:
        known = "、".join(error.known)
        raise UserError(f"{database} 中没有住户 {home}；有：{known}", str(error)) from None
    except UnreadableStateError as error:
        zh = f"{database}：本版本读不懂住户 {error.home} 保存的状态"
        raise UserError(zh, str(error)) from None
    for name, one in found.items():
        if days is not None:
            one = one.since(one.ends - timedelta(days=days))
        if as_json:
            click.echo(json.dumps(_data(one), ensure_ascii=False))
        else:
            _tell(one, settings[name])


def _say_left_out(names: list[str], config: Path, is_rest: bool) -> None:
    for name in names:
        say(
            Words(
                f"{name}：新配置里没有这一户，跳过",
                f"{name}: not in the changed configuration, left out",
            ),
            error=True,
        )
    if not is_rest:
        raise UserError(
            f"{config} 里没有记录中的任何一户",
            f"{config} has none of the households of the journal",
        )


def _tell(one: Compared, home: Household) -> None:
    zone = home.tz
    days = (one.ends - one.begins) / timedelta(days=1)
    if one.is_cut:
        learned = LEARNING // timedelta(days=1)
        say(
            Words(
                f"{one.household}：更早的记录已删除，前 {learned} 天只用来重新学习",
                f"{one.household}: older entries are deleted; "
                f"the first {learned} days only teach it anew",
            )
        )
        if days < LEAST:
            say(Words("  余下不足一天，无法比较", "  less than a day is left: nothing to compare"))
            return
    begins = f"{one.begins.astimezone(zone):%Y-%m-%d}"
    for rule, words in WORDS.items():
        was, would = (
            sum(alarm.rule == rule for alarm in alarms) for alarms in (one.was, one.would)
        )
        if not was and not would and rule != InactivityDetector.name:
            continue
        less = was - would
        zh = f"少 {less} 次" if less > 0 else f"多 {-less} 次" if less else "次数相同"
        en = f"{less} fewer" if less > 0 else f"{-less} more" if less else "as many"
        say(
            Words(
                f"{one.household}：自 {begins} 起 {days:.0f} 天，{words.zh} {was} 次；"
                f"换成新设置 {would} 次（{zh}）",
                f"{one.household}: in {days:.0f} days since {begins}, {words.en} "
                f"{_times(was)}; with these settings {_times(would)} ({en})",
            )
        )
        _tell_each(one, rule, zone)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _tell_each(one: Compared, rule: str, zone: tzinfo) -> None:
    """Say of each alarm that differs what becomes of it, in order of time."""
    lines: list[tuple[datetime, Words]] = []
    for alarm in one.fewer:
        when = _when(alarm, zone)
        words = Words(f"  不再报：{when}", f"  not told any more: {when}")
        if alarm.ended is None:
            words = Words(
                f"  到记录结束还没有报：{when}（仍在持续）",
                f"  not told by the end of the journal: {when} (it still lasts)",
            )
        lines += [(alarm.at, words)] if alarm.rule == rule else []
    for alarm in one.more:
        when = _when(alarm, zone)
        words = Words(f"  新增：{when}", f"  told in addition: {when}")
        lines += [(alarm.at, words)] if alarm.rule == rule else []
    for shift in one.shifted:
        minutes = shift.later.total_seconds() / 60
        when, long = _when(shift.was, zone), _long(abs(minutes))
        words = Words(
            f"  {'晚' if minutes > 0 else '早'} {long.zh}：{when}",
            f"  {long.en} {'later' if minutes > 0 else 'earlier'}: {when}",
        )
        lines += [(shift.was.at, words)] if shift.was.rule == rule else []
    for _, words in sorted(lines, key=lambda line: line[0]):
        say(words)


def _long(minutes: float) -> Words:
    hours, rest = divmod(round(minutes), 60)
    if not hours:
        return Words(f"{rest} 分钟", f"{rest} min")
    return Words(f"{hours} 小时 {rest} 分钟", f"{hours} h {rest} min")


def _when(alarm: Alarm, zone: tzinfo) -> str:
    device = "" if alarm.rule == InactivityDetector.name else f" {alarm.subject}"
    return f"{alarm.at.astimezone(zone):%Y-%m-%d %H:%M}{device}"


def _data(one: Compared) -> dict[str, Any]:
    """Return everything, for a program; the keys are never renamed."""
    return {
        "household": one.household,
        "begins": _iso(one.begins),
        "ends": _iso(one.ends),
        "is_cut": one.is_cut,
        "was": [_alarm(alarm) for alarm in one.was],
        "would": [_alarm(alarm) for alarm in one.would],
        "fewer": [_alarm(alarm) for alarm in one.fewer],
        "more": [_alarm(alarm) for alarm in one.more],
        "shifted": [
            {
                **_alarm(shift.was),
                "would_at": _iso(shift.would.at),
                "later_minutes": round(shift.later.total_seconds() / 60, 1),
            }
            for shift in one.shifted
        ],
    }


def _alarm(alarm: Alarm) -> dict[str, Any]:
    return {
        "rule": alarm.rule,
        "subject": alarm.subject,
        "at": _iso(alarm.at),
        "ended": None if alarm.ended is None else _iso(alarm.ended),
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
