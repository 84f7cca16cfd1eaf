"""What a request for a call must say; and what follows from a call's times."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from simulators.carrier import mainland
from simulators.carrier.messages import NUMBER
from simulators.carrier.network import Network
from simulators.carrier.parameters import Parameters
from simulators.carrier.records import CALL_FINAL, INBOUND, Call, CallStatus, Detection, Source
from simulators.carrier.refusal import bad
from simulators.carrier.webhooks import usable
from simulators.phones.exchange import CallState, PhoneCall

EVENTS = ("initiated", "ringing", "answered", "completed")
TWIML_CHARS_MAX = 4_000
RING_SECONDS_DEFAULT = 60
RING_SECONDS_MAX = 600
CALL_SECONDS_MAX = 14_400
METHODS = ("GET", "POST")


def call_of(now: datetime, given: Parameters, network: Network) -> Call:
    """Return the call a request asks for, queued.

    Raises:
        Refused: with the provider's code.
    """
    sender, to = given.text("From"), given.text("To")
    _check_numbers(sender, to, network)
    callback = given.text("StatusCallback")
    if callback and not usable(callback):
        raise bad(21609, f"The 'StatusCallback' URL {callback} is not a valid URL.")
    for event in given.many("StatusCallbackEvent"):
        if event not in EVENTS:
            raise bad(21626, f"StatusCallbackEvent {event!r}; expected {', '.join(EVENTS)}")
    return Call(
        sid=network.sid("CA"),
        number=network.count(),
        sender=sender,
        to=to,
        status=CallStatus.QUEUED,
        created_at=now,
        updated_at=now,
        source=source_of(given),
        timeout_s=given.number("Timeout", RING_SECONDS_DEFAULT, 1, RING_SECONDS_MAX),
        limit_s=given.number("TimeLimit", CALL_SECONDS_MAX, 1, CALL_SECONDS_MAX),
        callback=callback,
        callback_method=given.choice("StatusCallbackMethod", "POST", *METHODS),
        events=given.many("StatusCallbackEvent") or ("completed",),
        detection=_detection(given),
    )


def inbound_of(
    now: datetime, number: str, to: str, webhook: tuple[str, str] | None, network: Network
) -> Call:
    """Return the call a phone makes to a number of the account, queued."""
    url, method = webhook or ("", "POST")
    return Call(
        sid=network.sid("CA"),
        number=network.count(),
        sender=number,
        to=to,
        status=CallStatus.QUEUED,
        created_at=now,
        updated_at=now,
        source=Source(url=url, method=method),
        direction=INBOUND,
        events=(),
    )


def form_of(account: str, call: Call) -> dict[str, str]:
    """Return what every request about a call says of it."""
    form = {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": call.status.value,
        "Called": call.to,
        "Caller": call.sender,
        "Direction": call.direction,
        "From": call.sender,
        "To": call.to,
    }
    if call.answered_by:
        form["AnsweredBy"] = call.answered_by
    return form


def event_form(now: datetime, account: str, call: Call, event: str) -> dict[str, str]:
    """Return what the callback of an event says."""
    form = form_of(account, call) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.sequence),
        "Timestamp": format_datetime(now),
    }
    if event == "initiated":
        form["CallStatus"] = "initiated"
    if event == "completed":
        form["CallDuration"] = form["Duration"] = str(duration_s(call))
        form["SipResponseCode"] = str(call.sip_code)
    return form


def shown_of(call: Call) -> PhoneCall:
    """Return the call as its phone shows it."""
    state = CallState.OVER if call.status in CALL_FINAL else CallState.RINGING
    if call.status is CallStatus.IN_PROGRESS:
        state = CallState.TALKING
    return PhoneCall(
        sid=call.sid,
        other=call.other,
        state=state,
        since=call.answered_at or call.started_at or call.created_at,
        outgoing=call.direction == INBOUND,
        asked=call.asked,
        lines=call.lines,
        outcome=call.status.value if state is CallState.OVER else "",
    )


def source_of(given: Parameters) -> Source:
    """Return where the call's document comes from; the text wins over an address.

    Raises:
        Refused: neither is given, the text too long, or an address no address.
    """
    twiml = given.text("Twiml")
    if twiml:
        if len(twiml) > TWIML_CHARS_MAX:
            raise bad(20001, f"Twiml has {len(twiml)} characters; {TWIML_CHARS_MAX} at most")
        return Source(twiml=twiml)
    url, fallback = given.text("Url"), given.text("FallbackUrl")
    if not url:
        raise bad(21205, "Url parameter is required.")
    for address in (url, fallback):
        if address and not usable(address):
            raise bad(21205, f"Url is not a valid URL: {address}")
    return Source(
        url=url,
        method=given.choice("Method", "POST", *METHODS),
        fallback_url=fallback,
        fallback_method=given.choice("FallbackMethod", "POST", *METHODS),
    )


def duration_s(call: Call) -> int:
    """Return the seconds from answer to end, 0 when it was never answered."""
    if call.answered_at is None or call.ended_at is None:
        return 0
    return max(1, round((call.ended_at - call.answered_at).total_seconds()))


def _check_numbers(sender: str, to: str, network: Network) -> None:
    if not to:
        raise bad(21201, "No 'To' number is specified")
    if not sender:
        raise bad(21213, "'From' phone number is required")
    if NUMBER.fullmatch(to) is None:
        raise bad(21211, f"The phone number you are attempting to call, {to}, is not valid.")
    if sender not in network.account.numbers:
        message = f"The source phone number provided, {sender}, is not yet verified for your"
        raise bad(21210, f"{message} account. You may only make calls from verified numbers.")
    if mainland.is_mainland(to):
        message = f"Account not authorized to call {to}. Perhaps you need to enable some"
        raise bad(21215, f"{message} international permissions.")


def _detection(given: Parameters) -> Detection | None:
    wanted = given.choice("MachineDetection", "", "Enable", "DetectMessageEnd")
    in_background = given.choice("AsyncAmd", "", "true", "false") == "true"
    callback = given.text("AsyncAmdStatusCallback")
    method = given.choice("AsyncAmdStatusCallbackMethod", "POST", *METHODS)
    given.number("MachineDetectionTimeout", 30, 3, 59)
    if callback and not usable(callback):
        raise bad(21609, f"The 'AsyncAmdStatusCallback' URL {callback} is not a valid URL.")
    if not wanted:
        return None
    return Detection(
        waits_for_end=wanted == "DetectMessageEnd",
        in_background=in_background,
        callback=callback,
        method=method,
    )
