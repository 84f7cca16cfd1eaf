"""A command that is written wrongly is explained in the language of the call."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest


def said(language: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "gateway", "--lang", language, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    return done.stderr.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("frobnicate",), "没有命令 frobnicate"),
        (("docter",), "是否想写“doctor”"),
        (("who-would-be-told",), "缺少 --household"),
        (("who-would-be-told", "-k", "x", "--household", "h"), "--kind 只能是：emergency、fall"),
        (("replay", "/no/file"), "SOURCE 用不了（没有，或不能读）：/no/file"),
        (("run", "--houshold"), "没有选项 --houshold"),
        (("doctor", "--data"), "选项 --data 后面要写值"),
        (("version", "twice"), "多出了 twice"),
    ],
)
def test_in_chinese_nothing_is_left_in_english(arguments: tuple[str, ...], words: str) -> None:
    line = said("zh", *arguments)
    assert line.startswith("命令写得不对：")
    assert words in line
    assert not re.search(r"\b(No|not|such|is|Invalid|Missing|does)\b", line)


def test_in_english_a_mistyped_command_is_guessed() -> None:
    assert said("en", "docter") == "Error: No such command 'docter'. Did you mean 'doctor'?"
