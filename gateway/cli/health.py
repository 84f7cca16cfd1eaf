"""`guanai doctor`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from alerting.words import Words
from gateway.cli.bilingual import Command, language
from gateway.cli.options import DATABASE, config_option, data_option
from gateway.doctor import Level, examine

LABELS = {
    Level.OK: Words("正常", "ok  "),
    Level.WARN: Words("注意", "warn"),
    Level.FAIL: Words("故障", "FAIL"),
}
COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command(
    "doctor",
    cls=Command,
    words=Words(
        "检查一切是否就绪：时钟、磁盘、存储、配置、代理、值班台、服务商。\n\n"
        "每项一行，有问题的写明怎么办；不改动任何东西。有“故障”时退出码为 1。",
        "Check that everything is in place: clock, disk, store, configuration, broker, desk, "
        "provider.\n\n"
        "One line each, with what to do; nothing is changed. The exit code is 1 if "
        "anything fails.",
    ),
)
@config_option
@data_option
def doctor(config: Path, data: Path) -> int:
    """Print every finding as it becomes known."""
    return asyncio.run(_examine(config, data))


async def _examine(config: Path, data: Path) -> int:
    failed = False
    async for finding in examine(config, data, DATABASE):
        failed |= finding.level is Level.FAIL
        label = LABELS[finding.level].said(language())
        what, words = finding.what.said(language()), finding.words.said(language())
        click.echo(f"{click.style(label, fg=COLOURS[finding.level])}  {what}: {words}")
    return 1 if failed else 0
