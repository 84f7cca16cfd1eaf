"""What the mainland operators' delivery codes ask of us, whichever cloud hands them on.

Sources: the operators' status reports as collected in cnblogs.com/da-guang/p/5880631 and
cnblogs.com/yhdkzy/p/4238029 (CMPP: SMSC, SCP, DSMP and gateway codes), Huawei's list of MI
codes (support.huaweicloud.com, "API错误码3"), Tencent's list of receipt codes
(cloud.tencent.com/document/product/382/3771), Aliyun's (help.aliyun.com,
document_detail/101347). Provinces reuse some codes with a meaning of their own, so that an
unknown one says only: try another channel.
"""

from __future__ import annotations

from alerting.events import ErrorClass

ARRIVED = frozenset({"DELIVRD", "DELIVERED"})

RECEIPTS: dict[str, ErrorClass] = {
    # nobody has this number, or its line is cut off: a person has to mend that
    "MK:0001": ErrorClass.CONTACT,  # no such subscriber
    "MK:0005": ErrorClass.CONTACT,  # cut off (停机)
    "MK:0013": ErrorClass.CONTACT,  # cut off (停机)
    "MK:0075": ErrorClass.CONTACT,  # no such account
    "DB:0101": ErrorClass.CONTACT,  # wrong number
    "DB:0102": ErrorClass.CONTACT,  # cut off
    "CB:0001": ErrorClass.CONTACT,  # invalid or void
    "CB:0053": ErrorClass.CONTACT,  # void
    "MI:0019": ErrorClass.CONTACT,  # in arrears
    "MI:0051": ErrorClass.CONTACT,  # in arrears
    "MI:0073": ErrorClass.CONTACT,  # void
    "MI:0210": ErrorClass.CONTACT,  # void
    "MBBLACK": ErrorClass.CONTACT,  # on a list of those who want no messages
    "DBBLACK": ErrorClass.CONTACT,
    "DB:0144": ErrorClass.CONTACT,
    # the phone is off or out of reach
    "UNDELIV": ErrorClass.UNREACHABLE,
    "EXPIRED": ErrorClass.UNREACHABLE,
    "MK:0010": ErrorClass.UNREACHABLE,
    "MK:0023": ErrorClass.UNREACHABLE,
    "MI:0024": ErrorClass.UNREACHABLE,
    "MI:0042": ErrorClass.UNREACHABLE,
    "MI:0076": ErrorClass.UNREACHABLE,
    "MI:0082": ErrorClass.UNREACHABLE,
    "002": ErrorClass.UNREACHABLE,
    "REJECTD": ErrorClass.UNREACHABLE,  # reasons differ by gateway
    # these words, or so many of them, are not let through
    "MK:0014": ErrorClass.BLOCKED,
    "MK:0115": ErrorClass.BLOCKED,
    "-106": ErrorClass.BLOCKED,
    "MK:1041": ErrorClass.BLOCKED,  # too many messages
    "DB:0142": ErrorClass.BLOCKED,  # too many messages today
    # our signature is not filed with the operator
    "PORT_NOT_REGISTERED": ErrorClass.CONFIGURATION,
    "XA:0003": ErrorClass.CONFIGURATION,
    # trouble inside the operator's network
    "IB:0008": ErrorClass.TRANSIENT,  # flow control
    "IB:0070": ErrorClass.TRANSIENT,
    "IC:0154": ErrorClass.TRANSIENT,
    "CA:0051": ErrorClass.TRANSIENT,
    "CA:0052": ErrorClass.TRANSIENT,
    "CA:0054": ErrorClass.TRANSIENT,
    "DA:0054": ErrorClass.TRANSIENT,
    "MA:0051": ErrorClass.TRANSIENT,
    "MA:0054": ErrorClass.TRANSIENT,
    "DB:9001": ErrorClass.TRANSIENT,
    "DB:9007": ErrorClass.TRANSIENT,
    "MK:0002": ErrorClass.TRANSIENT,
}
