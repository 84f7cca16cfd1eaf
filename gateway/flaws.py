"""What is wrong with a wearable's numbers, for the desk's technical page: Chinese and English."""

from __future__ import annotations

import re

FLAWS: tuple[tuple[str, str], ...] = (
    (r"the samples never change", "读数一直不变"),
    (r"the device's clock jumped", "设备时钟跳变"),
    (
        r"it says (\S+) Hz, its time stamps say (\S+) Hz",
        r"设备称采样率 \1 赫兹，按时间戳是 \2 赫兹",
    ),
    (r"full scale with changing sign", "正负满量程来回跳"),
    (r"full scale all the time", "一直满量程"),
    (r"about 9\.8 at rest: m/s² instead of g", "静止时约 9.8：单位是 m/s²，应为 g"),
    (
        r"about 1000 counts at rest: milli-g instead of counts",
        "静止时读数约 1000：单位是毫 g，应为原始计数",
    ),
    (r"(\S+) g at rest: wrongly scaled", r"静止时为 \1 g：比例不对"),
    (
        r"(\S+) g at rest: wrongly scaled, or no gravity",
        r"静止时为 \1 g：比例不对，或没有重力分量",
    ),
    (r"the sign changes all the time", "正负号不停变化"),
    (r"knocks that no body makes were left out", "有人体不可能产生的撞击，未采用"),
    (r"knocks at full scale most of the time were left out", "满量程来回摆动时的撞击，未采用"),
    (r"the sequence began anew without a new boot", "批次号重新开始，设备却没有重启"),
)
"""As the signal stage says it, and in Chinese."""

_PATTERNS = tuple((re.compile(said), zh) for said, zh in FLAWS)


def in_both(flaw: str) -> str:
    """Return a flaw in both languages; one without a translation as it is."""
    for pattern, zh in _PATTERNS:
        if found := pattern.fullmatch(flaw):
            return f"{found.expand(zh)} / {flaw}"
    return flaw
