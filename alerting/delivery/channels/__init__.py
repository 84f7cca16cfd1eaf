"""Message to provider request, and a provider's answer to what it means."""

from __future__ import annotations

from alerting.delivery.channels.channel import Account, Channel, Message, Progress
from alerting.delivery.channels.modem_sms import ModemSms
from alerting.delivery.channels.modem_voice import ModemVoice
from alerting.delivery.channels.twilio_sms import TwilioSms
from alerting.delivery.channels.twilio_voice import TwilioVoice

CHANNELS: tuple[Channel, ...] = (
    TwilioSms(),
    TwilioVoice(),
    ModemSms(),
    ModemVoice(),
)
"""Every channel that reaches people, one line each."""

__all__ = ["CHANNELS", "Account", "Channel", "Message", "Progress"]
