"""What the error codes of a modem and its network ask of us.

Sources: 3GPP TS 27.005, 3.2.5 (+CMS ERROR), 3GPP TS 24.011, 8.2.5.4 (causes below 128) and
3GPP TS 23.040, 9.2.3.22 (from 128 on); 3GPP TS 27.007, 9.2 (+CME ERROR); 3GPP TS 23.040,
9.2.3.15 (status reports); 3GPP TS 24.008, annex H (why a call ended).
"""

from __future__ import annotations

from alerting.events import ErrorClass

CMS: dict[int, ErrorClass] = {
    # the network's reasons
    1: ErrorClass.CONTACT,  # unassigned number
    8: ErrorClass.CONFIGURATION,  # barred by the operator: often no balance
    10: ErrorClass.CONFIGURATION,  # call barred
    21: ErrorClass.UNREACHABLE,  # transfer rejected
    22: ErrorClass.UNREACHABLE,  # the phone's memory is full
    27: ErrorClass.UNREACHABLE,  # destination out of service
    28: ErrorClass.CONTACT,  # unidentified subscriber
    29: ErrorClass.CONFIGURATION,  # facility rejected
    30: ErrorClass.CONTACT,  # unknown subscriber
    38: ErrorClass.TRANSIENT,  # network out of order
    41: ErrorClass.TRANSIENT,  # temporary failure
    42: ErrorClass.TRANSIENT,  # congestion
    47: ErrorClass.TRANSIENT,  # resources unavailable
    50: ErrorClass.CONFIGURATION,  # not subscribed: the SIM may send no messages
    69: ErrorClass.CONFIGURATION,  # facility not implemented
    95: ErrorClass.BLOCKED,  # incorrect message
    96: ErrorClass.BLOCKED,
    97: ErrorClass.BLOCKED,
    98: ErrorClass.BLOCKED,
    99: ErrorClass.BLOCKED,
    111: ErrorClass.TRANSIENT,  # protocol error, unspecified
    127: ErrorClass.TRANSIENT,  # interworking, unspecified
    # the message centre's reasons
    192: ErrorClass.TRANSIENT,  # centre busy
    193: ErrorClass.CONFIGURATION,  # no subscription at this centre
    194: ErrorClass.TRANSIENT,  # centre failure
    195: ErrorClass.CONTACT,  # invalid address
    196: ErrorClass.CONTACT,  # destination barred
    197: ErrorClass.BLOCKED,  # rejected as a duplicate
    # the modem's reasons
    300: ErrorClass.TRANSIENT,  # modem failure
    301: ErrorClass.TRANSIENT,  # service reserved
    302: ErrorClass.TRANSIENT,  # not allowed just now
    303: ErrorClass.CONFIGURATION,  # not supported
    304: ErrorClass.BLOCKED,  # invalid PDU
    305: ErrorClass.BLOCKED,  # invalid text
    310: ErrorClass.CONFIGURATION,  # no SIM
    311: ErrorClass.CONFIGURATION,  # SIM wants its PIN
    312: ErrorClass.CONFIGURATION,
    313: ErrorClass.TRANSIENT,  # SIM failure
    314: ErrorClass.TRANSIENT,  # SIM busy
    315: ErrorClass.CONFIGURATION,  # wrong SIM
    316: ErrorClass.CONFIGURATION,  # SIM wants its PUK
    317: ErrorClass.CONFIGURATION,
    318: ErrorClass.CONFIGURATION,
    320: ErrorClass.TRANSIENT,  # memory failure
    322: ErrorClass.TRANSIENT,  # memory full: it is emptied meanwhile
    330: ErrorClass.CONFIGURATION,  # the message centre's number is not known
    331: ErrorClass.TRANSIENT,  # no network
    332: ErrorClass.AMBIGUOUS,  # the network did not answer: it may have it
    500: ErrorClass.TRANSIENT,  # unknown error
}
"""By the code of +CMS ERROR."""

