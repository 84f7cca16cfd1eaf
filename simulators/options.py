"""Options that several commands of the simulators share."""

from __future__ import annotations

from pathlib import Path

import click

config_option = click.option(
    "--config",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="网关的配置文件。 The gateway's configuration file.",
)
broker_option = click.option(
    "--broker",
    default="",
    help="消息代理地址，mqtt://[用户:密码@]主机:端口；默认取自配置文件。 "
    "The broker's address; default: from the configuration.",
)
host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help="监听地址。 Address to listen on."
)
port_option = click.option(
    "--port", default=8801, show_default=True, help="网页端口。 Port of the pages."
)
phone_options = (
    click.option(
        "--carrier-port",
        default=8802,
        show_default=True,
        help="模拟运营商接口的端口。 Port of the simulated carrier's interface.",
    ),
    click.option(
        "--people",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="接电话的人的习惯（文件）。 A file with the habits of those who are called.",
    ),
    click.option(
        "--sms-url",
        default="",
        help="收到回复短信时通知的网址。 Called for every text sent to the account's number.",
    ),
    click.option(
        "--call-url",
        default="",
        help="有人打来电话时询问的网址。 Asked what a call to the account's number hears.",
    ),
    click.option(
        "--modem",
        is_flag=True,
        help="同时模拟 4G 模块，串口是配置中的 [modem] device。 "
        "Also a 4G modem, on the device that [modem] of the configuration names.",
    ),
    click.option(
        "--language",
        type=click.Choice(["zh", "en"]),
        default="zh",
        show_default=True,
        help="电话网页的语言。 Language of the phones' page.",
    ),
)
village_options = (
    broker_option,
    click.option(
        "--speed",
        default=1.0,
        show_default=True,
        help="村民过日子的快慢，60 就是一分钟过一小时；设备的时钟不变。 "
        "How fast the residents live (60: an hour a minute); devices keep the real time.",
    ),
    click.option(
        "--start",
        type=click.DateTime(["%Y-%m-%dT%H:%M"]),
        help="村里从什么时候开始，默认现在。 When it is in the village at first; default: now.",
    ),
    click.option(
        "--seed",
        default="桃花村",
        show_default=True,
        help="同一个种子，同样的日子。 The same seed lives the same days.",
    ),
    click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="记住设备状态的文件夹（重启后接着来）。 Folder in which the village's state is kept.",
    ),
    click.option(
        "--passwords",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="设备的密码，每行“名字:密码”（guanai provision 给出）。 "
        "Passwords of the devices, `name:password` a line.",
    ),
    click.option("--desk", default="", help="值班台的网址，显示在网页上。 Address of the desk."),
)


def village_flags(command: click.decorators.FC) -> click.decorators.FC:
    """Add the options of everything that runs the village."""
    for option in reversed(village_options):
        command = option(command)
    return command


def phone_flags(command: click.decorators.FC) -> click.decorators.FC:
    """Add the options of everything that has phones and a carrier."""
    for option in reversed(phone_options):
        command = option(command)
    return command
