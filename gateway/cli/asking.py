"""Commands that only look: nothing is started, nothing is changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path

import click

from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from gateway.cli.bilingual import Command, UserError, language, option, say
from gateway.cli.ladder import lines, on_asking, said
from gateway.cli.options import config_option, data_option, needs_database
from gateway.cli.pushing import check_pushes
from gateway.clock import SystemClock
from gateway.config import GATEWAY_HOUSEHOLD, Settings, load
from gateway.config.problems import did_you_mean
from gateway.foresight import URGENCIES, foresee
from gateway.store import reading
from gateway.web import labels


@click.command(
    "check-config",
    cls=Command,
    words=Words(
        "检查配置文件 FILE，一次列出全部问题。\n\n有问题时退出码为 78。",
        "Check the configuration FILE, and list everything wrong with it at once.\n\n"
        "The exit code is 78 if there is anything.",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
def check_config(file: Path) -> None:
    """Load the file and say what it holds."""
    settings = load(file, serving=False)
    notes = (*settings.warnings, *check_pushes(file, settings))
    homes = [home for name, home in settings.households.items() if name != GATEWAY_HOUSEHOLD]
    devices = sum(len(home.devices) for home in homes)
    people = len(settings.responders)
    say(
        Words(
            f"{file}：正确。住户 {len(homes)} 家，设备 {devices} 台，联系人 {people} 位。",
            f"{file}: correct. Households: {len(homes)}, devices: {devices}, responders: {people}.",
        )
    )
    if settings.defaults:
        listed = ", ".join(settings.defaults)
        say(
            Words(
                f"没有写 [[policy]] 的按默认次序：{listed}（见 docs/ladder.md）。",
                f"Where no [[policy]] is written, the default order holds: {listed} "
                "(see docs/ladder.md).",
            )
        )
    for duty in settings.rosters.values():
        say(
            Words(
                f"值班表 {duty.name}：{len(duty.shifts)} 班，{len(duty.people)} 人，没有空档。",
                f"Roster {duty.id}: {len(duty.shifts)} shifts, {len(duty.people)} people, no hole.",
            )
        )
    for warning in notes:
        say(Words(f"注意 {warning.said('zh')}", f"note: {warning.said('en')}"))


@click.command(
    "who-would-be-told",
    cls=Command,
    words=Words(
        "某户出了某种事，谁会在什么时候、用什么方式被通知？\n\n"
        "按配置推演，假定没有人应答；不会真的发送。",
        "If something happened in a home: who would be told, when, and how?\n\n"
        "Worked out from the configuration, with nobody answering; nothing is sent.",
    ),
)
@config_option
@option("--household", "home", required=True, zh="住户编号。", en="The household's id.")
@option(
    "--kind",
    "-k",
    type=click.Choice([kind.value for kind in IncidentKind]),
    default=IncidentKind.EMERGENCY.value,
    show_default=True,
    zh="什么事。",
    en="What kind of incident.",
)
@option(
    "--urgency",
    type=click.Choice([urgency.value for urgency in Urgency]),
    default=None,
    zh="多紧急（默认按事件种类）。",
    en="How urgent (default: as usual for the kind).",
)
@option(
    "--at",
    "at_text",
    metavar="TIME",
    default="",
    zh="什么时候发生，住户当地时间：“03:00”或“2026-01-31 03:00”；默认现在。",
    en='When, in the home\'s local time: "03:00" or "2026-01-31 03:00"; default: now.',
)
def who_would_be_told(
    config: Path, home: str, kind: str, urgency: str | None, at_text: str
) -> None:
    """Print the ladder in time."""
    household = _household(load(config, serving=False), home)
    what = IncidentKind(kind)
    how = Urgency(urgency) if urgency else URGENCIES[what]
    at = _moment(at_text, household)
    local = at.astimezone(household.tz)
    kinds, level = said(labels.KINDS, what), said(labels.URGENCIES, how)
    if how is Urgency.LOW and what is not IncidentKind.TECHNICAL:
        level = Words("不急", "can wait")  # the desk's word speaks of repairs
    say(
        Words(
            f"{household.name}（{household.id}），{kinds.zh}（{level.zh}），"
            f"{local:%Y-%m-%d %H:%M} 发生，没有人应答：",
            f"{household.name} ({household.id}), {kinds.en.lower()} ({level.en.lower()}), "
            f"at {local:%Y-%m-%d %H:%M}, nobody answers:",
        )
    )
    moments = list(foresee(household, what, at, how))
    for line in on_asking(moments, what, at):
        say(line)
    for line in lines(moments, at, household.policy(what), household.tz):
        say(line)


def _household(settings: Settings, name: str) -> Household:
    found = settings.households.get(name)
    if found is None:
        hint = did_you_mean(name, settings.households)
        raise UserError(
            f"配置中没有编号为“{name}”的住户{hint.zh}", f"there is no household {name!r}{hint.en}"
        )
    return found


def _moment(text: str, home: Household) -> datetime:
    """Return a local time as aware UTC."""
    now = SystemClock().now().astimezone(home.tz)
    if not text:
        return now.astimezone(UTC)
    whole = text if len(text) > len("HH:MM") else f"{now:%Y-%m-%d} {text}"
    try:
        local = datetime.strptime(whole.replace("T", " "), "%Y-%m-%d %H:%M").replace(tzinfo=home.tz)
    except ValueError:
        raise UserError(
            f"“{text}”不是时间；写法如 03:00 或 2026-01-31 03:00",
            f"{text!r} is not a time; write 03:00 or 2026-01-31 03:00",
        ) from None
    return local.astimezone(UTC)


@click.command(
    "quarantine",
    cls=Command,
    words=Words(
        "列出网关收到而不能用的消息：谁发的、哪里不对、应该怎样。",
        "List the messages that could not be used: from whom, what is wrong, what was expected.",
    ),
)
@data_option
@option(
    "--last",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    zh="最近多少条。",
    en="How many, the newest at the end.",
)
@option("--json", "as_json", is_flag=True, zh="每行一个 JSON。", en="One JSON object a line.")
def quarantine(data: Path, last: int, as_json: bool) -> None:
    """Print the newest messages kept aside."""
    path = needs_database(data)
    db = reading.connect(path)
    try:
        rows = db.execute(
            "select at, who, reason, expected, payload from quarantine order by id desc limit ?",
            (last,),
        ).fetchall()
    finally:
        db.close()
    for at, who, reason, expected, payload in reversed(rows):
        if as_json:
            record = {"at": at, "who": who, "reason": reason, "expected": expected}
            click.echo(json.dumps({**record, "payload": payload.hex()}, ensure_ascii=False))
        else:
            wanted = Words("应为", "expected").said(language())
            click.echo(f"{_local(at)}  {who}: {reason}; {wanted} {expected}\n    {_shown(payload)}")
    if not rows and not as_json:
        say(Words("没有这样的消息。", "There are none."))


def _local(at: str) -> str:
    """Return a stored time as this machine's clock on the wall shows it."""
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S}"


PAYLOAD_SHOWN_BYTES_MAX = 200


def _shown(payload: bytes) -> str:
    part = payload[:PAYLOAD_SHOWN_BYTES_MAX]
    try:
        text = part.decode()
        return text if text.isprintable() else repr(part)
    except UnicodeDecodeError:
        return repr(part)


@click.command(
    "version",
    cls=Command,
    words=Words("显示版本。", "Show the version."),
)
def version() -> None:
    """Print the installed version."""
    click.echo(f"guanai {installed_version('guanai-gateway')}")
