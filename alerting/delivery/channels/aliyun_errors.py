"""What each of Aliyun's codes asks of us: refusals of a request, receipts, states of a call.

Sources: API codes of SMS (help.aliyun.com, document_detail/101346) and voice
(document_detail/178344), receipt codes (document_detail/101347), states of a call
(document_detail/55085 and /112804), codes of the gateway in front of every product (the
documentation of signature V3, document_detail/2593177), and docs/delivery.md for the classes.
A refusal comes with HTTP status 200 and a `Code` that is not `OK`.

A limit on how often one number may be written to or rung is `BLOCKED`: this text will not go
this way today, so that the next path takes it at once.
"""

from __future__ import annotations

from alerting.delivery.channels.carrier_receipts import RECEIPTS
from alerting.events import ErrorClass

OK = "OK"
CLOCK_WRONG = frozenset({"InvalidTimeStamp.Expired", "InvalidTimeStamp.Format"})
"""Our clock and theirs differ by more than 15 minutes."""

LIMITS: dict[str, float] = {"isv.BUSINESS_LIMIT_CONTROL": 60.0}
"""One phone has had what it may, by the minute, hour or day: after how many seconds it is worth
asking again. It says nothing of other phones."""

CODES: dict[str, ErrorClass] = {
    # this number will never work
    "isv.MOBILE_NUMBER_ILLEGAL": ErrorClass.CONTACT,
    "isv.CALLED_NUMBER_ILLEGAL": ErrorClass.CONTACT,
    "isv.BLACKLIST_CONTROL_LIMIT": ErrorClass.CONTACT,
    "isv.COMPLAINT_REJECT": ErrorClass.CONTACT,  # the person complained of calls
    # our account, signature or text is wrong, or there is no money left
    "isv.AMOUNT_NOT_ENOUGH": ErrorClass.CONFIGURATION,
    "isv.OUT_OF_SERVICE": ErrorClass.CONFIGURATION,
    "isv.PRODUCT_UN_SUBSCRIPT": ErrorClass.CONFIGURATION,
    "isv.PRODUCT_UNSUBSCRIBE": ErrorClass.CONFIGURATION,
    "isv.ACCOUNT_NOT_EXISTS": ErrorClass.CONFIGURATION,
    "isv.ACCOUNT_ABNORMAL": ErrorClass.CONFIGURATION,
    "isv.SMS_SIGNATURE_ILLEGAL": ErrorClass.CONFIGURATION,
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": ErrorClass.CONFIGURATION,
    "isv.SMS_SIGN_ILLEGAL": ErrorClass.CONFIGURATION,
    "isv.SIGN_STATE_ILLEGAL": ErrorClass.CONFIGURATION,
    "isv.SMS_TEMPLATE_ILLEGAL": ErrorClass.CONFIGURATION,
    "isv.TTS_TEMPLATE_ILLEGAL": ErrorClass.CONFIGURATION,
    "isv.TEMPLATE_ILLEGAL": ErrorClass.CONFIGURATION,
    "isv.TEMPLATE_PARAMS_ILLEGAL": ErrorClass.CONFIGURATION,
    "isv.TEMPLATE_MISSING_PARAMETERS": ErrorClass.CONFIGURATION,
    "isv.PARAM_LENGTH_LIMIT": ErrorClass.CONFIGURATION,
    "isv.PARAM_NOT_SUPPORT_URL": ErrorClass.CONFIGURATION,
    "isv.INVALID_PARAMETERS": ErrorClass.CONFIGURATION,
    "isv.INVALID_JSON_PARAM": ErrorClass.CONFIGURATION,
    "isv.DISPLAY_NUMBER_ILLEGAL": ErrorClass.CONFIGURATION,
    "isv.BILLID_NOT_EXIST": ErrorClass.CONFIGURATION,
    "isv.DENY_IP_RANGE": ErrorClass.CONFIGURATION,  # asked from outside the mainland
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": ErrorClass.CONFIGURATION,
    "isv.EXTEND_CODE_ERROR": ErrorClass.CONFIGURATION,
    "isv.DAY_LIMIT_CONTROL": ErrorClass.CONFIGURATION,  # a limit set in our own console
    "isv.MONTH_LIMIT_CONTROL": ErrorClass.CONFIGURATION,
    "isv.SMS_TEST_NUMBER_LIMIT": ErrorClass.CONFIGURATION,
    "isp.RAM_PERMISSION_DENY": ErrorClass.CONFIGURATION,
    "PORT_NOT_REGISTERED": ErrorClass.CONFIGURATION,  # not filed with the operator
    "InvalidAccessKeyId.NotFound": ErrorClass.CONFIGURATION,
    "InvalidAccessKeyId.Inactive": ErrorClass.CONFIGURATION,
    "SignatureDoesNotMatch": ErrorClass.CONFIGURATION,
    "IncompleteSignature": ErrorClass.CONFIGURATION,
    "Forbidden.RAM": ErrorClass.CONFIGURATION,
    "InvalidTimeStamp.Expired": ErrorClass.CONFIGURATION,
    "InvalidTimeStamp.Format": ErrorClass.CONFIGURATION,
    # these words, or so many messages to this number, are not let through
    "isv.BUSINESS_LIMIT_CONTROL": ErrorClass.BLOCKED,
    "isv.FLOW_LIMIT": ErrorClass.BLOCKED,
    "isv.BLACK_KEY_CONTROL_LIMIT": ErrorClass.BLOCKED,
    "isv.SMS_CONTENT_ILLEGAL": ErrorClass.BLOCKED,
    "isv.VOICE_ROBOT_NOT_PERIOD": ErrorClass.BLOCKED,
    "isv.VOICE_CALL_PERIOD_ERROR": ErrorClass.BLOCKED,
    # the call did not come about
    "isv.VOICE_CALL_FAIL": ErrorClass.UNREACHABLE,
    # a passing fault
    "isp.SYSTEM_ERROR": ErrorClass.TRANSIENT,
    "Throttling": ErrorClass.TRANSIENT,
    "Throttling.User": ErrorClass.TRANSIENT,
    "Throttling.Api": ErrorClass.TRANSIENT,
    "ServiceUnavailable": ErrorClass.TRANSIENT,
    "InternalError": ErrorClass.TRANSIENT,
    "SignatureNonceUsed": ErrorClass.TRANSIENT,
}

