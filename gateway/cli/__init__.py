"""The `guanai` command: everything a technician can start or ask.

Exit codes: 0 all is well; 1 something is wrong, and was said; 2 the command was
written wrongly; 78 the configuration cannot be used; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from gateway.cli.bilingual import language
from gateway.cli.commands import guanai
from gateway.config import ConfigError

CONFIG_EXIT = 78
"""`EX_CONFIG` of sysexits.h: systemd shows it by name."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process with its exit code; no traceback for user mistakes."""
    try:
        code = guanai.main(arguments, prog_name="guanai", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ConfigError as error:
        click.echo(error.said(language(arguments)), err=True)
        sys.exit(CONFIG_EXIT)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
