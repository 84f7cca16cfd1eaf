"""Text messages as a modem takes and gives them: 3GPP TS 23.040, in PDU mode.

Pure: hexadecimal text in, frozen records out, and back. What cannot be read raises
`PduError`, which says what was expected; it never stands in the way of the next.
"""

from __future__ import annotations

from alerting.delivery.pdu.errors import PduError
from alerting.delivery.pdu.parts import Parts, Whole
from alerting.delivery.pdu.received import Deliver, Report, decode
from alerting.delivery.pdu.submit import submit

__all__ = ["Deliver", "Parts", "PduError", "Report", "Whole", "decode", "submit"]
