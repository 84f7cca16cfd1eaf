"""What a call says, as TwiML: slowly, several times, and asking for a key."""

from __future__ import annotations

from twilio.twiml.voice_response import Gather, Say, VoiceResponse

from alerting.delivery.catalogue import NONE, Own
from alerting.delivery.channels import spoken
from alerting.events import Purpose
from alerting.words import Words
from gateway.transports.settings import Voice
from gateway.transports.transport import Spoken

TIMES = 3
"""How often the message is said: people need to wake up and to find their glasses."""
KEY_SECONDS = 8
"""How long we wait for a key after the last word."""


VOICES: dict[str, Voice] = {
    "zh": Voice("Polly.Zhiyu", "cmn-CN"),
    "en": Voice("Polly.Joanna", "en-US"),
}
"""Voices that understand `<prosody>`; sources in docs/delivery.md."""


class Speaker:
    """Writes TwiML for one account's voices."""

    def __init__(self, voices: dict[str, Voice] | None = None, own: Own = NONE) -> None:
        """Prepare it; `voices` go before ours, and `own` are the installation's words."""
        self._own = own
        self._voices = {**VOICES, **(voices or {})}

    def message(
        self, text: str, language: str, key_url: str, purpose: Purpose = Purpose.ALARM
    ) -> str:
        """Return a whole call: the message, how to answer, and goodbye.

        Args:
            text: the sentence for this person.
            language: of the sentence.
            key_url: where a key press goes; empty: no keys, the person is told to
                answer by text message.
            purpose: what the call is for, which decides its keys and its last words.
        """
        document = VoiceResponse()
        own = self._own
        parts = spoken.parts(text, language, bool(key_url), own=own, purpose=purpose)
        if key_url:
            gather = self._gather(key_url)
            self._say_again_and_again(gather, parts, language)
            document.append(gather)
            document.append(self._say(spoken.goodbye(purpose).worded(own, language), language))
        else:
            self._say_again_and_again(document, parts, language)
        return str(document.to_xml())

    def said(self, said: Spoken, key_url: str) -> str:
        """Return what a person hears next: again and again where a key is waited for, else once.

        Args:
            said: what it is.
            key_url: where the key goes, and that none was pressed.
        """
        document = VoiceResponse()
        if said.wants_key and key_url:
            gather = self._gather(key_url, action_on_empty_result=True)
            self._say_again_and_again(gather, (said.text,), said.language)
            document.append(gather)
        else:
            document.append(self._say(said.text, said.language))
            document.hangup()
        return str(document.to_xml())

    def last_words(self, words: Words, language: str) -> str:
        """Return one sentence and the end of the call."""
        document = VoiceResponse()
        document.append(self._say(words.said(language), language))
        document.hangup()
        return str(document.to_xml())

    def _gather(self, key_url: str, **more: bool) -> Gather:
        return Gather(num_digits=1, timeout=KEY_SECONDS, action=key_url, method="POST", **more)

    def _say_again_and_again(
        self, parent: VoiceResponse | Gather, parts: tuple[str, ...], language: str
    ) -> None:
        for turn in range(TIMES):
            if turn:
                parent.pause(length=1)
            for part in parts:
                parent.append(self._say(part, language))

    def _say(self, text: str, language: str) -> Say:
        voice = self._voices.get(language, self._voices["zh"])
        say = Say(voice=voice.name, language=voice.language)
        # elders' families and neighbours are often elders themselves
        say.prosody(text, rate="slow")
        return say
