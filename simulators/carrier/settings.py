"""The account at the carrier, its numbers, and how fast the telephone world turns."""

from __future__ import annotations

import msgspec

from simulators.config import World

DEMO_SID = "AC00000000000000000000000000000001"
DEMO_TOKEN = "demo-token-of-the-simulated-carrier"
DEMO_NUMBER = "+85230000000"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use the carrier, from which numbers."""

    sid: str = DEMO_SID
    token: str = DEMO_TOKEN
    numbers: tuple[str, ...] = (DEMO_NUMBER,)


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long things take, in seconds of the telephone world.

    `pace` is how many real seconds one such second lasts: 1 for the page, 0.01 to
    hurry. It stretches everything, the asked-for timeouts and people's habits
    too; only the mainland's 24-hour windows are calendar time.
    """

    pace: float = 1.0
    sms_sending_s: float = 0.2
    sms_sent_s: float = 0.5
    sms_delivered_s: float = 1.2
    sms_failed_s: float = 4.0
    call_dialled_s: float = 0.3
    call_ringing_s: float = 0.9
    call_failed_s: float = 2.0
    machine_detection_s: float = 3.5
    webhook_s: float = 0.05
    speech_cjk_per_s: float = 4.5
    speech_latin_per_s: float = 14.0


REAL = Timing()
HURRIED = Timing(pace=0.01)


def account_of(world: World) -> Account:
    """Return the account the gateway's configuration names, so that both sides agree."""
    table = world.account
    return Account(sid=table.account_sid, token=table.auth_token, numbers=(table.sender,))
