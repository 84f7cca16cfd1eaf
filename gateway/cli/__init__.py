"""The `guanai` command: everything a technician can start or ask.

Exit codes: 0 all is well; 1 something is wrong, and was said; 2 the command was
written wrongly; 78 the configuration cannot be used; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from alerting.words import Words
from gateway.brokers.errors import BrokerError
from gateway.child import ChildError
from gateway.cli import usage
from gateway.cli.bilingual import language, say, speak_as
from gateway.cli.commands import guanai
from gateway.config import ConfigError
from gateway.store.errors import StoreError

CONFIG_EXIT = 78
"""`EX_CONFIG` of sysexits.h: systemd shows it by name."""
STOPPED_EXIT = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process with its exit code; no traceback for user mistakes."""
    speak_as(arguments)
    try:
        _run(arguments)
    finally:
        speak_as(None)  # the next call has its own


def _run(arguments: Sequence[str] | None) -> None:
    try:
        code = guanai.main(arguments, prog_name="guanai", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(STOPPED_EXIT)
    except click.UsageError as error:
        _explain_usage(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ConfigError as error:
        click.echo(error.said(language()), err=True)
        sys.exit(CONFIG_EXIT)
    except (BrokerError, ChildError) as error:
        say(Words(f"错误：{error.words.zh}", f"Error: {error.words.en}"), error=True)
        sys.exit(1)
    except StoreError as error:
        say(Words(f"错误：{error}", f"Error: {error}"), error=True)
        sys.exit(1)
    except BrokenPipeError:
        # whoever read our output (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(STOPPED_EXIT)
    sys.exit(code if isinstance(code, int) else 0)


def _explain_usage(error: click.UsageError) -> None:
    """Say what is wrong with the command, and where its explanation is."""
    path = error.ctx.command_path if error.ctx is not None else "guanai"
    reason = usage.reason(error)
    say(
        Words(
            f"命令写得不对：{reason.zh}\n用法见：{path} --help",
            f"Error: {reason.en}\nSee: {path} --help",
        ),
        error=True,
    )