CME: dict[int, ErrorClass] = {
    3: ErrorClass.TRANSIENT,  # not allowed just now
    4: ErrorClass.CONFIGURATION,  # not supported
    5: ErrorClass.CONFIGURATION,
    10: ErrorClass.CONFIGURATION,  # no SIM
    11: ErrorClass.CONFIGURATION,  # PIN
    12: ErrorClass.CONFIGURATION,  # PUK
    13: ErrorClass.TRANSIENT,  # SIM failure
    14: ErrorClass.TRANSIENT,  # SIM busy
    15: ErrorClass.CONFIGURATION,  # wrong SIM
    16: ErrorClass.CONFIGURATION,  # wrong PIN
    30: ErrorClass.TRANSIENT,  # no network
    31: ErrorClass.TRANSIENT,  # network timeout
    32: ErrorClass.CONFIGURATION,  # emergency calls only
}
"""By the code of +CME ERROR."""

CALL: dict[int, ErrorClass] = {
    1: ErrorClass.CONTACT,  # unassigned number
    8: ErrorClass.CONFIGURATION,  # barred by the operator
    22: ErrorClass.CONTACT,  # number changed
    28: ErrorClass.CONTACT,  # invalid number
    29: ErrorClass.CONFIGURATION,
    34: ErrorClass.TRANSIENT,  # no circuit free
    38: ErrorClass.TRANSIENT,  # network out of order
    41: ErrorClass.TRANSIENT,
    42: ErrorClass.TRANSIENT,  # congestion
    44: ErrorClass.TRANSIENT,
    47: ErrorClass.TRANSIENT,
    50: ErrorClass.CONFIGURATION,  # not subscribed
    55: ErrorClass.CONFIGURATION,
    57: ErrorClass.CONFIGURATION,  # this SIM may place no calls
    58: ErrorClass.TRANSIENT,
    68: ErrorClass.CONFIGURATION,  # the money is used up
}
"""Why a call ended, by its cause; what is not here: the person is not reached now."""

STILL_TRYING = range(0x20, 0x40)
"""Status reports that are not the last: the carrier goes on."""

_RANGE_OF_MODEM = range(300, 512)


def of_cms(code: int) -> ErrorClass:
    """Return what a +CMS ERROR asks of us.

    Unknown: of the network's another channel, of the modem's another try.
    """
    known = CMS.get(code)
    if known is not None:
        return known
    return ErrorClass.UNREACHABLE if 0 < code < _RANGE_OF_MODEM.start else ErrorClass.TRANSIENT


def of_cme(code: int) -> ErrorClass:
    """Return what a +CME ERROR asks of us; unknown: another try."""
    return CME.get(code, ErrorClass.TRANSIENT)


def of_call(cause: int) -> ErrorClass:
    """Return what the end of a call asks of us; unknown: the person is not reached now."""
    return CALL.get(cause, ErrorClass.UNREACHABLE)


REPORT: dict[int, ErrorClass] = {
    0x40: ErrorClass.UNREACHABLE,  # remote procedure error
    0x41: ErrorClass.CONTACT,  # incompatible destination: a landline
    0x42: ErrorClass.BLOCKED,  # rejected by the recipient's side
    0x43: ErrorClass.UNREACHABLE,  # not obtainable: also said of phones that are off
    0x44: ErrorClass.UNREACHABLE,
    0x45: ErrorClass.UNREACHABLE,  # no interworking
    0x46: ErrorClass.UNREACHABLE,  # validity period over: the phone was off
    0x47: ErrorClass.UNREACHABLE,
    0x48: ErrorClass.BLOCKED,  # deleted by the centre
    0x49: ErrorClass.UNREACHABLE,  # it does not exist there
}
"""Last words of the carrier, by status; what is not here: the phone is not reached now."""


def of_report(status: int) -> ErrorClass | None:
    """Return what a status report asks of us; None: it arrived, or is still on its way."""
    if status < STILL_TRYING.stop:
        return None
    return REPORT.get(status, ErrorClass.UNREACHABLE)
