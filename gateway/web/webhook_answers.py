"""Where another system answers for the responders it stands for: `POST /webhook/answer`.

Nothing is believed without a signature by the secret of the very target the message went to,
made within the last minutes. A request that comes twice is harmless.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alerting.events import Answer, Event, Reply
from alerting.household import Responder
from alerting.incident import Outcome
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.transports.signing import Unsigned, check
from gateway.transports.targets import WebhookAccess

PATH = "/webhook/answer"
CHANNEL = "webhook"
BODY_BYTES_MAX = 16 * 1_024
IDS_KEPT_MAX = 2_000
NOTE_CHARACTERS_MAX = 300
WRITTEN_SECONDS_MAX = 3.0
"""So long the other side waits for "written"; then it hears "taken"."""

Offer = Callable[[str, Event, Callable[[], None] | None], None]
"""Puts an event into a household's inbox (`Runtime.offer`)."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """The body of an answer."""

    key: str
    """The `key` of the message that is answered."""
    answer: Answer
    outcome: Outcome | None = None
    """How it ended; with `close` only."""
    note: str = ""


class WebhookAnswers:
    """Takes signed answers to the engines."""

    def __init__(
        self,
        access: WebhookAccess,
        people: Mapping[str, Responder],
        households: Callable[[], Mapping[str, object]],
        offer: Offer,
        clock: Clock,
        counters: Counters,
    ) -> None:
        """Make it.

        Args:
            access: the other systems and their secrets.
            people: every responder, by id.
            households: every household there is, by id.
            offer: takes the reply; calls back once it is written.
            clock: the time, and how far it is ahead of the world's.
            counters: counts forgeries and nonsense.
        """
        self._targets = {name: one for name, one in access.targets.items() if one.answers}
        self._people = people
        self._households = households
        self._offer = offer
        self._clock = clock
        self._counters = counters
        self._had: OrderedDict[tuple[str, str], None] = OrderedDict()

    def routes(self) -> list[Route]:
        """Return the route; none if nobody may answer."""
        return [Route(PATH, self._answer, methods=["POST"])] if self._targets else []

    async def _answer(self, request: Request) -> Response:
        who = request.client.host if request.client else "unknown"
        body = await _body(request)
        if body is None:
            self._counters.count("forged webhook", who, f"more than {BODY_BYTES_MAX} bytes")
            return _said(413, f"at most {BODY_BYTES_MAX} bytes")
        try:
            name, id = self._signed(request, body)
        except Unsigned as error:
            self._counters.count("forged webhook", who, f"{PATH}: {error}")
            return _said(403, str(error))
        try:
            said = msgspec.json.decode(body, type=Said)
        except msgspec.MsgspecError as error:
            self._counters.count("webhook not understood", name, str(error))
            return _said(422, str(error))
        if (name, id) in self._had:
            return _said(200, "had before")
        household, reply = self._reply(name, said)
        if reply is None:
            self._counters.count("webhook not understood", name, f"no message {said.key[:100]}")
            return _said(404, "no message of that key went to this target")
        self._remember(name, id)
        return await self._written(household, reply)

    def _signed(self, request: Request, body: bytes) -> tuple[str, str]:
        """Return whose secret signed the request, and its id.

        Raises:
            Unsigned: nobody's.
        """
        wrong = Unsigned("nobody may answer")
        now = self._clock.now() - self._clock.ahead()
        for name, target in self._targets.items():
            try:
                return name, check(target.secrets, request.headers, body, now)
            except Unsigned as error:
                wrong = error
        raise wrong

    def _reply(self, name: str, said: Said) -> tuple[str, Reply | None]:
        """Return household and reply; None if the message did not go to this target."""
        incident, _, rest = said.key.partition("/")
        _, _, rest = rest.partition("/")
        responder, _, way = rest.partition("/")
        household = incident.rpartition("-")[0]
        person = self._people.get(responder)
        went_there = person is not None and person.addresses.get(CHANNEL) == name
        if not way.startswith(CHANNEL) or not went_there or household not in self._households():
            return household, None
        note = said.note[:NOTE_CHARACTERS_MAX]
        at = self._clock.now()
        return household, Reply(
            at, incident, responder, said.answer, CHANNEL, outcome=said.outcome, note=note
        )

    async def _written(self, household: str, reply: Reply) -> Response:
        written = asyncio.Event()
        self._offer(household, reply, written.set)
        try:
            async with asyncio.timeout(WRITTEN_SECONDS_MAX):
                await written.wait()
        except TimeoutError:
            return _said(202, "taken")
        return _said(200, "written")

    def _remember(self, name: str, id: str) -> None:
        self._had[name, id] = None
        while len(self._had) > IDS_KEPT_MAX:
            self._had.popitem(last=False)


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)


def _said(status: int, words: str) -> Response:
    return JSONResponse({"said": words}, status_code=status)
