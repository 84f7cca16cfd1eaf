"""The answer to `who-would-be-told`, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerting.events import Change
from alerting.household import Policy, Way
from alerting.words import Words
from gateway.foresight import Moment
from gateway.i18n import gettext_for
from gateway.web import labels


def lines(
    moments: Iterable[Moment], start: datetime, policy: Policy, zone: ZoneInfo
) -> Iterator[Words]:
    """Yield what a technician reads: minutes from `start`, local time, tier, people and ways."""
    round_shown = 1
    if policy.quiet is not None:
        begin, end = policy.quiet
        yield Words(
            f"          {begin} 至 {end} 免打扰，紧急的除外",
            f"          quiet from {begin} to {end}, except what is urgent",
        )
    for moment in moments:
        head = f"{_after(moment.at - start):>8}  {moment.at.astimezone(zone):%H:%M}  "
        match moment.change:
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
