"""What a call says for the widgets of a flow, as TwiML."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

Json = dict[str, object]

HANG_UP = b"<Response><Hangup/></Response>"


def gather(properties: Json, text: str, url: str) -> bytes:
    """Return a question: its text as often as it is to be said, then what follows silence."""
    spoken = _say(properties, text) * _whole(properties, "loop", 1)
    digits = _whole(properties, "number_of_digits", 0)
    number = f' numDigits="{digits}"' if digits else ""
    seconds = _whole(properties, "timeout", 5)
    action = quoteattr(url)
    question = f'<Gather action={action} timeout="{seconds}"{number}>{spoken}</Gather>'
    silence = f"<Redirect>{escape(url)}?event=timeout</Redirect>"
    return f"<Response>{question}{silence}</Response>".encode()


def say(properties: Json, text: str, url: str) -> bytes:
    """Return a sentence, and what follows it."""
    spoken = _say(properties, text) * _whole(properties, "loop", 1)
    after = f"<Redirect>{escape(url)}?event=audioComplete</Redirect>"
    return f"<Response>{spoken}{after}</Response>".encode()


def _say(properties: Json, text: str) -> str:
    language = quoteattr(str(properties.get("language", "en-US")))
    voice = quoteattr(str(properties.get("voice", "alice")))
    return f"<Say voice={voice} language={language}>{escape(text)}</Say>"


def _whole(properties: Json, name: str, otherwise: int) -> int:
    found = properties.get(name, otherwise)
    return found if isinstance(found, int) else int(str(found))
