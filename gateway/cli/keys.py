"""Commands that hand out keys: to the desk, to devices, to bridges."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from alerting.words import Words
from gateway.brokers import broker_accounts, reload_accounts
from gateway.cli.bilingual import Command, UserError, language, option, say
from gateway.cli.options import DATABASE, config_option, data_option, needs_folder
from gateway.config import load
from gateway.config.problems import did_you_mean
from gateway.store.store import Store
from gateway.web.access import PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Access, pass_phrase


@click.command(
    "desk-password",
    cls=Command,
    words=Words(
        "换一个值班台口令，并显示出来。\n\n网关正在运行时，重启后生效。",
        "Give the duty desk a new pass phrase, and show it.\n\n"
        "A running gateway takes it at its next start.",
    ),
)
@data_option
@option("--choose", is_flag=True, zh="自己输入口令。", en="Type a pass phrase of your own.")
def desk_password(data: Path, choose: bool) -> None:
    """Replace the pass phrase."""
    needs_folder(data)
    phrase = _typed() if choose else pass_phrase()
    asyncio.run(_change(data, phrase))
    if not choose:
        click.echo(phrase)
    say(
        Words(
            "已更换；网关若正在运行，重启后生效（systemctl restart guanai）。",
            "Changed. If the gateway is running, it takes it after a restart "
            "(systemctl restart guanai).",
        ),
        error=True,
    )


def _typed() -> str:
    words = Words("新口令", "New pass phrase")
    typed = str(click.prompt(_said(words), hide_input=True, confirmation_prompt=True))
    if not PASSWORD_CHARS_MIN <= len(typed) <= PASSWORD_CHARS_MAX:
        raise UserError(
            f"口令须有 {PASSWORD_CHARS_MIN} 至 {PASSWORD_CHARS_MAX} 个字符",
            f"the pass phrase needs {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters",
        )
    return typed


def _said(words: Words) -> str:
    return words.said(language())


async def _change(data: Path, phrase: str) -> None:
    store = Store.open(data / DATABASE)
    try:
        access = await Access.open(store, data)
        await access.change(phrase)
    finally:
        await store.close()


@click.command(
    "provision",
    cls=Command,
    words=Words(
        "让设备 DEVICE 可以登录网关自带的代理，显示用户名和密码（只显示这一次）。\n\n"
        "再执行一次就换新密码。zigbee2mqtt 这样的网桥用 --topic 写明它的主题。",
        "Let DEVICE log in at the gateway's own broker; shows its user name and password, once.\n\n"
        "Done again, it gives a new password. A bridge such as zigbee2mqtt gets its topics "
        "with --topic.",
    ),
)
@click.argument("device")
@option(
    "--topic",
    "topics",
    multiple=True,
    zh="网桥的主题，如 zigbee2mqtt/#；可写多次。",
    en="Topics of a bridge, e.g. zigbee2mqtt/#; may be repeated.",
)
@option("--remove", is_flag=True, zh="不再让它登录。", en="Do not let it log in any more.")
@config_option
@data_option
def provision(device: str, topics: tuple[str, ...], remove: bool, config: Path, data: Path) -> None:
    """Make, renew or remove an account."""
    settings = load(config, serving=False)
    if settings.broker.url:
        raise UserError(
            f"代理 {settings.broker.url} 不是网关启动的；请在那里添加账户",
            f"the broker {settings.broker.url} is not started by the gateway; "
            "add the account there",
        )
    accounts = broker_accounts(data)
    known = {id for home in settings.households.values() for id in home.devices}
    if remove:
        if not accounts.remove(device):
            raise UserError(f"没有账户“{device}”", f"there is no account {device!r}")
        say(Words(f"已删除账户 {device}。", f"The account {device} is removed."))
    else:
        if device not in known and not topics:
            hint = did_you_mean(device, known)
            raise UserError(
                f"配置中没有设备“{device}”{hint.zh}；网桥请用 --topic 写明主题",
                f"the configuration has no device {device!r}{hint.en}; "
                "name a bridge's topics with --topic",
            )
        password = accounts.provide(device, topics)
        click.echo(f"{_said(Words('用户名', 'user name'))}: {device}")
        click.echo(f"{_said(Words('密码', 'password'))}: {password}")
    if reload_accounts(settings.broker, data):
        say(Words("代理已知道。", "The broker knows it already."), error=True)
