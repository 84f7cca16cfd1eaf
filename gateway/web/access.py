"""Who may sit at the desk: one pass phrase, hashed; names for the people; growing delays.

There is no default password. At the first start a random pass phrase is made and put
into a file only its owner can read, until somebody changes it.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_FILE = "desk-password"
TEMPORARY_FILE = "desk-password-until-restart"
PASSWORD_CHARS_MIN = 10
PASSWORD_CHARS_MAX = 200
NAME_CHARS_MAX = 20

FREE_FAILURES = 3
"""So many wrong tries cost nothing; each further one doubles the wait."""
WAIT_SECONDS_MAX = 60.0
FORGET_SECONDS = 900.0
SOURCES_MAX = 1_000

_HASH = "desk.password"
_SECRET = "desk.session.secret"

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper
_GROUPS, _GROUP_CHARS = 4, 4

# 46 MiB, once over: as hard to guess as the usual 19 MiB twice over. Memory above 32 MiB
# goes back to the system at once, while 19 MiB for each thread that hashed would stay.
_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)


class SettingsStore(Protocol):
    """Small values that outlive a restart. `gateway.store.store.Store` is one."""

    async def setting(self, name: str) -> str | None:
        """Return what `name` was set to."""

    async def set_settings(self, settings: Mapping[str, str]) -> None:
        """Keep the settings given; others stay."""


class Access:
    """The desk's pass phrase and the secret its sessions are signed with."""

    def __init__(self, settings: SettingsStore, folder: Path, hashed: str, secret: str) -> None:
        self._settings = settings
        self._folder = folder
        self._hash = hashed
        self._one_at_a_time = asyncio.Semaphore(1)  # hashing takes memory
        self.secret = secret

    @classmethod
    async def open(cls, settings: SettingsStore, folder: Path) -> Access:
        """Return the access to the desk; at the first start make its pass phrase.

        Args:
            settings: where the hash and the signing secret are kept.
            folder: where the first pass phrase is written, to `desk-password`.
        """
        hashed, secret = await settings.setting(_HASH), await settings.setting(_SECRET)
        if hashed is None or secret is None:
            return await cls._first(settings, folder)
        return cls(settings, folder, hashed, secret)

    @classmethod
    async def temporary(cls, settings: SettingsStore, folder: Path) -> Access:
        """Return access for this run only: the store cannot be read, the desk must open.

        Its pass phrase is written to `desk-password-until-restart` in `folder`.
        """
        phrase = pass_phrase()
        _write_private(folder / TEMPORARY_FILE, phrase)
        return cls(settings, folder, await _hashed(phrase), secrets.token_urlsafe(32))

    @classmethod
    async def _first(cls, settings: SettingsStore, folder: Path) -> Access:
        phrase = pass_phrase()
        hashed, secret = await _hashed(phrase), secrets.token_urlsafe(32)
        # the file first: a hash whose phrase nobody knows would lock everybody out
        _write_private(folder / PASSWORD_FILE, phrase)
        await settings.set_settings({_HASH: hashed, _SECRET: secret})
        return cls(settings, folder, hashed, secret)

    @property
    def first_password_file(self) -> Path | None:
        """Where the pass phrase of the first start lies, until it is changed."""
        file = self._folder / PASSWORD_FILE
        return file if file.exists() else None

    @property
    def stamp(self) -> str:
        """Name the present pass phrase, so that changing it ends every session."""
        return hmac.new(self.secret.encode(), self._hash.encode(), sha256).hexdigest()[:16]

    async def verify(self, password: str) -> bool:
        """Return whether `password` is right, in about the same time either way."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(_verify, self._hash, password[:PASSWORD_CHARS_MAX])

    async def change(self, password: str) -> None:
        """Set a new pass phrase; everybody has to log in again.

        Raises:
            StoreError: it could not be kept, and nothing changed.
        """
        assert PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX
        hashed = await _hashed(password)
        await self._settings.set_settings({_HASH: hashed})
        self._hash = hashed
        await asyncio.to_thread((self._folder / PASSWORD_FILE).unlink, missing_ok=True)


class Throttle:
    """Growing waits for those who try wrong pass phrases, by name and by address."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_seconds(self, *sources: str) -> float:
        """Return how long the slowest of `sources` still has to wait; 0 if it may try."""
        now = self._monotonic()
        return max(0.0, *(self._free_at(source, now) - now for source in sources))

    def failed(self, *sources: str) -> None:
        """Count a wrong try of each of `sources`."""
        now = self._monotonic()
        for source in sources:
            count, last = self._failures.pop(source, (0, now))
            count = 0 if now - last > FORGET_SECONDS else count
            self._failures[source] = (count + 1, now)
        while len(self._failures) > SOURCES_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, *sources: str) -> None:
        """Forget the wrong tries of `sources`."""
        for source in sources:
            self._failures.pop(source, None)

    def _free_at(self, source: str, now: float) -> float:
        count, last = self._failures.get(source, (0, now))
        if count < FREE_FAILURES:
            return now
        return last + min(WAIT_SECONDS_MAX, 2.0 ** (count - FREE_FAILURES))


def pass_phrase() -> str:
    """Return a new random pass phrase of four groups, about 79 bits."""
    chars = [secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP_CHARS)]
    groups = ("".join(chars[at : at + _GROUP_CHARS]) for at in range(0, len(chars), _GROUP_CHARS))
    return "-".join(groups)


def clean_name(raw: str) -> str | None:
    """Return the name a person gave, tidied; None if it cannot be one.

    Letters, digits, spaces and the dots and dashes of names, at most `NAME_CHARS_MAX`.
    """
    name = " ".join(unicodedata.normalize("NFC", raw).split())
    if not 1 <= len(name) <= NAME_CHARS_MAX:
        return None
    good = all(char.isalnum() or char in " -.·'’" for char in name)
    return name if good and any(char.isalnum() for char in name) else None


async def _hashed(password: str) -> str:
    return await asyncio.to_thread(_HASHER.hash, password)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    # created private: never readable by others, not even for a moment
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
