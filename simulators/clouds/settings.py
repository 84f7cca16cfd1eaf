"""Who may use the simulated clouds, with which registered texts and signatures."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

DEMO_KEY_ID = "LTAI0000000000000001"
DEMO_SECRET = "demo-secret-of-the-simulated-cloud"
DEMO_SIGNATURE = "江畔关爱"
BALANCE = 10_000


class Filing(StrEnum):
    """How far a signature or text has come."""

    REVIEWED = "reviewed"
    """Approved, and filed with the operators: it can be used."""
    UNFILED = "unfiled"
    """Approved by the cloud, not yet filed with the operators."""
    PENDING = "pending"


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A registered text."""

    code: str
    text: str
    channel: str = "sms"
    filing: Filing = Filing.REVIEWED


class Tenant(msgspec.Struct, kw_only=True):
    """One cloud's account."""

    key_id: str = DEMO_KEY_ID
    secret: str = DEMO_SECRET
    signatures: dict[str, Filing] = msgspec.field(
        default_factory=lambda: {DEMO_SIGNATURE: Filing.REVIEWED}
    )
    templates: dict[str, Template] = {}
    balance: int = BALANCE
    """Texts and calls left."""
    sms_app: str = "1400006666"
    voice_app: str = "1400006667"
    shown_numbers: tuple[str, ...] = ("05710000000",)
    push_to: str = ""
    """The address before `/sms-report` and the rest; empty: nothing is pushed."""
    returns_context: bool = True
    """Tencent: SessionContext comes back in receipts (switched on per account)."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long things take, in seconds; `pace` stretches all of them."""

    pace: float = 1.0
    sms_s: float = 1.5
    lost_s: float = 4.0
    dialled_s: float = 1.0
    no_answer_s: float = 30.0
    spoken_s: float = 12.0
    push_s: float = 0.2


def tenants(config: Path) -> dict[str, Tenant]:
    """Return the accounts the gateway's configuration names, so that both sides agree.

    Raises:
        ValueError: the file cannot be used.
    """
    try:
        raw = tomllib.loads(config.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{config}: {error}") from None
    found = {}
    for name, key, secret in (
        ("aliyun", "access_key_id", "access_key_secret"),
        ("tencent", "secret_id", "secret_key"),
    ):
        table = raw.get(name)
        if isinstance(table, dict) and table.get(key):
            found[name] = _tenant(name, table, key, secret)
    if not found:
        raise ValueError(f"{config}: neither [aliyun] nor [tencent] names an account")
    return found


def _tenant(name: str, table: dict[str, Any], key: str, secret: str) -> Tenant:
    if not table.get(secret):
        raise ValueError(f"{name}.{secret}: expected the secret in the file itself")
    texts = [
        Template(
            code=str(text.get("code", "")),
            text=str(text.get("text", "")),
            channel=str(text.get("channel", "sms")),
        )
        for text in table.get("text", [])
        if isinstance(text, dict)
    ]
    if table.get("key_text"):
        texts.append(Template(code=table["key_text"], text="收到，谢谢。", channel="voice"))
    return Tenant(
        key_id=str(table[key]),
        secret=str(table[secret]),
        signatures={str(table.get("signature", "")): Filing.REVIEWED},
        templates={text.code: text for text in texts},
        sms_app=str(table.get("sms_app", "")),
        voice_app=str(table.get("voice_app", "")),
        shown_numbers=tuple(filter(None, [str(table.get("shown_number", ""))])),
    )
