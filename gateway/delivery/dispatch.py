"""Brings each message to its end, by whichever path will take it.

A path is chosen anew at every send: the message names who may carry it, best first; those
that are well go before those that are not; among equals observed delivery decides. What
fails on one path goes by the next at once, so that no provider's death costs an alarm
more than the time it takes to notice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from alerting.delivery import capabilities, quotas, retry, weights
from alerting.delivery.budget import Budget
from alerting.delivery.quotas import Quotas
from alerting.events import DeliveryState, ErrorClass, Purpose
from gateway.clock import Clock
from gateway.config.delivery import DeliverySettings
from gateway.delivery.courier import Courier
from gateway.delivery.follow import Follower
from gateway.delivery.job import Job, Try
from gateway.delivery.lines import Lines
from gateway.delivery.register import STATE, Register
from gateway.delivery.spread import Standing, scales, sim_limits
from gateway.store.rows import PROMPT_CHANNEL, RowState
from gateway.transports.transport import SendError, Submitted

LEASE = timedelta(seconds=30)
LOOK_AGAIN_SECONDS = 1.0
STUMBLE_SECONDS = 5.0
WEIGH_SECONDS = 60.0
PATIENT_AFTER = 8
PATIENT_SECONDS = 300.0
"""What is no alarm is tried so seldom after as many failures; a path that is well hurries it."""

_KEPT_BACK = frozenset({Purpose.NEWS, Purpose.DRILL})  # the last share is for real alarms
_PROVIDERS_FAULT = frozenset({ErrorClass.TRANSIENT, ErrorClass.AMBIGUOUS})

_log = logging.getLogger(__name__)


class Dispatch:
    """All paths, and what the messages on them share."""

    def __init__(
        self,
        couriers: Sequence[Courier],
        register: Register,
        clock: Clock,
        luck: Callable[[], float],
        settings: DeliverySettings | None = None,
    ) -> None:
        """Make it.

        Args:
            couriers: the paths, the preferred first.
            register: where the messages are.
            clock: the time, and waiting for it.
            luck: random numbers in [0, 1).
            settings: how messages are spread over the paths; a path it does not name depends
                on the internet.
        """
        self._couriers = {courier.name: courier for courier in couriers}
        self._register = register
        self._clock = clock
        self._luck = luck
        self._settings = settings or DeliverySettings()
        self._line_of = self._settings.lines
        self._phones = Lines()
        self._budget = Budget()
        self.quotas = Quotas(sim_limits(self._settings, self._line_of))
        self.scales = scales(couriers, self._settings)
        self._follower = Follower(register, clock, self._has_another)

    def candidates(self, job: Job) -> list[Courier]:
        """Return who can carry a message, best first."""
        row = job.row
        named = [self._couriers[name] for name in row.paths if name in self._couriers]
        carrying = [one for one in named if row.channel in one.transport.channels]
        if carrying:
            # who has no registered text for it is asked only where nobody else is left
            return [one for one in carrying if one.takes(row)] or carrying
        others = [one for one in self._couriers.values() if row.channel in one.transport.channels]
        if row.channel == PROMPT_CHANNEL:
            return others
        able = [one for one in others if capabilities.can(one.name, row.channel, row.address)]
        return [one for one in able if one.takes(row)] or able or others

    def can_carry(self, channel: str, phone: str) -> bool:
        """Return whether any path carries `channel` to `phone`."""
        return any(
            channel in one.transport.channels and capabilities.can(one.name, channel, phone)
            for one in self._couriers.values()
        )

    async def carry(self, job: Job) -> None:
        """Bring one message to its end."""
        while job.row.key in self._register:
            try:
                await self._step(job)
            except Exception:  # a mistake of ours must not cost anybody an alarm
                _log.exception("message %s met an error of ours; going on", job.row.key)
                await self._clock.sleep(STUMBLE_SECONDS)

    async def _step(self, job: Job) -> None:
        if job.row.provider_id:
            await self._follow(job)
            return
        if job.withdrawn:
            self._register.finish(job, RowState.WITHDRAWN, job.withdrawn)
            return
        now = self._clock.monotonic()
        if now >= job.expires:
            self._register.expire(job)
            return
        open_ = self._open(job)
        if not open_:
            if sibling := self._register.path_of(job.sibling):
                self._register.finish(job, RowState.WITHDRAWN, f"the same goes out by {sibling}")
            else:
                self._end(job, job.last_error or nobody(job))
            return
        for courier in open_ if job.has_failed else ():
            looks = job.at(courier.name).looks
            if looks and looks[0] <= now:
                await self._look(job, courier)
                return
        ready = [one for one in open_ if job.at(one.name).is_ready(now)]
        if ready and self._may_send(job, open_):
            wait = self._phones.wait_seconds(job, now)
            roomy, later = self._with_room(job, ready, self._clock.now())
            if not roomy and later is None:
                self._register.finish(job, RowState.WITHDRAWN, quotas.no_room().en)
                return
            if wait <= 0 and roomy:
                await self._send(job, self._choose(job, roomy))
                return
            if not roomy and later is not None:
                others = [one for one in open_ if one not in ready]
                wait = min(later, self._wait(job, others, now)) if others else later
        else:
            wait = self._wait(job, open_, now)
        await job.pause(self._clock, min(wait, job.expires - now))

    def _with_room(
        self, job: Job, ready: list[Courier], at: datetime
    ) -> tuple[list[Courier], float | None]:
        """Return the paths whose quota lets it pass, else how long it waits; None: for ever."""
        row = job.row
        roomy = [
            one
            for one in ready
            if self.quotas.has_room(one.name, row.channel, row.address, row.purpose, at)
        ]
        is_well = any(not one.health.is_down(row.channel) for one in roomy)
        if is_well or row.purpose in _KEPT_BACK:
            return roomy, None
        frees = [
            (one, self.quotas.free_at(one.name, row.channel, row.address, at)) for one in ready
        ]
        # rather too much for a path that is well than a try on one that is not
        soft = [one for one, free in frees if free is None]
        wait = min((free - at for _, free in frees if free is not None), default=timedelta())
        return soft, wait.total_seconds()

    def _wait(self, job: Job, open_: Sequence[Courier], now: float) -> float:
        """Return the seconds until something is due on any of the paths."""
        tries = [job.at(one.name) for one in open_]
        if not self._may_send(job, open_):
            tries = [one for one in tries if one.looks]
        return max(0.0, min(_next(one, now) for one in tries) - now)

    def _may_send(self, job: Job, open_: Sequence[Courier]) -> bool:
        """Return False for news of which nobody knows whether it is out: twice is a nuisance."""
        return job.row.purpose is not Purpose.NEWS or not any(
            job.at(one.name).looks for one in open_
        )

    def _open(self, job: Job) -> list[Courier]:
        """Return the paths on which it may still go out.

        A second message keeps off the line its sibling is on, and the sibling off its own.
        """
        live = [one for one in self.candidates(job) if not job.at(one.name).is_out]
        taken = self._register.path_of(job.sibling) if live else ""
        if not taken:
            return live
        return [one for one in live if self._line(one.name) != self._line(taken)]

    def _line(self, path: str) -> str:
        return self._line_of.get(path, "internet")

    def _choose(self, job: Job, ready: Sequence[Courier]) -> Courier:
        """Return the path for this send: the well ones first, among equals by weight."""
        channel = job.row.channel
        first, *others = sorted(ready, key=lambda one: self._avoids(job, one))
        if not others:
            return first
        best = self._kind(job, first)
        as_good = [first, *(one for one in others if self._kind(job, one) == best)]
        points = self.scales[channel].points if channel in self.scales else {}
        name = weights.choose([one.name for one in as_good], points, self._luck)
        return self._couriers[name]

    def _kind(self, job: Job, courier: Courier) -> tuple[object, ...]:
        found = capabilities.can(courier.name, job.row.channel, job.row.address)
        grade = capabilities.grade(found) if found is not None else ()
        return (*self._avoids(job, courier), self._line(courier.name), grade)

    def _avoids(self, job: Job, courier: Courier) -> tuple[bool, bool]:
        """Return whether a path is down, and whether an alarm would have to wait in it."""
        channel, is_alarm = job.row.channel, job.row.purpose is Purpose.ALARM
        return (courier.health.is_down(channel), is_alarm and courier.is_taken(channel))

    def _has_another(self, job: Job) -> bool:
        """Return whether a message that its provider lost goes another way at once."""
        now, its = self._clock.monotonic(), job.row.provider
        return any(one.name != its and job.at(one.name).is_ready(now) for one in self._open(job))

    async def _send(self, job: Job, courier: Courier) -> None:
        row = job.row
        kept = self._budget.refusal(row.channel, row.address, row.purpose, self._clock.now())
        if kept is not None:
            self._register.finish(job, RowState.WITHDRAWN, kept.en)
            return
        # a call taken here holds its phone from now on, not only when its turn has come
        self._phones.take(job)
        async with courier.sends.turn(job.rank) as has_turn:
            if not has_turn or job.withdrawn or self._clock.monotonic() >= job.expires:
                self._phones.leave(job)
                return
            now = self._clock.now()
            if not self._with_room(job, [courier], now)[0]:
                self._phones.leave(job)
                return  # others were quicker: it is judged anew
            self.quotas.spend(courier.name, row.channel, row.address, now)
            job.change(state=RowState.LEASED, attempt=row.attempt + 1, lease_until=now + LEASE)
            one, job.sending = job.at(courier.name), courier.name
            one.count_send(self._clock.monotonic())
            one.first_sent = one.first_sent or now
            job.about.has_begun = True
            try:
                submitted = await courier.send(job.row)
            except SendError as error:
                job.about.has_begun = False
                self._phones.leave(job)
                if error.error is not ErrorClass.AMBIGUOUS:
                    spent = error.spent_seconds or 0.0
                    self.quotas.refused(courier.name, row.channel, row.address, now, spent)
                courier.failed(row.channel, error)
                self._weigh_failure(courier, row.channel, error)
                self._failed(job, courier, error, was_sent=True)
                return
        self._budget.spend(row.channel, row.address, now)
        self._took(job, courier, submitted)

    def _took(self, job: Job, courier: Courier, submitted: Submitted) -> None:
        job.at(courier.name).looks = []
        self._register.took(job, courier.name, submitted)
        if job.row.channel in self.scales and courier.transport.keeps_track:
            scales = self.scales[job.row.channel]
            scales.took(courier.name, job.row.key, self._clock.monotonic())
        courier.took(job.row.channel)

    async def _look(self, job: Job, courier: Courier) -> None:
        """Ask whether the provider already has this message, before it is sent again."""
        one = job.at(courier.name)
        since = one.first_sent or job.row.created_at
        taken = self._register.ids(courier.name, but=job.row.key)
        try:
            found = await courier.find(job, since, taken)
        except SendError:
            last = len(one.looks) == 1
            one.looks.pop(0)
            if last and not one.looked_again:
                # once more; after that it is sent anyway, for twice is better than never
                one.looked_again = True
                one.looks.append(self._clock.monotonic() + LOOK_AGAIN_SECONDS)
            return
        one.looks.pop(0)
        if found is not None:
            self._took(job, courier, found)

    async def _follow(self, job: Job) -> None:
        """Learn what became of a message a provider has, until it is final."""
        courier = self._couriers.get(job.row.provider)
        if courier is None:
            self._register.finish(job, job.row.state, "its provider is configured no more")
            return
        if not courier.transport.keeps_track:
            handed = await self._follower.handed(job, courier)
            self._register.finish(job, STATE[handed.state], handed.detail or "handed over")
            return
        end = await self._follower.final(job, courier)
        self._phones.leave(job)
        if end is not None and end.state is DeliveryState.DELIVERED and job.row.channel == "voice":
            end = await self._follower.verdict(job, courier, end)
        if end is not None and end.state is DeliveryState.RECALLED:
            self._register.finish(job, STATE[end.state], f"{job.withdrawn}; the call was ended")
        elif end is None:
            self._register.finish(job, job.row.state, "nobody ever said whether it arrived")
        elif end.error is None:
            courier.delivered(job.row.channel)
            if job.row.channel in self.scales:
                self.scales[job.row.channel].arrived(job.row.key, self._clock.monotonic())
            self._register.finish(job, STATE[end.state], end.detail)
        else:
            error = SendError(end.error, end.detail, code=end.code)
            courier.health.blocked(job.row.channel, error)
            if job.row.channel in self.scales:  # its phone's fault, or told above
                self.scales[job.row.channel].forget(job.row.key)
            self._failed(job, courier, error, was_sent=False)

    def standing(self) -> list[Standing]:
        """Return how every path that reaches people is, the preferred first."""
        now = self._clock.now()
        return [
            Standing.of(one, self._line(one.name), self.scales, self.quotas.left(one.name, now))
            for one in self._couriers.values()
            if one.reaches_people
        ]

    async def weigh(self) -> None:
        """Once a minute let the shares follow what was observed; for ever."""
        while any(len(one.points) > 1 for one in self.scales.values()):
            await self._clock.sleep(WEIGH_SECONDS)
            for channel, its in self.scales.items():
                moved = its.minute(self._clock.monotonic())
                if moved:
                    _log.info("shares of %s are now %s", channel, its.points)

    def _weigh_failure(self, courier: Courier, channel: str, error: SendError) -> None:
        if error.error in _PROVIDERS_FAULT and channel in self.scales:
            self.scales[channel].failed(courier.name, self._clock.monotonic())

    def _failed(self, job: Job, courier: Courier, error: SendError, *, was_sent: bool) -> None:
        """Decide what follows from a failure on one path: by the class of its error."""
        kind, one, now = error.error, job.at(courier.name), self._clock.monotonic()
        job.last_error = error
        wait = retry.wait_seconds(kind, one.count_failure(kind), self._luck(), error.retry_after)
        is_alarm = job.row.purpose is Purpose.ALARM
        if wait is not None and not is_alarm and one.failures >= PATIENT_AFTER:
            wait = max(wait, PATIENT_SECONDS)  # it is hurried once the path is well
        if wait is None or (is_alarm and one.sends >= retry.SEND_ATTEMPTS_MAX):
            one.is_out = True
            if not self._open(job):
                self._end(job, error, courier.name if was_sent else "")
                return
        else:
            self._again(one, courier, error, wait)
        open_ = self._open(job)
        ambiguous = kind is ErrorClass.AMBIGUOUS
        self._register.held_up(
            job,
            RowState.UNKNOWN if ambiguous else RowState.QUEUED,
            error,
            courier.name if was_sent else "",
            has_another=any(job.at(other.name).is_ready(now) for other in open_),
            due_at=self._clock.now() + timedelta(seconds=self._wait(job, open_, now)),
        )

    def _again(self, one: Try, courier: Courier, error: SendError, wait: float) -> None:
        """Note when it is tried on this path again, and whether it is looked up before."""
        now = self._clock.monotonic()
        if error.error is ErrorClass.AMBIGUOUS:
            one.looks = [now + seconds for seconds in retry.RECONCILE_SECONDS]
            wait = retry.RECONCILE_SECONDS[-1]
        elif error.doubtful:
            one.looks = [now + wait]
        if not courier.transport.keeps_track:
            one.looks = []
        one.due = now + wait
        one.hurries = error.error is ErrorClass.TRANSIENT and not error.retry_after
        one.looked_again = False

    def _end(self, job: Job, error: SendError, attempted_by: str = "") -> None:
        """No path is left: the household may try another way."""
        if attempted_by or job.known is None:
            self._register.refuse(job, error, attempted_by)
        else:
            self._register.give_up(job, error)


def _next(one: Try, now: float) -> float:
    """Return when something is due on this path."""
    return one.looks[0] if one.looks else max(one.due, now)


def nobody(job: Job) -> SendError:
    """Return why a message goes nowhere that no path here carries."""
    reason = f"nothing here carries {job.row.channel!r} messages"
    return SendError(ErrorClass.CONFIGURATION, reason)
