"""What people who answered by text message are told, and how often."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from alerting.delivery import answering
from alerting.delivery.again import again
from alerting.delivery.registered import Extra
from alerting.events import Answer, Changed, Purpose, Refused, Reply
from alerting.incident import Incident, Urgency
from alerting.words import Words
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.phonebook import Known, PhoneBook
from gateway.store.rows import Entry, OutboxRow, RowState

HELP_PER_HOUR_MAX = 5
ANSWER_LIFE = timedelta(minutes=15)
Registered = tuple[str, dict[str, str]]
_FREE: Registered = ("", {})
"""Nothing is registered that says it: it goes where our own words go, or not at all."""
_QUESTION: Registered = (Extra.QUESTION, {})
_ANSWERS = {
    Answer.GOING: "前往",
    Answer.ON_SCENE: "到场",
    Answer.CANNOT: "不能去",
    Answer.MISTAKE: "误报",
}
"""What fills `answer`: whoever takes registered texts only speaks Chinese."""


class SaidBack:
    """Confirms answers and helps those whose texts are not understood."""

    def __init__(
        self,
        clock: Clock,
        book: PhoneBook,
        owe: Callable[[Iterable[OutboxRow]], None],
        counters: Counters,
    ) -> None:
        """Make it; for the parameters see `Inbound`."""
        self._clock = clock
        self._book = book
        self._owe = owe
        self._counters = counters
        self._helped: dict[str, deque[float]] = {}
        self._sent_on: dict[str, frozenset[str]] = {}
        """The incidents for which a phone was told to answer in another way."""
        self._confirmed: dict[tuple[str, str], tuple[datetime, Answer]] = {}

    def help(
        self, id: str, phone: str, known: Known, words: Words, asked: Sequence[Incident] = ()
    ) -> bool:
        """Answer somebody we know, but not without end: two machines could be talking.

        Args:
            id: the text message's.
            phone: whose it is.
            known: a person with this phone.
            words: the helpful answer.
            asked: the incidents this person is still asked about. At the limit the person is
                told once for these how else to answer.

        Returns:
            Whether the person was now told how else to answer.
        """
        key = f"reply/{id}"
        if not self._is_too_often(phone):
            self._send(key, known, words, phone, _purpose(asked), _QUESTION if asked else _FREE)
            return False
        return self._send_on(key, phone, known, asked)

    def _is_too_often(self, phone: str) -> bool:
        """Take note of one more helpful answer; return whether there were too many."""
        now = self._clock.monotonic()
        times = self._helped.setdefault(phone, deque(maxlen=HELP_PER_HOUR_MAX))
        if len(times) == HELP_PER_HOUR_MAX and now - times[0] < 3_600:
            return True
        times.append(now)
        self._sent_on.pop(phone, None)
        return False

    def _send_on(self, key: str, phone: str, known: Known, asked: Sequence[Incident]) -> bool:
        """Tell a person once for these incidents how else to answer; return whether just now."""
        ids = frozenset(incident.id for incident in asked)
        if ids <= self._sent_on.get(phone, frozenset()):
            self._counters.count("reply not answered", phone, "too many within an hour")
            return False
        self._sent_on[phone] = ids | self._sent_on.get(phone, frozenset())
        self._counters.count("reply not answered", phone, "told to call the desk or press a key")
        own, language = known.household.wording, known.responder.language
        words = answering.enough(_desk(known, asked, self._book), own, language)
        self._send(key, known, words, phone, _purpose(asked), _QUESTION if asked else _FREE)
        return True

    def confirm(self, entry: Entry, reply: Reply) -> None:
        """Tell a person what was written down; once for an answer about a whole home."""
        if (known := self._book.responder(entry.household, reply.responder)) is None:
            return
        refused, changed = outcome(entry, reply)
        if reply.answer is Answer.REPEAT and refused is None:
            self._again(known, reply)
            return
        whose, which = (entry.household, reply.responder), (reply.at, reply.answer)
        if self._confirmed.get(whose) == which:
            return
        if refused is None:
            self._confirmed[whose] = which
        code = changed.record.code if changed is not None else ""
        words = refused or answering.recorded(
            changed.change if changed else None,
            reply.answer,
            code,
            known.household.wording,
            known.responder.language,
            is_one_of_several=len(self._book.open_for(known.responder.phone)) > 1,
        )
        key = f"reply/{reply.incident}/{reply.responder}/{_stamp(reply)}-{reply.answer}"
        said = (Extra.RECORDED, {"code": code or "-", "answer": _ANSWERS.get(reply.answer, "-")})
        self._send(key, known, words, known.responder.phone, Purpose.NEWS, said)

    def _again(self, known: Known, reply: Reply) -> None:
        """Say once more what it is about, and how it stands."""
        phone = known.responder.phone
        open_now = [incident for _, incident in self._book.open_for(phone)]
        asked = [incident for incident in open_now if incident.id == reply.incident]
        key = f"again/{reply.incident}/{reply.responder}/{_stamp(reply)}"
        if not asked:
            return
        if self._is_too_often(phone):
            self._send_on(key, phone, known, asked)
            return
        text = again(asked[0], known.responder, known.household, "sms", self._clock.now())
        self._write(key, known, text, phone, _purpose(asked))

    def _send(
        self,
        key: str,
        known: Known,
        words: Words,
        phone: str,
        purpose: Purpose,
        said: Registered = _FREE,
    ) -> None:
        home, language = known.household, known.responder.language
        text = answering.signed(words, home.signature, language, home.wording)
        self._write(key, known, text, phone, purpose, said)

    def _write(
        self,
        key: str,
        known: Known,
        text: str,
        phone: str,
        purpose: Purpose,
        said: Registered = _FREE,
    ) -> None:
        """Owe it; `said`: what a registered text about the same is called, and what fills it."""
        now = self._clock.now()
        home, person = known.household, known.responder
        row = OutboxRow(
            key=key,
            household=home.id,
            incident="",
            responder=person.id,
            channel="sms",
            address=phone,
            purpose=purpose,
            urgency=Urgency.MEDIUM,
            text=text,
            language=person.language,
            state=RowState.LEASED,
            created_at=now,
            due_at=now,
            expires_at=now + ANSWER_LIFE,
            template=said[0],
            variables=said[1],
        )
        self._owe([row])


def _stamp(reply: Reply) -> int:
    return int(reply.at.timestamp() * 1_000)


def outcome(entry: Entry, reply: Reply) -> tuple[Words | None, Changed | None]:
    """Return why a reply was refused, or the first change it made."""
    refused: Words | None = None
    changed: Changed | None = None
    for effect in entry.effects:
        if isinstance(effect, Refused) and effect.incident == reply.incident:
            refused = refused or effect.words
        if isinstance(effect, Changed) and effect.by == reply.responder:
            changed = changed or effect
    return refused, changed


def _desk(known: Known, asked: Sequence[Incident], book: PhoneBook) -> str:
    """Return the telephone number of the desk that waits for the answer."""
    homes = [book.household(incident.household) for incident in asked]
    numbers = [home.desk_phone for home in homes if home is not None and home.desk_phone]
    return numbers[0] if numbers else known.household.desk_phone


def _purpose(asked: Sequence[Incident]) -> Purpose:
    """What an alarm waits for is a question again: no budget of news may keep it back."""
    return Purpose.REMINDER if asked else Purpose.NEWS
