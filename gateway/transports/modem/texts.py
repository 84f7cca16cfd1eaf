"""Texts of one modem: handed to it part by part, followed by reference, taken from its memory."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

import msgspec

from alerting.delivery.channels import Account, Progress, modem_sms
from alerting.delivery.channels.modem_sms import ModemSms
from alerting.delivery.pdu import Parts, PduError, Report, Whole, decode
from alerting.delivery.pdu.submit import length_of
from alerting.events import DeliveryState, ErrorClass
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.modem.access import ModemAccess, international, same_number
from gateway.transports.modem.at import At, AtError, AtSilent, number, values
from gateway.transports.modem.memory import LOOK_BACK, Memory, Sent, name_of
from gateway.transports.transport import SendError, Submitted, Text, as_message

NAME = "modem"
SENT_MAX = 2_000
SEEN_MAX = 5_000
ORPHANS_MAX = 50
SLOTS_MAX = 60
"""Of a SIM that is read slot by slot."""
CROWDED = 10
"""Texts on the SIM, which has room for 20 at least."""
FRESH = timedelta(minutes=5)
"""What the carrier got longer ago may be from before an incident it seems to answer."""
BAD_TEXT = "bad text"
INCOMPLETE_TEXT = "incomplete text"

_log = logging.getLogger(__name__)

Count = Callable[[str, str, str], None]
Arrived = Callable[[Text, bool], Awaitable[None]]


class Texts:
    """What was sent and received; outlives resets of the modem."""

    def __init__(
        self, access: ModemAccess, clock: Clock, memory: Memory, count: Count, arrived: Arrived
    ) -> None:
        """Make it.

        Args:
            access: our modem.
            clock: the time.
            memory: what outlives us.
            count: takes note of what could not be used.
            arrived: takes whole texts, and whether they may be old.
        """
        self._access = access
        self._clock = clock
        self._memory = memory
        self._count = count
        self._arrived = arrived
        self._channel = ModemSms()
        self._sent: dict[str, Sent] = {}
        self._parts = Parts()
        self._seen: set[str] = set()
        self._orphans: list[tuple[Report, datetime]] = []
        """Reports of messages we do not know of, yet."""
        self.sent_known = asyncio.Event()
        """What was sent in a former life is known again."""
        self.proven_at: datetime | None = None
        """When a carrier last said that a text arrived, or one came in."""

    # ------------------------------------------------------------------ out

    async def send(self, at: At, row: OutboxRow) -> Submitted:
        """Hand a message to the modem.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """
        account = Account(self._access.number)
        try:
            parameters = self._channel.request(as_message(row), account, self._clock.now())
        except PduError as error:
            raise SendError(ErrorClass.BLOCKED, str(error)) from error
        pdus = parameters["pdus"]
        sent = Sent(secrets.token_hex(8), row.key, "sms", row.address, self._clock.now())
        for n, pdu in enumerate(pdus):
            try:
                reference = await submit(at, pdu, self._access.times.submit)
            except AtError as error:
                raise self._refused(error) from error
            except AtSilent as error:
                if not error.doubtful:
                    raise SendError(ErrorClass.TRANSIENT, str(error)) from error
                if n == len(pdus) - 1:
                    await self._took(msgspec.structs.replace(sent, is_doubtful=True))
                raise SendError(ErrorClass.AMBIGUOUS, str(error)) from error
            sent = msgspec.structs.replace(
                sent,
                references=(*sent.references, reference),
                statuses=(*sent.statuses, None),
            )
        await self._took(sent)
        return Submitted(sent.id, self._channel.progress(modem_sms.SENT))

    def find(self, row: OutboxRow, since: datetime, taken: Collection[str]) -> Submitted | None:
        """Return a message of this key that the modem is known to have taken."""
        for sent in reversed(self._sent.values()):
            is_it = sent.key == row.key and sent.at >= since and sent.id not in taken
            if is_it and sent.references and not sent.is_doubtful:
                return Submitted(sent.id, self.progress(sent.id))
        return None

    def progress(self, id: str) -> Progress:
        """Return what became of a message; what nobody reported of is on its way."""
        sent = self._sent.get(id)
        statuses = sent.statuses if sent is not None else ()
        said = [
            self._channel.progress(modem_sms.REPORT, status)
            for status in statuses
            if status is not None
        ]
        lost = [one for one in said if one.error is not None]
        if lost:
            return lost[0]
        arrived = [one for one in said if one.state is DeliveryState.DELIVERED]
        if statuses and len(arrived) == len(statuses):
            return arrived[0]
        waiting = [one for one in said if not one.final]
        return waiting[0] if waiting else self._channel.progress(modem_sms.SENT)

    async def _took(self, sent: Sent) -> None:
        await self.note(sent)
        for _ in sent.statuses or (None,):
            await self._adopt(self._sent[sent.id])

    async def note(self, sent: Sent) -> None:
        """Remember a message, here and on disk."""
        self._sent.pop(sent.id, None)
        self._sent[sent.id] = sent
        while len(self._sent) > SENT_MAX:
            self._sent.pop(next(iter(self._sent)))
        await self._memory.note(sent)

    async def late_reference(self, reference: int) -> None:
        """Take the reference of a text the modem had not answered for in time."""
        for sent in reversed(self._sent.values()):
            if sent.is_doubtful:
                references = (*sent.references, reference)
                statuses = (*sent.statuses, None)
                await self.note(
                    msgspec.structs.replace(
                        sent, references=references, statuses=statuses, is_doubtful=False
                    )
                )
                return

    def _refused(self, error: AtError) -> SendError:
        progress = self._channel.progress(modem_sms.REFUSED, error.code)
        if error.kind == "+CME ERROR" or not error.code:
            return SendError(ErrorClass.TRANSIENT, str(error), code=error.code)
        kind = progress.error or ErrorClass.TRANSIENT
        return SendError(kind, progress.detail, code=error.code)

    # ------------------------------------------------------------------ reports

    async def reported(self, report: Report) -> None:
        """Take in what the carrier says of a text; one we know nothing of is counted."""
        since = self._clock.now() - LOOK_BACK
        for sent in reversed(self._sent.values()):
            if sent.at < since or not same_number(sent.address, report.recipient):
                continue
            if report.reference in sent.references:
                await self._settle(sent, report)
                return
        for sent in reversed(self._sent.values()):
            # the modem never said its reference; that somebody got it is now known
            if sent.is_doubtful and same_number(sent.address, report.recipient):
                await self.late_reference(report.reference)
                await self._settle(self._sent[sent.id], report)
                return
        if len(self._orphans) >= ORPHANS_MAX:
            self._orphans.pop(0)
            self._count("report of nothing", report.recipient, f"reference {report.reference}")
        self._orphans.append((report, self._clock.now()))

    async def _adopt(self, sent: Sent) -> None:
        """Give a message the reports that came before we knew of it."""
        for one in tuple(self._orphans):
            report, at = one
            is_its = sent.is_doubtful or report.reference in sent.references
            if at >= sent.at and is_its and same_number(sent.address, report.recipient):
                self._orphans.remove(one)
                await self.reported(report)
                return

    async def _settle(self, sent: Sent, report: Report) -> None:
        n = len(sent.references) - 1 - sent.references[::-1].index(report.reference)
        statuses = list(sent.statuses)
        statuses[n] = report.status
        await self.note(msgspec.structs.replace(sent, statuses=tuple(statuses)))
        if self.progress(sent.id).state is DeliveryState.DELIVERED:
            self.proven_at = self._clock.now()

    # ------------------------------------------------------------------ in

    async def recall_past(self) -> None:
        """Go on where a former life ended: texts of the last day, messages sent."""
        for sent in await self._memory.sent():
            self._sent[sent.id] = sent
        self.sent_known.set()
        for id, pdu in await self._memory.received(self._clock.now()):
            await self._take(id, pdu)

    async def collect(self, at: At) -> None:
        """Take every text out of the modem's memory; each is deleted there once it is here.

        Raises:
            AtError: the memory cannot be read.
            AtSilent: there was no answer.
        """
        times = self._access.times
        lines = await at.ask("AT+CMGL=4", times.answer)
        # while nothing can be kept the SIM keeps it, as long as new texts find room there
        is_crowded = len(lines) > 2 * CROWDED
        for head, pdu in itertools.pairwise([*lines, ""]):
            if not head.startswith("+CMGL:"):
                continue
            slot = number(values(head)[0])
            written = "" if pdu.startswith("+CMGL:") else pdu
            if slot >= 0 and not _is_readable(written):
                # it may have suffered on its way to us only
                again = await self._slot(at, slot)
                written = again[1] if len(again) > 1 else written
            if slot >= 0 and (await self._received(written) or is_crowded):
                await at.ask(f"AT+CMGD={slot}", times.answer)

    async def collect_singly(self, at: At) -> None:
        """Take texts out slot by slot, for a modem that cannot list them.

        What it cannot read either is deleted, or it would stand before the others for ever.

        Raises:
            AtSilent: it does not answer at all.
        """
        times = self._access.times
        for slot in range(SLOTS_MAX):
            try:
                lines = await self._slot(at, slot)
            except AtError:
                continue  # nothing there
            is_kept = len(lines) > 1 and (not lines[1] or await self._received(lines[1]))
            if is_kept:
                await at.ask(f"AT+CMGD={slot}", times.answer)

    async def _slot(self, at: At, slot: int) -> list[str]:
        """Read one slot; where it is silent over it twice, and not otherwise, as if it was empty.

        Raises:
            AtError: nothing is there.
            AtSilent: it does not answer at all.
        """
        seconds = self._access.times.answer
        with contextlib.suppress(AtSilent):
            return await at.ask(f"AT+CMGR={slot}", seconds)
        await at.ask("AT", seconds)  # did it hang over this text, or by itself?
        with contextlib.suppress(AtSilent):
            return await at.ask(f"AT+CMGR={slot}", seconds)
        self._count(BAD_TEXT, "SIM", f"slot {slot} cannot be read")
        return ["+CMGR:", ""]

    async def pushed(self, pdu: str) -> None:
        """Take a text or report that came without being stored."""
        await self._received(pdu)

    async def expire(self) -> None:
        """Hand over what waited too long for its other parts, as far as it came."""
        for whole in self._parts.expire(self._clock.now()):
            await self._hand_over(whole)

    async def _received(self, pdu: str) -> bool:
        """Keep a text and take it in; False: it could not be kept, and must stay where it is."""
        id = await self._memory.keep(pdu, self._clock.now())
        if name_of(pdu) in self._seen:
            return bool(id)
        await self._take(name_of(pdu), pdu)
        return bool(id)

    async def _take(self, id: str, pdu: str) -> None:
        if len(self._seen) >= SEEN_MAX:
            self._seen.clear()  # whoever understands texts knows what was dealt with
        self._seen.add(id)
        try:
            message = decode(pdu)
        except PduError as error:
            self._count(BAD_TEXT, "SIM", str(error))
            return
        if isinstance(message, Report):
            await self.reported(message)
            return
        if message.is_data:
            self._count(BAD_TEXT, message.sender, "no text, but data for a program")
            return
        for whole in self._parts.add(id, message, self._clock.now()):
            await self._hand_over(whole)

    async def _hand_over(self, whole: Whole) -> None:
        now = self._clock.now()
        sender = international(whole.sender, self._access.number)
        if whole.missing:
            missing = ", ".join(str(n) for n in whole.missing)
            detail = f"of {whole.total} parts, {missing} never came"
            self._count(INCOMPLETE_TEXT, sender, detail)
        self.proven_at = now
        id = whole.ids[0] if len(whole.ids) == 1 else name_of("".join(sorted(whole.ids)))
        is_old = whole.sent_at is not None and now - whole.sent_at > FRESH
        try:
            await self._arrived(Text(NAME, id, sender, whole.text, whole.sent_at), is_old)
        except Exception:  # one text must not cost the others
            _log.exception("a text from the modem met an error of ours")


def _is_readable(pdu: str) -> bool:
    try:
        decode(pdu)
    except PduError:
        return False
    return True


async def submit(at: At, pdu: str, seconds: float) -> int:
    """Hand one PDU to the modem; return its reference.

    Raises:
        AtError: it was refused.
        AtSilent: there was no answer; doubtful once the text itself was on its way.
    """
    lines = await at.ask(f"AT+CMGS={length_of(pdu)}", seconds, pdu.encode() + b"\x1a")
    found = [number(values(line)[0]) for line in lines if line.startswith("+CMGS:")]
    if not found or found[0] < 0:
        raise AtSilent("the modem took the text and named no reference", doubtful=True)
    return found[0]
