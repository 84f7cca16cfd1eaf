"""`guanai proven`: when each path, person and button last proved that it works."""

from __future__ import annotations

import json
from pathlib import Path

import click

from alerting.words import Words
from gateway.cli.bilingual import Command, language, option, say
from gateway.cli.options import data_option, needs_database
from gateway.store import reading
from gateway.store.rows import Proof

_KINDS = {
    "gateway": Words("全程", "whole path"),
    "path": Words("途径", "path"),
    "contact": Words("联系人", "person"),
    "button": Words("呼叫键", "button"),
}
_HOW = {
    "alarm": Words("答复报警", "answered an alarm"),
    "drill": Words("答复演练", "answered a drill"),
    "receipt": Words("手机回执", "a handset acknowledged it"),
    "press": Words("按下", "was pressed"),
    "trial": Words("试按", "was tried out"),
    "canary": Words("自检呼叫走完全程", "our own press came through"),
}
_NEVER = Words("从未", "never")


@click.command(
    "proven",
    cls=Command,
    words=Words(
        "每条途径、每个人、每个呼叫键上次被证明可用是什么时候，怎样证明的。\n\n"
        "读数据文件夹，不改动任何东西。演练怎样轮换见 docs/drills.md。",
        "When each path, person and button last proved that it works, and how.\n\n"
        "Reads the data folder and changes nothing. How drills rotate: docs/drills.md.",
    ),
)
@data_option
@option("--json", "as_json", is_flag=True, zh="每行一个 JSON。", en="One JSON object a line.")
def proven(data: Path, as_json: bool) -> None:
    """Print the table, oldest proof first."""
    found = sorted(reading.proofs(needs_database(data)), key=_age)
    if not found and not as_json:
        say(Words("还没有任何证明。", "Nothing was proven yet."))
    for proof in found:
        if as_json:
            click.echo(json.dumps(_record(proof), ensure_ascii=False))
        else:
            click.echo(_line(proof))


def _age(proof: Proof) -> tuple[str, str, str]:
    return _moment(proof) if proof.proven_at else "", proof.kind, proof.name


def _moment(proof: Proof) -> str:
    return f"{proof.proven_at:%Y-%m-%d %H:%M}Z" if proof.proven_at else _NEVER.said(language())


def _line(proof: Proof) -> str:
    kind, how = _KINDS.get(proof.kind), _HOW.get(proof.how)
    said = [kind.said(language()) if kind else proof.kind, proof.name, proof.path]
    told = how.said(language()) if how and proof.proven_at else ""
    return f"  {_moment(proof):<18} {' '.join(filter(None, said))}  {told}".rstrip()


def _record(proof: Proof) -> dict[str, str | None]:
    return {
        "kind": proof.kind,
        "name": proof.name,
        "path": proof.path,
        "proven_at": proof.proven_at.isoformat() if proof.proven_at else None,
        "asked_at": proof.asked_at.isoformat() if proof.asked_at else None,
        "how": proof.how,
    }
