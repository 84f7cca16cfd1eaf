"""What is told to the homes of reaching people, and what is not told again."""

from __future__ import annotations

import msgspec
import pytest

from alerting.events import (
    Answer,
    Configured,
    DeliveryState,
    Drilled,
    DrillState,
    ErrorClass,
    Event,
    Receipt,
    Reply,
    Tick,
)
from alerting.household import IncidentKind, Path, Policy, Step
from alerting.words import Words
from devices.observation import How, Reached
from gateway.reachability import CUT_AFTER_SECONDS, Reachability
from gateway.store.rows import Entry
from tests.fakes.answering import DAUGHTER, MINUTE, World
from tests.fakes.clock import START


class Reach:
    """The county, and what its homes hear of reaching people."""

    def __init__(self) -> None:
        self.world = World()
        self.told: list[tuple[str, Reached]] = []
        self.reach = Reachability(self.world.clock, self.world.engines, self.offer)

    def offer(self, household: str, event: Event, acknowledge: object = None) -> None:
        assert isinstance(event, Reached)
        self.told.append((household, event))

    def receipt(
        self, state: DeliveryState, error: ErrorClass | None = None, way: str = "sms"
    ) -> None:
        key = f"h1-0001/0/daughter/{way}"
        receipt = Receipt(self.world.clock.now(), key, "h1-0001", state, error)
        self.reach.applied(Entry("h1", receipt, ()))

    @property
    def hows(self) -> list[tuple[How, str]]:
        return [(event.how, event.channel) for home, event in self.told if home == "h1"]


@pytest.fixture
def reach() -> Reach:
    return Reach()


async def test_every_home_of_a_person_hears_it(reach: Reach) -> None:
    reach.receipt(DeliveryState.FAILED, ErrorClass.CONTACT)
    assert [home for home, _ in reach.told] == ["h1", "h2"]
    assert reach.hows == [(How.DEAD, "sms")]


async def test_what_a_message_became(reach: Reach) -> None:
    reach.receipt(DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE, "voice")
    reach.receipt(DeliveryState.DELIVERED, way="sms-2")
    reach.receipt(DeliveryState.HEARD, way="voice")
    reach.receipt(DeliveryState.ACCEPTED)
    reach.receipt(DeliveryState.FAILED, ErrorClass.EXPIRED)
    reach.receipt(DeliveryState.FAILED, ErrorClass.CONFIGURATION)
    assert reach.hows == [(How.NO_ANSWER, "voice"), (How.ARRIVED, "sms"), (How.HEARD, "voice")]


async def test_what_says_nothing_new_is_not_told_again_and_again(reach: Reach) -> None:
    for _ in range(5):
        reach.receipt(DeliveryState.DELIVERED)
    assert len(reach.hows) == 1
    await reach.world.clock.advance(12 * 3_600)
    reach.receipt(DeliveryState.DELIVERED)
    assert len(reach.hows) == 2


async def test_who_answers_has_been_reached(reach: Reach) -> None:
    now = reach.world.clock.now()
    for via, by in (("sms", "daughter"), ("desk", "desk:amy"), ("ring", "daughter")):
        reach.reach.applied(Entry("h1", Reply(now, "h1-0001", by, Answer.GOING, via), ()))
    assert reach.hows == [(How.HEARD, "sms"), (How.HEARD, "voice")]


async def test_opting_out_and_drills_and_lines_that_are_cut(reach: Reach) -> None:
    reach.reach.fault("reach/daughter", True, "王芳 asked for no more texts", "stop")
    reach.reach.fault("reach/daughter", True, "a number", "sms")  # the receipt says it
    reach.reach.fault("reach/daughter", False, "", "stop")
    reach.reach.drilled("daughter", "sms", confirmed=False)
    reach.reach.drilled("daughter", "sms", confirmed=False)
    reach.reach.drilled("daughter", "sms", confirmed=True)
    assert [how for how, _ in reach.hows] == [
        How.OPTED_OUT,
        How.OPTED_IN,
        How.DRILL_MISSED,
        How.DRILL_MISSED,
        How.HEARD,
    ]
    reach.reach.path("twilio", True, "no balance")
    reach.reach.path("twilio", True, "no balance")
    reach.reach.path("nobody's", True)
    reach.reach.path("twilio", False)
    assert [how for how, _ in reach.hows][-2:] == [How.CUT, How.MENDED]


