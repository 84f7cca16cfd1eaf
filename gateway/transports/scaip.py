"""Alarms to alarm receiving centres, and the heartbeats that prove the way is open.

A centre that holds an alarm (status 4) is asked again with the same request every 5 to 20 s
(`gateway.delivery.follow`), until it has it, refuses it, or has held it for too long: then
the session is reset and the alarm is somebody else's. Repeating a request is harmless, for
its reference stays the same, so that looking a message up is asking once more.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from alerting.delivery.channels import scaip
from alerting.delivery.channels.channel import Account, Progress
from alerting.delivery.channels.scaip import Answered, Scaip
from alerting.events import DeliveryState, ErrorClass, Purpose
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.sip_ask import ANSWER_SECONDS, ask
from gateway.transports.targets import ScaipAccess, ScaipTarget
from gateway.transports.transport import FaultSink, SendError, Submitted, as_message, unsaid

MISSES_MAX = 3
"""Heartbeats in a row that may go unanswered."""
AGAIN_SECONDS = 20.0
"""How soon a heartbeat that was not answered is repeated."""
SESSIONS_MAX = 1_000
PART = "provider"


class Scaips:
    """Alarm receiving centres."""

    name = "scaip"
    channels = ("scaip",)
    keeps_track = True

    def __init__(
        self,
        access: ScaipAccess,
        clock: Clock,
        context: ssl.SSLContext | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Make it; nothing is sent yet.

        Args:
            access: the centres.
            clock: the time, and waiting for it.
            context: for TLS; None: the system's authorities.
            answer_seconds: how long one question may take.
        """
        self._access = access
        self._clock = clock
        self._context = context
        self._answer_seconds = answer_seconds
        self._channel = Scaip()
        self._fault: FaultSink = unsaid
        self._silent: dict[str, SendError] = {}
        """Centres that did not answer the last question."""
        self._sessions: OrderedDict[tuple[str, str], str] = OrderedDict()
        """By incident and centre: the reference under which the centre has it."""

    def look_after(self, fault: FaultSink, count: Callable[[str, str, str], None]) -> None:
        """Report centres that do not answer to `fault`; there is no bad input to count."""
        self._fault = fault

    async def warm(self) -> None:
        """Say to every supervised centre that we are there.

        Raises:
            SendError: one of them does not answer.
        """
        supervised = {n: t for n, t in self._access.targets.items() if t.heartbeat is not None}
        beats = [self._beat(name, target) for name, target in supervised.items()]
        found = await asyncio.gather(*beats, return_exceptions=True)
        others = [error for name, error in self._silent.items() if name not in supervised]
        for one in (*found, *others):
            if isinstance(one, BaseException):
                raise one

    async def listen(self) -> None:
        """Send heartbeats to every supervised centre, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, target in self._access.targets.items():
                if target.heartbeat is not None:
                    group.create_task(self._supervise(name, target, target.heartbeat))
            # without any, there is nothing to do, and ending would be a fault
            group.create_task(asyncio.Event().wait())

    async def send(self, row: OutboxRow) -> Submitted:
        """Tell a centre.

        Raises:
            SendError: it did not answer, or SIP refused.
        """
        target = self._target(row)
        elements = self._elements(row, target)
        answered = await self._ask(row.address, target, elements)
        return self._submitted(row, elements["ref"], answered)

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Ask once more, under the same reference.

        Raises:
            SendError: it did not answer, or SIP refused.
        """
        return await self.send(row)

    async def progress(self, row: OutboxRow) -> Progress:
        """Repeat what a centre holds; take back what it has held for too long.

        Raises:
            SendError: it did not answer.
        """
        target = self._target(row)
        held = self._clock.now() - (row.submitted_at or row.created_at)
        if held >= target.hold:
            return await self._taken_back(row, target, held)
        elements = {**self._elements(row, target), "ref": row.provider_id}
        answered = await self._ask(row.address, target, elements)
        return self._submitted(row, row.provider_id, answered).progress

    async def recall(self, row: OutboxRow) -> Progress | None:
        """Take back what a centre holds and nobody there has taken yet.

        Raises:
            SendError: it did not answer, or has it.
        """
        await self._reset(row, self._target(row))
        return Progress(
            DeliveryState.UNDELIVERED,
            final=True,
            error=ErrorClass.UNREACHABLE,
            detail="taken back",
            canceled=True,
        )

    async def close(self) -> None:
        """Do nothing: every question has a socket of its own."""

    def _target(self, row: OutboxRow) -> ScaipTarget:
        target = self._access.targets.get(row.address)
        if target is None:
            raise SendError(ErrorClass.CONFIGURATION, f"there is no centre {row.address!r}")
        return target

    def _elements(self, row: OutboxRow, target: ScaipTarget) -> dict[str, str]:
        controller = target.controllers.get(row.household, target.controller)
        message = as_message(row)
        made = self._channel.request(message, Account(controller), self._clock.now())
        elements = {name: str(value) for name, value in made.items()}
        if row.purpose is Purpose.NEWS:
            # more of what the centre has already; unknown to us after a restart
            known = self._sessions.get((row.incident, row.address))
            elements["ref"] = known or elements["ref"]
        return elements

    async def _ask(self, name: str, target: ScaipTarget, elements: dict[str, str]) -> Answered:
        try:
            context = await self._authorities() if target.transport == "tls" else None
            answered = await ask(target, elements, context, self._answer_seconds)
        except SendError as error:
            self._silent[name] = error
            raise SendError(
                error.error, f"{name}: {error.detail}", error.code, error.retry_after
            ) from error
        self._silent.pop(name, None)
        return answered

    async def _authorities(self) -> ssl.SSLContext:
        """Return whom to believe; reading them takes as long as many a request, so it is once."""
        if self._context is None:
            made = await asyncio.to_thread(ssl.create_default_context)
            self._context = self._context or made
        return self._context

    def _submitted(self, row: OutboxRow, ref: str, answered: Answered) -> Submitted:
        news = self._channel.progress(answered.status)
        if news.state is DeliveryState.DELIVERED and row.purpose is Purpose.ALARM:
            self._sessions[row.incident, row.address] = ref
            while len(self._sessions) > SESSIONS_MAX:
                self._sessions.popitem(last=False)
        return Submitted(ref, news)

    async def _taken_back(self, row: OutboxRow, target: ScaipTarget, held: timedelta) -> Progress:
        try:
            await self._reset(row, target)
            how = "taken back"
        except SendError as error:
            how = f"not even taken back ({error.detail})"
        minutes = int(held.total_seconds() // 60)
        return Progress(
            DeliveryState.UNDELIVERED,
            final=True,
            error=ErrorClass.UNREACHABLE,
            detail=f"the centre held it for {minutes} min: {how}",
        )

    async def _reset(self, row: OutboxRow, target: ScaipTarget) -> None:
        elements = self._elements(row, target) | {"ref": row.provider_id}
        elements |= self._channel.recall()
        await self._ask(row.address, target, elements)

    async def _supervise(self, name: str, target: ScaipTarget, every: timedelta) -> None:
        misses = 0
        while True:
            try:
                answered = await self._beat(name, target)
            except SendError as error:
                misses += 1
                if misses >= MISSES_MAX:
                    self._say(name, error.detail)
                await self._clock.sleep(AGAIN_SECONDS)
                continue
            misses = 0
            self._say(name, "")
            if answered.heartbeat_minutes:
                every = timedelta(minutes=answered.heartbeat_minutes)
            await self._clock.sleep(every.total_seconds())

    async def _beat(self, name: str, target: ScaipTarget) -> Answered:
        """Return a centre's answer to a heartbeat.

        Raises:
            SendError: it did not answer, or does not want it.
        """
        elements = scaip.heartbeat(target.controller, secrets.token_hex(8))
        answered = await self._ask(name, target, elements)
        if answered.status != "0":
            detail = f"{name}: answers {answered.status} to a heartbeat {answered.text}".rstrip()
            raise SendError(ErrorClass.CONFIGURATION, detail, code=answered.status)
        return answered

    def _say(self, name: str, wrong: str) -> None:
        if wrong:
            detail = (
                f"报警接收中心 {name} 没有应答：{wrong} / "
                f"alarm receiving centre {name} does not answer: {wrong}"
            )
        else:
            detail = f"报警接收中心 {name} 恢复应答 / alarm receiving centre {name} answers again"
        self._fault(PART, bool(wrong), detail, f"scaip/{name}")
