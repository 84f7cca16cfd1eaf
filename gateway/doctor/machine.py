"""The machine we run on: Python, user, time, folder, disk, database."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import os
import platform
import shutil
import sqlite3
import stat
import sys
import tempfile
from pathlib import Path

from alerting.words import Words
from gateway.clock import SystemClock
from gateway.doctor.finding import Finding, Level
from gateway.store import reading
from gateway.store.errors import StoreError

PYTHON_MIN = (3, 11)
DISK_FREE_BYTES_MIN = 200_000_000
DISK_FREE_BYTES_GOOD = 1_000_000_000
TOOL_SECONDS_MAX = 5.0
YEAR_MIN = 2026
"""A clock before this has not been set since the machine was made."""


def python() -> Finding:
    """Is this Python new enough?"""
    what = Words("Python", "Python")
    found = f"{platform.python_version()}, {platform.machine()}"
    if sys.version_info < PYTHON_MIN:
        return Finding(
            Level.FAIL, what, Words(f"{found}：须 3.11 以上", f"{found}: needs 3.11 or newer")
        )
    if sys.maxsize <= 2**32:
        return Finding(
            Level.FAIL, what, Words(f"{found}：须 64 位系统", f"{found}: needs a 64-bit system")
        )
    version = importlib.metadata.version("guanai-gateway")
    return Finding(
        Level.OK, what, Words(f"{found}；guanai {version}", f"{found}; guanai {version}")
    )


def user(data: Path) -> Finding:
    """Who are we, and whose is the gateway's data? As root we may look, not run."""
    what = Words("用户", "user")
    owner = data.stat().st_uid if data.is_dir() else None
    if os.geteuid() == 0 and owner:
        return Finding(
            Level.OK,
            what,
            Words(
                f"以 root 检查；网关的数据属于 uid {owner}",
                f"looking as root; the gateway's data belongs to uid {owner}",
            ),
        )
    if os.geteuid() == 0:
        return Finding(
            Level.WARN,
            what,
            Words(
                "以 root 执行；网关请用自己的用户运行（见 docs/INSTALL.md）",
                "running as root; let the gateway have a user of its own (docs/INSTALL.md)",
            ),
        )
    return Finding(Level.OK, what, Words(f"uid {os.geteuid()}", f"uid {os.geteuid()}"))


async def clock() -> Finding:
    """Is the time right?"""
    what = Words("时钟", "clock")
    now = SystemClock().now()
    shown = f"{now:%Y-%m-%d %H:%M} UTC"
    if now.year < YEAR_MIN:
        return Finding(
            Level.FAIL,
            what,
            Words(
                f"{shown}：没有对时；请连接网络或装时钟电池",
                f"{shown}: never set; connect the network, or fit a clock battery",
            ),
        )
    synchronized = await _answer("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if synchronized == "yes":
        return Finding(Level.OK, what, Words(f"{shown}，已对时", f"{shown}, synchronised"))
    if synchronized == "no":
        return Finding(
            Level.WARN,
            what,
            Words(
                f"{shown}，未对时；请执行 timedatectl set-ntp true",
                f"{shown}, not synchronised; run: timedatectl set-ntp true",
            ),
        )
    return Finding(
        Level.WARN,
        what,
        Words(
            f"{shown}；不知是否已对时（没有 timedatectl）",
            f"{shown}; whether it is synchronised is not known (no timedatectl)",
        ),
    )


async def _answer(*command: str) -> str:
    """Return what a tool of the system prints; empty if there is none or it fails."""
    tool = shutil.which(command[0])
    if tool is None:
        return ""
    process = await asyncio.create_subprocess_exec(
        tool,
        *command[1:],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(TOOL_SECONDS_MAX):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return output.decode("utf-8", "replace").strip() if process.returncode == 0 else ""


def folder(data: Path) -> Finding:
    """Can we write, and can nobody else read?"""
    what = Words("数据文件夹", "data folder")
    if not data.is_dir():
        return Finding(
            Level.WARN,
            what,
            Words(f"{data} 还没有；启动时会建立", f"{data} is not there yet; the start makes it"),
        )
    try:
        with tempfile.NamedTemporaryFile(dir=data, prefix=".doctor-") as probe:
            probe.write(b"x")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return Finding(
            Level.FAIL,
            what,
            Words(
                f"{data} 无法写入（{error.strerror}）；请检查属主和磁盘",
                f"{data} cannot be written ({error.strerror}); check its owner and the disk",
            ),
        )
    if data.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding(
            Level.WARN,
            what,
            Words(
                f"别的用户能进入 {data}，里面有个人信息；请执行 chmod 700",
                f"other users can enter {data}, which holds personal data; run chmod 700 on it",
            ),
        )
    return Finding(Level.OK, what, Words(f"{data} 可写", f"{data} can be written"))


def disk(data: Path) -> Finding:
    """Is there room?"""
    what = Words("磁盘", "disk")
    there = next(one for one in (data, *data.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    shown = Words(f"剩余 {free / 1e9:.1f} GB", f"{free / 1e9:.1f} GB free")
    if free < DISK_FREE_BYTES_MIN:
        return Finding(
            Level.FAIL,
            what,
            Words(f"{shown.zh}：快满了，请清理", f"{shown.en}: nearly full, clear it"),
        )
    level = Level.OK if free >= DISK_FREE_BYTES_GOOD else Level.WARN
    return Finding(level, what, shown)


def store(path: Path) -> Finding:
    """Is the database whole?"""
    what = Words("存储", "store")
    if not path.exists():
        return Finding(
            Level.OK, what, Words("还没有；启动时会建立", "not there yet; the start makes it")
        )
    try:
        with contextlib.closing(reading.connect(path)) as db:
            (found,) = db.execute("pragma quick_check(1)").fetchone()
        entries = reading.last_seq(path)
    except (StoreError, sqlite3.Error) as error:
        return Finding(
            Level.FAIL,
            what,
            Words(
                f"{error}；启动时会另存为旁边的文件并重新开始",
                f"{error}; the next start moves it aside and begins anew",
            ),
        )
    if found != "ok":
        return Finding(
            Level.FAIL,
            what,
            Words(
                f"{path} 已损坏（{found}）；请备份后重启，并更换存储卡",
                f"{path} is damaged ({found}); copy it, restart, and replace the card",
            ),
        )
    return Finding(
        Level.OK, what, Words(f"完好，{entries} 条记录", f"sound, {entries} entries in the journal")
    )
