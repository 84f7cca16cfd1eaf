"""Where the provider reaches us, under the public address."""

from __future__ import annotations

SMS_PATH = "/twilio/sms"
VOICE_PATH = "/twilio/voice/"
KEY_PATH = "/twilio/key/"
CALL_PATH = "/twilio/call"
CALL_KEY_PATH = "/twilio/call/key"
