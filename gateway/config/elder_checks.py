"""What is wrong with how elders are asked, with drills, and with dead-man's switches."""

from __future__ import annotations

from datetime import time, timedelta

from gateway.config import elder
from gateway.config.plan import Plan
from gateway.config.problems import Problems


def check_elder(plan: Plan, problems: Problems) -> None:
    """Note windows out of their limits, drills at night, and tokens that can be guessed."""
    asks = plan.elder
    _within("elder.ask_after_fall", asks.ask_after_fall, elder.FALL_ASKS_MAX, problems)
    _within("elder.ask_after_silence", asks.ask_after_silence, elder.SILENCE_ASKS_MAX, problems)
    if plan.drills is not None and not time(7) <= time.fromisoformat(plan.drills.at) <= time(20):
        problems.add(
            "drills.at",
            f"{plan.drills.at} 会打扰人；请写 07:00 到 20:00 之间",
            f"{plan.drills.at} disturbs people; write a time from 07:00 to 20:00",
        )
    _check_deadman(plan, problems)
    _check_watches(plan, problems)


def _within(where: str, value: timedelta, most: timedelta, problems: Problems) -> None:
    low, high = elder.ASKS_MIN.seconds, most.seconds
    if not elder.ASKS_MIN <= value <= most:
        problems.add(
            where,
            f"须在 {low} 到 {high} 秒之间：太短来不及接，太长耽误救助",
            f"must be {low} to {high} s: shorter nobody can answer, longer delays help",
        )


def _check_deadman(plan: Plan, problems: Problems) -> None:
    section = plan.deadman
    if len(section.urls) > elder.URLS_MAX:
        problems.add(
            "deadman.urls",
            f"有 {len(section.urls)} 个；最多 {elder.URLS_MAX} 个",
            f"has {len(section.urls)}; at most {elder.URLS_MAX}",
        )
    if not elder.PING_MIN <= section.every <= elder.PING_MAX:
        problems.add(
            "deadman.every",
            "须在 30 秒到 1 小时之间",
            "must be 30 s to 1 h",
        )


def _check_watches(plan: Plan, problems: Problems) -> None:
    seen: set[str] = set()
    for number, watch in enumerate(plan.deadman.watch, 1):
        where = f"deadman.watch[#{number}]"
        if len(watch.token) < elder.TOKEN_CHARACTERS_MIN or not watch.token.isalnum():
            problems.add(
                f"{where}.token",
                f"至少 {elder.TOKEN_CHARACTERS_MIN} 个字母或数字，如 openssl rand -hex 16 的结果",
                f"must be {elder.TOKEN_CHARACTERS_MIN} letters or digits or more, "
                "e.g. what `openssl rand -hex 16` prints",
            )
        for value in (watch.id, watch.token):
            if value in seen:
                problems.add(
                    where, "编号或 token 与另一个重复", "has the id or token of another one"
                )
            seen.add(value)
        if watch.silent_after < elder.SILENT_MIN:
            problems.add(f"{where}.silent_after", "至少 2 分钟", "must be 2 min or more")
