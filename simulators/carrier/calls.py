"""Calls: placed, ringing, answered by a person or a machine, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from simulators.carrier.agenda import Timer
from simulators.carrier.callform import (
    EVENTS,
    call_of,
    event_form,
    form_of,
    inbound_of,
    shown_of,
    source_of,
)
from simulators.carrier.conversation import Conversation
from simulators.carrier.faults import ON_FATE, FaultKind, Target
from simulators.carrier.network import Network
from simulators.carrier.parameters import Parameters
from simulators.carrier.records import CALL_FINAL, CALL_NEXT, INBOUND, Call, CallStatus, broken_off
from simulators.carrier.refusal import bad, not_found
from simulators.phones.exchange import LineKind, PhoneCall, Spoken
from simulators.phones.people import OnCall

LINES_MAX = 200
CALLS_KEPT_MAX = 50_000
"""Beyond this the oldest are forgotten, once they are over."""
SIP = {CallStatus.BUSY: 486, CallStatus.NO_ANSWER: 487, CallStatus.CANCELED: 487}
SIP_UNREACHABLE = 480

Step = Callable[[datetime, str], None]
"""One step of a call's way: at which moment, of which call."""


class Calls:
    """All calls of the account; each phone has one at a time."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._calls: dict[str, Call] = {}
        self._at_phone: dict[str, str] = {}
        self._talks: dict[str, Conversation] = {}
        self._timers: dict[str, list[Timer]] = {}
        self._questions: dict[str, int] = {}
        self.webhooks: dict[str, tuple[str, str]] = {}
        """Account number -> (address, method) asked what a call to it hears."""

    # ---------------------------------------------------------------- resources

    def create(self, now: datetime, given: Parameters) -> Call:
        """Accept a call.

        Raises:
            Refused: with the provider's code.
        """
        call = call_of(now, given, self._network)
        self._calls[call.sid] = call
        self._forget_oldest()
        timing = self._network.timing
        fault = self._network.faults.strike(ON_FATE, Target.VOICE, (call.phone,))
        if fault is not None and fault.kind is FaultKind.STUCK:
            return call
        fails = fault is not None and fault.kind is FaultKind.UNDELIVER
        self._plan(now, call.sid, timing.call_dialled_s, self._dial)
        if fails or self._network.person(call.phone).habit.on_call is OnCall.OFF:
            self._plan(now, call.sid, timing.call_failed_s, self._unreachable)
        else:
            self._plan(now, call.sid, timing.call_ringing_s, self._ring)
        return call

    def _forget_oldest(self) -> None:
        oldest = next(iter(self._calls.values()))
        if len(self._calls) > CALLS_KEPT_MAX and oldest.status in CALL_FINAL:
            del self._calls[oldest.sid]

    def get(self, sid: str, path: str) -> Call:
        """Return one call.

        Raises:
            Refused: there is none.
        """
        if sid not in self._calls:
            raise not_found(path)
        return self._calls[sid]

    def all(self) -> list[Call]:
        """Return every call, newest first."""
        return list(reversed(self._calls.values()))

    def update(self, now: datetime, sid: str, path: str, given: Parameters) -> Call:
        """End a call, or make it go on with another document.

        Raises:
            Refused: not found, or not in a state for this.
        """
        call = self.get(sid, path)
        wanted = given.choice("Status", "", "canceled", "completed")
        if wanted:
            self._end_by_request(now, call, wanted)
        elif "Twiml" in given or "Url" in given:
            if call.status is not CallStatus.IN_PROGRESS or sid not in self._talks:
                raise bad(21220, "Call is not in-progress. Cannot redirect.")
            self._talks[sid].replace(now, source_of(given))
        else:
            raise bad(20001, "Nothing to update: expected Status, Twiml or Url")
        return self._calls[sid]

    def delete(self, sid: str, path: str) -> None:
        """Forget a call that is over.

        Raises:
            Refused: not found or not over.
        """
        call = self.get(sid, path)
        if call.status not in CALL_FINAL:
            raise bad(20009, f"Call is {call.status}; it cannot be deleted yet")
        del self._calls[sid]
        if self._at_phone.get(call.phone) == sid:
            del self._at_phone[call.phone]

    def dial(self, now: datetime, number: str, to: str) -> bool:
        """A hand dials a number of the account; returns False while this phone is engaged.

        Without an address for it nobody answers there, and the call ends.
        """
        if self._engaged(number):
            return False
        call = inbound_of(now, number, to, self.webhooks.get(to), self._network)
        self._calls[call.sid] = call
        self._at_phone[number] = call.sid
        self._forget_oldest()
        self._move(now, call.sid, CallStatus.RINGING, started_at=now)
        then = self._picked_up if call.source.url else self._nobody
        self._plan(now, call.sid, self._network.timing.call_ringing_s, then)
        return True

    def recall(self, now: datetime, calls: Iterable[Call]) -> None:
        """Take back what was kept over a restart, oldest first; calls of that time are over."""
        for call in calls:
            self._calls[call.sid] = broken_off(call, now)
            self._at_phone[call.phone] = call.sid

    # ---------------------------------------------------------------- at the phone

    def shown(self, number: str) -> PhoneCall | None:
        """Return the latest call as the phone shows it, or None."""
        call = self._calls.get(self._at_phone.get(number, ""))
        if call is None:
            return None
        return shown_of(call)

    def answer(self, now: datetime, number: str) -> bool:
        """A hand takes the ringing call; returns False when none rings."""
        call = self._at(number, CallStatus.RINGING, inbound=False)
        if call is not None:
            self._answered(now, call.sid, machine=False)
        return call is not None

    def reject(self, now: datetime, number: str) -> bool:
        """A hand refuses the ringing call; returns False when none rings."""
        call = self._at(number, CallStatus.RINGING, inbound=False)
        if call is not None:
            self._finish(now, call.sid, CallStatus.BUSY)
        return call is not None

    def hang_up(self, now: datetime, number: str) -> bool:
        """A hand ends the call; returns False when there is none."""
        call = self._at(number, CallStatus.IN_PROGRESS)
        if call is not None:
            self._finish(now, call.sid, CallStatus.COMPLETED)
            return True
        call = self._at(number, CallStatus.RINGING, inbound=True)
        if call is not None:
            self._finish(now, call.sid, CallStatus.CANCELED)
        return call is not None

    def press(self, now: datetime, number: str, key: str) -> bool:
        """A hand presses a key; returns False when there is no call."""
        call = self._at(number, CallStatus.IN_PROGRESS)
        if call is None:
            return False
        if call.sid in self._talks:
            self._talks[call.sid].press(now, key)
        else:  # the carrier is still finding out who answered
            self._says(now, call.sid, Spoken(at=now, kind=LineKind.PRESSED, text=key))
        return True

    def _at(self, number: str, status: CallStatus, inbound: bool | None = None) -> Call | None:
        call = self._calls.get(self._at_phone.get(number, ""))
        if call is None or call.status is not status:
            return None
        return call if inbound in (None, call.direction == INBOUND) else None

    def _engaged(self, number: str) -> bool:
        call = self._calls.get(self._at_phone.get(number, ""))
        here = call is not None and call.status not in CALL_FINAL
        return here or self._network.elsewhere(number)

    # ---------------------------------------------------------------- the way of a call

    def _dial(self, now: datetime, sid: str) -> None:
        self._change(sid, now, started_at=now)
        self._event(now, sid, "initiated")

    def _unreachable(self, now: datetime, sid: str) -> None:
        self._change(sid, now, sip_code=SIP_UNREACHABLE)
        self._finish(now, sid, CallStatus.FAILED)

    def _ring(self, now: datetime, sid: str) -> None:
        call = self._calls[sid]
        habit = self._network.person(call.phone).habit
        if self._engaged(call.phone) or habit.on_call is OnCall.BUSY:
            self._finish(now, sid, CallStatus.BUSY)
            return
        self._at_phone[call.phone] = sid
        self._move(now, sid, CallStatus.RINGING)
        self._event(now, sid, "ringing")
        self._plan(now, sid, call.timeout_s, self._nobody)
        match habit.on_call:
            case OnCall.ANSWERS:
                self._plan(now, sid, habit.answers_after_s, self._picked_up)
            case OnCall.VOICEMAIL:
                self._plan(now, sid, habit.answers_after_s, self._machine)
            case OnCall.REJECTS:
                self._plan(now, sid, habit.answers_after_s, self._refused)
            case _:
                pass

    def _nobody(self, now: datetime, sid: str) -> None:
        self._finish(now, sid, CallStatus.NO_ANSWER)

    def _refused(self, now: datetime, sid: str) -> None:
        self._finish(now, sid, CallStatus.BUSY)

    def _picked_up(self, now: datetime, sid: str) -> None:
        self._answered(now, sid, machine=False)

    def _machine(self, now: datetime, sid: str) -> None:
        self._answered(now, sid, machine=True)

    def _answered(self, now: datetime, sid: str, *, machine: bool) -> None:
        self._drop_timers(sid)
        call = self._move(now, sid, CallStatus.IN_PROGRESS, answered_at=now)
        self._event(now, sid, "answered")
        self._plan(now, sid, call.limit_s, self._time_is_up)
        if machine:
            self._says(now, sid, Spoken(at=now, kind=LineKind.NOTE, text="voicemail"))
        detection = call.detection
        if detection is None:
            self._talk(now, sid)
            return
        seconds = self._network.timing.machine_detection_s
        if machine and detection.waits_for_end:
            seconds *= 2

        def detected(at: datetime, sid: str) -> None:
            self._detected(at, sid, machine)

        self._plan(now, sid, seconds, detected)
        if detection.in_background:
            self._talk(now, sid)

    def _detected(self, now: datetime, sid: str, machine: bool) -> None:
        detection = self._calls[sid].detection
        assert detection is not None
        by = "human"
        if machine:
            by = "machine_end_beep" if detection.waits_for_end else "machine_start"
        call = self._change(sid, now, answered_by=by)
        if not detection.in_background:
            self._talk(now, sid)
            return
        if detection.callback:
            seconds = self._network.timing.machine_detection_s
            form = {
                "AccountSid": self._network.account.sid,
                "AnsweredBy": by,
                "CallSid": sid,
                "MachineDetectionDuration": str(int(seconds * 1000)),
            }
            self._network.report(
                now,
                sid,
                detection.method,
                detection.callback,
                form,
                target=Target.VOICE,
                number=call.phone,
                final=True,
            )

    def _talk(self, now: datetime, sid: str) -> None:
        talk = Conversation(
            self._network,
            sid,
            self._calls[sid].source,
            form=lambda: form_of(self._network.account.sid, self._calls[sid]),
            says=lambda at, line: self._says(at, sid, line),
            asks=lambda at, asked: self._asks(at, sid, asked),
            ends=lambda at: self._finish(at, sid, CallStatus.COMPLETED),
        )
        self._talks[sid] = talk
        talk.start(now)

    def _says(self, now: datetime, sid: str, line: Spoken) -> None:
        lines = (*self._calls[sid].lines, line)[-LINES_MAX:]
        self._change(sid, now, lines=lines)

    def _asks(self, now: datetime, sid: str, asked: bool) -> None:
        call = self._change(sid, now, asked=asked)
        person = self._network.person(call.phone)
        habit = person.habit
        by_hand = call.direction == INBOUND or habit.on_call is not OnCall.ANSWERS
        if not asked or not habit.keys or by_hand:
            return
        turn = self._questions.get(sid, 0)
        self._questions[sid] = turn + 1
        keys = habit.keys[min(turn, len(habit.keys) - 1)]

        def presses(at: datetime, sid: str) -> None:
            for key in keys:
                if self._calls[sid].asked:
                    self._talks[sid].press(at, key)

        self._plan(now, sid, habit.presses_after_s, presses)

    def _time_is_up(self, now: datetime, sid: str) -> None:
        self._finish(now, sid, CallStatus.COMPLETED)

    def _end_by_request(self, now: datetime, call: Call, wanted: str) -> None:
        before = call.status in (CallStatus.QUEUED, CallStatus.RINGING)
        if before:
            self._finish(now, call.sid, CallStatus.CANCELED)
        elif wanted == "completed" and call.status is CallStatus.IN_PROGRESS:
            self._finish(now, call.sid, CallStatus.COMPLETED)
        elif wanted == "canceled" and call.status is CallStatus.IN_PROGRESS:
            raise bad(21220, "Call is in-progress; it can be completed, not canceled")

    # ---------------------------------------------------------------- changes

    def _plan(self, now: datetime, sid: str, seconds: float, step: Step) -> None:
        """Take a step later, unless the call is over by then."""

        def due(at: datetime) -> None:
            if sid in self._calls and self._calls[sid].status not in CALL_FINAL:
                step(at, sid)

        self._timers.setdefault(sid, []).append(self._network.later(now, seconds, due))

    def _drop_timers(self, sid: str) -> None:
        for timer in self._timers.pop(sid, ()):
            timer.cancel()

    def _change(self, sid: str, now: datetime, **changes: object) -> Call:
        call = msgspec.structs.replace(self._calls[sid], updated_at=now, **changes)
        self._calls[sid] = call
        self._network.changed(call.phone)
        return call

    def _move(self, now: datetime, sid: str, after: CallStatus, **changes: object) -> Call:
        before = self._calls[sid].status
        assert after in CALL_NEXT[before], f"{sid} is {before}; it cannot become {after}"
        return self._change(sid, now, status=after, **changes)

    def _finish(self, now: datetime, sid: str, status: CallStatus) -> None:
        if self._calls[sid].status in CALL_FINAL:
            return
        self._drop_timers(sid)
        if sid in self._talks:
            self._talks.pop(sid).stop()
        self._questions.pop(sid, None)
        sip_code = self._calls[sid].sip_code or SIP.get(status, 200)
        self._move(now, sid, status, ended_at=now, asked=False, sip_code=sip_code)
        self._event(now, sid, "completed")

    # ---------------------------------------------------------------- callbacks

    def _event(self, now: datetime, sid: str, event: str) -> None:
        call = self._calls[sid]
        assert event in EVENTS
        if event not in call.events:
            return
        form = event_form(now, self._network.account.sid, call, event)
        call = self._change(sid, now, sequence=call.sequence + 1)
        self._network.report(
            now,
            sid,
            call.callback_method,
            call.callback,
            form,
            target=Target.VOICE,
            number=call.phone,
            final=event == "completed",
        )
