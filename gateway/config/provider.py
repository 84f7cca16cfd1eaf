"""What the configuration says of the provider, as its transport wants it."""

from __future__ import annotations

import re

from alerting.delivery.catalogue import NONE, Own
from alerting.delivery.channels.channel import Account
from gateway.config.plan import Plan
from gateway.config.problems import Problems, shown
from gateway.config.settings import TwilioSettings
from gateway.transports.settings import TwilioAccess


def twilio_access(settings: TwilioSettings, own: Own = NONE) -> TwilioAccess:
    """Return the account for `gateway.transports.open_twilio`; `own`: the installation's words."""
    tokens = (settings.auth_token, settings.second_token)
    return TwilioAccess(
        account_sid=settings.account_sid,
        auth_tokens=tuple(token for token in tokens if token),
        account=Account(
            sender=settings.sender,
            messaging_service=settings.messaging_service,
            public_url=settings.public_url,
            detect_machines=settings.detect_machines,
        ),
        api_key=settings.api_key,
        api_secret=settings.api_secret,
        api_url=settings.base_url,
        studio_flow=settings.studio_flow,
        edge=settings.edge,
        region=settings.region,
        wording=own,
    )


_FLOW = re.compile(r"FW[0-9a-f]{32}", re.ASCII)


def check_flow(plan: Plan, problems: Problems) -> None:
    """Note a Studio flow that is none."""
    flow = plan.twilio.studio_flow if plan.twilio is not None else ""
    if flow and not _FLOW.fullmatch(flow):
        problems.add(
            "twilio.studio_flow",
            f"{shown(flow)} 不是 Studio 流程；应为 FW 加 32 位 0-9a-f（guanai twilio-flow 给出）",
            f"{shown(flow)} is no Studio flow; expected FW and 32 of 0-9a-f, "
            "as `guanai twilio-flow` prints it",
        )
