"""What we say to the resident through a native device: a sentence, and a light.

Published on the `prompt` part, QoS 1, never retained. A device that finds `expires`
past, or has already said this `key`, says nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from devices.moment import UNIX_MS_MAX, to_ms
from devices.payload import read

PAYLOAD_BYTES_MAX = 4096
TEXT_CHARS_MAX = 200
KEY_CHARS_MAX = 200

PhraseName = Literal[
    "received", "all_right", "calling", "coming", "nobody_yet", "on_scene", "over", "measure_again"
]
"""As `alerting.events.Phrase`; the device picks its recorded voice by it, or speaks the text."""


class Light(msgspec.Struct, frozen=True, gc=False):
    """What those see who do not hear."""

    colour: Literal["amber", "blue", "green", "off"]
    pattern: Literal["steady", "pulse", "blink", "off"]


# that of `measure_again` ends with `expires`: no later sentence would put it out
LIGHTS: dict[str, Light] = {
    "received": Light("amber", "blink"),
    "calling": Light("blue", "pulse"),
    "coming": Light("green", "pulse"),
    "all_right": Light("amber", "pulse"),
    "nobody_yet": Light("blue", "blink"),
    "on_scene": Light("green", "steady"),
    "over": Light("off", "off"),
    "measure_again": Light("blue", "steady"),
}


class PromptMessage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One sentence on the wire."""

    v: Literal[1]
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=KEY_CHARS_MAX)]
    phrase: PhraseName
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_CHARS_MAX)]
    language: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
    """A BCP 47 tag: `zh`, `en`, or of a further catalogue of messages."""
    light: Light
    expires: Annotated[int, msgspec.Meta(ge=0, le=UNIX_MS_MAX)]

    @property
    def expires_at(self) -> datetime:
        """After this (aware UTC) the sentence must not be said any more."""
        return datetime.fromtimestamp(self.expires / 1000, UTC)


_DECODER = msgspec.json.Decoder(PromptMessage)


def encode_prompt(
    *, key: str, phrase: str, text: str, language: str, expires_at: datetime
) -> bytes:
    """Return the payload for a device; the light follows from the phrase.

    Raises:
        ValueError: a phrase or language that is not in the protocol, or a text out of its limits.
    """
    said = {
        "v": 1,
        "key": key,
        "phrase": phrase,
        "text": text,
        "language": language,
        "light": msgspec.to_builtins(LIGHTS.get(phrase, LIGHTS["over"])),
        "expires": to_ms(expires_at),
    }
    return msgspec.json.encode(msgspec.convert(said, PromptMessage))


def decode_prompt(device: str, payload: bytes) -> PromptMessage:
    """Return what `device` is to say.

    Raises:
        PayloadError: not a prompt of this protocol.
    """
    return read(_DECODER, device, payload, PAYLOAD_BYTES_MAX, "a native prompt")
