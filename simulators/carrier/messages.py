"""Texts: accepted, queued, sent, delivered or not; and those that come from the phones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from xml.etree import ElementTree

import msgspec

from simulators.carrier import mainland
from simulators.carrier.faults import ON_FATE, Fault, FaultKind, Target
from simulators.carrier.network import Network, describe
from simulators.carrier.parameters import Parameters
from simulators.carrier.records import MESSAGE_FINAL, MESSAGE_NEXT, Message, MessageStatus
from simulators.carrier.refusal import bad, meaning, not_found
from simulators.carrier.segments import segments
from simulators.carrier.webhooks import CameBack, usable
from simulators.phones.exchange import TEXTS_SHOWN_MAX, Text
from simulators.phones.people import Line, OnCall, Person

BODY_CHARS_MAX = 1_600
VALIDITY_SECONDS_MAX = 36_000
MESSAGES_KEPT_MAX = 50_000
"""Beyond this the oldest are forgotten, as the provider does after a while."""
LOST = 30008
"""The provider's code for a text that was lost for no known reason."""
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
START = frozenset({"START", "YES", "UNSTOP"})
STOPPED = (
    "You have successfully been unsubscribed. You will not receive any more messages from "
    "this number. Reply START to resubscribe."
)
STARTED = "You have successfully been re-subscribed to messages from this number."


