"""`guanai evaluate`: how well detection does on recorded data, printed as tables."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from alerting.detection import DETECTORS
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.out import OutDetector
from alerting.words import Words
from gateway.cli.bilingual import Command, Group, UserError, language, option, say
from gateway.cli.progress import progress
from gateway.evaluation import tables
from gateway.evaluation.inactivity import Measured, Swept, measure
from gateway.evaluation.recorded import Recorded, RecordedError, read
from gateway.evaluation.recorded import dead as without_sensor

ALONE = (InactivityDetector(), OutDetector())
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
        "走的是和运行时一样的路：先编码再解码，再由引擎判断。方法见 docs/detection.md。"
        "大的录音要几分钟。",
        "Long silence: how soon it is noticed, and how often falsely.\n\n"
        "HOME is a recording (.csv, .csv.gz); NAME.away.csv beside it holds labelled absences. "
        "It goes the way of real messages: encoded, decoded, judged by the engine. "
        "docs/detection.md tells the protocol. Large recordings take minutes.",
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
    _check_names(homes, ends)
    # all before the first is measured: a mistake in the last must not cost an hour
    known = []
    with progress(Words("读取", "reading").said(language()), len(homes)) as step:
        for path in homes:
            known.append(_read(path, ends, dead))
            step()
    swept: Swept = {
        recorded.name: _measured(recorded, settings, f"[{number}/{len(homes)}] {recorded.name}")
        for number, recorded in enumerate(known, 1)
    }
    if as_json:
        click.echo(json.dumps(tables.as_data(swept), ensure_ascii=False, indent=1, allow_nan=False))
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
    click.echo()
    say(tables.LEGEND)


def _measured(recorded: Recorded, settings: Sequence[float], label: str) -> dict[float, Measured]:
    """Measure one home at every setting, and say how far it is."""
    started = time.perf_counter()
    everything = 1.0 if 1.0 in settings else settings[0]
    found: dict[float, Measured] = {}
    with progress(label, len(settings)) as step:
        for setting in settings:
            # everything else that is found does not depend on the setting
            detectors = DETECTORS if setting == everything else ALONE
            found[setting] = measure(recorded, setting, detectors)
            step()
    many, seconds = f"{len(recorded.heard):,}", f"{time.perf_counter() - started:.0f}"
    if sys.stderr.isatty():
        said = Words(f"{label}：{many} 条，{seconds} 秒", f"{label}: {many} events, {seconds} s")
        say(said, error=True)
    return found


def _name(path: Path) -> str:
    return path.name.partition(".")[0]


def _check_names(homes: tuple[Path, ...], ends: dict[str, datetime]) -> None:
    names = [_name(path) for path in homes]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        zh, en = "、".join(twice), ", ".join(twice)
        raise UserError(f"{zh} 写了两次：各户名称要不同", f"{en} is given twice: homes need names")
    for name in ends:
        if name not in names:
            raise UserError(
                f"--end {name}：没有这一户；有：{'、'.join(names)}",
                f"--end {name}: no such home; there are: {', '.join(names)}",
            )


def _read(path: Path, ends: dict[str, datetime], dead: str | None) -> Recorded:
    try:
        recorded = read(path, ends.get(_name(path)))
        return without_sensor(recorded, dead) if dead else recorded
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
