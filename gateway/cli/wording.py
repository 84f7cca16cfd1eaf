"""The `wording` command: every message as people would get it, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from alerting.delivery import answering, lint, lint_said, wording
from alerting.delivery.english import TEMPLATES
from alerting.delivery.parts import SIGNATURE_EN
from alerting.delivery.templates import whole
from alerting.events import Phrase
from alerting.household import Household, IncidentKind, Policy, Resident, Responder, Step, Way
from alerting.incident import Incident, Outcome
from alerting.orders import About, Say, Tell
from alerting.words import Words, units
from gateway.cli.bilingual import Command, Group, UserError, option, say
from gateway.config import load
from gateway.config.values import TAG
from gateway.config.wording import installed, shipped
from gateway.foresight import URGENCIES

_ABROAD, _MAINLAND = "+85251000001", "+8613800000006"
_AT = datetime(2026, 3, 2, 0, 54, tzinfo=UTC)
_SINCE = _AT - timedelta(minutes=12)
_EXAMPLES = {
    "called": "王奶奶",
    "who": "王芳",
    "minutes": "20",
    "count": "2",
    "code": "A1001",
    "desk": "023-12345678",
}
_EXAMPLE = Household(
    id="h1",
    code="A1001",
    name="王秀兰家",
    zone="Asia/Shanghai",
    residents=(Resident("王秀兰", "王奶奶"),),
    devices={},
    policies={},
    place="桃花村3组12号",
    desk_phone="023-12345678",
)


@click.group(
    "wording",
    cls=Group,
    invoke_without_command=True,
    words=Words(
        "列出某类事件的每条消息：实际发出的样子，以及长度；然后是按键说明、答复后的确认、"
        "对老人说的话和演练，前面是名称。\n\n"
        "短信后面是单位数（中文一条最多 70）；不会真的发送。",
        "Print every message about one kind of incident as it would be sent, with its length; then "
        "the keys, the confirmations, what the elder hears and the drills, by their names.\n\n"
        "A text's length is in units (70 at most in Chinese, 160 in English); nothing is sent.",
    ),
)
@option(
    "--kind",
    "-k",
    type=click.Choice([kind.value for kind in IncidentKind]),
    default=IncidentKind.EMERGENCY.value,
    show_default=True,
    zh="什么事。",
    en="What kind of incident.",
)
@option("--language", "tongue", default="zh", show_default=True, zh="消息的语言。", en="Language.")
@option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    default=None,
    zh="按这份配置的措辞和第一户来写；不写则用例子。",
    en="Take the words and the first home of this configuration; default: an example.",
)
@click.pass_context
def words_of_messages(context: click.Context, kind: str, tongue: str, config: Path | None) -> None:
    """Print the messages, unless a subcommand does something else."""
    if context.invoked_subcommand is not None:
        return
    home = _home(tongue, config)
    for line in preview(home, IncidentKind(kind), tongue):
        click.echo(line)


@words_of_messages.command(
    "lint",
    cls=Command,
    words=Words(
        "检查内置的消息；给出配置文件 FILE 时，也检查它的措辞和译文。\n\n"
        "查：变量、最长时能否装进一条、按键、演练标记、签名、回复提示、链接、英文、诊断和具体数值。",
        "Check the messages built in, and with FILE those of that configuration.\n\n"
        "Looks for: variables, length at worst, keys, the mark of a drill, signature, how to "
        "reply, links, Latin letters in Chinese, diagnoses and readings.",
    ),
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
def lint_messages(file: Path | None) -> None:
    """Say what is wrong with the messages built in, or of the configuration FILE."""
    if file is not None:
        load(file, serving=False)  # says everything that is wrong, and ends with 78
    found = 0
    for tongue, texts in _built_in().items():
        for flaw in lint.lint(texts, tongue):
            found += 1
            say(
                Words(
                    f"{tongue} {flaw.name}：{flaw.words.zh}",
                    f"{tongue} {flaw.name}: {flaw.words.en}",
                )
            )
    if found:
        raise UserError(f"{found} 处问题", f"{found} problems")
    count = len(TEMPLATES)
    say(
        Words(
            f"正确：{count} 条消息，语言 {'、'.join(_built_in())}。",
            f"Correct: {count} messages in {', '.join(_built_in())}.",
        )
    )


def preview(home: Household, kind: IncidentKind, tongue: str) -> Iterator[str]:
    """Yield what a person gets at every stage of an incident of `kind`, a line each."""
    texts = wording.texts(home, tongue)
    limit = wording.EN_CHARACTERS_MAX if texts["base"] == "en" else wording.ZH_UNITS_MAX
    for about in About:
        for channel, phone in (("sms", _ABROAD), ("sms", _MAINLAND), ("voice", _ABROAD)):
            for who in ("王芳", "") if about in (About.COMING, About.ARRIVED) else ("",):
                said = wording.text(_tell(home, kind, about, channel, phone, tongue, who), home)
                one_way = " ->86" if phone == _MAINLAND else ""
                most = f"/{limit}" if channel == "sms" else ""
                yield f"{about.value:<15}{channel + one_way:<10}{units(said):>4}{most:<5} {said}"
    for phrase in Phrase:
        spoken = Say(_AT, _incident(home, kind), phrase, 1, "王芳")
        said = wording.prompt(spoken, _speaking(home, tongue))
        yield f"{phrase.value:<15}{'home':<10}{units(said):>4}{'':<5} {said}"
    yield from _around(home, tongue)


def _around(home: Household, tongue: str) -> Iterator[str]:
    """Yield what surrounds a message, under the names to edit it by: menus, confirmations, ..."""
    texts = wording.texts(home, tongue)
    is_latin = texts["base"] == "en" and not home.signature.isascii()
    values = _EXAMPLES | {"signature": SIGNATURE_EN if is_latin else home.signature}
    for name in TEMPLATES:
        if lint_said.covers(name) and not name.startswith(("named.", "role.")):
            said = whole(texts[name], values)
            if name.startswith("reply."):
                said = f"{home.code} {said}" if lint_said.has_code(name) else said
                said = answering.signed(Words(said, said), home.signature, tongue, home.wording)
            most = f"/{lint.length(name, texts)[1]}"
            yield f"{name:<25}{units(said):>4}{most:<5} {said}"


def _speaking(home: Household, tongue: str) -> Household:
    return msgspec.structs.replace(home, language=tongue)


def _tell(
    home: Household,
    kind: IncidentKind,
    about: About,
    channel: str,
    phone: str,
    tongue: str,
    who: str,
) -> Tell:
    return Tell(
        at=_AT,
        key="example/0/example/sms",
        incident=_incident(home, kind),
        responder=Responder("example", "王芳", "relative", phone, language=tongue),
        way=Way(channel),
        about=about,
        since=_SINCE,
        nobody_since=_SINCE,
        expires_at=_AT + timedelta(minutes=15),
        who=who,
    )


def _incident(home: Household, kind: IncidentKind) -> Incident:
    nobody = Policy(steps=(Step("-", (), timedelta(minutes=1)),))
    return Incident(
        id="h1-0007",
        household=home.id,
        kind=kind,
        urgency=URGENCIES[kind],
        opened_at=_SINCE,
        reason=Words("", ""),
        policy=nobody,
        subjects=(),
        due_at=_AT,
        outcome=Outcome.SAFE,
        code=home.code,
    )


def _home(tongue: str, config: Path | None) -> Household:
    """Return the home whose messages are shown.

    Raises:
        UserError: nobody has messages in this language.
    """
    home = _EXAMPLE
    if config is not None:
        homes = load(config, serving=False).households
        home = next(iter(homes.values()))
    if not TAG.fullmatch(tongue) or tongue not in {*_built_in(), *home.wording}:
        known = ", ".join({*_built_in(), *home.wording})
        raise UserError(
            f"没有语言 {tongue}；有：{known}", f"no language {tongue}; there are: {known}"
        )
    if tongue not in home.wording and tongue in installed():
        return msgspec.structs.replace(home, wording={tongue: shipped(installed()[tongue])})
    return home


def _built_in() -> Mapping[str, Mapping[str, str]]:
    return {**wording.BUILT_IN, **{name: shipped(path) for name, path in installed().items()}}
