"""For every plan and every set of paths: two lines if that is possible, and no hopeless way."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery import capabilities, router
from alerting.delivery.capabilities import CARRIES_EMERGENCIES, Answer
from alerting.household import Path, Policy, Responder, Step, Way
from alerting.incident import Urgency
from gateway.config.delivery import KNOWN as WAYS_OUT

KNOWN = (
    Path("twilio", ("sms", "voice")),
    Path("modem", ("sms", "voice"), line="sim"),
    Path("aliyun", ("sms", "voice")),
    Path("tencent", ("sms",)),
    Path("push", ("push",)),
    Path("scaip", ("scaip",)),
    Path("webhook", ("webhook",)),
)
ALL = ("sms", "voice", "push", "scaip", "webhook")
PHONES = ("+8613800000006", "+862312345678", "+85251000001", "+442079460001", "12", "+86")
BY_NAME = {path.name: path for path in KNOWN}

paths = st.permutations(KNOWN).flatmap(
    lambda order: st.integers(0, len(order)).map(lambda n: tuple(order[:n]))
)
channels = st.lists(st.sampled_from(ALL), unique=True).map(tuple)
people = st.builds(
    lambda phone, takes, named: Responder(
        "p", "王芳", "relative", phone, takes, addresses={one: f"{one}-1" for one in named}
    ),
    st.sampled_from(PHONES),
    channels,
    st.lists(st.sampled_from(ALL[2:]), unique=True),
)
policies = channels.map(lambda sends: Policy((Step("家庭", (), timedelta(minutes=1)),), 3, sends))


def possible(person: Responder, policy: Policy, out: tuple[Path, ...]) -> list[tuple[str, Path]]:
    return [
        (channel, path)
        for channel in policy.channels
        if channel in person.channels
        for path in out
        if channel in path.channels
        and router.refusal(channel, where(person, channel), (path,)) is None
    ]


def where(person: Responder, channel: str) -> str:
    return person.phone if channel in ("sms", "voice") else person.addresses.get(channel, "")


@given(people, policies, st.sampled_from(Urgency), paths)
def test_nothing_is_sent_where_it_cannot_go(
    person: Responder, policy: Policy, urgency: Urgency, out: tuple[Path, ...]
) -> None:
    able = possible(person, policy, out)
    found = router.ways(person, policy, urgency, out)
    names = [way.name for way in found]
    assert len(set(names)) == len(names), "a key has one meaning"
    for way in found:
        assert way.paths
        for name in way.paths:
            assert (way.channel, BY_NAME[name]) in able
    reached = {way.channel for way in found if not way.is_second}
    if urgency is Urgency.HIGH:
        assert reached == {channel for channel, _ in able}
    assert bool(found) == bool(able), "whoever can be reached is"
    for way in found:
        if not way.is_second:
            carriers = {path.name for channel, path in able if channel == way.channel}
            assert set(way.paths) == carriers, "no path is left out: one may die"


@given(people, policies, paths)
def test_an_emergency_spans_two_lines_wherever_any_combination_can(
    person: Responder, policy: Policy, out: tuple[Path, ...]
) -> None:
    able = possible(person, policy, out)
    lines = {path.line for channel, path in able if channel in CARRIES_EMERGENCIES}
    found = router.ways(person, policy, Urgency.HIGH, out)
    assert router.spans_two_lines(found, out) == (len(lines) > 1)
    twins = [way for way in found if way.is_second]
    assert len(twins) <= 1
    without = [way for way in found if not way.is_second]
    assert not twins or not router.spans_two_lines(without, out)


@given(people, policies, st.sampled_from(Urgency), paths)
def test_paths_by_which_an_answer_comes_back_go_first(
    person: Responder, policy: Policy, urgency: Urgency, out: tuple[Path, ...]
) -> None:
    for way in router.ways(person, policy, urgency, out):
        assert grades(way, person) == sorted(grades(way, person))


def grades(way: Way, person: Responder) -> list[tuple[bool, bool]]:
    found = [capabilities.can(name, way.channel, where(person, way.channel)) for name in way.paths]
    return [(not can.is_sure, can.answer is Answer.NONE) for can in found if can is not None]


@given(people, policies, paths)
def test_nobody_is_rung_for_less_than_an_emergency_if_a_text_reaches_him(
    person: Responder, policy: Policy, out: tuple[Path, ...]
) -> None:
    for urgency in (Urgency.LOW, Urgency.MEDIUM):
        found = {way.name for way in router.ways(person, policy, urgency, out)}
        assert not {"sms", "voice"} <= found
        assert not [name for name in found if name.endswith("-2")]


def test_a_village_contact_with_twilio_and_a_sim() -> None:
    """The case of the reference: texts that can be answered and calls by the SIM, and a twin."""
    person = Responder("p", "王芳", "relative", "+8613800000006")
    policy = Policy((Step("家庭", (), timedelta(minutes=1)),))
    found = router.ways(person, policy, Urgency.HIGH, KNOWN[:2])
    assert found == (
        Way("sms", ("modem", "twilio")),
        Way("sms", ("twilio",), is_second=True),
        Way("voice", ("modem",)),
    )
    assert [way.name for way in found] == ["sms", "sms-2", "voice"]
    assert not router.one_way("sms", person.phone, found[0].paths)
    assert router.one_way("sms", person.phone, found[1].paths)


def test_a_channel_moves_to_the_other_line_where_that_is_as_good() -> None:
    person = Responder("p", "王芳", "relative", "+8613800000006")
    policy = Policy((Step("家庭", (), timedelta(minutes=1)),))
    found = router.ways(person, policy, Urgency.HIGH, KNOWN[1:3])
    assert found == (Way("sms", ("aliyun", "modem")), Way("voice", ("modem", "aliyun")))


def test_a_path_set_up_without_answers_comes_after_one_with() -> None:
    person = Responder("p", "王芳", "relative", "+8613800000006", ("voice",))
    policy = Policy((Step("家庭", (), timedelta(minutes=1)),))
    deaf = Path("aliyun", ("voice",), one_way=("voice",))
    found = router.ways(person, policy, Urgency.LOW, (deaf, KNOWN[1]))
    assert found == (Way("voice", ("modem", "aliyun")),)


def test_every_way_out_that_can_be_configured_is_in_the_matrix() -> None:
    for path in WAYS_OUT:
        for channel in path.channels:
            known = channel in capabilities.TARGETS or channel in capabilities.MATRIX[path.name]
            assert known, f"{path.name} carries {channel}, and nobody knows whom it reaches"