class Messages:
    """All texts of the account, and what each phone shows of them."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._quota = mainland.Quota()
        self._messages: dict[str, Message] = {}
        self._shown: dict[str, list[Text]] = {}
        self._asked: dict[str, int] = {}
        self.webhooks: dict[str, tuple[str, str]] = {}
        """Account number -> (address, method) called for every inbound text."""

    # ---------------------------------------------------------------- resources

    def create(self, now: datetime, given: Parameters) -> Message:
        """Accept a text.

        Raises:
            Refused: with the provider's code.
        """
        sender, to, body = given.text("From"), given.text("To"), given.text("Body")
        self._check(sender, to, body, given.text("StatusCallback"))
        validity = given.number("ValidityPeriod", VALIDITY_SECONDS_MAX, 1, VALIDITY_SECONDS_MAX)
        message = self._enter(now, sender, to, body, "outbound-api")
        message = msgspec.structs.replace(
            message, callback=given.text("StatusCallback"), validity_s=validity
        )
        self._messages[message.sid] = message
        self._begin(now, message)
        return message

    def get(self, sid: str, path: str) -> Message:
        """Return one text.

        Raises:
            Refused: there is none.
        """
        if sid not in self._messages:
            raise not_found(path)
        return self._messages[sid]

    def all(self) -> list[Message]:
        """Return every text, newest first."""
        return list(reversed(self._messages.values()))

    def update(self, now: datetime, sid: str, path: str, given: Parameters) -> Message:
        """Redact a text that is done with (`Body` empty).

        Raises:
            Refused: not found, not done, or nothing of the kind was asked.
        """
        message = self.get(sid, path)
        if "Status" in given:
            raise bad(30409, "Only a scheduled message can be canceled; this carrier has none")
        if "Body" not in given or given.text("Body"):
            raise bad(20001, "Parameter 'Body' must be empty: a message can only be redacted")
        if message.status not in MESSAGE_FINAL:
            raise bad(20009, f"Message is {message.status}; it cannot be redacted yet")
        message = msgspec.structs.replace(message, body="", updated_at=now)
        self._messages[sid] = message
        return message

    def delete(self, sid: str, path: str) -> None:
        """Forget a text that is done with.

        Raises:
            Refused: not found or not done.
        """
        if self.get(sid, path).status not in MESSAGE_FINAL:
            raise bad(20009, "Message is not finished; it cannot be deleted yet")
        del self._messages[sid]

    def recall(
        self, now: datetime, messages: Iterable[Message], shown: Mapping[str, Sequence[Text]]
    ) -> None:
        """Take back what was kept over a restart; what was on its way then is lost."""
        for message in messages:
            if message.status not in MESSAGE_FINAL:
                message = msgspec.structs.replace(
                    message, status=MessageStatus.UNDELIVERED, error_code=LOST, updated_at=now
                )
            self._messages[message.sid] = message
        self._shown = {number: list(texts) for number, texts in shown.items()}

    # ---------------------------------------------------------------- at the phone

    def shown_everywhere(self) -> dict[str, tuple[Text, ...]]:
        """Return what every phone keeps in sight, by number."""
        return {number: tuple(texts) for number, texts in self._shown.items()}

    def shown(self, number: str) -> tuple[Text, ...]:
        """Return what the phone keeps in sight, oldest first."""
        return tuple(self._shown.get(number, ()))

    def write(self, now: datetime, number: str, body: str, to: str) -> Message | None:
        """A person writes a text; returns None when the networks never carry it."""
        carried = not mainland.is_mainland(number)
        carried = carried and self._network.person(number).habit.on_call is not OnCall.OFF
        sid = self._network.sid("SM")
        self._show(Text(at=now, sid=sid, body=body, other=to, mine=True, lost=not carried), number)
        if not carried or to not in self._network.account.numbers:
            return None
        message = self._enter(now, number, to, body, "inbound", sid)
        word = body.strip().upper()
        if word in STOP:
            self._network.opted_out.add((to, number))
            self._reply(now, message, STOPPED)
        elif word in START and (to, number) in self._network.opted_out:
            self._network.opted_out.discard((to, number))
            self._reply(now, message, STARTED)
        self._announce(now, message)
        return message

    # ---------------------------------------------------------------- inside

    def _check(self, sender: str, to: str, body: str, callback: str) -> None:
        network = self._network
        if not to:
            raise bad(21604, "A 'To' phone number is required.")
        if not sender:
            raise bad(21603, "A 'From' phone number is required.")
        if NUMBER.fullmatch(to) is None:
            raise bad(21211, f"Invalid 'To' Phone Number: {to}")
        if sender not in network.account.numbers:
            message = f"The 'From' phone number {sender} is not an SMS-capable number of this"
            raise bad(21606, f"{message} account.")
        if not body:
            raise bad(21602, "Message body is required.")
        if len(body) > BODY_CHARS_MAX:
            raise bad(21617, "The concatenated message body exceeds the 1600 character limit")
        if callback and not usable(callback):
            raise bad(21609, f"The 'StatusCallback' URL {callback} is not a valid URL.")
        landline = network.person(to).line is Line.LANDLINE
        if landline or (mainland.is_mainland(to) and not mainland.is_mobile(to)):
            raise bad(21614, f"'To' number {to} is not a valid mobile number")
        if (sender, to) in network.opted_out:
            raise bad(21610, "Attempt to send to unsubscribed recipient")

    def _enter(
        self, now: datetime, sender: str, to: str, body: str, direction: str, sid: str = ""
    ) -> Message:
        inbound = direction == "inbound"
        message = Message(
            sid=sid or self._network.sid("SM"),
            number=self._network.count(),
            sender=sender,
            to=to,
            body=body,
            direction=direction,
            status=MessageStatus.RECEIVED if inbound else MessageStatus.QUEUED,
            created_at=now,
            updated_at=now,
            sent_at=now if inbound else None,
        )
        self._messages[message.sid] = message
        if len(self._messages) > MESSAGES_KEPT_MAX:
            del self._messages[next(iter(self._messages))]
        return message

    def _begin(self, now: datetime, message: Message) -> None:
        """Plan the whole way of an outbound text."""
        network, sid, timing = self._network, message.sid, self._network.timing
        self._callback(now, message)
        fault = network.faults.strike(ON_FATE, Target.SMS, (message.to,))
        if fault is not None and fault.kind is FaultKind.STUCK:
            network.later(now, message.validity_s, lambda at: self._move(at, sid, "failed", 30036))
            return
        code, extra = self._fate(now, message, fault)
        network.later(now, timing.sms_sending_s, lambda at: self._move(at, sid, "sending"))
        network.later(now, timing.sms_sent_s, lambda at: self._move(at, sid, "sent"))
        if code:
            network.later(
                now, timing.sms_failed_s, lambda at: self._move(at, sid, "undelivered", code)
            )
            return
        receipt = fault is None or fault.kind is not FaultKind.NO_RECEIPT
        network.later(
            now + extra, timing.sms_delivered_s, lambda at: self._arrive(at, sid, receipt)
        )

    def _fate(self, now: datetime, message: Message, fault: Fault | None) -> tuple[int, timedelta]:
        """Return (error code or 0, extra delay) of an accepted text."""
        if fault is not None and fault.kind is FaultKind.UNDELIVER:
            return fault.code or 30008, timedelta(0)
        if mainland.is_mainland(message.to):
            code, extra = self._quota.judge(now, message.to, message.body)
            if code:
                return code, extra
            return (30003, extra) if self._off(message.to) else (0, extra)
        return (30003 if self._off(message.to) else 0), timedelta(0)

    def _off(self, number: str) -> bool:
        return self._network.person(number).habit.on_call is OnCall.OFF

    def _move(self, now: datetime, sid: str, status: str, code: int | None = None) -> None:
        message = self._messages.get(sid)
        after = MessageStatus(status)
        if message is None or after not in MESSAGE_NEXT[message.status]:
            return
        sent = now if after is MessageStatus.SENT else message.sent_at
        message = msgspec.structs.replace(
            message, status=after, updated_at=now, sent_at=sent, error_code=code
        )
        self._messages[sid] = message
        if after is not MessageStatus.SENDING:
            self._callback(now, message)

    def _arrive(self, now: datetime, sid: str, receipt: bool) -> None:
        message = self._messages.get(sid)
        if message is None:
            return
        if receipt:
            self._move(now, sid, "delivered")
        text = Text(at=now, sid=sid, body=message.body, other=message.sender)
        self._show(text, message.to)
        self._read(now, self._network.person(message.to), text)

    def _read(self, now: datetime, person: Person, text: Text) -> None:
        """The person reads it, and answers if that is the habit."""
        habit = person.habit
        asks = not habit.replies_to or any(word in text.body for word in habit.replies_to)
        if not habit.replies or not asks:
            return
        turn = self._asked.get(person.number, 0)
        self._asked[person.number] = turn + 1
        body = habit.replies[min(turn, len(habit.replies) - 1)]

        def writes(at: datetime) -> None:
            self.write(at, person.number, body, text.other)

        self._network.later(now, habit.replies_after_s, writes)

    def _show(self, text: Text, number: str) -> None:
        shown = self._shown.setdefault(number, [])
        shown.append(text)
        del shown[:-TEXTS_SHOWN_MAX]
        self._network.changed(number)

    def _reply(self, now: datetime, inbound: Message, body: str) -> None:
        """The account's number answers a text by itself."""
        message = self._enter(now, inbound.to, inbound.sender, body, "outbound-reply")
        self._begin(now, message)

    def _callback(self, now: datetime, message: Message) -> None:
        form = _form(self._network.account.sid, message)
        form["MessageStatus"] = form["SmsStatus"]
        if message.error_code is not None:
            form["ErrorCode"] = str(message.error_code)
            form["ErrorMessage"] = meaning(message.error_code)
        self._network.report(
            now,
            message.sid,
            "POST",
            message.callback,
            form,
            target=Target.SMS,
            number=message.to,
            final=message.status in MESSAGE_FINAL,
        )

    def _announce(self, now: datetime, message: Message) -> None:
        """Call the address configured for texts to this account number."""
        url, method = self.webhooks.get(message.to, ("", "POST"))
        if not url:
            return
        form = _form(self._network.account.sid, message)
        form |= {
            "SmsMessageSid": message.sid,
            "Body": message.body,
            "NumMedia": "0",
            "NumSegments": str(segments(message.body)),
        }

        def answered(at: datetime, result: CameBack) -> None:
            if not result.fine:
                text = f"inbound text to {url}: {describe(result)}"
                self._network.warn(at, message.sid, 11200, text)
                return
            for body in _answers(result.body):
                self._reply(at, message, body)

        delay = self._network.timing.webhook_s
        self._network.request(now, delay, "inbound", message.sid, method, url, form, answered)


def _form(account: str, message: Message) -> dict[str, str]:
    return {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "From": message.sender,
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": message.status.value,
        "To": message.to,
    }


def _answers(body: bytes) -> list[str]:
    """Return the texts of `<Response><Message>..`; an empty answer has none."""
    if not body.strip() or b"<!" in body:
        return []
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return []
    return ["".join(verb.itertext()).strip() for verb in root.iter("Message")]
