"""`guanai proven`: when each path, person and button last proved that it works."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from alerting.words import Words
from gateway import owed
from gateway.cli.bilingual import Command, language, option
from gateway.cli.options import config_option, data_option, needs_database
from gateway.clock import SystemClock
from gateway.config import load
from gateway.i18n import gettext_for
from gateway.store import reading
from gateway.web.context import Home
from gateway.web.proofs import HEADS, Proved, shown
from gateway.web.views import Speaker


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
    for line in lines(rows, zones, ZoneInfo(settings.zone), by.gettext):
        click.echo(line)


def lines(
    rows: Iterable[Proved],
    zones: Mapping[str, ZoneInfo],
    ours: ZoneInfo,
    say: Callable[[str], str],
) -> Iterator[str]:
    """Yield how many there are of each sort, then all of them.

    Args:
        rows: what needs a look first.
        zones: of the homes, by id.
        ours: the gateway's own.
        say: what a text is in the language of this call.
    """
    found: dict[str, list[Proved]] = {head: [] for head in HEADS}
    for row in rows:
        found[row.head].append(row)
    names = sorted({str(zone) for zone in (ours, *zones.values())})
    yield say("Times are local: %(zones)s") % {"zones": ", ".join(names)}
    for head, own in found.items():
        yield f"{say(HEADS[head])}: {len(own)}"
        for row in own:
            zone = zones.get(row.household, ours)
            yield _line(row, zone, say, is_zone_said=len(names) > 1)


def _line(row: Proved, zone: ZoneInfo, say: Callable[[str], str], *, is_zone_said: bool) -> str:
    name = row.name if row.name == row.of or not row.household else f"{row.name} ({row.of})"
    at = "" if row.at is None else f"{row.at.astimezone(zone):%Y-%m-%d %H:%M}"
    if at and is_zone_said:
        at = f"{at} {zone}"
    doubt = say("not confirmed in a drill") if row.is_unanswered else ""
    if doubt and row.proof.asked_at is not None:
        doubt = f"{doubt} ({row.proof.asked_at.astimezone(zone):%Y-%m-%d})"
    return "  " + "  ".join(filter(None, [at, row.kind, name, row.way, row.how, doubt]))


def _record(row: Proved) -> dict[str, str | None]:
    proof = row.proof
    return {
        "kind": proof.kind,
        "name": proof.name,
        "path": proof.path,
        "household": row.household,
        "state": row.head,
        "proven_at": proof.proven_at.isoformat() if proof.proven_at else None,
        "asked_at": proof.asked_at.isoformat() if proof.asked_at else None,
        "how": proof.how,
    }
