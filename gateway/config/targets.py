"""Targets of the channels that go to no telephone: checked together, and as records."""

from __future__ import annotations

from gateway.config.plan import Plan
from gateway.config.problems import Problems, did_you_mean
from gateway.config.push import check_push
from gateway.config.scaip import check_scaip, scaip_target
from gateway.config.sections import Channel
from gateway.config.target_secrets import TargetSecrets
from gateway.config.webhook import check_webhook
from gateway.transports.targets import (
    PushAccess,
    ScaipAccess,
    WebhookAccess,
    WebhookTarget,
)


def check_targets(plan: Plan, problems: Problems, warnings: Problems) -> None:
    """Note targets that cannot be, that nobody has, and people whose target is missing."""
    if plan.push is not None:
        check_push(plan.push, problems)
    if plan.scaip is not None:
        check_scaip(plan.scaip, {home.section.id for home in plan.households}, problems)
    if plan.webhook is not None:
        check_webhook(plan.webhook, problems)
    named: dict[str, set[str]] = {}
    for where, person in plan.responders:
        for channel, target in person.addresses.items():
            named.setdefault(channel, set()).add(target)
            # the address of a push may come from systemd: whoever reads secrets knows
            if channel != Channel.PUSH and target not in _known(plan, channel):
                hint = did_you_mean(target, _known(plan, channel))
                problems.add(
                    f"{where}.{channel}",
                    f"[{channel}] 中没有名为“{target}”的目标{hint.zh}",
                    f"[{channel}] has no target {target!r}{hint.en}",
                )
        for channel in person.channels:
            if channel in (Channel.PUSH, Channel.SCAIP, Channel.WEBHOOK):
                _check_named(where, channel, person.addresses, problems)
    for channel in (Channel.PUSH, Channel.SCAIP, Channel.WEBHOOK):
        for name in sorted(_known(plan, channel) - named.get(channel, set())):
            warnings.add(
                f"{channel}.targets.{name}",
                f"没有联系人用它（{channel} = “{name}”）：不会有通知发往这里",
                f"no responder has it ({channel} = {name!r}): nothing is sent there",
            )


def _check_named(where: str, channel: Channel, targets: dict[str, str], problems: Problems) -> None:
    if channel not in targets:
        problems.add(
            f"{where}.channels",
            f"有 {channel}，但没有写发往哪里；请加 {channel} = “目标名称”",
            f"has {channel} without saying where it goes; add {channel} = the target's name",
        )


def _known(plan: Plan, channel: str) -> set[str]:
    match channel:
        case Channel.PUSH:
            return {*plan.push.targets, *plan.push.target_files} if plan.push else set()
        case Channel.SCAIP:
            return set(plan.scaip.targets) if plan.scaip else set()
        case Channel.WEBHOOK:
            return set(plan.webhook.targets) if plan.webhook else set()
        case _:
            return set()


def push_access(secrets: TargetSecrets) -> PushAccess | None:
    """Return where pushes go; None: nowhere."""
    return PushAccess(targets=secrets.push) if secrets.push else None


def scaip_access(plan: Plan, secrets: TargetSecrets) -> ScaipAccess | None:
    """Return the alarm receiving centres; None: there is none."""
    targets = {
        name: scaip_target(section, secrets.scaip.get(name, ""))
        for name, section in (plan.scaip.targets if plan.scaip else {}).items()
    }
    return ScaipAccess(targets=targets) if targets else None


def webhook_access(plan: Plan, secrets: TargetSecrets) -> WebhookAccess | None:
    """Return the other systems that are told; None: there is none."""
    targets = {
        name: WebhookTarget(url=section.url, secrets=secrets.webhook[name], answers=section.answers)
        for name, section in (plan.webhook.targets if plan.webhook else {}).items()
        if secrets.webhook.get(name)
    }
    return WebhookAccess(targets=targets) if targets else None
