"""One answered call carrying out its document, verb by verb."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin

from simulators.carrier.agenda import Timer
from simulators.carrier.network import Network, describe
from simulators.carrier.records import Source
from simulators.carrier.twiml import (
    Gather,
    Hangup,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
    Sound,
    TwimlError,
    Verb,
    parse,
)
from simulators.carrier.webhooks import CameBack, usable
from simulators.phones.exchange import LineKind, Spoken

DOCUMENTS_MAX = 50
"""How many documents one call may ask for before it is taken for a loop."""
PLAY_SECONDS = 3.0
APOLOGY = "We are sorry, an application error has occurred. Goodbye."
RETRIEVAL_FAILURE = 11200
INVALID_URL = 11100
LOOP = 11205


class Conversation:
    """Speaks, asks and listens until the document, the person or an error ends it.

    `says(at, line)` takes every line of the transcript, `asks(at, asked)` whether a key
    is awaited, `ends(at)` the end; `form()` gives the parameters of requests.
    """

    def __init__(
        self,
        network: Network,
        sid: str,
        source: Source,
        form: Callable[[], dict[str, str]],
        says: Callable[[datetime, Spoken], None],
        asks: Callable[[datetime, bool], None],
        ends: Callable[[datetime], None],
    ) -> None:
        self._network = network
        self._sid = sid
        self._source = source
        self._form = form
        self._says = says
        self._asks = asks
        self._ends = ends
        self._verbs: list[Verb] = []
        self._sounds: list[Sound] = []
        self._gather: Gather | None = None
        self._keys = ""
        self._url = source.url
        self._documents = 0
        self._epoch = 0
        self._over = False
        self._timer: Timer | None = None

    # ---------------------------------------------------------------- from outside

    def start(self, now: datetime) -> None:
        """Begin with the call's document."""
        if self._source.url:
            self._fetch(now, self._source.url, self._source.method, {})
        else:
            self._load(now, self._source.twiml.encode())

    def replace(self, now: datetime, source: Source) -> None:
        """Drop what is being said and go on with another document."""
        self._pause_everything(now)
        self._source, self._url = source, source.url
        self.start(now)

    def stop(self) -> None:
        """Say and ask no more; the call is over."""
        self._over = True
        self._epoch += 1
        if self._timer is not None:
            self._timer.cancel()

    def press(self, now: datetime, key: str) -> None:
        """A key was pressed; it counts only while one is asked for."""
        self._says(now, Spoken(at=now, kind=LineKind.PRESSED, text=key))
        gather = self._gather
        if gather is None or self._over:
            return
        self._sounds.clear()
        if key == gather.finish:
            self._collected(now, key)
            return
        self._keys += key
        if gather.digits and len(self._keys) >= gather.digits:
            self._collected(now, "")
        else:
            self._wait(now, gather.timeout_s, self._waited)

    # ---------------------------------------------------------------- documents

    def _fetch(self, now: datetime, url: str, method: str, extra: dict[str, str]) -> None:
        target = urljoin(self._url, url) if self._url else url
        if not usable(target):
            self._fail(now, INVALID_URL, f"{url!r} is no address to ask for a document")
            return
        self._pause_everything(now)
        epoch = self._epoch
        form = self._form() | extra

        def answered(at: datetime, result: CameBack) -> None:
            if self._over or epoch != self._epoch:
                return
            if not result.fine:
                self._fall_back(at, target, describe(result))
                return
            self._url = target.partition("#")[0]
            self._load(at, result.body)

        delay = self._network.timing.webhook_s
        self._network.request(now, delay, "document", self._sid, method, target, form, answered)

    def _fall_back(self, now: datetime, url: str, what: str) -> None:
        source = self._source
        if not source.fallback_url:
            self._fail(now, RETRIEVAL_FAILURE, f"{url}: {what}")
            return
        self._network.warn(now, self._sid, RETRIEVAL_FAILURE, f"{url}: {what}")
        self._source = Source(url=source.fallback_url, method=source.fallback_method)
        extra = {"ErrorCode": str(RETRIEVAL_FAILURE), "ErrorUrl": url}
        self._fetch(now, source.fallback_url, source.fallback_method, extra)

    def _load(self, now: datetime, document: bytes) -> None:
        self._documents += 1
        if self._documents > DOCUMENTS_MAX:
            self._fail(now, LOOP, f"more than {DOCUMENTS_MAX} documents in one call: a loop")
            return
        try:
            self._verbs = list(parse(document))
        except TwimlError as error:
            self._fail(now, error.code, str(error))
            return
        self._go_on(now)

    def _fail(self, now: datetime, code: int, message: str) -> None:
        """What the provider does: apologise aloud, and hang up."""
        self._network.warn(now, self._sid, code, message)
        self._pause_everything(now)
        self._verbs = [Hangup()]
        self._says(now, Spoken(at=now, kind=LineKind.NOTE, text=f"application error {code}"))
        self._speak(now, Say(APOLOGY, "en-US", ""), self._go_on)

    # ---------------------------------------------------------------- verbs

    def _go_on(self, now: datetime) -> None:
        """Carry out the next verb; nothing left means the call ends."""
        verb = self._verbs.pop(0) if self._verbs else Hangup()
        match verb:
            case Say() | Pause() | Play():
                self._speak(now, verb, self._go_on)
            case Gather():
                self._gather, self._keys = verb, ""
                self._sounds = list(verb.sounds)
                self._asks(now, True)
                self._prompt(now)
            case Redirect():
                self._fetch(now, verb.url or self._url, verb.method, {})
            case Hangup() | Reject():
                self.stop()
                self._ends(now)

    def _speak(self, now: datetime, sound: Sound, then: Callable[[datetime], None]) -> None:
        match sound:
            case Say():
                line = Spoken(at=now, kind=LineKind.SAID, text=sound.text, language=sound.language)
                self._says(now, line)
                self._wait(now, self._duration(sound.text), then)
            case Pause():
                self._wait(now, sound.seconds, then)
            case Play():
                self._says(now, Spoken(at=now, kind=LineKind.NOTE, text=f"♪ {sound.url}"))
                self._wait(now, PLAY_SECONDS, then)

    def _prompt(self, now: datetime) -> None:
        """Speak what the question holds, then wait for its keys."""
        gather = self._gather
        assert gather is not None
        if self._sounds:
            self._speak(now, self._sounds.pop(0), self._prompt)
        else:
            self._wait(now, gather.timeout_s, self._waited)

    def _waited(self, now: datetime) -> None:
        self._collected(now, "")

    def _collected(self, now: datetime, finished_by: str) -> None:
        gather = self._gather
        assert gather is not None
        keys = self._keys
        self._pause_everything(now)
        if not keys and not gather.on_empty:
            self._go_on(now)
            return
        extra = {"Digits": keys, "msg": "Gather End"}
        if finished_by:
            extra["FinishedOnKey"] = finished_by
        self._verbs = []
        self._fetch(now, gather.action or self._url, gather.method, extra)

    # ---------------------------------------------------------------- time

    def _wait(self, now: datetime, seconds: float, then: Callable[[datetime], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._network.later(now, seconds, then)

    def _pause_everything(self, now: datetime) -> None:
        self._epoch += 1
        self._sounds.clear()
        self._keys = ""
        if self._timer is not None:
            self._timer.cancel()
        if self._gather is not None:
            self._gather = None
            self._asks(now, False)

    def _duration(self, text: str) -> float:
        timing = self._network.timing
        wide = sum(character > "\u2e80" for character in text)
        return wide / timing.speech_cjk_per_s + (len(text) - wide) / timing.speech_latin_per_s
