"""The group, and its commands in the order of a technician's day."""

from __future__ import annotations

import click

from alerting.words import Words
from gateway.cli.asking import check_config, quarantine, version, who_would_be_told
from gateway.cli.backtesting import backtest
from gateway.cli.bilingual import LANGUAGES, Group, option
from gateway.cli.covering import coverage
from gateway.cli.evaluating import evaluate
from gateway.cli.evaluating_falls import falls
from gateway.cli.health import doctor
from gateway.cli.keys import desk_password, provision
from gateway.cli.replaying import replay
from gateway.cli.starting import demo, feed, run, simulate
from gateway.cli.twilioflow import twilio_flow
from gateway.cli.wording import words_of_messages


@click.group(
    cls=Group,
    words=Words(
        "关爱网关：老人一按，就有人来。\n\n"
        "先看 guanai demo（演示），再写配置、用 check-config 检查，然后 run。",
        "Guanai care gateway: an elder presses a button, and a human being comes.\n\n"
        "Start with `guanai demo`; then write a configuration, check it, and run it.",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@option(
    "--lang",
    type=click.Choice(LANGUAGES),
    expose_value=False,
    zh="说明和结果用的语言（默认按系统语言）。",
    en="Language of explanations and results (default: the system's).",
)
def guanai() -> None:
    """Hold the commands together."""


COMMANDS = (
    demo,
    check_config,
    who_would_be_told,
    run,
    doctor,
    provision,
    desk_password,
    words_of_messages,
    twilio_flow,
    quarantine,
    coverage,
    replay,
    backtest,
    evaluate,
    feed,
    simulate,
    version,
)

evaluate.add_command(falls)
for _command in COMMANDS:
    guanai.add_command(_command)
