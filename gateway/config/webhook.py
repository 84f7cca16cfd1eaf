"""`[webhook]`: other systems that are told by signed requests."""

import base64
import binascii
from dataclasses import dataclass, field

from gateway.config.problems import Problems
from gateway.config.push import check_names
from gateway.config.values import ProviderUrl

SECRET_PREFIX = "whsec_"
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64
"""By the Standard Webhooks specification."""


@dataclass(frozen=True, kw_only=True)
class WebhookTargetSection:
    """One entry of `webhook.targets`."""

    url: ProviderUrl
    secret: str = field(default="", repr=False)
    secret_file: str = ""
    second_secret: str = field(default="", repr=False)
    second_secret_file: str = ""
    answers: bool = False


@dataclass(frozen=True, kw_only=True)
class WebhookSection:
    """`[webhook]`."""

    targets: dict[str, WebhookTargetSection] = field(default_factory=dict)


def check_webhook(section: WebhookSection, problems: Problems) -> None:
    """Note names that cannot be; addresses and secrets are checked where they are read."""
    check_names("webhook.targets", section.targets, problems)
    for name, target in section.targets.items():
        if not target.url:
            problems.add(
                f"webhook.targets.{name}.url",
                '是空的；如 "https://town.example.org/alarms"',
                'is empty; e.g. "https://town.example.org/alarms"',
            )


def key_of(where: str, secret: str, problems: Problems) -> bytes:
    """Return the bytes of a secret; what is none is noted, and not shown."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        problems.add(
            where,
            f"不是签名密钥；应为 {SECRET_PREFIX} 加 {SECRET_BYTES_MIN} 到 {SECRET_BYTES_MAX} 字节的"
            f" base64：echo {SECRET_PREFIX}$(openssl rand -base64 32)",
            f"is not a signing secret; expected {SECRET_PREFIX} and the base64 of "
            f"{SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes: "
            f"echo {SECRET_PREFIX}$(openssl rand -base64 32)",
        )
    return key
