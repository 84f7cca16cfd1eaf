"""Options several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gateway.cli.bilingual import UserError, option

CONFIG_FILE = "/etc/guanai/gateway.toml"
DATA_FOLDER = "/var/lib/guanai"
DATABASE = "guanai.db"


def which_config(zh: str, en: str) -> Callable[[Any], Any]:
    """Return the option that names a configuration file, and says which."""
    return option(
        "--config",
        "-c",
        type=click.Path(path_type=Path),
        default=CONFIG_FILE,
        envvar="GUANAI_CONFIG",
        show_default=True,
        show_envvar=True,
        zh=zh,
        en=en,
    )


config_option = which_config("配置文件。", "The configuration file.")

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


def needs_folder(data: Path) -> None:
    """Make sure that the gateway's data folder is there and ours to look into.

    Raises:
        UserError: it is not.
    """
    if not data.is_dir():
        raise UserError(
            f"没有文件夹 {data}；请用 --data 写明网关的数据文件夹",
            f"there is no folder {data}; name the gateway's data folder with --data",
        )
    if not os.access(data, os.R_OK | os.X_OK):
        raise UserError(
            f"没有权限读取 {data}；请用 sudo",
            f"{data} may not be read by this user; use sudo",
        )


def needs_database(data: Path) -> Path:
    """Return the database in the gateway's data folder.

    Raises:
        UserError: there is none, or we may not look.
    """
    needs_folder(data)
    path = data / DATABASE
    if not path.exists():
        raise UserError(
            f"{data} 中还没有 {DATABASE}：网关没有在这里运行过；请核对 --data",
            f"there is no {DATABASE} in {data}: no gateway has run there; check --data",
        )
    return path
