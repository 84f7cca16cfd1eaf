"""What click itself says, in both languages."""

from __future__ import annotations

from collections.abc import Iterable

import click

WORDS = {
    "Options": "选项 Options",
    "Commands": "命令 Commands",
    "Show this message and exit.": "显示本说明。 Show this message and exit.",
}


class Both(click.HelpFormatter):
    """What click itself says of a command, in both languages as all the rest here."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line with the arguments."""
        super().write_usage(prog, args, prefix or "用法 Usage: ")

    def write_heading(self, heading: str) -> None:
        """Write what stands above a list."""
        super().write_heading(WORDS.get(heading, heading))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write a list of names and explanations."""
        said = [(name, WORDS.get(text, text)) for name, text in rows]
        super().write_dl(said, col_max, col_spacing)