CALLS: dict[str, ErrorClass] = {
    "200002": ErrorClass.UNREACHABLE,  # busy
    "200003": ErrorClass.UNREACHABLE,  # rang, nobody took it
    "200005": ErrorClass.UNREACHABLE,  # refused, or a filter against nuisance calls
    "200007": ErrorClass.UNREACHABLE,  # out of reach
    "200010": ErrorClass.UNREACHABLE,  # off
    "200012": ErrorClass.UNREACHABLE,
    "200130": ErrorClass.UNREACHABLE,
    "482": ErrorClass.UNREACHABLE,
    "200004": ErrorClass.CONTACT,  # no such number
    "200011": ErrorClass.CONTACT,  # cut off
    "200006": ErrorClass.CONFIGURATION,
    "200104": ErrorClass.CONFIGURATION,  # our number may not call
    "200117": ErrorClass.CONFIGURATION,
    "476": ErrorClass.CONFIGURATION,  # our number was taken back
    "200105": ErrorClass.BLOCKED,
    "200118": ErrorClass.BLOCKED,  # not at this time of day
    "200119": ErrorClass.BLOCKED,  # too often
    "200121": ErrorClass.TRANSIENT,  # too many calls at once
    "400": ErrorClass.TRANSIENT,
    "500": ErrorClass.TRANSIENT,
    "999999": ErrorClass.TRANSIENT,
}
"""How a call can end without anybody having listened."""


def by_code(code: int | str) -> ErrorClass:
    """Return what a refusal asks of us.

    An unknown `isv.` is ours to mend, an unknown `isp.` or throttling theirs and passing;
    anything else says: another channel.
    """
    text = str(code)
    known = CODES.get(text)
    if known is not None:
        return known
    if text.startswith(("isp.", "Throttling", "ServiceUnavailable", "InternalError")):
        return ErrorClass.TRANSIENT
    if text.startswith(("isv.", "Invalid", "Missing", "Forbidden", "Signature", "Unauthorized")):
        return ErrorClass.CONFIGURATION
    return ErrorClass.UNREACHABLE


def by_receipt(code: int | str) -> ErrorClass:
    """Return what the code in a receipt asks of us; an unknown one: another channel."""
    text = str(code)
    return RECEIPTS.get(text) or CODES.get(text) or ErrorClass.UNREACHABLE
