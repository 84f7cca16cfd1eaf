"""Calls through a modem: spoken Chinese out, keys back, and people who ring."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alerting.events import DeliveryState, ErrorClass, Purpose
from gateway.transports.modem.calls import CALLS_MAX
from gateway.transports.transport import Ring, SendError, Spoken
from simulators.modem.settings import Setup
from tests.fakes.modem import DAUGHTER, ELDER, QUICK, SON, modem_world, person, until

SPOKEN = "王奶奶家，八点四十二分按了呼救，没有应答。" * 8


@pytest.mark.parametrize("family", ["simcom", "quectel"])
async def test_a_person_hears_chinese_and_presses_a_key(tmp_path: Path, family: str) -> None:
    async with modem_world(tmp_path, [person(habit="helpful")], Setup(family=family)) as world:
        row = await world.sent(world.row(SPOKEN, channel="voice"))
        end = await world.end_of(row)
        assert (end.state, end.error) == (DeliveryState.DELIVERED, None)
        assert world.door.keys == [(row.key, "1")]
        heard = "".join(world.emulator.network.phone(DAUGHTER).heard)
        assert heard.startswith(SPOKEN)
        assert "前往请按1" in heard
        assert heard.endswith("已记录，谢谢。")


async def test_its_line_is_taken_while_somebody_rings_and_texts_go_out_beside(
    tmp_path: Path,
) -> None:
    async with modem_world(tmp_path, [person(habit="helpful")]) as world:
        assert not world.modem.is_taken("voice")
        row = await world.sent(world.row(channel="voice"))
        assert world.modem.is_taken("voice")
        assert not world.modem.is_taken("sms")
        await world.end_of(row)
        await until(lambda: not world.modem.is_taken("voice"))


async def test_a_wrong_key_and_then_a_right_one(tmp_path: Path) -> None:
    people = [person(habit="helpful", keys=("5", "2"))]
    async with modem_world(tmp_path, people) as world:
        row = await world.sent(world.row(channel="voice"))
        await world.end_of(row)
        assert [key for _, key in world.door.keys] == ["5", "2"]


async def test_voicemail_gets_it_twice_and_is_no_human(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person(habit="voicemail")]) as world:
        row = await world.sent(world.row("呼救。", channel="voice"))
        end = await world.end_of(row)
        assert (end.state, end.detail) == (
            DeliveryState.DELIVERED,
            "the call ended without a key press",
        )
        assert world.door.keys == [(row.key, "")]
        heard = "".join(world.emulator.network.phone(DAUGHTER).heard)
        assert heard.count("呼救。") == 2


@pytest.mark.parametrize(
    ("habit", "family", "detail"),
    [
        ("busy", "simcom", "busy"),
        ("busy", "generic", "busy"),
        ("rejects", "quectel", "rejected"),
        ("off", "quectel", "cause 20"),
    ],
)
async def test_who_cannot_be_reached_says_so(
    tmp_path: Path, habit: str, family: str, detail: str
) -> None:
    async with modem_world(tmp_path, [person(habit=habit)], Setup(family=family)) as world:
        end = await world.end_of(await world.sent(world.row(channel="voice")))
        assert (end.state, end.error) == (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
        assert end.detail == detail


async def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerting.delivery.channels.modem_voice.RING_SECONDS", 0)
    async with modem_world(tmp_path, [person()]) as world:
        end = await world.end_of(await world.sent(world.row(channel="voice")))
        assert end.detail == "no-answer"
        await until(lambda: world.emulator.calls.current is None)


async def test_a_call_is_ended_while_it_waits_or_rings_and_not_while_somebody_listens(
    tmp_path: Path,
) -> None:
    people = [person(), person(SON, "voicemail", answers_after_s=0.1)]
    async with modem_world(tmp_path, people) as world:
        rings = await world.sent(world.row(channel="voice"))
        await until(lambda: world.emulator.calls.current is not None)
        waits = await world.sent(world.row(to=SON, channel="voice"))
        for row in (waits, rings):
            news = await world.modem.recall(row)
            assert news is not None
            assert news.canceled
        await until(lambda: world.emulator.calls.current is None)
        assert world.emulator.network.phone(SON).calls == []
        talks = await world.sent(world.row("说" * 60, to=SON, channel="voice"))
        await until(
            lambda: world.modem._calls.progress(talks.provider_id).state is DeliveryState.DELIVERED
        )
        with pytest.raises(SendError, match="listening"):
            await world.modem.recall(talks)


async def test_the_most_urgent_call_goes_first(tmp_path: Path) -> None:
    people = [person(), person(SON, "busy"), person(ELDER, "busy")]
    async with modem_world(tmp_path, people) as world:
        first = await world.sent(world.row(channel="voice"))
        await until(lambda: world.emulator.calls.current is not None)
        await world.sent(world.row(to=SON, channel="voice", purpose=Purpose.REMINDER))
        await world.sent(world.row(to=ELDER, channel="voice"))
        await world.modem.recall(first)
        await until(lambda: bool(world.emulator.network.phone(SON).calls))
        dialled = [line for line in world.emulator.log if line.startswith("ATD")]
        assert dialled == [f"ATD{number};" for number in (DAUGHTER, ELDER, SON)]


async def test_a_call_that_waits_behind_a_thousand_is_not_lost(tmp_path: Path) -> None:
    """Whoever hears that it is lost calls once more, and the line only gets longer."""
    async with modem_world(tmp_path, [person(habit="ignores"), person(SON)]) as world:
        rows = [await world.sent(world.row(channel="voice")) for _ in range(CALLS_MAX + 100)]
        asked = [await world.modem.progress(row) for row in rows]
        assert {news.state for news in asked} == {DeliveryState.ACCEPTED}
        for row in rows[:200]:
            await world.modem.recall(row)
        await world.sent(world.row(channel="voice"))
        assert len(world.modem._calls._calls) == CALLS_MAX


async def test_texts_go_out_during_a_call(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person(habit="voicemail"), person(SON)]) as world:
        call = await world.sent(world.row("说" * 90, channel="voice"))
        await until(
            lambda: world.modem._calls.progress(call.provider_id).state is DeliveryState.DELIVERED
        )
        text = await world.sent(world.row(to=SON))
        assert (await world.end_of(text)).state is DeliveryState.DELIVERED
        assert world.emulator.calls.current is not None


async def test_a_modem_that_cannot_speak_rings_and_says_that_this_is_all(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person(habit="voicemail")], Setup(family="generic")) as world:
        end = await world.end_of(await world.sent(world.row(channel="voice")))
        assert "could not say anything" in end.detail
        assert "只响铃" in world.modem.gauge().detail


async def test_without_keys_the_call_asks_for_a_text(tmp_path: Path) -> None:
    setup = Setup(can_hear=False)
    async with modem_world(tmp_path, [person(habit="helpful")], setup) as world:
        await world.end_of(await world.sent(world.row("呼救。", channel="voice")))
        heard = "".join(world.emulator.network.phone(DAUGHTER).heard)
        assert heard.count("呼救。") == 2
        assert "请回复短信" in heard
        assert "也可以打回本号码，响铃后挂断" in heard
        assert world.door.keys == []


async def test_a_call_whose_turn_comes_too_late_is_not_made(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        end = await world.end_of(await world.sent(world.row(channel="voice", minutes=-1)))
        assert end.error is ErrorClass.EXPIRED
        assert world.emulator.network.phone(DAUGHTER).calls == []


# ---------------------------------------------------------------- in


@pytest.mark.parametrize("family", ["simcom", "quectel"])
async def test_somebody_rings_hears_and_presses(tmp_path: Path, family: str) -> None:
    async with modem_world(tmp_path, setup=Setup(family=family)) as world:
        world.emulator.calls.ring(DAUGHTER, keys=("1",))
        await until(lambda: bool(world.door.ring_keys))
        await until(lambda: world.emulator.calls.current is None)
        (ring,) = world.door.rings
        assert (ring.provider, ring.caller) == ("modem", DAUGHTER)
        assert world.door.ring_keys == [(DAUGHTER, "1")]
        assert world.emulator.network.phone(DAUGHTER).heard == ["您好，请按1确认。", "收到。"]


async def test_a_caller_without_a_number_is_withheld(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        world.door.ring_says = Spoken("请打值班电话。", "zh")
        world.emulator.calls.ring("")
        await until(lambda: world.emulator.network.phone("").heard == ["请打值班电话。"])
        assert [ring.caller for ring in world.door.rings] == [""]
        assert world.door.ring_keys == []


async def test_who_hangs_up_before_we_answer_has_rung_all_the_same(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        call = world.emulator.calls.ring(DAUGHTER)
        world.emulator.calls.far_end_hangs_up(call)
        await until(lambda: world.door.ring_keys == [(DAUGHTER, "")])
        assert [ring.caller for ring in world.door.rings] == [DAUGHTER]
        assert "ATA" not in world.emulator.log


async def test_who_hangs_up_while_listening_has_pressed_nothing(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        world.door.ring_says = Spoken("说" * 90, "zh", wants_key=True)
        call = world.emulator.calls.ring(DAUGHTER)
        await until(lambda: call.answered)
        world.emulator.calls.far_end_hangs_up(call)
        await until(lambda: world.door.ring_keys == [(DAUGHTER, "")])


async def test_who_rings_while_we_call_is_known_to_have_rung(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person(habit="voicemail")]) as world:
        call = await world.sent(world.row("说" * 90, channel="voice"))
        await until(
            lambda: world.modem._calls.progress(call.provider_id).state is DeliveryState.DELIVERED
        )
        world.emulator.calls.ring(ELDER)
        await until(lambda: world.door.ring_keys == [(ELDER, "")])
        assert [ring.caller for ring in world.door.rings] == [ELDER]


@pytest.mark.parametrize("purpose", [Purpose.TOLD, Purpose.QUESTION, Purpose.DRILL])
async def test_a_phone_that_only_rings_to_tell_gives_way_to_an_alarm(
    tmp_path: Path, purpose: Purpose
) -> None:
    people = [person(habit="helpful"), person(ELDER)]
    async with modem_world(tmp_path, people) as world:
        told = await world.sent(world.row(to=ELDER, channel="voice", purpose=purpose))
        await until(lambda: world.emulator.calls.current is not None)
        alarm = await world.sent(world.row(channel="voice"))
        end = await world.end_of(alarm)
        assert end.state is DeliveryState.DELIVERED
        await until(lambda: len(world.emulator.network.phone(ELDER).calls) > 1)
        dialled = [line for line in world.emulator.log if line.startswith("ATD")]
        assert dialled[:3] == [f"ATD{number};" for number in (ELDER, DAUGHTER, ELDER)]
        assert not world.modem._calls.progress(told.provider_id).final, "it is owed as before"


async def test_two_who_ring_at_once_are_both_known_to_have_rung(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        one, other = (f'+CLIP: "{number[3:]}",129' for number in (DAUGHTER, SON))
        world.emulator.say("RING", one, "NO CARRIER", "RING", other)
        await until(lambda: {ring.caller for ring in world.door.rings} == {DAUGHTER, SON})
        await until(lambda: not world.modem.is_taken("voice"))


async def test_who_ring_one_after_the_other_while_we_call_are_both_known_to_have_rung(
    tmp_path: Path,
) -> None:
    """A module that says RING of a call that waits, and not +CCWA."""
    async with modem_world(tmp_path, [person(habit="helpful")]) as world:
        row = await world.sent(world.row(SPOKEN, channel="voice"))
        await until(lambda: world.modem._calls._line is not None)
        for number in (ELDER, SON):
            world.emulator.say("RING", f'+CLIP: "{number[3:]}",129')
        await until(lambda: {ring.caller for ring in world.door.rings} == {ELDER, SON})
        assert (await world.end_of(row)).state is DeliveryState.DELIVERED


async def test_who_rings_while_we_call_is_known_to_have_rung_though_the_modem_dies(
    tmp_path: Path,
) -> None:
    async with modem_world(tmp_path, [person(habit="ignores")]) as world:
        await world.sent(world.row(channel="voice"))
        await until(lambda: world.modem._calls._line is not None)
        world.emulator.say("RING", f'+CLIP: "{ELDER[3:]}",129')
        await until(lambda: world.modem._calls._incoming is not None)
        await asyncio.sleep(0.05)
        world.emulator.tty.vanish()
        await until(lambda: [ring.caller for ring in world.door.rings] == [ELDER])


async def test_an_alarm_that_rings_is_not_cut_off_for_another(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person(), person(SON)]) as world:
        await world.sent(world.row(channel="voice"))
        await until(lambda: world.emulator.calls.current is not None)
        await world.sent(world.row(to=SON, channel="voice"))
        await asyncio.sleep(0.3)
        dialled = [line for line in world.emulator.log if line.startswith("ATD")]
        assert dialled == [f"ATD{DAUGHTER};"]


async def test_a_mistake_of_ours_about_who_rings_costs_nobody_the_line(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person(habit="helpful"), person(ELDER)]) as world:

        async def wrong(ring: Ring) -> Spoken:
            raise KeyError(ring.caller)

        world.door.ring = wrong  # type: ignore[method-assign]
        world.emulator.calls.ring(ELDER)
        await asyncio.sleep(0.2)
        end = await world.end_of(await world.sent(world.row(channel="voice")))
        assert end.state is DeliveryState.DELIVERED


@pytest.mark.parametrize("step", ["ring", "ring_key"])
async def test_a_mistake_of_ours_about_who_knocks_leaves_nobody_unheard_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        right = getattr(world.door, step)
        monkeypatch.setattr(world.door, step, None)
        world.emulator.say(f'+CCWA: "{ELDER}",145,1')
        await asyncio.sleep(2 * QUICK.key)
        monkeypatch.setattr(world.door, step, right)
        world.door.rings.clear()
        world.emulator.say(f'+CCWA: "{ELDER}",145,1')
        await until(lambda: [ring.caller for ring in world.door.rings] == [ELDER])


async def test_a_driver_that_ends_by_a_mistake_takes_nothing_it_cannot_carry(
    tmp_path: Path,
) -> None:
    async with modem_world(tmp_path, [person()]) as world:

        async def wrong(*_: object) -> None:
            raise KeyError("what nobody expected")

        world.modem._calls.carry = wrong  # type: ignore[method-assign,assignment]
        world.emulator.power_cycle()
        listening = world._listening
        assert listening is not None
        await until(listening.done)
        assert isinstance(listening.exception(), KeyError)
        world._listening = None  # whoever begins it again, 5 s later, is not part of this world
        with pytest.raises(SendError, match="not ready"):
            await world.modem.send(world.row(channel="voice"))
