"""`guanai backtest`: what other settings would have meant, by the gateway's own journal."""

from __future__ import annotations

import json
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from alerting.household import Household
from alerting.words import Words
from gateway.cli.bilingual import Command, UserError, option, say
from gateway.cli.options import CONFIG_FILE, DATABASE
from gateway.config import GATEWAY_HOUSEHOLD, load
from gateway.evaluation.backtest import Alarm, Compared
from gateway.evaluation.backtest import backtest as live_twice
from gateway.evaluation.journals import UnknownHouseholdError, journals


@click.command(
    "backtest",
    cls=Command,
    words=Words(
        "换一种设置，过去会怎样：少报几次，晚多久。\n\n"
        "SOURCE 是数据文件夹或 guanai.db；CONFIG 是改过的配置。"
        "只换判断长时间没有动静的设置，其余照当时的。只读，不发送。",
        "What other settings would have meant: how many alarms fewer, how much later.\n\n"
        "SOURCE is a data folder or guanai.db; CONFIG is the changed configuration. "
        "Only the settings on long silence are tried, the rest stays as it was. Nothing is sent.",
    ),
)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    default=CONFIG_FILE,
    envvar="GUANAI_CONFIG",
    show_default=True,
    show_envvar=True,
    zh="改过的配置文件。",
    en="The changed configuration.",
)
@option("--household", "home", default="", zh="只看这一户。", en="This household only.")
@option("--json", "as_json", is_flag=True, zh="每户一行 JSON。", en="One JSON object a household.")
def backtest(source: Path, config: Path, home: str, as_json: bool) -> None:
    """Print what would have been different."""
    settings = load(config).households
    database = source / DATABASE if source.is_dir() else source
    try:
        lives = list(journals(database, home))
    except UnknownHouseholdError as error:
        known = "、".join(error.known)
        raise UserError(f"{database} 中没有住户 {home}；有：{known}", str(error)) from None
    for engine, events in lives:
        name = engine.household.id
        if name == GATEWAY_HOUSEHOLD:
            continue
        if name not in settings:
            say(
                Words(
                    f"{name}：新配置里没有这一户，跳过",
                    f"{name}: not in the changed configuration, left out",
                ),
                error=True,
            )
            continue
        (again,) = journals(database, name)
        compared = live_twice(((engine, events), again), settings[name])
        if as_json:
            click.echo(json.dumps(_data(compared), ensure_ascii=False))
        else:
            _tell(compared, settings[name])


def _tell(compared: Compared, home: Household) -> None:
    zone = home.tz
    days = (compared.ends - compared.begins).total_seconds() / 86_400
    was, would = len(compared.was), len(compared.would)
    less = was - would
    zh = f"少 {less} 次" if less > 0 else f"多 {-less} 次" if less else "次数相同"
    en = f"{less} fewer" if less > 0 else f"{-less} more" if less else "as many"
    begins = f"{compared.begins.astimezone(zone):%Y-%m-%d}"
    say(
        Words(
            f"{compared.household}：自 {begins} 起 {days:.0f} 天，长时间没有动静报警 {was} 次；"
            f"换成新设置 {would} 次（{zh}）",
            f"{compared.household}: in {days:.0f} days since {begins}, "
            f"long silence was told {was} times; with these settings {would} times ({en})",
        )
    )
    for alarm in compared.fewer:
        when = _when(alarm, zone)
        say(Words(f"  不再报：{when}", f"  not told any more: {when}"))
    for alarm in compared.more:
        when = _when(alarm, zone)
        say(Words(f"  新增：{when}", f"  told in addition: {when}"))
    for shift in compared.shifted:
        minutes = shift.later.total_seconds() / 60
        when = _when(shift.was, zone)
        say(
            Words(
                f"  {'晚' if minutes > 0 else '早'} {abs(minutes):.0f} 分钟：{when}",
                f"  {abs(minutes):.0f} min {'later' if minutes > 0 else 'earlier'}: {when}",
            )
        )


def _when(alarm: Alarm, zone: tzinfo) -> str:
    return f"{alarm.at.astimezone(zone):%Y-%m-%d %H:%M}"


def _data(compared: Compared) -> dict[str, Any]:
    return {
        "household": compared.household,
        "begins": _iso(compared.begins),
        "ends": _iso(compared.ends),
        "was": [_iso(one.at) for one in compared.was],
        "would": [_iso(one.at) for one in compared.would],
        "fewer": [_iso(one.at) for one in compared.fewer],
        "more": [_iso(one.at) for one in compared.more],
        "shifted": [
            {"at": _iso(one.was.at), "later_minutes": round(one.later.total_seconds() / 60, 1)}
            for one in compared.shifted
        ],
    }


def _iso(at: datetime) -> str:
    return at.isoformat()
