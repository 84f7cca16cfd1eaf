"""What each of Tencent's codes asks of us: refusals of a request, receipts, failed calls.

Sources: the lists of codes in Tencent's own libraries (`sms/v20210111/errorcodes.py` and
`vms/v20200902/errorcodes.py`), the codes of the gateway in front of every product
(cloud.tencent.com/document/api/382/38780), the reasons of failed calls
(cloud.tencent.com/document/api/1128/37531), and docs/delivery.md for the classes. Every answer
has HTTP status 200; a refusal stands in `Response.Error`, or beside the number in
`SendStatusSet`, where anything but `Ok` is an error.

A limit on how often one number may be written to or rung is `BLOCKED`: this text will not go
this way for now, so that the next path takes it at once.
"""

from __future__ import annotations

from alerting.delivery.channels.carrier_receipts import RECEIPTS
from alerting.events import ErrorClass

OK = "Ok"
CLOCK_WRONG = frozenset({"AuthFailure.SignatureExpire", "InternalError.RequestTimeException"})
"""Our clock and theirs differ by more than five minutes."""

LIMITS: dict[str, float] = {
    "LimitExceeded.DeliveryFrequencyLimit": 30.0,
    "LimitExceeded.PhoneNumberThirtySecondLimit": 30.0,
    "LimitExceeded.PhoneNumberOneHourLimit": 600.0,
    "LimitExceeded.PhoneNumberDailyLimit": 3_600.0,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": 0.0,  # other words may go
}
"""One phone has had what it may: after how many seconds it is worth asking again. It says
nothing of other phones."""

CODES: dict[str, ErrorClass] = {
    # this number will never work
    "InvalidParameterValue.IncorrectPhoneNumber": ErrorClass.CONTACT,
    "InvalidParameterValue.CalledNumberVerifyFail": ErrorClass.CONTACT,
    "FailedOperation.PhoneNumberInBlacklist": ErrorClass.CONTACT,
    "FailedOperation.PhoneNumberParseFail": ErrorClass.CONTACT,
    # our account, signature or text is wrong, or there is no money left
    "FailedOperation.InsufficientBalanceInSmsPackage": ErrorClass.CONFIGURATION,
    "FailedOperation.InsufficientBalanceInVoicePackage": ErrorClass.CONFIGURATION,
    "FailedOperation.SignatureIncorrectOrUnapproved": ErrorClass.CONFIGURATION,
    "FailedOperation.TemplateIncorrectOrUnapproved": ErrorClass.CONFIGURATION,
    "FailedOperation.TemplateUnapprovedOrNotExist": ErrorClass.CONFIGURATION,
    "FailedOperation.TemplateIdNotExist": ErrorClass.CONFIGURATION,
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": ErrorClass.CONFIGURATION,
    "FailedOperation.PhonenumberUnappliedOrExpired": ErrorClass.CONFIGURATION,
    "FailedOperation.NotEnterpriseCertification": ErrorClass.CONFIGURATION,
    "FailedOperation.FailResolvePacket": ErrorClass.CONFIGURATION,
    "FailedOperation.JsonParseFail": ErrorClass.CONFIGURATION,
    "InvalidParameterValue.TemplateParameterLengthLimit": ErrorClass.CONFIGURATION,
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": ErrorClass.CONFIGURATION,
    "InvalidParameterValue.ContentLengthLimit": ErrorClass.CONFIGURATION,
    "InvalidParameterValue.SdkAppIdNotExist": ErrorClass.CONFIGURATION,
    "InvalidParameterValue.SdkAppidNotExist": ErrorClass.CONFIGURATION,
    "UnauthorizedOperation.SdkAppidIsDisabled": ErrorClass.CONFIGURATION,
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": ErrorClass.CONFIGURATION,
    "UnauthorizedOperation.VoiceSdkAppidVerifyFail": ErrorClass.CONFIGURATION,
    "UnauthorizedOperation.ServiceSuspendDueToArrears": ErrorClass.CONFIGURATION,
    "UnauthorizedOperation.RequestIpNotInWhitelist": ErrorClass.CONFIGURATION,
    "LimitExceeded.AppDailyLimit": ErrorClass.CONFIGURATION,  # a limit set in our own console
    "LimitExceeded.AppMainlandChinaDailyLimit": ErrorClass.CONFIGURATION,
    "AuthFailure.SecretIdNotFound": ErrorClass.CONFIGURATION,
    "AuthFailure.SignatureFailure": ErrorClass.CONFIGURATION,
    "AuthFailure.SignatureExpire": ErrorClass.CONFIGURATION,
    "AuthFailure.UnauthorizedOperation": ErrorClass.CONFIGURATION,
    "InternalError.RequestTimeException": ErrorClass.CONFIGURATION,
    "InternalError.SigVerificationFail": ErrorClass.CONFIGURATION,
    # these words, or so many messages to this number, are not let through
    "FailedOperation.ContainSensitiveWord": ErrorClass.BLOCKED,
    "LimitExceeded.DeliveryFrequencyLimit": ErrorClass.BLOCKED,
    "LimitExceeded.PhoneNumberDailyLimit": ErrorClass.BLOCKED,
    "LimitExceeded.PhoneNumberOneHourLimit": ErrorClass.BLOCKED,
    "LimitExceeded.PhoneNumberThirtySecondLimit": ErrorClass.BLOCKED,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": ErrorClass.BLOCKED,
    # a passing fault
    "FailedOperation.AccessUpstreamTimeout": ErrorClass.TRANSIENT,
    "InternalError.AccessUpstreamTimeout": ErrorClass.TRANSIENT,
    "InternalError.SendAndRecvFail": ErrorClass.TRANSIENT,
    "InternalError.SsoSendRecvFail": ErrorClass.TRANSIENT,
    "InternalError.Timeout": ErrorClass.TRANSIENT,
    "InternalError.UpstreamError": ErrorClass.TRANSIENT,
    "RequestLimitExceeded": ErrorClass.TRANSIENT,
    "ResourceUnavailable": ErrorClass.TRANSIENT,
}

