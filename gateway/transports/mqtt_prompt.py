"""Sentences for the resident, published to a native device in the home."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass, Phrase
from devices.prompt import encode_prompt
from devices.topic import native_topic
from gateway.store.rows import PROMPT_CHANNEL, OutboxRow
from gateway.transports.transport import SendError, Submitted

PUBLISH_SECONDS_MAX = 5.0
PART = "prompt"

# to a device it is the same question, answered by the same button
_ON_THE_WIRE = {Phrase.CALL_BACK: Phrase.ALL_RIGHT}

Publish = Callable[[str, bytes, int], Awaitable[None]]
"""Publishes a payload at a QoS and returns once the broker has it."""


class MqttPrompt:
    """Publishes prompts at QoS 1, never retained: an old sentence must not be said later.

    The broker's word is the last we hear: whether the loudspeaker spoke, nobody tells.
    """

    name = "mqtt"
    channels = (PROMPT_CHANNEL,)
    keeps_track = False

    def __init__(self, publish: Publish) -> None:
        self._publish = publish

    async def warm(self) -> None:
        """Do nothing: the broker's session is somebody else's."""

    async def send(self, row: OutboxRow) -> Submitted:
        """Publish one sentence.

        Raises:
            SendError: the broker did not take it in time, or it cannot be said.
        """
        if row.phrase is None:
            raise SendError(ErrorClass.CONFIGURATION, f"{row.key}: a prompt needs a phrase")
        try:
            topic = native_topic(row.household, row.address, PART)
            payload = encode_prompt(
                key=row.key,
                phrase=_ON_THE_WIRE.get(row.phrase, row.phrase),
                text=row.text,
                language=row.language,
                expires_at=row.expires_at,
            )
        except ValueError as error:
            raise SendError(ErrorClass.CONFIGURATION, f"{row.key}: {error}") from error
        try:
            async with asyncio.timeout(PUBLISH_SECONDS_MAX):
                await self._publish(topic, payload, 1)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever the MQTT library raises: the broker is not there
            raise SendError(ErrorClass.TRANSIENT, f"not published: {error!r}") from error
        return Submitted(row.key, Progress(DeliveryState.ACCEPTED))

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Return None: a broker cannot be asked; a device drops a key it has already said."""
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        """Return that it was handed over."""
        return Progress(DeliveryState.DELIVERED, final=True)

    async def recall(self, row: OutboxRow) -> Progress | None:
        """Return None: what was published is said."""
        return None

    async def close(self) -> None:
        """Do nothing: the broker's session is somebody else's."""
