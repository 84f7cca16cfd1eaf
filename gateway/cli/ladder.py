"""The answer to `who-would-be-told`, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerting.events import Change
from alerting.household import IncidentKind, Policy, Way
from alerting.words import Words
from gateway.foresight import Moment
from gateway.i18n import gettext_for
from gateway.web import labels

_FIRST = ("先问老人是否没事", "the resident is asked first, are you all right")
_ASKED_FIRST = frozenset({IncidentKind.FALL, IncidentKind.INACTIVITY})


def lines(
    moments: Iterable[Moment], start: datetime, policy: Policy, zone: ZoneInfo
) -> Iterator[Words]:
    """Yield what a technician reads: minutes from `start`, local time, tier, people and ways."""
    round_shown, was_asked = 1, False
    if policy.quiet is not None:
        begin, end = policy.quiet
        yield Words(
            f"          {begin} 至 {end} 免打扰，紧急的除外",
            f"          quiet from {begin} to {end}, except what is urgent",
        )
    for moment in moments:
        head = f"{_after(moment.at - start):>8}  {moment.at.astimezone(zone):%H:%M}  "
        match moment.change:
            case Change.ASKED:
                yield from _asked(head, moment, start, again=was_asked)
                was_asked = True
            case Change.STEPPED:
                if moment.round != round_shown:
                    round_shown = moment.round
                    yield Words(
                        f"          第 {round_shown} 轮（共 {policy.rounds} 轮）",
                        f"          round {round_shown} of {policy.rounds}",
                    )
                yield from _people(head, moment, explain=moment.round == 1)
            case Change.CALLED_IN:
                yield Words(f"{head}{moment.words.zh}", f"{head}{moment.words.en}")
                yield from _people(" " * len(head), moment, explain=True)
            case Change.EXHAUSTED:
                yield Words(
                    f"{head}所有人都通知过了，没有人应答：值班台显示“无人应答”",
                    f"{head}everybody was told and nobody answered: the desk shows it",
                )
            case _:
                every = _after(policy.repeat_every)
                units = str.maketrans({"h": "小时", "m": "分钟", "s": "秒"})
                yield Words(
                    f"{head}再通知所有人；此后每 {every[1:].translate(units)}一次，直到有人应答",
                    f"{head}everybody is told again; then every {every[1:]}, "
                    "until a person answers",
                )


def on_asking(moments: Sequence[Moment], kind: IncidentKind, start: datetime) -> Iterator[Words]:
    """Yield when a resident is asked first and when not, where that is not seen from the ladder."""
    is_asked = any(one.change is Change.ASKED for one in moments)
    if is_asked and kind is IncidentKind.FALL:
        yield Words(
            "          撞击很重、毫无疑问的跌倒不问老人，立即通知",
            "          a fall beyond doubt is not asked about: people are told at once",
        )
    if is_asked or kind not in _ASKED_FIRST or not moments or moments[0].at > start:
        return  # at an hour at which nobody is called, nobody is asked either
    zh, en = "", ""
    if kind is IncidentKind.FALL:
        zh, en = "家里没有会说话的设备，", "no device at home speaks, and "
    yield Words(
        f"          不先问老人：{zh}打不通老人的电话"
        "（住户没有 phone、[elder] calls、没有能打电话的途径）",
        f"          the resident is not asked first: {en}no call reaches them "
        "(no phone of theirs, [elder] calls, or no path that can call it)",
    )


def _asked(head: str, moment: Moment, start: datetime, *, again: bool) -> Iterator[Words]:
    """Say how the resident is asked, and what follows from each answer, and when."""
    margin = " " * len(head)
    people = [
        (f"{one.responder.name} {one.responder.phone}  ", _way(way))
        for one in moment.people
        for way in one.ways
    ]
    zh = [f"{who}{way.zh}" for who, way in people] + [one.zh for one in moment.devices]
    en = [f"{who}{way.en}" for who, way in people] + [one.en for one in moment.devices]
    how = ("再问老人一次", "the resident is asked once more") if again else _FIRST
    yield Words(f"{head}{how[0]}：{'；'.join(zh)}", f"{head}{how[1]}: {'; '.join(en)}")
    if again:
        return
    for person in moment.people:
        for reason in person.why_not:
            yield Words(f"{margin}  - {reason.zh}", f"{margin}  - {reason.en}")
    if moment.due_at is not None:
        due = _after(moment.due_at - start)
        yield Words(
            f"{margin}  没事（按 1）：结案；需要帮助（按 2）：立即通知；"
            f"{due} 仍无答复：按需要帮助通知",
            f"{margin}  well (key 1): closed; help (key 2): people are told at once; "
            f"no answer by {due}: people are told",
        )


def _people(head: str, moment: Moment, *, explain: bool) -> Iterator[Words]:
    margin = " " * len(head)
    tier = moment.tier
    for index, person in enumerate(moment.people):
        before = f"{head}{tier}  " if index == 0 else f"{margin}{_blank(tier)}  "
        one, role = person.responder, said(labels.PEOPLE_ROLES, person.responder.role)
        who = Words(f"{one.name}（{role.zh}）{one.phone}", f"{one.name} ({role.en}) {one.phone}")
        told = [_way(way) for way in person.ways]
        zh = " + ".join(way.zh for way in told) or "通知不到"
        en = " + ".join(way.en for way in told) or "cannot be told"
        yield Words(f"{before}{who.zh}  {zh}", f"{before}{who.en}  {en}")
        for reason in person.why_not if explain else ():
            indent = f"{margin}{_blank(tier)}    - "
            yield Words(indent + reason.zh, indent + reason.en)


def _way(way: Way) -> Words:
    """Return a way as a technician reads it; the paths where there is more than the usual one."""
    name = said(labels.CHANNELS, way.channel)
    if way.paths in ((), ("twilio",)) and not way.is_second:
        return name
    by = " → ".join(way.paths)
    return Words(f"{name.zh}（{by}）", f"{name.en} ({by})")


def said(known: Mapping[Any, str], word: str) -> Words:
    """Return one of the desk's labels in both languages; a word it does not know as it is."""
    text = known.get(word, word)
    return Words(gettext_for("zh")(text), text)


def _blank(text: str) -> str:
    """Return spaces as wide as `text` on a screen: Chinese characters take two."""
    return " " * sum(2 if ord(character) >= 0x2E80 else 1 for character in text)


def _after(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [(hours, "h"), (minutes, "m"), (rest, "s")]
    return "+" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0s")
