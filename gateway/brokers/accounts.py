"""Who may log in at our own broker, and which topics are whose.

A device logs in with its id and may write below `care/v1/<any household>/<its id>/`
and read its prompts; a bridge such as zigbee2mqtt gets the topics named for it.
The file keeps hashes only; a password is shown once, when it is made.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

import msgspec

from devices.topic import ID_CHARS_MAX, is_id
from gateway.brokers.errors import BrokerError

GATEWAY_ACCOUNT = "guanai-gateway"
PASSWORD_BYTES = 18
"""Random bytes in a password we make: too many to guess, short enough to type."""

_HASH_ROUNDS = 101
"""What mosquitto itself takes; enough, as our passwords are random."""
_SALT_BYTES = 12


class Account(msgspec.Struct, frozen=True, gc=False):
    """One device, bridge or program that may log in."""

    name: str
    hash: str
    """As mosquitto's password file has it."""
    topics: tuple[str, ...] = ()
    """Topics it may read and write beside a device's own."""


class Accounts:
    """The accounts in one file of the data folder."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def all(self) -> tuple[Account, ...]:
        """Return every account, by name.

        Raises:
            BrokerError: the file is there and cannot be read.
        """
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=tuple[Account, ...])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.DecodeError) as error:
            raise BrokerError(
                f"无法读取代理账户 {self._file}：{error}",
                f"cannot read the broker's accounts in {self._file}: {error}",
            ) from None

    def provide(self, name: str, topics: tuple[str, ...] = ()) -> str:
        """Make an account, or give an old one a new password; return the password.

        Raises:
            BrokerError: a name or topic that cannot be used, or a file that cannot be written.
        """
        _check(name, topics)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        others = [account for account in self.all() if account.name != name]
        self._save([*others, Account(name, hashed(password), topics)])
        return password

    def remove(self, name: str) -> bool:
        """Remove an account; False if there is none of that name."""
        before = self.all()
        after = [account for account in before if account.name != name]
        self._save(after)
        return len(after) < len(before)

    def _save(self, accounts: list[Account]) -> None:
        ordered = sorted(accounts, key=lambda account: account.name)
        text = msgspec.json.format(msgspec.json.encode(ordered))
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_private(self._file, text)
        except OSError as error:
            raise BrokerError(
                f"无法写入 {self._file}：{error.strerror}",
                f"cannot write {self._file}: {error.strerror}",
            ) from None


def _check(name: str, topics: tuple[str, ...]) -> None:
    if not is_id(name) or name == GATEWAY_ACCOUNT:
        raise BrokerError(
            f"“{name}”不能用作账户名；只用字母、数字、- 和 _，最多 {ID_CHARS_MAX} 个",
            f"{name!r} cannot be an account; use letters, digits, - and _, at most {ID_CHARS_MAX}",
        )
    for topic in topics:
        if not topic or any(ord(character) < 0x20 for character in topic):
            raise BrokerError(
                f"“{topic}”不是主题；写法如 zigbee2mqtt/#",
                f"{topic!r} is not a topic; write e.g. zigbee2mqtt/#",
            )


def hashed(password: str) -> str:
    """Return `password` as mosquitto's password file keeps it (PBKDF2, SHA-512)."""
    salt = os.urandom(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _HASH_ROUNDS)
    return f"$7${_HASH_ROUNDS}${_base64(salt)}${_base64(digest)}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def password_lines(accounts: tuple[Account, ...], gateway_password: str) -> str:
    """Return mosquitto's password file."""
    rows = [f"{GATEWAY_ACCOUNT}:{hashed(gateway_password)}"]
    rows += [f"{account.name}:{account.hash}" for account in accounts]
    return "\n".join(rows) + "\n"


def access_lines(accounts: tuple[Account, ...], *, anonymous: bool) -> str:
    """Return mosquitto's access list; `anonymous` programs may do everything."""
    rows = ["topic readwrite #"] if anonymous else []
    rows += [f"user {GATEWAY_ACCOUNT}", "topic readwrite #", "topic read $SYS/#"]
    for account in accounts:
        if account.topics:
            rows += [f"user {account.name}"]
            rows += [f"topic readwrite {topic}" for topic in account.topics]
    rows += ["pattern write care/v1/+/%u/#", "pattern read care/v1/+/%u/prompt"]
    return "\n".join(rows) + "\n"


def write_private(file: Path, content: bytes | str) -> None:
    """Replace `file` in one step; only its owner may read it.

    Written by root, it belongs to the folder's owner: a technician's `sudo guanai ...`
    must not lock the service out.

    Raises:
        OSError: it cannot be written; the old one is whole.
    """
    data = content.encode() if isinstance(content, str) else content
    new = file.with_name(f"{file.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
        if os.geteuid() == 0:
            folder = file.parent.stat()
            os.fchown(stream.fileno(), folder.st_uid, folder.st_gid)
    new.replace(file)
