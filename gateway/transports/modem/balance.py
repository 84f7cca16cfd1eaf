"""How much money the SIM has left: the carrier is asked by text, as a person would."""

from __future__ import annotations

from alerting.delivery.pdu import PduError, submit
from gateway.clock import Clock
from gateway.transports.modem import texts
from gateway.transports.modem.access import ModemAccess, same_number
from gateway.transports.modem.at import AtError
from gateway.transports.modem.condition import Condition
from gateway.transports.modem.session import Session
from gateway.transports.modem.texts import Count
from gateway.transports.transport import Text

VALIDITY_SECONDS = 3_600


class Balance:
    """Asks every while, and understands the answer."""

    def __init__(
        self, access: ModemAccess, clock: Clock, condition: Condition, count: Count
    ) -> None:
        self._access = access
        self._clock = clock
        self._condition = condition
        self._count = count
        self._asked_at: float | None = None

    async def ask(self, session: Session) -> None:
        """Ask the carrier, if it is time; nothing else depends on it.

        Raises:
            AtSilent: the modem does not answer.
        """
        access, now, last = self._access, self._clock.monotonic(), self._asked_at
        is_due = last is None or now - last >= access.balance_every_seconds
        if not access.balance_number or not is_due or not session.state.is_registered:
            return
        self._asked_at = now
        number, text = access.balance_number, access.balance_text
        try:
            for pdu in submit(number, text, 0, VALIDITY_SECONDS, wants_report=False):
                await texts.submit(session.at, pdu, access.times.submit)
        except (AtError, PduError) as error:
            self._count("balance not asked", number, str(error))

    def take(self, text: Text) -> bool:
        """Take a text of the carrier's; False: it is a person's."""
        number = self._access.balance_number
        if not number or not same_number(text.sender, number):
            return False
        if not self._condition.read_balance(text.text):
            self._count("carrier's text not understood", text.sender, text.text)
        return True
