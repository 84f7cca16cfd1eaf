"""What becomes of a message, whatever the network does: one story per feature.

The features are the rows of the comparison in docs/features.md; each is told through the
phones of 王奶奶's daughter and neighbour.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from alerting.events import ErrorClass, Receipt
from alerting.household import IncidentKind, Policy, Step
from alerting.incident import Response
from gateway.transports.transport import SendError
from tests.builders import DAUGHTER, NEIGHBOUR, household, minutes
from tests.fakes.county import county

ONE_STEP = Policy((Step("家庭", (DAUGHTER,), minutes(10)),), channels=("sms",))
HOME = household(policies={IncidentKind.EMERGENCY: ONE_STEP})
NO_ANSWER = SendError(ErrorClass.AMBIGUOUS, "no answer")
NO_CONNECTION = SendError(ErrorClass.TRANSIENT, "no connection")


async def test_durable_outbox(tmp_path: Path) -> None:
    """The gateway is killed while the network is away; the alarm goes out after its return."""
    async with county(tmp_path, HOME) as world:
        world.operators["twilio"].down = NO_CONNECTION
        await world.press()
        await world.advance(20)
        daughter = world.phone(DAUGHTER.phone)
        assert daughter.texts == []
        await world.kill()
        world.operators["twilio"].down = None
        await world.start()
        await world.advance(60)
        assert len(daughter.texts) == 1, "what was owed before the kill came, and came once"


async def test_an_ambiguous_send_is_repeated_but_not_doubled(tmp_path: Path) -> None:
    """The network swallows the provider's answer: we look whether it has it before we repeat."""
    async with county(tmp_path, HOME) as world:
        twilio = world.operators["twilio"]
        twilio.swallows = NO_ANSWER
        await world.press()
        await world.advance(5)
        twilio.swallows = None
        await world.advance(120)
        assert len(world.phone(DAUGHTER.phone).texts) == 1
        twilio.refuses = NO_ANSWER  # this time it has not got it
        await world.press()
        await world.advance(5 * 60)
        assert len(world.phone(DAUGHTER.phone).texts) == 1
        twilio.refuses = None
        await world.advance(10 * 60)
        assert len(world.phone(DAUGHTER.phone).texts) >= 2, "it is not lost either"


async def test_receipts_are_asked_for(tmp_path: Path) -> None:
    """No address of ours is public: we ask what became of the text, and the desk sees it."""
    receipts: list[Receipt] = []
    async with county(tmp_path, HOME) as world:
        offer = world.runtime.offer

        def listen(home: str, event: object, acknowledge: object = None) -> None:
            if isinstance(event, Receipt):
                receipts.append(event)
            offer(home, event, acknowledge)  # type: ignore[arg-type]

        world.runtime.offer = listen  # type: ignore[assignment]
        await world.press()
        await world.advance(30)
        assert [receipt.state for receipt in receipts][-1] == "delivered"
        world.phone(DAUGHTER.phone).state = "off"
        world.open()  # the same incident goes on to the phone that is off
        await world.advance(11 * 60)
        assert "undelivered" in [receipt.state for receipt in receipts]


async def test_grouped_not_repeated(tmp_path: Path) -> None:
    """She presses five times in her fear: one incident, one message, one ringing phone."""
    async with county(tmp_path, household()) as world:
        for _ in range(5):
            await world.press()
            await world.advance(3)
        assert len(world.open()) == 1
        daughter = world.phone(DAUGHTER.phone)
        assert len(daughter.texts) == 1
        assert len(daughter.calls) == 1


async def test_voicemail_is_not_a_human(tmp_path: Path) -> None:
    """The daughter's voicemail takes the call: the neighbour and then the village are told."""
    async with county(tmp_path, household()) as world:
        for person in (DAUGHTER, NEIGHBOUR):
            world.phone(person.phone).state = "voicemail"
        await world.press()
        await world.advance(3 * 60)
        assert world.open()[0].response is Response.OPEN, "no machine has stopped the ladder"
        assert world.open()[0].step >= 2


async def test_chinese_text_is_intact(tmp_path: Path) -> None:
    """What the daughter reads is Chinese to the last sign, and one message."""
    home = msgspec.structs.replace(HOME, signature="桃花关爱", place="桃花村3组12号")
    async with county(tmp_path, home) as world:
        await world.press()
        await world.advance(5)
        (text,) = world.phone(DAUGHTER.phone).texts
        assert text.startswith("【桃花关爱】")
        assert "?" not in text
        assert "？" not in text
        assert len(text.encode("utf-16-le")) // 2 <= 70
