"""What must stand in messages as it is: a code, a signature or a number that is cut misleads."""

from __future__ import annotations

from alerting.delivery.parts import SIGNATURE_UNITS_MAX
from alerting.delivery.variables import VARIABLE_UNITS_MAX
from alerting.delivery.wording import CODE_UNITS_MAX, DESK_UNITS_MAX
from alerting.response import replies
from alerting.words import units
from gateway.config.plan import Plan
from gateway.config.problems import Problems, shown


def check_said(plan: Plan, problems: Problems) -> None:
    """Note codes, signatures and numbers too long for a message, and codes that mislead."""
    _within("signature", plan.general.signature, SIGNATURE_UNITS_MAX, problems)
    _within("desk.phone", plan.desk.phone, DESK_UNITS_MAX, problems)
    _within("gateway.id", plan.gateway.id, CODE_UNITS_MAX, problems)
    clouds = [one for one in (plan.aliyun, plan.tencent) if one is not None and one.is_used]
    code_max = VARIABLE_UNITS_MAX if clouds else CODE_UNITS_MAX
    first: dict[str, str] = {}
    for home in plan.households:
        code, where = home.section.code, f"{home.where}.code"
        _within(
            f"{home.where}.signature", home.section.signature or "", SIGNATURE_UNITS_MAX, problems
        )
        _within(where, code, code_max, problems)
        if replies.parse(code, [code]).answer is not None:
            problems.add(
                where,
                f"{shown(code)} 本身就是一种答复；请换一个，如 A1001",
                f"{shown(code)} is an answer by itself; take another, e.g. A1001",
            )
        written = replies.as_written(code)
        if written in first and first[written] != code:
            problems.add(
                where,
                f"{shown(code)} 与 {shown(first[written])} 在短信答复中分不清",
                f"{shown(code)} and {shown(first[written])} are the same in a reply by text",
            )
        first.setdefault(written, code)


def _within(where: str, text: str, most: int, problems: Problems) -> None:
    if (length := units(text)) > most:
        problems.add(
            where,
            f"有 {length} 个字符，短信中会被截断；最多 {most} 个",
            f"has {length} characters and would be cut in messages; at most {most}",
        )
