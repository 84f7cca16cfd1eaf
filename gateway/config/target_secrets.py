"""Secrets of targets: addresses of pushes, passwords of centres, keys that sign webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from gateway.config.plan import Plan
from gateway.config.problems import Problems, did_you_mean
from gateway.config.push import PushSection, check_push_url
from gateway.config.webhook import key_of


class Source(Protocol):
    """Where a secret may come from (`gateway.config.secrets`)."""

    def read(self, where: str, written: str, file: str, credential: str) -> str:
        """Return it; empty where nothing is configured."""

    def miss(self, where: str) -> None:
        """Note that nothing was found."""


class TargetSecrets(NamedTuple):
    """What was found, by the target's name."""

    push: dict[str, str]
    scaip: dict[str, str]
    webhook: dict[str, tuple[bytes, ...]]

    def __repr__(self) -> str:
        return "TargetSecrets(...)"


def read_target_secrets(
    plan: Plan, source: Source, problems: Problems, warnings: Problems, *, serving: bool
) -> TargetSecrets:
    """Return the secrets of all targets; systemd's credentials are `push-NAME` and so on."""
    return TargetSecrets(
        push=dict(_push(plan, source, problems, problems if serving else warnings)),
        scaip={
            name: source.read(
                f"scaip.targets.{name}.password",
                target.password,
                target.password_file,
                f"scaip-{name}",
            )
            for name, target in (plan.scaip.targets if plan.scaip else {}).items()
        },
        webhook=dict(_webhook(plan, source, problems)),
    )


def _push(
    plan: Plan, source: Source, problems: Problems, noted: Problems
) -> Iterator[tuple[str, str]]:
    section = plan.push or PushSection()
    declared = dict.fromkeys((*section.targets, *section.target_files))
    named = {person.push: f"{where}.push" for where, person in plan.responders if person.push}
    for name in dict.fromkeys((*declared, *named)):
        written, file = section.targets.get(name, ""), section.target_files.get(name, "")
        url = source.read(f"push.targets.{name}", written, file, f"push-{name}")
        if url:
            check_push_url(f"push.targets.{name}", url, problems)
            yield name, url
        elif name not in declared:
            hint = did_you_mean(name, declared)
            noted.add(
                named[name],
                f"没有名为“{name}”的推送目标，也没有凭据 push-{name}{hint.zh}",
                f"there is no push target {name!r}, and no credential push-{name}{hint.en}",
            )


def _webhook(
    plan: Plan, source: Source, problems: Problems
) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    for name, target in (plan.webhook.targets if plan.webhook else {}).items():
        where = f"webhook.targets.{name}"
        first = source.read(f"{where}.secret", target.secret, target.secret_file, f"webhook-{name}")
        second = source.read(
            f"{where}.second_secret",
            target.second_secret,
            target.second_secret_file,
            f"webhook-{name}-second",
        )
        if not first:
            source.miss(f"{where}.secret")
        keys = [
            key_of(place, text, problems)
            for place, text in ((f"{where}.secret", first), (f"{where}.second_secret", second))
            if text
        ]
        yield name, tuple(keys)
