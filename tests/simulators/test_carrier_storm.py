"""Anything at any time: the carrier keeps its promises, and repeats exactly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.carrier.core import Carrier
from simulators.carrier.faults import Fault, FaultKind, Target
from simulators.carrier.records import CALL_FINAL, MESSAGE_FINAL
from simulators.carrier.virtual import VirtualCarrier
from simulators.phones.exchange import PhoneError
from simulators.phones.people import HABITS, Person
from tests.simulators.test_carrier_calls import ASK, HOOK, Website

NUMBERS = ("+85251000001", "+85251000002", "+8613800000006", "+14155550104")
FATES = (
    FaultKind.REFUSE,
    FaultKind.ERROR_AFTER,
    FaultKind.UNDELIVER,
    FaultKind.CALLBACK_DUPLICATE,
    FaultKind.CALLBACK_LATE,
    FaultKind.CALLBACK_LOST,
    FaultKind.HANG_AFTER,
)

number = st.sampled_from(NUMBERS)
step = st.one_of(
    st.tuples(st.just("send"), number),
    st.tuples(st.just("call"), number),
    st.tuples(st.just("inline"), number),
    st.tuples(st.just("answer"), number),
    st.tuples(st.just("reject"), number),
    st.tuples(st.just("hang_up"), number),
    st.tuples(st.sampled_from(["1", "9", "#"]), number),
    st.tuples(st.sampled_from(["text 1", "text STOP", "text START"]), number),
    st.tuples(st.sampled_from([f"habit {name}" for name in HABITS]), number),
    st.tuples(st.sampled_from([f"fault {kind}" for kind in FATES]), number),
    st.tuples(st.sampled_from(["complete", "redirect"]), number),
    st.tuples(st.sampled_from(["wait 1", "wait 10", "wait 100"]), number),
)


def live_through(steps: list[tuple[str, str]], seed: int) -> VirtualCarrier:
    website = Website(ask=ASK, key=ASK)
    core = Carrier([Person(number=each) for each in NUMBERS], seed=seed)
    carrier = VirtualCarrier(core, website)
    core.set_sms_url(core.account.numbers[0], f"{HOOK}/status")
    for what, who in steps:
        try:
            act(carrier, what, who)
        except PhoneError:
            continue  # a hand that came too late
        finally:
            carrier.run(0.3)
    return carrier


def act(carrier: VirtualCarrier, what: str, who: str) -> None:
    core, now = carrier.core, carrier.now
    verb, _, more = what.partition(" ")
    match verb:
        case "send":
            carrier.send(who, "【桃花】请回复1", StatusCallback=f"{HOOK}/status")
        case "call":
            carrier.call(who, Url=f"{HOOK}/ask", StatusCallback=f"{HOOK}/status", Timeout="30")
        case "inline":
            carrier.call(who, Twiml="<Response><Say>hello</Say></Response>")
        case "answer" | "reject" | "hang_up":
            getattr(core, verb)(now, who)
        case "text":
            core.text(now, who, more)
        case "habit":
            core.set_habit(who, more)
        case "fault":
            kind = FaultKind(more)
            core.faults.add(Fault(kind=kind, target=Target.ALL, number=who, times=2, seconds=3))
        case "complete" | "redirect":
            change = {"complete": ("Status", "completed"), "redirect": ("Url", f"{HOOK}/ask")}
            for call in core.calls()[:1]:
                carrier.ask("POST", f"Calls/{call.sid}.json", change[verb])
        case "wait":
            carrier.run(float(more))
        case key:
            core.press(now, who, key)


@settings(max_examples=150, deadline=None)
@given(st.lists(step, min_size=5, max_size=40), st.integers(0, 3))
def test_everything_comes_to_an_end_and_twice_the_same_is_the_same(
    steps: list[tuple[str, str]], seed: int
) -> None:
    first, second = live_through(steps, seed), live_through(steps, seed)
    for carrier in (first, second):
        carrier.core.faults.clear()
        carrier.run(2 * 86_400)
    assert first.core.deadline() is None
    assert all(message.status in MESSAGE_FINAL for message in first.core.messages())
    assert all(call.status in CALL_FINAL for call in first.core.calls())
    assert first.core.messages() == second.core.messages()
    assert first.core.calls() == second.core.calls()
    assert first.requested == second.requested
    busy = [call.to for call in first.core.calls()]
    assert not any(to.startswith("+86") for to in busy)


@pytest.mark.parametrize("seed", [1, 2])
def test_ids_come_from_the_seed(seed: int) -> None:
    sids = [VirtualCarrier(Carrier(seed=seed)).send(NUMBERS[0], "x")["sid"] for _ in range(2)]
    assert sids[0] == sids[1]
    assert sids[0] != VirtualCarrier(Carrier(seed=seed + 10)).send(NUMBERS[0], "x")["sid"]
