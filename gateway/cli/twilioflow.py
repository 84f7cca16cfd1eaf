"""The `twilio-flow` command: installs the Studio flow that takes keys in calls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from alerting.words import Words
from gateway.cli.bilingual import Command, UserError, option, say
from gateway.cli.options import config_option
from gateway.config import load
from gateway.config.provider import twilio_access
from gateway.transports.settings import TwilioAccess
from gateway.transports.studio_flow import definition
from gateway.transports.transport import SendError

NAME = "guanai"


@click.command(
    "twilio-flow",
    cls=Command,
    words=Words(
        "把收按键的通话流程装到 Twilio 账户里，并说出它的编号。\n\n"
        "没有公网地址时，电话里按的键由它收下，网关去问。编号写进 [twilio] studio_flow。",
        "Install the flow that takes keys in calls in the Twilio account, and print its id.\n\n"
        "Without a public address it keeps the key that was pressed, and the gateway asks for it. "
        "Write the id into [twilio] studio_flow.",
    ),
)
@config_option
@option(
    "--print",
    "only_print",
    is_flag=True,
    zh="只打印流程（JSON），自己在控制台导入。",
    en="Only print the flow (JSON), to import it in the console.",
)
def twilio_flow(config: Path, only_print: bool) -> None:
    """Publish the flow."""
    settings = load(config, serving=False)
    if settings.twilio is None:
        raise UserError("配置里没有 [twilio]", "there is no [twilio] in the configuration")
    access = twilio_access(settings.twilio)
    flow = definition(access.account.detect_machines)
    if only_print:
        click.echo(flow)
        return
    if not access.auth_tokens:
        raise UserError(
            "读不到 Twilio 的密钥；请用 sudo", "the Twilio token cannot be read; use sudo"
        )
    try:
        sid = asyncio.run(_install(access, flow))
    except SendError as error:
        raise UserError(f"Twilio 没有接受：{error}", f"Twilio did not take it: {error}") from error
    say(
        Words(
            f'已安装。请在 [twilio] 里写 studio_flow = "{sid}"，再重新启动网关。',
            f'Installed. Write studio_flow = "{sid}" into [twilio], and start the gateway again.',
        )
    )


async def _install(access: TwilioAccess, flow: str) -> str:
    from gateway.transports.twilio_library import Library

    library = Library(access)
    try:
        return await library.install(flow, NAME)
    finally:
        await library.close()
