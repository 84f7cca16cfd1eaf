"""`guanai coverage`: how much of each day the homes were really watched."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from alerting.coverage import Report, reports
from alerting.words import Words
from gateway import fleet, watched
from gateway.cli.bilingual import Command, UserError, language, option, say
from gateway.cli.options import data_option, needs_database
from gateway.config.problems import did_you_mean
from gateway.config.settings import OWN_HOUSEHOLDS
from gateway.store import reading

DAYS = 7
DAYS_MAX = 35


@click.command(
    "coverage",
    cls=Command,
    words=Words(
        "每户每天有多少时间真正看得到：网关收不到消息、感应设备全部失联的时间都算盲区。\n\n"
        "按数据文件夹中的记录计算，到最后一条为止；不改动任何东西。",
        "How much of each day every home was really watched: time in which the gateway heard "
        "nothing, or all that sees a home was missing, is blind time.\n\n"
        "Worked out from the journal in the data folder, up to its last entry; nothing is changed.",
    ),
)
@data_option
@option("--household", "home", default="", zh="只看这一户。", en="This household only.")
@option(
    "--days",
    default=DAYS,
    show_default=True,
    type=click.IntRange(1, DAYS_MAX),
    zh="最近多少天。",
    en="How many days, the newest first.",
)
@option("--json", "as_json", is_flag=True, zh="每行一个 JSON。", en="One JSON object a line.")
def coverage(data: Path, home: str, days: int, as_json: bool) -> None:
    """Print the account of every home."""
    path = needs_database(data)
    until = reading.last_at(path)
    engines = {id: one for id, one in fleet.engines(path).items() if id not in OWN_HOUSEHOLDS}
    if home and home not in engines:
        hint = did_you_mean(home, engines)
        raise UserError(
            f"记录中没有编号为“{home}”的住户{hint.zh}", f"there is no household {home!r}{hint.en}"
        )
    if until is None or not engines:
        say(Words("还没有任何记录。", "Nothing was recorded yet."))
        return
    for id, engine in engines.items():
        if home in ("", id):
            household = engine.household
            found = reports(engine.coverage, household, until, days)
            _show(id, household.name, found, until.astimezone(household.tz), as_json)


def _show(id: str, name: str, found: tuple[Report, ...], until: datetime, as_json: bool) -> None:
    if as_json:
        for one in found:
            record = {
                "household": id,
                "date": one.date.isoformat(),
                "watched_seconds": round(one.watched, 3),
                "deaf_seconds": round(one.deaf, 3),
                "blind_seconds": round(one.blind, 3),
                "worn_seconds": round(one.worn, 3),
                "is_seen": one.is_seen,
                "share": round(one.share, 6),
            }
            click.echo(json.dumps(record, ensure_ascii=False))
        return
    say(
        Words(
            f"{name}（{id}），到 {until:%m-%d %H:%M}：",
            f"{name} ({id}), until {until:%m-%d %H:%M}:",
        )
    )
    for one in found:
        words = watched.missed(one).said(language())
        click.echo(f"  {one.date:%Y-%m-%d}  {watched.percent(one):>7}  {words}")
