"""Commands that explain themselves in Chinese or English.

click fixes a help text when a command is defined; here it is chosen when it is shown.
The language is the one of `--lang`, else of the environment (`GUANAI_LANG`, then
the locale).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from alerting.words import Words

Function = TypeVar("Function", bound=Callable[..., Any])

LANGUAGES = ("zh", "en")


_arguments: list[str] | None = None


def speak_as(arguments: Sequence[str] | None) -> None:
    """Remember what this call was given: `--lang` holds before the rest is understood."""
    global _arguments
    _arguments = None if arguments is None else list(arguments)


def language() -> str:
    """Return `zh` or `en`: what this call of the command speaks."""
    given = sys.argv[1:] if _arguments is None else _arguments
    for position, word in enumerate(given):
        value = word[len("--lang=") :] if word.startswith("--lang=") else ""
        if word == "--lang" and position + 1 < len(given):
            value = given[position + 1]
        if value in LANGUAGES:
            return value
    for name in ("GUANAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.startswith("zh") else "en"
    return "en"


def say(words: Words, *, error: bool = False) -> None:
    """Print a sentence in the language of this call; `error` to the error stream."""
    click.echo(words.said(language()), err=error)


class UserError(click.ClickException):
    """Something the person at the keyboard can put right; shown without a traceback."""

    def __init__(self, zh: str, en: str) -> None:
        words = Words(zh, en)
        super().__init__(words.said(language()))
        self.words = words

    def show(self, file: Any = None) -> None:
        """Print it in the language of this call."""
        say(Words(f"错误：{self.words.zh}", f"Error: {self.words.en}"), error=True)


class Explained(click.Option):
    """An option with its help in both languages."""

    def __init__(self, *args: Any, words: Words, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "help": words.en})
        self.words = words

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what `--help` shows of this option."""
        self.help = self.words.said(language())
        return super().get_help_record(ctx)


class _Speaks(click.Command):
    """What commands and groups share."""

    words: Words

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence, for the list of commands."""
        text = self.words.said(language())
        return text.split("\n\n")[0].replace("\n", " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the explanation."""
        self.help = self.words.said(language())
        super().format_help_text(ctx, formatter)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line with the arguments."""
        prefix = Words("用法：", "Usage: ").said(language())
        formatter.write_usage(
            ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=prefix
        )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and for a group its commands."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        records = [one.get_help_record(ctx) for one in options]
        with formatter.section(Words("选项", "Options").said(language())):
            formatter.write_dl([record for record in records if record is not None])
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return `--help`, explained in the language of this call."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = Words("显示本说明。", "Show this explanation.").said(language())
        return found


class Command(_Speaks):
    """One command."""

    def __init__(self, *args: Any, words: Words, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words


class Group(_Speaks, click.Group):
    """The command with its commands."""

    def __init__(self, *args: Any, words: Words, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order they were written, not by the alphabet."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        rows = [(name, self.commands[name].get_short_help_str()) for name in self.commands]
        with formatter.section(Words("命令", "Commands").said(language())):
            formatter.write_dl(rows)


def option(*names: str, zh: str, en: str, **settings: Any) -> Callable[[Function], Function]:
    """Add an option explained in both languages."""
    return click.option(*names, cls=Explained, words=Words(zh, en), **settings)