def modem_home(reach: Reach, *paths: Path) -> None:
    engine = reach.world.engines["h1"]
    home = msgspec.structs.replace(engine.household, paths=paths)
    engine.step(Configured(reach.world.clock.now(), home))


SIM = Path("modem", ("sms", "voice"), line="sim")


async def test_a_sim_without_money_is_a_way_out_that_is_cut_and_mended(reach: Reach) -> None:
    modem_home(reach, SIM)
    reach.reach.fault("modem", True, "no money left", "credit")
    reach.reach.fault("modem", True, "balance 3 is below 10", "balance")
    await reach.world.clock.advance(CUT_AFTER_SECONDS - 1)
    assert reach.told == [], "it may pass"
    reach.reach.fault("modem", True, "no network", "network")
    await reach.world.clock.advance(2)
    assert reach.hows == [(How.CUT, "")]
    assert "no money left; no network" in reach.told[0][1].detail
    assert [home for home, _ in reach.told] == ["h1"], "the others have no SIM"
    reach.reach.fault("modem", False, "", "credit")
    assert len(reach.hows) == 1, "it is not in the network yet"
    reach.reach.fault("modem", False, "", "network")
    assert reach.hows == [(How.CUT, ""), (How.MENDED, "")]


async def test_what_passes_within_minutes_cuts_nothing(reach: Reach) -> None:
    modem_home(reach, SIM)
    reach.reach.fault("modem", True, "no network", "network")
    await reach.world.clock.advance(60)
    reach.reach.fault("modem", False, "", "network")
    await reach.world.clock.advance(2 * CUT_AFTER_SECONDS)
    assert How.CUT not in [how for how, _ in reach.hows]


def drill(state: DrillState) -> Entry:
    ended = Drilled(START, "h1-drill-1", "daughter", "sms", "twilio", state, Words("", ""))
    return Entry("h1", Tick(START), (ended,))


async def test_how_a_drill_ended_is_learned_from_what_is_written(reach: Reach) -> None:
    for state in DrillState:
        reach.reach.applied(drill(state))
    assert reach.hows == [(How.HEARD, "sms"), (How.DRILL_MISSED, "sms")]


async def test_a_drill_that_nobody_can_answer_counts_for_nothing(reach: Reach) -> None:
    """Twilio's texts to the mainland are one-way, and say that no answer is needed."""
    engine = reach.world.engines["h1"]
    mainland = msgspec.structs.replace(DAUGHTER, phone="+8613800000006")
    policy = Policy((Step("家庭", (mainland,), MINUTE),))
    home = msgspec.structs.replace(engine.household, policies={IncidentKind.EMERGENCY: policy})
    engine.step(Configured(reach.world.clock.now(), home))
    reach.reach.applied(drill(DrillState.UNANSWERED))
    assert reach.hows == []
    modem_home(reach, SIM)  # modem answers come back, but the drill named another path
    reach.reach.applied(drill(DrillState.UNANSWERED))
    assert reach.hows == []


async def test_an_answer_soon_after_a_missed_drill_is_news(reach: Reach) -> None:
    reach.reach.drilled("daughter", "sms", confirmed=True)
    reach.reach.drilled("daughter", "sms", confirmed=False)
    reach.reach.drilled("daughter", "sms", confirmed=True)
    assert [how for how, _ in reach.hows] == [How.HEARD, How.DRILL_MISSED, How.HEARD]


async def test_of_a_stranger_nobody_hears(reach: Reach) -> None:
    reach.reach.drilled("nobody", "sms", confirmed=False)
    assert reach.told == []
    assert DAUGHTER.id == "daughter"
