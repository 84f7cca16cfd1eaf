"""Calls through a Studio flow: a key press without an address of ours on the Internet.

The call's whole conversation is a flow that Twilio keeps (`twilio_flow.json`, installed by
`guanai twilio-flow`). We start an execution with what is to be said, and ask what became of it:
the flow notes how the call went in a variable, and the key pressed is in its context.

Source: Twilio's public description of Studio v2 (`twilio_studio_v2.json`: Executions and their
Context). That a widget's keys are `widgets.<name>.Digits` is public use, not part of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alerting.delivery.catalogue import NONE, Own
from alerting.delivery.channels import Progress, spoken, twilio_errors
from alerting.delivery.channels.twilio_voice import CALL_SECONDS_MAX, RING_SECONDS, TwilioVoice
from alerting.events import DeliveryState, ErrorClass, Purpose
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.settings import TwilioAccess
from gateway.transports.transport import Door, SendError, Submitted

if TYPE_CHECKING:
    from gateway.transports.twilio_library import Library

EXECUTION = "FN"
"""How the ids of executions begin; those of calls begin with CA."""
QUESTIONS = ("ask_zh", "ask_en")
"""The widgets of the flow that take a key."""
KINDS: dict[Purpose, str] = {
    Purpose.QUESTION: "question",
    Purpose.DRILL: "drill",
    Purpose.TOLD: "told",
}
"""What the flow calls a message whose keys are not those of an alarm (`spoken.keys`)."""
OVER_AFTER = timedelta(seconds=RING_SECONDS + CALL_SECONDS_MAX + 60)
"""An execution that is still active then has missed the end of its call."""
LISTED_MAX = 50
CALLS_LISTED_MAX = 5

Call = Callable[[Any], Awaitable[Any]]
"""Awaits one request of the library, and raises nothing but SendError."""


class StudioCalls:
    """Places calls as executions of our flow, and learns how they went."""

    def __init__(
        self,
        access: TwilioAccess,
        clock: Clock,
        door: Door | None,
        library: Callable[[], Library],
        call: Call,
    ) -> None:
        """Prepare it.

        Args:
            access: our account, with the id of the flow.
            clock: the time.
            door: where keys go; None: nowhere.
            library: returns the opened library.
            call: awaits its requests.
        """
        self._access = access
        self._clock = clock
        self._door = door
        self._library = library
        self._call = call
        self._voice = TwilioVoice()
        self.complaint = ""
        """What is wrong with the flow; empty: nothing."""

    async def warm(self) -> None:
        """Load what the first call needs, and see whether the flow is there.

        Raises:
            SendError: the provider cannot be reached, or refuses us altogether.
        """
        try:
            await self._call(self._library().flow(self._access.studio_flow).fetch_async())
        except SendError as error:
            self._refused(error)

    async def send(self, row: OutboxRow) -> Submitted | None:
        """Start an execution, which places the call.

        Returns:
            None if the flow is refused: somebody must hear of this all the same, by a call that
            can take no key.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """
        try:
            made = await self._call(
                self._executions().create_async(
                    to=row.address,
                    from_=self._access.account.sender,
                    parameters=said(row, self._access.wording),
                )
            )
        except SendError as error:
            self._refused(error)
            return None
        self.complaint = ""
        if not isinstance(made.sid, str) or not made.sid:
            raise SendError(ErrorClass.AMBIGUOUS, "the answer names no execution")
        return Submitted(made.sid, Progress(DeliveryState.ACCEPTED))

    def _refused(self, error: SendError) -> None:
        """Take note that the flow cannot be used; raise what is no matter of the flow."""
        ours = error.error is ErrorClass.CONFIGURATION
        if not ours or error.code == twilio_errors.AUTHENTICATION:
            raise error
        flow = self._access.studio_flow
        self.complaint = (
            f"流程 {flow} 不能用：{error}；电话照打，但收不了按键 / "
            f"the flow {flow} is refused: {error}; calls go out and take no key"
        )

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Look an execution up: it carries the message's own key.

        Raises:
            SendError: the provider did not answer.
        """
        listing = self._executions().list_async(date_created_from=since, limit=LISTED_MAX)
        try:
            listed = await self._call(listing)
        except SendError as error:
            self._refused(error)
            return None
        for found in listed:
            if found.sid in taken or found.contact_channel_address != row.address:
                continue
            context = await self._context(found.sid)
            if _inside(context, "flow", "data").get("key") == row.key:
                return Submitted(str(found.sid), Progress(DeliveryState.ACCEPTED))
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        """Ask how the call goes; a key that answers is taken in at the door.

        Raises:
            SendError: the provider did not answer.
        """
        # first whether it is over: what the context then holds is all there will be
        execution = await self._call(self._executions()(row.provider_id).fetch_async())
        context = await self._context(row.provider_id)
        begun = row.submitted_at or row.created_at
        is_over = execution.status != "active" or self._clock.now() - begun > OVER_AFTER
        digit = pressed(context)
        # after a key that means nothing the flow asks again, and the next may
        if digit and (is_over or digit in spoken.keys(row.purpose)):
            if self._door is not None:
                await self._door.key(row.key, digit)
            return Progress(DeliveryState.HEARD, final=True, detail="a key was pressed")
        return self._meaning(str(_inside(context, "flow", "variables").get("outcome", "")), is_over)

    def _meaning(self, outcome: str, is_over: bool) -> Progress:
        """Return what the flow's own note says, in the words of the Calls resource."""
        if outcome == "machine":
            return self._voice.progress("completed", answered_by="machine_start")
        if outcome in ("busy", "no-answer", "failed"):
            return self._voice.progress(outcome)
        if outcome == "answered":
            return self._voice.progress("completed" if is_over else "in-progress")
        if is_over:  # it never came to a call
            return self._voice.progress("failed")
        return self._voice.progress("ringing")

    async def recall(self, row: OutboxRow) -> Progress:
        """End the call while it rings; a phone has one call of ours at a time.

        Raises:
            SendError: none rings, or the provider did not answer.
        """
        calls = self._library().calls
        sender = self._access.account.sender
        listing = calls.list_async(to=row.address, from_=sender, limit=CALLS_LISTED_MAX)
        for found in await self._call(listing):
            if str(found.status) in ("queued", "ringing"):
                changed = await self._call(
                    calls(found.sid).update_async(status=self._voice.recall()["Status"])
                )
                return self._voice.progress(str(changed.status))
        raise SendError(ErrorClass.UNREACHABLE, "no call to this phone rings")

    def _executions(self) -> Any:
        return self._library().flow(self._access.studio_flow).executions

    async def _context(self, sid: str) -> Mapping[str, Any]:
        found = await self._call(self._executions()(sid).execution_context().fetch_async())
        return found.context if isinstance(found.context, dict) else {}


def said(row: OutboxRow, own: Own = NONE) -> dict[str, str]:
    """Return what the flow is given: everything it says, in the language of the person.

    The flow has no words of its own, so that the installation's (`own`) are said here, too.
    """
    language = row.language
    return {
        "key": row.key,
        "language": "en" if language == "en" else "zh",
        "said": spoken.opening(row.text, language, can_press=True, own=own, purpose=row.purpose),
        "wrong": spoken.WRONG_KEY.worded(own, language),
        "thanks": spoken.RECEIVED.worded(own, language),
        "goodbye": spoken.goodbye(row.purpose).worded(own, language),
        "kind": KINDS.get(row.purpose, "alarm"),
    }


def pressed(context: Mapping[str, Any]) -> str:
    """Return the last key pressed in a call, from its execution's context; empty: none."""
    for name in QUESTIONS:
        digits = _inside(context, "widgets", name).get("Digits")
        if isinstance(digits, str) and digits:
            return digits[:1]
    return ""


def _inside(context: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """Return what is below these names; nothing where the provider has something else there."""
    here: Any = context
    for name in names:
        here = here.get(name) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}
