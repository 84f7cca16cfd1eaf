"""`[push]`: services that carry a message to an app, through Apprise."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from devices.topic import is_id
from gateway.config.problems import Problems, shown

_URL = re.compile(r"([a-z][a-z0-9]{1,31})://\S+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class PushSection:
    """`[push]`."""

    targets: dict[str, str] = field(default_factory=dict, repr=False)
    target_files: dict[str, str] = field(default_factory=dict)


def check_push(section: PushSection, problems: Problems) -> None:
    """Note names and addresses that cannot be; whether a service exists, the child knows."""
    check_names("push.targets", section.targets, problems)
    check_names("push.target_files", section.target_files, problems)
    for name, url in section.targets.items():
        check_push_url(f"push.targets.{name}", url, problems)


def check_push_url(where: str, url: str, problems: Problems) -> None:
    """Note an address that is none, without showing it: it is a secret."""
    if not _URL.fullmatch(url):
        problems.add(
            where,
            '不是推送地址；写法如 "wecombot://密钥"、"ntfys://主题"（见 docs/push.md）',
            'is not a push address; e.g. "wecombot://key", "ntfys://topic" (see docs/push.md)',
        )


def check_names(where: str, names: Iterable[str], problems: Problems) -> None:
    """Note names that cannot stand in keys and file names."""
    for name in names:
        if not is_id(name):
            problems.add(
                where,
                f"{shown(name)} 不能用作名称；只用字母、数字、- 和 _",
                f"{shown(name)} cannot be a name; use letters, digits, - and _",
            )
