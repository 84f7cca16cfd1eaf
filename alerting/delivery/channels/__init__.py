"""Message to provider request, and a provider's answer to what it means."""

from __future__ import annotations

from alerting.delivery.channels.aliyun_sms import AliyunSms
from alerting.delivery.channels.aliyun_voice import AliyunVoice
from alerting.delivery.channels.channel import Account, Channel, Message, Progress
from alerting.delivery.channels.tencent_sms import TencentSms
from alerting.delivery.channels.tencent_voice import TencentVoice
from alerting.delivery.channels.twilio_sms import TwilioSms
from alerting.delivery.channels.twilio_voice import TwilioVoice

CHANNELS: tuple[Channel, ...] = (
    TwilioSms(),
    TwilioVoice(),
    AliyunSms(),
    AliyunVoice(),
    TencentSms(),
    TencentVoice(),
)
"""Every channel that reaches people, one line each."""

__all__ = ["CHANNELS", "Account", "Channel", "Message", "Progress"]
