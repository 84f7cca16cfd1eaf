"""What the configuration says of the provider, as its transport wants it."""

from __future__ import annotations

from alerting.delivery.channels.channel import Account
from gateway.config.settings import TwilioSettings
from gateway.transports.settings import TwilioAccess


def twilio_access(settings: TwilioSettings) -> TwilioAccess:
    """Return the account for `gateway.transports.open_twilio`."""
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
    )
