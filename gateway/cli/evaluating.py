"""`guanai evaluate`: how well detection does on recorded data, printed as tables."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from alerting.detection import DETECTORS
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.out import OutDetector
from alerting.words import Words
from gateway.cli.bilingual import Command, Group, UserError, option, say
from gateway.evaluation import tables
from gateway.evaluation.inactivity import Swept, measure
from gateway.evaluation.recorded import Recorded, RecordedError, read
from gateway.evaluation.recorded import dead as without_sensor

SETTINGS = (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)


@click.group(
    "evaluate",
    cls=Group,
    words=Words("用录下的数据检验判断得有多好。", "See how well detection does on recorded data."),
)
def evaluate() -> None:
    """Hold the evaluations together."""


@evaluate.command(
    "inactivity",
    cls=Command,
    words=Words(
        "长时间没有动静：多快发现，多常误报。\n\n"
        "HOME 是录音（.csv、.csv.gz），旁边的 NAME.away.csv 是标注的外出。"
        "走的是和运行时一样的路：先编码再解码，再由引擎判断。方法见 docs/detection.md。",
        "Long silence: how soon it is noticed, and how often falsely.\n\n"
        "HOME is a recording (.csv, .csv.gz); NAME.away.csv beside it holds labelled absences. "
        "It goes the way of real messages: encoded, decoded, judged by the engine. "
        "docs/detection.md tells the protocol.",
    ),
)
@click.argument("homes", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@option(
    "--per-month",
    multiple=True,
    type=click.FloatRange(min=0.01, max=100),
    zh="只用这些设置（每月误报次数）；不写则试许多，按同样的误报次数比较。",
    en="Only these settings; without it many are tried, to compare at equal false alarms.",
)
@option(
    "--end",
    multiple=True,
    metavar="NAME=TIME",
    zh="某户只用到这个时间，如 kasterenA=2008-03-21T19:12。",
    en="Use a home only until this time, e.g. kasterenA=2008-03-21T19:12.",
)
@option(
    "--dead",
    type=click.Choice(["entrance", "busiest"]),
    zh="检验期的后一半：去掉大门门磁，或最常触发的人体感应。",
    en="Take away the entrance sensor, or the busiest motion sensor, for the second half.",
)
@option("--json", "as_json", is_flag=True, zh="输出 JSON。", en="Print JSON.")
def inactivity(
    homes: tuple[Path, ...],
    per_month: tuple[float, ...],
    end: tuple[str, ...],
    dead: str | None,
    as_json: bool,
) -> None:
    """Print the tables."""
    ends = dict(_end(text) for text in end)
    settings = sorted(set(per_month)) or SETTINGS
    everything = 1.0 if 1.0 in settings else settings[0]
    swept: Swept = {}
    for number, path in enumerate(homes, 1):
        started = time.perf_counter()
        recorded = _read(path, ends)
        if dead:
            recorded = without_sensor(recorded, dead)
        swept[recorded.name] = {
            # everything else that is found does not depend on the setting
            setting: measure(
                recorded,
                setting,
                DETECTORS if setting == everything else (InactivityDetector(), OutDetector()),
            )
            for setting in settings
        }
        done = f"[{number}/{len(homes)}] {recorded.name}"
        many, seconds = f"{len(recorded.heard):,}", f"{time.perf_counter() - started:.0f}"
        say(
            Words(f"{done}：{many} 条，{seconds} 秒", f"{done}: {many} events, {seconds} s"),
            error=True,
        )
    if as_json:
        click.echo(json.dumps(tables.as_data(swept), ensure_ascii=False, indent=1))
        return
    say(
        Words(
            "多少小时后发现（各户同等权重），每 30 天误报几次：",
            "Hours until noticed (homes count alike), and false alarms per 30 days:",
        )
    )
    for line in tables.as_text(swept):
        click.echo(line)
    click.echo()
    for line in tables.beside(swept):
        click.echo(line)


def _read(path: Path, ends: dict[str, datetime]) -> Recorded:
    try:
        return read(path, ends.get(path.name.partition(".")[0]))
    except RecordedError as error:
        raise UserError(f"不能检验 {error}", f"cannot evaluate {error}") from None


def _end(text: str) -> tuple[str, datetime]:
    name, equals, moment = text.partition("=")
    try:
        if not equals:
            raise ValueError
        return name, datetime.fromisoformat(moment).replace(tzinfo=UTC)
    except ValueError:
        raise UserError(
            f"--end {text}：应为 名称=时间，如 kasterenA=2008-03-21T19:12",
            f"--end {text}: expected NAME=TIME, e.g. kasterenA=2008-03-21T19:12",
        ) from None