CALLS: dict[int, ErrorClass] = {
    1: ErrorClass.UNREACHABLE,  # off
    2: ErrorClass.UNREACHABLE,  # in a call
    3: ErrorClass.UNREACHABLE,  # out of reach
    4: ErrorClass.CONTACT,  # in arrears
    5: ErrorClass.UNREACHABLE,  # nobody took it
    6: ErrorClass.UNREACHABLE,
    7: ErrorClass.CONTACT,  # cut off
    8: ErrorClass.CONTACT,  # no such number
    9: ErrorClass.TRANSIENT,  # circuits busy
    10: ErrorClass.UNREACHABLE,  # busy
    11: ErrorClass.UNREACHABLE,
    12: ErrorClass.BLOCKED,  # calls restricted
    13: ErrorClass.CONTACT,  # suspended
    15: ErrorClass.CONTACT,  # no such number
    16: ErrorClass.UNREACHABLE,
    17: ErrorClass.CONTACT,  # expired
    18: ErrorClass.TRANSIENT,  # network busy
    19: ErrorClass.CONTACT,  # takes no calls
    20: ErrorClass.UNREACHABLE,  # no answer
}
"""`failure_code` of a call."""


def by_code(code: int | str) -> ErrorClass:
    """Return what a refusal asks of us.

    Of an unknown code its family tells: what is invalid, missing or not authorised is ours to
    mend, an internal error passes, a limit is reached; anything else says: another channel.
    """
    text = str(code)
    known = CODES.get(text)
    if known is not None:
        return known
    match text.partition(".")[0]:
        case "InternalError" | "RequestLimitExceeded" | "ResourceUnavailable":
            return ErrorClass.TRANSIENT
        case "LimitExceeded":
            return ErrorClass.BLOCKED
        case "FailedOperation" | "":
            return ErrorClass.UNREACHABLE
        case family if family.startswith(("Invalid", "Missing", "Unauthorized", "Unsupported")):
            return ErrorClass.CONFIGURATION
        case "AuthFailure" | "NoSuchVersion" | "UnknownParameter" | "IpNotInWhitelist":
            return ErrorClass.CONFIGURATION
        case _:
            return ErrorClass.UNREACHABLE


def by_receipt(code: int | str) -> ErrorClass:
    """Return what the code in a receipt asks of us; an unknown one: another channel."""
    return RECEIPTS.get(str(code), ErrorClass.UNREACHABLE)
