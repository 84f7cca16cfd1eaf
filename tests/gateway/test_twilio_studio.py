"""Keys pressed in a call, with no address of ours: the flow we ship, run by the carrier."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from alerting.delivery.channels import Account, Progress, spoken
from alerting.events import DeliveryState, ErrorClass, Purpose
from gateway.cli.commands import guanai
from gateway.config import ConfigError, load
from gateway.config.provider import twilio_access
from gateway.store.rows import OutboxRow
from gateway.transports import open_twilio
from gateway.transports.studio_flow import definition
from gateway.transports.transport import Ring, SendError, Spoken, Text
from gateway.transports.twilio import Twilio
from gateway.transports.twilio_library import Library
from gateway.transports.twilio_studio import said
from simulators.carrier.faults import Fault, FaultKind, Target
from simulators.phones.exchange import LineKind
from simulators.phones.people import HABITS, Habit, OnCall
from tests.fakes.carrier import FROM, Running, running_carrier
from tests.gateway.test_twilio import DAUGHTER, MAINLAND, PEOPLE, access, clock, row

SAID = "桃花关爱，紧急通知。王奶奶家，编号A1001。8点42分，呼救。请立即上门。"


class Keys:
    """A door that notes keys."""

    def __init__(self) -> None:
        self.pressed: list[tuple[str, str]] = []

    async def text(self, text: Text, late: bool = False) -> None:
        raise AssertionError("no text comes in here")

    async def key(self, key: str, digit: str) -> Spoken:
        self.pressed.append((key, digit))
        return Spoken("", "zh")

    async def ring(self, ring: Ring) -> Spoken:
        raise AssertionError("nobody rings here")

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        raise AssertionError("nobody rings here")


class Desk:
    """The carrier with our flow installed, and the transport that uses it."""

    def __init__(self, carrier: Running, provider: Twilio, keys: Keys) -> None:
        self.carrier = carrier
        self.provider = provider
        self.keys = keys

    async def calls(self, message: OutboxRow) -> tuple[Progress, list[Progress]]:
        """Call; return how it ended, and all that was learned on the way."""
        submitted = await self.provider.send(message)
        assert submitted.provider_id.startswith("FN")
        sent = msgspec.structs.replace(
            message, provider_id=submitted.provider_id, submitted_at=clock.now()
        )
        learned: list[Progress] = []
        for _ in range(2_000):
            news = await self.provider.progress(sent)
            if not learned or learned[-1] != news:
                learned.append(news)
            if news.final:
                return news, learned
            await asyncio.sleep(0.01)
        raise AssertionError(f"never final: {learned}")

    def lines(self, number: str = DAUGHTER) -> list[str]:
        call = self.carrier.core.handset(number).call
        assert call is not None
        return [line.text for line in call.lines if line.kind is LineKind.SAID]


@asynccontextmanager
async def installed(**settings: object) -> AsyncIterator[Desk]:
    async with running_carrier(PEOPLE) as carrier:
        library = Library(access(carrier.url))
        try:
            flow = await library.install(definition(), "guanai")
        finally:
            await library.close()
        keys = Keys()
        wanted = access(carrier.url, studio_flow=flow, **settings)
        provider = open_twilio(wanted, clock, keys)
        try:
            await provider.warm()
            yield Desk(carrier, provider, keys)
        finally:
            await provider.close()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with installed() as found:
        yield found


def call(to: str = DAUGHTER, language: str = "zh") -> OutboxRow:
    message = row("voice", to, SAID)
    return msgspec.structs.replace(message, language=language)


async def test_a_key_reaches_us_although_nobody_can_reach_us(desk: Desk) -> None:
    end, learned = await desk.calls(call())
    assert end.state is DeliveryState.HEARD
    assert desk.keys.pressed == [("h1-0001/0/wang-daughter/voice", "1")]
    assert DeliveryState.ACCEPTED in [news.state for news in learned]
    await desk.carrier.phone.until(lambda: spoken.RECEIVED.zh in desk.lines(), "the thanks")
    assert desk.lines()[0] == spoken.opening(SAID, "zh", can_press=True)
    assert desk.carrier.core.warnings() == ()


async def test_it_is_spoken_in_the_persons_language(desk: Desk) -> None:
    await desk.calls(call(language="en"))
    said = desk.carrier.core.handset(DAUGHTER).call
    assert said is not None
    spoken_lines = [line for line in said.lines if line.kind is LineKind.SAID]
    assert {line.language for line in spoken_lines} == {"en-US"}
    assert spoken_lines[0].text.endswith(spoken.MENU.en)


async def test_nine_repeats_and_a_wrong_key_is_said_to_be_one(desk: Desk) -> None:
    habit = Habit(on_call=OnCall.ANSWERS, keys=("9", "7", "3"))
    desk.carrier.core.set_habit(DAUGHTER, habit)
    end, _ = await desk.calls(call())
    assert end.state is DeliveryState.HEARD
    assert desk.keys.pressed == [("h1-0001/0/wang-daughter/voice", "3")]
    assert spoken.WRONG_KEY.zh in desk.lines()
    assert desk.lines().count(spoken.opening(SAID, "zh", can_press=True)) >= 3


async def test_a_question_to_a_resident_has_its_own_keys(desk: Desk) -> None:
    asks = SAID + spoken.ASK_MENU.zh
    message = msgspec.structs.replace(call(), purpose=Purpose.QUESTION, text=asks)
    desk.carrier.core.set_habit(DAUGHTER, Habit(on_call=OnCall.ANSWERS, keys=("3", "2")))
    await desk.calls(message)
    assert [digit for _, digit in desk.keys.pressed] == ["2"], "3 answers no resident's question"
    assert spoken.WRONG_KEY.zh in desk.lines()


async def test_a_resident_who_presses_nothing_hears_that_somebody_comes(desk: Desk) -> None:
    desk.carrier.core.set_habit(DAUGHTER, Habit(on_call=OnCall.ANSWERS))
    asks = SAID + spoken.ASK_MENU.zh
    await desk.calls(msgspec.structs.replace(call(), purpose=Purpose.QUESTION, text=asks))
    assert desk.lines()[-1] == spoken.NO_KEY_FROM_RESIDENT.zh


async def test_the_flow_says_the_words_of_the_installation() -> None:
    """It has none of its own: rewording needs no new flow."""
    own = {
        "zh": {"keys.alarm": "去按1，到按2，不去按3，错了按0，再听按9。", "said.received": "好。"}
    }
    async with installed(wording=own) as desk:
        await desk.calls(call())
        await desk.carrier.phone.until(lambda: "好。" in desk.lines(), "the thanks")
        assert desk.lines()[0] == SAID + own["zh"]["keys.alarm"]


async def test_a_drill_takes_one_key(desk: Desk) -> None:
    message = msgspec.structs.replace(
        call(), purpose=Purpose.DRILL, text="演练。" + spoken.DRILL_MENU.zh
    )
    desk.carrier.core.set_habit(DAUGHTER, Habit(on_call=OnCall.ANSWERS, keys=("0", "1")))
    await desk.calls(message)
    assert [digit for _, digit in desk.keys.pressed] == ["1"]


def test_every_key_that_answers_ends_the_question() -> None:
    states = {one["name"]: one for one in json.loads(definition())["states"]}
    answers = {
        f"{said(msgspec.structs.replace(call(), purpose=purpose))['kind']}-{digit}"
        for purpose in Purpose
        for digit in spoken.keys(purpose)
    }
    for language in ("zh", "en"):
        ways = states[f"key_{language}"]["transitions"]
        taken = {
            way["conditions"][0]["value"]: way["next"] for way in ways if way["event"] == "match"
        }
        thanked = dict.fromkeys(answers, f"thanks_{language}")
        assert taken == thanked | {spoken.REPEAT_KEY: f"ask_{language}"}


async def test_a_key_that_means_nothing_is_still_a_human(desk: Desk) -> None:
    desk.carrier.core.set_habit(DAUGHTER, Habit(on_call=OnCall.ANSWERS, keys=("5", "")))
    end, _ = await desk.calls(call())
    assert end.state is DeliveryState.HEARD
    assert desk.keys.pressed == [("h1-0001/0/wang-daughter/voice", "5")]


async def test_a_call_without_a_key_is_no_human(desk: Desk) -> None:
    desk.carrier.core.set_habit(DAUGHTER, Habit(on_call=OnCall.ANSWERS))
    end, learned = await desk.calls(call())
    assert (end.state, end.error) == (DeliveryState.DELIVERED, None)
    assert Progress(DeliveryState.DELIVERED) in learned, "somebody is listening"
    assert desk.lines()[-1] == spoken.GOODBYE.zh
    assert desk.keys.pressed == []


@pytest.mark.parametrize(
    ("habit", "detail"),
    [
        ("busy", "busy"),
        ("rejects", "busy"),
        ("ignores", "no-answer"),
        ("off", "the call could not be put through"),
        ("voicemail", "answered by machine_start"),
    ],
)
async def test_nobody_took_it(desk: Desk, habit: str, detail: str) -> None:
    desk.carrier.core.set_habit(DAUGHTER, HABITS[habit])
    end, _ = await desk.calls(call())
    assert (end.state, end.error) == (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
    assert end.detail == detail
    assert end.machine is (habit == "voicemail")
    assert desk.keys.pressed == []


async def test_nobody_is_called_on_the_mainland(desk: Desk) -> None:
    end, _ = await desk.calls(call(MAINLAND))
    assert end.state is DeliveryState.UNDELIVERED
    assert [warned.code for warned in desk.carrier.core.warnings()] == [21215]


async def test_a_call_that_may_have_gone_out_is_found_by_its_key(desk: Desk) -> None:
    began = clock.now()
    desk.carrier.core.faults.add(Fault(kind=FaultKind.DROP_AFTER, target=Target.VOICE))
    with pytest.raises(SendError) as error:
        await desk.provider.send(call())
    assert error.value.error is ErrorClass.AMBIGUOUS
    found = await desk.provider.find(call(), began, ())
    assert found is not None
    assert await desk.provider.find(call(), began, (found.provider_id,)) is None
    other = msgspec.structs.replace(call(), key="h1-0002/0/wang-daughter/voice")
    assert await desk.provider.find(other, began, ()) is None


async def test_a_call_that_rings_is_ended_when_somebody_else_has_answered(desk: Desk) -> None:
    desk.carrier.core.set_habit(DAUGHTER, HABITS["ignores"])
    submitted = await desk.provider.send(call())
    sent = msgspec.structs.replace(call(), provider_id=submitted.provider_id)
    await desk.carrier.phone.until(
        lambda: desk.carrier.core.handset(DAUGHTER).call is not None, "a ringing phone"
    )
    news = await desk.provider.recall(sent)
    assert news is not None
    assert news.canceled
    with pytest.raises(SendError):
        await desk.provider.recall(sent)


async def test_an_execution_that_missed_the_end_of_its_call_is_over(desk: Desk) -> None:
    desk.carrier.core.set_habit(DAUGHTER, HABITS["ignores"])
    submitted = await desk.provider.send(call())
    long_ago = clock.now() - timedelta(minutes=6)
    sent = msgspec.structs.replace(call(), provider_id=submitted.provider_id, submitted_at=long_ago)
    assert (await desk.provider.progress(sent)).final


async def test_an_execution_nobody_knows_any_more_goes_out_again(desk: Desk) -> None:
    gone = msgspec.structs.replace(
        call(), provider_id="FN" + "0" * 32, submitted_at=clock.now() - timedelta(minutes=2)
    )
    assert (await desk.provider.progress(gone)).error is ErrorClass.TRANSIENT


async def test_with_a_public_address_calls_are_calls() -> None:
    account = Account(sender=FROM, public_url="http://127.0.0.1:9")
    async with installed(account=account) as desk:
        assert (await desk.provider.send(call())).provider_id.startswith("CA")


async def test_without_its_flow_a_call_still_goes_out_and_that_is_a_fault() -> None:
    async with running_carrier(PEOPLE) as carrier:
        gone = "FW" + "0" * 32
        provider = open_twilio(access(carrier.url, studio_flow=gone), clock, Keys())
        try:
            await provider.warm()
            assert f"the flow {gone} is refused" in provider.complaint
            assert (await provider.send(call())).provider_id.startswith("CA")
            began = clock.now() - timedelta(seconds=1)
            assert await provider.find(call(), began, ()) is not None
        finally:
            await provider.close()


async def test_a_flow_that_cannot_be_carried_out_is_refused(desk: Desk) -> None:
    library = Library(access(desk.carrier.url))
    wrong = json.loads(definition())
    wrong["states"][1]["transitions"][0]["next"] = "nowhere"
    try:
        with pytest.raises(SendError) as error:
            await library.install(json.dumps(wrong), "guanai")
    finally:
        await library.close()
    assert "call: goes to 'nowhere', which is no state" in error.value.detail


def test_machines_are_told_from_people_unless_that_is_switched_off() -> None:
    for wanted in (True, False):
        states = json.loads(definition(wanted))["states"]
        calling = next(one for one in states if one["type"] == "make-outgoing-call-v2")
        assert calling["properties"]["detect_answering_machine"] is wanted


# ---------------------------------------------------------------------- the command


async def _guanai(*arguments: str) -> tuple[str, BaseException | None]:
    result = await asyncio.to_thread(CliRunner().invoke, guanai, ["--lang", "en", *arguments])
    return str(result.output), result.exception


def configured(folder: Path, url: str, **twilio: str) -> Path:
    """Write a configuration with this account."""
    example = Path(__file__).parents[2] / "deploy/gateway.example.toml"
    more = "".join(f'{name} = "{value}"\n' for name, value in twilio.items())
    text = example.read_text("utf-8").replace("[twilio]\n", f'[twilio]\nbase_url = "{url}"\n{more}')
    path = folder / "gateway.toml"
    path.write_text(text, "utf-8")
    return path


async def test_the_command_installs_the_flow_and_prints_its_id(desk: Desk, tmp_path: Path) -> None:
    token = desk.carrier.core.account.token
    path = configured(tmp_path, desk.carrier.url, auth_token=token)
    said, failed = await _guanai("twilio-flow", "--config", str(path))
    assert failed is None, said
    sid = said.partition('studio_flow = "')[2].partition('"')[0]
    assert sid in desk.carrier.core.studio.flows
    path = configured(tmp_path, desk.carrier.url, auth_token=token, studio_flow=sid)
    settings = load(path, {}).twilio
    assert settings is not None
    assert twilio_access(settings).studio_flow == sid


async def test_the_command_prints_the_flow_to_be_imported(tmp_path: Path) -> None:
    path = configured(tmp_path, "http://127.0.0.1:9", auth_token="t")
    said, failed = await _guanai("twilio-flow", "--print", "--config", str(path))
    assert failed is None
    assert json.loads(said) == json.loads(definition())


async def test_the_command_says_why_nothing_was_installed(desk: Desk, tmp_path: Path) -> None:
    path = configured(tmp_path, desk.carrier.url, auth_token="wrong")
    said, failed = await _guanai("twilio-flow", "--config", str(path))
    assert isinstance(failed, SystemExit)
    assert "Twilio did not take it" in said
    assert "20003" in said


def test_what_is_no_flow_is_refused(tmp_path: Path) -> None:
    path = configured(tmp_path, "http://127.0.0.1:9", auth_token="t", studio_flow="FN1")
    with pytest.raises(ConfigError) as refused:
        load(path, {})
    assert "twilio.studio_flow" in refused.value.said("en")
    assert "FW and 32 of 0-9a-f" in refused.value.said("en")
