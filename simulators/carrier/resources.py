"""The JSON of each resource, field for field as the provider sends it."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from simulators.carrier.callform import duration_s
from simulators.carrier.records import Call, CallStatus, Message
from simulators.carrier.refusal import meaning
from simulators.carrier.segments import segments

Json = dict[str, object]
VERSION = "2010-04-01"


def base(account: str) -> str:
    """Return the path under which an account's resources live."""
    return f"/{VERSION}/Accounts/{account}"


def message_json(account: str, message: Message) -> Json:
    """Return a text as the provider describes it."""
    uri = f"{base(account)}/Messages/{message.sid}"
    return {
        "account_sid": account,
        "api_version": VERSION,
        "body": message.body,
        "date_created": _date(message.created_at),
        "date_sent": _date(message.sent_at),
        "date_updated": _date(message.updated_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": meaning(message.error_code) if message.error_code else None,
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(segments(message.body)),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status.value,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


_PARTS = ("events", "notifications", "payments", "recordings", "siprec", "streams")
_PARTS_MORE = ("transcriptions", "user_defined_message_subscriptions", "user_defined_messages")


def call_json(account: str, call: Call) -> Json:
    """Return a call as the provider describes it."""
    uri = f"{base(account)}/Calls/{call.sid}"
    parts = {part: f"{uri}/{_camel(part)}.json" for part in _PARTS + _PARTS_MORE}
    ended = call.ended_at if call.status is CallStatus.COMPLETED else None
    return {
        "account_sid": account,
        "answered_by": call.answered_by or None,
        "api_version": VERSION,
        "caller_name": None,
        "date_created": _date(call.created_at),
        "date_updated": _date(call.updated_at),
        "direction": call.direction,
        "duration": str(duration_s(call)) if call.ended_at else None,
        "end_time": _date(ended),
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": f"PN{call.sender.lstrip('+'):0>32}",
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": _date(call.started_at),
        "status": call.status.value,
        "subresource_uris": parts,
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def _date(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at.replace(microsecond=0))


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
