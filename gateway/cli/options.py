"""Options several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.bilingual import option

CONFIG_FILE = "/etc/guanai/gateway.toml"
DATA_FOLDER = "/var/lib/guanai"
DATABASE = "guanai.db"

config_option = option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    default=CONFIG_FILE,
    envvar="GUANAI_CONFIG",
    show_default=True,
    show_envvar=True,
    zh="配置文件。",
    en="The configuration file.",
)

data_option = option(
    "--data",
    "-d",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA_FOLDER,
    envvar="GUANAI_DATA",
    show_default=True,
    show_envvar=True,
    zh="数据文件夹。",
    en="The data folder.",
)
