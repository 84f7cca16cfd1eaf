"""What each of Twilio's error codes asks of us.

The table follows the error policy in docs/delivery.md. Its sources: the map in the US
Department of Veterans Affairs' notification-api (app/clients/sms/twilio.py, 742080a78),
GoAlert's handling (3666186a9), and Twilio's Error and Warning Dictionary
(https://www.twilio.com/docs/api/errors). Twilio splits codes now and then and warns
against relying on single ones, so every range has a meaning of its own: an unknown
2xxxx is our configuration, an unknown 3xxxx says: try another channel.
"""

from __future__ import annotations

from alerting.events import ErrorClass

CODES: dict[int, ErrorClass] = {
    # this number will never work on this channel
    13224: ErrorClass.CONTACT,  # cannot be called, or is no number
    21211: ErrorClass.CONTACT,  # invalid 'To'
    21217: ErrorClass.CONTACT,  # invalid 'To' of a call
    21268: ErrorClass.CONTACT,  # premium number
    21610: ErrorClass.CONTACT,  # the person opted out with STOP
    21614: ErrorClass.CONTACT,  # not a mobile number
    21635: ErrorClass.CONTACT,  # landline
    30005: ErrorClass.CONTACT,  # unknown handset
    30006: ErrorClass.CONTACT,  # landline or unreachable carrier
    # our account, sender or address is wrong
    11100: ErrorClass.CONFIGURATION,  # bad callback URL
    20003: ErrorClass.CONFIGURATION,  # authentication
    20404: ErrorClass.CONFIGURATION,  # no such resource: wrong account
    21408: ErrorClass.CONFIGURATION,  # no permission for this country
    21606: ErrorClass.CONFIGURATION,  # the sender cannot send to this number
    21609: ErrorClass.CONFIGURATION,  # bad status callback URL
    21612: ErrorClass.CONFIGURATION,  # no route from this sender to this number
    21617: ErrorClass.CONFIGURATION,  # text too long
    30002: ErrorClass.CONFIGURATION,  # account suspended
    30024: ErrorClass.CONFIGURATION,  # sender not provisioned
    30034: ErrorClass.CONFIGURATION,  # sender not registered
    60220: ErrorClass.CONFIGURATION,  # China needs vetting first
    # the content was refused
    30004: ErrorClass.BLOCKED,
    30007: ErrorClass.BLOCKED,
    32017: ErrorClass.BLOCKED,
    # the phone is off, busy or out of reach
    30003: ErrorClass.UNREACHABLE,
    32203: ErrorClass.UNREACHABLE,
    # a passing fault
    20429: ErrorClass.TRANSIENT,  # too many requests
    20500: ErrorClass.TRANSIENT,
    30001: ErrorClass.TRANSIENT,  # queue overflow
    30008: ErrorClass.TRANSIENT,  # unknown carrier error
    30410: ErrorClass.TRANSIENT,  # carrier timeout
    30500: ErrorClass.TRANSIENT,
    60005: ErrorClass.TRANSIENT,
    # it waited longer than its validity period
    30036: ErrorClass.EXPIRED,
}

AUTHENTICATION = 20003
"""Who we say we are is not believed: a token was taken back."""
NOT_THERE = 20404
"""Asked about a message, the provider knows none of that id."""

BAD_CALLBACK = frozenset({11100, 21609})
"""Our webhook address was refused; the same message without it may pass."""

HTTP_TRY_LATER = frozenset({408, 425, 429})
HTTP_UNAVAILABLE = 503
HTTP_SERVER_ERROR = 500
HTTP_CLIENT_ERROR = 400


def by_code(code: int | str) -> ErrorClass:
    """Return what an error code asks of us; 0 and unknown ranges: another channel."""
    if isinstance(code, str):
        code = int(code) if code.isascii() and code.isdigit() else 0
    known = CODES.get(code)
    if known is not None:
        return known
    match code // 10_000:
        case 1 | 2 | 6:
            return ErrorClass.CONFIGURATION
        case _:
            return ErrorClass.UNREACHABLE


def by_answer(status: int, code: int, readable: bool) -> ErrorClass:
    """Return what an HTTP error answer to a request asks of us.

    Args:
        status: the HTTP status, 400 or more.
        code: Twilio's code from the body; 0 if there was none.
        readable: the body was a JSON object, so an application refused the request. A
            5xx that is not may come from something in between, after the
            application already took the message: that is ambiguous.
    """
    if status in HTTP_TRY_LATER:
        return ErrorClass.TRANSIENT
    if status >= HTTP_SERVER_ERROR:
        if readable or status == HTTP_UNAVAILABLE:
            return ErrorClass.TRANSIENT
        return ErrorClass.AMBIGUOUS
    if code in CODES:
        return CODES[code]
    if code // 10_000 == 3:
        return ErrorClass.UNREACHABLE
    return ErrorClass.CONFIGURATION
