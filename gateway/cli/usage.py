"""What is wrong with a command, as click found it, in both languages."""

from __future__ import annotations

import re

import click

from alerting.words import Words
from gateway.config.problems import did_you_mean

_NO_COMMAND = re.compile(r"No such command '(.*?)'")
_EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)")
_NO_VALUE = re.compile(r"Option '(.*)' requires an argument")


def reason(error: click.UsageError) -> Words:
    """Return what to put right; in English as click says it, with what may be meant."""
    en = error.format_message()
    match error:
        case click.MissingParameter():
            return Words(f"缺少 {_name(error)}", en)
        case click.NoSuchOption():
            near = "、".join(error.possibilities or ())
            return Words(
                f"没有选项 {error.option_name}" + (f"；是否想写 {near}？" if near else ""), en
            )
        case click.BadParameter(param=click.Parameter(type=click.Choice(choices=choices))):
            return Words(f"{_name(error)} 只能是：{'、'.join(map(str, choices))}", en)
        case click.BadParameter(param=click.Parameter(type=click.Path())):
            return Words(f"{_name(error)} 用不了（没有，或不能读）：{_last(en)}", en)
        case click.BadParameter():
            return Words(f"{_name(error)} 写得不对：{_last(en)}", en)
    if found := _NO_COMMAND.search(en):
        group = error.ctx.command if error.ctx else None
        known = group.commands if isinstance(group, click.Group) else ()
        hint = did_you_mean(found[1], known)
        return Words(f"没有命令 {found[1]}{hint.zh}", en)
    if found := _EXTRA.search(en):
        return Words(f"多出了 {found[1]}", en)
    if found := _NO_VALUE.search(en):
        return Words(f"选项 {found[1]} 后面要写值", en)
    return Words(en, en)


def _name(error: click.BadParameter) -> str:
    """Return what the person would write: `--household`, or the argument's name."""
    if error.param is None:
        return ""
    return (
        max(error.param.opts, key=len)
        if isinstance(error.param, click.Option)
        else (error.param.human_readable_name)
    )


def _last(message: str) -> str:
    """Return the value a message quotes, else the message."""
    quoted = re.findall(r"'([^']*)'", message)
    return quoted[-1] if quoted else message
