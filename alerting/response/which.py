"""Which of the open incidents a person's answer is about, and how to ask.

The question names every incident as `A1004-2`, home and number, and shows one answer in
exactly the form `replies.parse` takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alerting.events import Answer
from alerting.incident import Incident, Response
from alerting.response.replies import Said, as_written
from alerting.words import Words, units

ASK_ZH_MAX = 56
"""UTF-16 units: one message of 70 less a signature of 12 in its brackets."""
ASK_EN_MAX = 150

NO_SUCH_NUMBER = Words("没有这个编号。", "No such number. ")
NOT_UNDERSTOOD = Words("没看懂。", "Not understood. ")
_NOTHING = Words("", "")
_DIGITS = {
    Answer.GOING: "1",
    Answer.ON_SCENE: "2",
    Answer.CANNOT: "3",
    Answer.MISTAKE: "0",
    Answer.REPEAT: "9",
}
REPEATED_MAX = 3
"""So many incidents are told again to whoever asks without saying which."""
_GOES = frozenset({Answer.GOING, Answer.ON_SCENE})
_NOBODY_HAS_IT = frozenset({Response.OPEN, Response.EXHAUSTED})


def in_view_of(said: Said, candidates: Sequence[Incident]) -> Said:
    """Return what was said once it is known which incidents it can be about.

    A number that none of them has, and that may be an answer, is one. Where two readings
    are as good and both fit, none is taken.
    """
    is_fit = any(_fits(said, incident) for incident in candidates)
    if said.other is not None:
        is_sure = said.other.answer is None and len(candidates) < 2
        if is_sure or not any(_fits(said.other, incident) for incident in candidates):
            return said
        return Said(None, "") if is_fit else said.other
    if said.digit is None or is_fit:
        return said
    return Said(said.digit, said.code if said.number else "")


def choose(said: Said, candidates: Sequence[Incident]) -> list[Incident] | Words:
    """Return the incidents meant, or the words to ask the person with.

    Without a code the only open one is meant; with several, the person is asked which. Who
    goes to a home, or is there, goes for all that is open in it; those that nobody has yet
    come first. Who cannot, or calls it a mistake, is asked which. Who asks to be told again is
    told of the newest.

    Args:
        said: what they answered.
        candidates: the incidents that are open and of which this person was told.
    """
    if not candidates:
        return Words("目前没有等您答复的事件。", "Nothing is waiting for your answer now.")
    meant = [incident for incident in candidates if _fits(said, incident)]
    if not meant:
        return ask(candidates, NO_SUCH_NUMBER, said.answer)
    if said.answer is Answer.REPEAT:
        return sorted(meant, key=lambda incident: incident.opened_at)[-REPEATED_MAX:]
    if len(meant) == 1 or (said.answer in _GOES and _is_home(said, meant)):
        return sorted(meant, key=lambda incident: incident.response not in _NOBODY_HAS_IT)
    return ask(meant, answer=said.answer)


def ask(
    candidates: Sequence[Incident], first: Words = _NOTHING, answer: Answer | None = None
) -> Words:
    """Return the words to ask with which of the open incidents a person means.

    What does not fit into one message is left out of the list, never out of the form.

    Args:
        candidates: those that may be meant, at least one.
        first: what to say before.
        answer: what the person means to answer, for the form shown; None: not known.
    """
    digit = _DIGITS.get(answer, "1") if answer is not None else "1"
    ordered = sorted(candidates, key=lambda one: (one.code, len(one.number), one.number))
    names = [_name(incident) for incident in ordered]
    count = len(names)

    def zh(shown: Sequence[str]) -> str:
        more = "等" if len(shown) < count else ""
        return f"{first.zh}有{count}件：{'、'.join(shown)}{more}。请回复如“{digit} {names[0]}”。"

    def en(shown: Sequence[str]) -> str:
        more = ", ..." if len(shown) < count else ""
        listed = ", ".join(shown)
        return f'{first.en}{count} open: {listed}{more}. Please reply e.g. "{digit} {names[0]}".'

    return Words(_longest(zh, names, ASK_ZH_MAX), _longest(en, names, ASK_EN_MAX))


def _longest(make: Callable[[Sequence[str]], str], names: list[str], most: int) -> str:
    """Return the question with as many names as fit, at least one."""
    shown = len(names)
    while shown > 1 and units(make(names[:shown])) > most:
        shown -= 1
    return make(names[:shown])


def _name(incident: Incident) -> str:
    return f"{incident.code}-{incident.number}" if incident.code else incident.number


def names(said: Said, code: str, id: str) -> bool:
    """Return whether the answer names the incident `id` of the home called `code`."""
    number = id.rpartition("-")[2].lstrip("0")
    if said.number and said.number.lstrip("0") != number:
        return False
    if not said.code:
        return bool(said.number)
    if said.code in (as_written(code), as_written(id)):
        return True
    before, _, last = said.code.rpartition("-")
    is_numbered = not said.number and last.lstrip("0") == number
    return is_numbered and before in ("", as_written(code))


def _is_home(said: Said, meant: Sequence[Incident]) -> bool:
    return bool(said.code) and all(said.code == as_written(one.code) for one in meant)


def _fits(said: Said, incident: Incident) -> bool:
    return not (said.code or said.number) or names(said, incident.code, incident.id)
