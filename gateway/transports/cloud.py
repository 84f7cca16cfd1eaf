"""What the two mainland clouds have in common: registered texts, references, a wrong clock."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from alerting.delivery.capabilities import MAINLAND
from alerting.delivery.channels import CHANNELS, Channel, Progress, aliyun_errors, tencent_errors
from alerting.delivery.channels.channel import reference
from alerting.delivery.registered import RULES, Unsayable, find, said, values
from alerting.events import ErrorClass
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.cloud_http import CloudHttp, Wire
from gateway.transports.settings import CloudAccess
from gateway.transports.transport import CLOCKS_APART, Door, SendError, as_message

BEIJING = timezone(timedelta(hours=8))
"""Both clouds write times as they are in Beijing."""
REMEMBERED_MAX = 5_000
BY_REFERENCE = "out:"
"""How a provider id begins that is our own reference, where the provider's is not known."""
_NATIONAL_DIGITS = 11
_LIMITS = {"aliyun": aliyun_errors.LIMITS, "tencent": tencent_errors.LIMITS}


class Cloud:
    """A cloud's account; what is not the same for both is in `Aliyun` and `Tencent`."""

    name: str
    keeps_track = True

    def __init__(
        self, access: CloudAccess, clock: Clock, door: Door, wire: Wire | None = None
    ) -> None:
        """Make it; nothing is opened before the first request.

        Args:
            access: our account.
            clock: the time.
            door: where texts and keys come in.
            wire: carries requests; None: the network.
        """
        self.access = access
        self.door = door
        self._clock = clock
        self._http = wire or CloudHttp(access.api_url, access.connect_seconds, access.total_seconds)
        self._channels: dict[str, Channel] = {
            channel.name: channel for channel in CHANNELS if channel.provider == self.name
        }
        self._ahead = timedelta(0)
        """How far their clock is ahead of the machine's, once they refused us for it."""
        self._keys: OrderedDict[str, str] = OrderedDict()

    @property
    def channels(self) -> tuple[str, ...]:
        """Name the channels for which something is registered."""
        carried = {text.channel for text in self.access.account.texts}
        return tuple(name for name in self._channels if name in carried)

    def channel(self, name: str) -> Channel:
        """Return the codec of a medium."""
        return self._channels[name]

    def takes(self, row: OutboxRow) -> bool:
        """Return whether there is a registered text for this message.

        What has none (a free answer to somebody's words) goes another way without a fuss.
        """
        texts = self.access.account.texts
        try:
            find(texts, row.channel, row.template, row.language, row.address)
        except Unsayable:
            return False
        return True

    def key_of(self, *identities: str) -> str | None:
        """Return the key of the message known by one of these references or provider ids."""
        return next((self._keys[one] for one in identities if one in self._keys), None)

    def text_of(self, row: OutboxRow) -> str:
        """Return what the message really says: the registered text, not the row's own."""
        rules = RULES[self.name]
        texts = self.access.account.texts
        try:
            text = find(texts, row.channel, row.template, row.language, row.address)
            filled = values(text, rules, row.variables)
        except Unsayable:
            return ""
        return said(text, rules, filled, self.access.account.sender)

    def with_text(self, news: Progress, row: OutboxRow, content: str = "") -> Progress:
        """Return the news with what was really said, which the desk shows."""
        if news.error is not None or news.detail:
            return news
        return msgspec.structs.replace(news, detail=content or self.text_of(row))

    async def recall(self, row: OutboxRow) -> None:
        """Return None: neither cloud can end what it took."""

    async def close(self) -> None:
        """Close the session."""
        await self._http.close()

    def _now(self) -> datetime:
        """Return the time as the cloud has it."""
        return self._theirs(self._clock.now())

    def _theirs(self, at: datetime) -> datetime:
        """Return a moment of ours as the cloud has it: ours may be ahead of the world."""
        return at.astimezone(UTC) - self._clock.ahead() + self._ahead

    def _learn_time(self, at: datetime | None) -> bool:
        """Take over the cloud's time; return False if it does not help."""
        if at is None or abs(at - self._now()) < CLOCKS_APART:
            return False
        self._ahead += at - self._now()
        return True

    def _parameters(self, row: OutboxRow) -> dict[str, str | tuple[str, ...]]:
        """Return the request for a message.

        Raises:
            SendError: it cannot be said with what is registered.
        """
        message = as_message(row)
        try:
            made = self._channels[row.channel].request(message, self.access.account, self._now())
        except Unsayable as error:
            # words of our own can never be registered: nothing is wrong with the configuration
            kind = ErrorClass.CONFIGURATION if row.template else ErrorClass.UNREACHABLE
            raise SendError(kind, f"{self.name}: {error}") from error
        self._remember(row)
        return made

    def _remember(self, row: OutboxRow, provider_id: str = "") -> None:
        """Know the message again when something is pushed about it."""
        for identity in (reference(row.key), provider_id or row.provider_id):
            if identity:
                self._keys.pop(identity, None)
                self._keys[identity] = row.key
        while len(self._keys) > REMEMBERED_MAX:
            self._keys.popitem(last=False)


def e164(number: str) -> str:
    """Return a number as the clouds write it (`138...`, `86138...`, `+86138...`) in E.164."""
    digits = number.strip().removeprefix("+").removeprefix("0086")
    if len(digits) == _NATIONAL_DIGITS and digits.startswith("1"):
        return MAINLAND + digits
    return f"+{digits}"


def beijing(written: str) -> datetime | None:
    """Return the moment of `2017-09-01 00:00:00` in Beijing; None: it is no such time."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def items(found: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, whatever else may be in it."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def decoded(text: Any) -> dict[str, Any]:
    """Return an object that travels as text; empty: it is none."""
    try:
        found = msgspec.json.decode(text) if isinstance(text, str) else text
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def refused(provider: str, kind: ErrorClass, code: str, message: Any, status: int) -> SendError:
    """Return the error for a refusal the cloud's application made."""
    shown = str(message or "")[:200]
    return SendError(
        kind,
        f"{provider}: {shown}" if shown else f"{provider} refused",
        code=code,
        spent_seconds=_LIMITS[provider].get(code),
        doubtful=kind is ErrorClass.TRANSIENT or status >= 500,
    )
