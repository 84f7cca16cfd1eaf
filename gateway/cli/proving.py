"""`guanai proven`: when each path, person and button last proved that it works."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from alerting.words import Words
from gateway import owed
from gateway.cli.bilingual import Command, language, option, say
from gateway.cli.options import config_option, data_option, needs_database
from gateway.clock import SystemClock
from gateway.config import load
from gateway.i18n import gettext_for
from gateway.store import reading
from gateway.web.context import Home
from gateway.web.proofs import FRESH, Proved, shown
from gateway.web.views import Speaker

_NEVER = Words("从未证明可用：", "Never proven:")
_BAD = Words("太久没有证明，或演练未答复：", "Proven too long ago, or not confirmed in a drill:")
_WARN = Words(f"{FRESH.days} 天内没有证明：", f"Not proven for {FRESH.days} days:")
_GOOD = Words(f"{FRESH.days} 天内证明可用：", f"Proven within {FRESH.days} days:")
_HEADS = (_NEVER, _BAD, _WARN, _GOOD)
"""In the order in which they are printed: what needs a look first."""


@click.command(
    "proven",
    cls=Command,
    words=Words(
        "每条途径、每个人的每种方式、每个呼叫键上次被证明可用是什么时候，怎样证明的。\n\n"
        "该证明而从未证明的列在最前。时间是住户当地时间。读配置和数据文件夹，不改动任何东西。"
        "演练怎样轮换见 docs/drills.md。",
        "When each path, each way to each person and each button last proved that it works, "
        "and how.\n\n"
        "What should have been proven and never was comes first. Times are the home's own. Reads "
        "the configuration and the data folder, and changes nothing. How drills rotate: "
        "docs/drills.md.",
    ),
)
@config_option
@data_option
@option("--json", "as_json", is_flag=True, zh="每行一个 JSON。", en="One JSON object a line.")
def proven(config: Path, data: Path, as_json: bool) -> None:
    """Print what is owed a proof, what needs a look first."""
    path = needs_database(data)
    settings = load(config, serving=False)
    homes = settings.households
    known = {id: Home(home) for id, home in homes.items()}
    by = Speaker(language(), gettext_for(language()), known)
    rows = shown(owed.table(homes.values(), reading.proofs(path)), by, SystemClock().now())
    zones = {id: home.tz for id, home in homes.items()}
    if as_json:
        for row in rows:
            click.echo(json.dumps(_record(row), ensure_ascii=False))
        return
    for line in lines(rows, zones, ZoneInfo(settings.zone)):
        say(line)


def lines(rows: Iterable[Proved], zones: dict[str, ZoneInfo], ours: ZoneInfo) -> Iterator[Words]:
    """Yield how many there are of each sort, then all of them."""
    found: dict[Words, list[Proved]] = {head: [] for head in _HEADS}
    for row in rows:
        found[_head(row)].append(row)
    names = {str(zone) for zone in (ours, *zones.values())}
    yield Words(
        f"时间：{'、'.join(sorted(names))}。"
        + "；".join(f"{head.zh.rstrip('：')} {len(own)} 项" for head, own in found.items())
        + "。",
        f"Times: {', '.join(sorted(names))}. "
        + "; ".join(f"{head.en.rstrip(':')}: {len(own)}" for head, own in found.items())
        + ".",
    )
    for head, own in found.items():
        if own:
            yield head
        for row in own:
            zone = zones.get(row.household, ours)
            yield _line(row, zone, is_zone_said=len(names) > 1)


def _head(row: Proved) -> Words:
    if row.at is None:
        return _NEVER
    return {"bad": _BAD, "warn": _WARN}.get(row.state, _GOOD)


def _line(row: Proved, zone: ZoneInfo, *, is_zone_said: bool) -> Words:
    name = row.name if row.name == row.of or not row.household else f"{row.name} ({row.of})"
    at = "" if row.at is None else f"{row.at.astimezone(zone):%Y-%m-%d %H:%M}"
    if at and is_zone_said:
        at = f"{at} {zone}"
    before = [at, row.kind, name, row.way, row.how]
    asked = row.proof.asked_at
    day = "" if asked is None else f"{asked.astimezone(zone):%Y-%m-%d}"
    zh, en = (f"{day} 演练未答复", f"not confirmed in the drill of {day}")
    return Words(
        "  " + "  ".join(filter(None, [*before, zh if row.is_unanswered else ""])),
        "  " + "  ".join(filter(None, [*before, en if row.is_unanswered else ""])),
    )


def _record(row: Proved) -> dict[str, str | None]:
    proof = row.proof
    return {
        "kind": proof.kind,
        "name": proof.name,
        "path": proof.path,
        "household": row.household,
        "state": "never" if row.at is None else row.state,
        "proven_at": proof.proven_at.isoformat() if proof.proven_at else None,
        "asked_at": proof.asked_at.isoformat() if proof.asked_at else None,
        "how": proof.how,
    }
