"""Message to provider request, and a provider's answer to what it means."""

from __future__ import annotations

from alerting.delivery.channels.aliyun_sms import AliyunSms
from alerting.delivery.channels.aliyun_voice import AliyunVoice
from alerting.delivery.channels.channel import Account, Channel, Message, Progress
from alerting.delivery.channels.modem_sms import ModemSms
from alerting.delivery.channels.modem_voice import ModemVoice
from alerting.delivery.channels.push import Push
from alerting.delivery.channels.scaip import Scaip
from alerting.delivery.channels.tencent_sms import TencentSms
from alerting.delivery.channels.tencent_voice import TencentVoice
from alerting.delivery.channels.twilio_sms import TwilioSms
from alerting.delivery.channels.twilio_voice import TwilioVoice
from alerting.delivery.channels.webhook import Webhook

CHANNELS: tuple[Channel, ...] = (
    TwilioSms(),
    TwilioVoice(),
    ModemSms(),
    ModemVoice(),
    Push(),
    Scaip(),
    Webhook(),
    AliyunSms(),
    AliyunVoice(),
    TencentSms(),
    TencentVoice(),
)
"""Every channel that reaches people, one line each."""

__all__ = ["CHANNELS", "Account", "Channel", "Message", "Progress"]
