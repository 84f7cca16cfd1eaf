"""Texts through a modem: out with reports, in whole, and one bad one blocks nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alerting.events import DeliveryState, ErrorClass
from gateway.transports.transport import SendError
from simulators.modem import pdu
from simulators.modem.network import _now
from simulators.modem.phones import Fate
from simulators.modem.settings import Setup
from tests.fakes.modem import DAUGHTER, SON, modem_world, person, until

LONG = "王奶奶按了呼救，请立即上门。" * 12


@pytest.mark.parametrize("family", ["simcom", "quectel", "generic"])
async def test_a_chinese_text_arrives_and_is_reported(tmp_path: Path, family: str) -> None:
    async with modem_world(tmp_path, [person()], Setup(family=family)) as world:
        row = await world.sent(world.row())
        end = await world.end_of(row)
        assert (end.state, end.error) == (DeliveryState.DELIVERED, None)
        assert world.emulator.network.phone(DAUGHTER).texts == [row.text]


async def test_a_long_text_arrives_whole_and_is_delivered_when_every_part_is(
    tmp_path: Path,
) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        row = await world.sent(world.row(LONG))
        assert (await world.end_of(row)).state is DeliveryState.DELIVERED
        assert world.emulator.network.phone(DAUGHTER).texts == [LONG]


async def test_a_phone_that_is_off_and_a_landline_are_told_apart(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person(habit="off")]) as world:
        end = await world.end_of(await world.sent(world.row()))
        assert (end.state, end.error) == (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
        world.emulator.network.phone(SON).fate = Fate.FAILED
        world.emulator.network.phone(SON).failure = 0x41
        end = await world.end_of(await world.sent(world.row(to=SON)))
        assert end.error is ErrorClass.CONTACT


async def test_still_trying_is_no_end(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.network.phone(DAUGHTER).fate = Fate.LATE
        row = await world.sent(world.row())
        await until(lambda: "still tries" in world.modem._texts.progress(row.provider_id).detail)
        assert not (await world.modem.progress(row)).final


async def test_one_text_that_is_refused_for_ever_does_not_hold_up_the_next(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person(), person(SON)]) as world:
        world.emulator.network.phone(DAUGHTER).refusal = 500
        results = await asyncio.gather(
            *(world.modem.send(world.row()) for _ in range(3)),
            world.modem.send(world.row(to=SON)),
            return_exceptions=True,
        )
        assert [isinstance(one, SendError) for one in results] == [True, True, True, False]
        assert isinstance(results[0], SendError)
        assert (results[0].error, results[0].code) == (ErrorClass.TRANSIENT, 500)
        assert world.emulator.network.phone(SON).texts


async def test_a_number_that_cannot_be_dialled_never_reaches_the_modem(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        with pytest.raises(SendError, match="cannot be dialled") as raised:
            await world.modem.send(world.row(to="push-target"))
        assert raised.value.error is ErrorClass.BLOCKED
        assert not [line for line in world.emulator.log if line.startswith("AT+CMGS")]


async def test_an_answer_that_never_comes_is_doubtful_and_found_by_its_report(
    tmp_path: Path,
) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.faults.loses_answer = 1
        row = world.row()
        since = world.clock.now()
        with pytest.raises(SendError) as raised:
            await world.modem.send(row)
        assert raised.value.error is ErrorClass.AMBIGUOUS
        await until(lambda: world.modem._texts.find(row, since, ()) is not None)
        found = await world.modem.find(row, since, ())
        assert found is not None
        assert found.progress.state is DeliveryState.DELIVERED
        assert await world.modem.find(row, since, {found.provider_id}) is None


# ---------------------------------------------------------------- in


async def test_a_text_comes_in_once_and_leaves_the_sim(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        world.emulator.network.send(DAUGHTER, "收到，马上去")
        await until(lambda: bool(world.door.texts))
        (text,) = world.door.texts
        assert (text.provider, text.sender, text.text) == ("modem", DAUGHTER, "收到，马上去")
        assert world.door.late == [False]
        await until(lambda: not world.emulator.memory)


async def test_a_long_text_in_any_order_is_one(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        world.emulator.network.send(DAUGHTER, LONG, order=[3, 1, 2])
        await until(lambda: bool(world.door.texts))
        assert [text.text for text in world.door.texts] == [LONG]


async def test_a_national_number_is_completed(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        world.emulator.network.send("13800000001", "1")
        await until(lambda: bool(world.door.texts))
        assert world.door.texts[0].sender == DAUGHTER


async def test_what_is_cut_off_is_counted_and_blocks_nothing(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        whole = pdu.deliver(DAUGHTER, "马上去", _now())
        world.emulator.store(whole[:-6])
        world.emulator.store("XYZ")
        world.emulator.network.send(DAUGHTER, "1")
        await until(lambda: bool(world.door.texts))
        await until(lambda: not world.emulator.memory)
        assert [text.text for text in world.door.texts] == ["1"]
        assert [what for what, _, _ in world.counted] == ["bad text", "bad text"]
        assert "expected" in world.counted[0][2]


async def test_nineteen_of_twenty_parts_are_shown_as_far_as_they_came(tmp_path: Path) -> None:
    async with modem_world(tmp_path, setup=Setup(slots=5)) as world:
        world.modem._texts._parts._wait *= 0.0005
        text = "".join(chr(0x4E00 + n) for n in range(67 * 20))
        world.emulator.network.send(DAUGHTER, text, without=[7])
        world.emulator.network.send(SON, "2")
        await until(lambda: len(world.door.texts) == 2)
        assert world.door.texts[0].text == "2"
        assert world.door.texts[1].text.startswith(text[: 67 * 6])
        assert "缺第7段" in world.door.texts[1].text
        assert ("incomplete text", DAUGHTER, "of 20 parts, 7 never came") in world.counted


async def test_a_crash_before_the_sim_is_emptied_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        await world.die()
        world.emulator.network.send(DAUGHTER, "1")
        world.modem = world.made()
        world.listen()
        await until(lambda: bool(world.door.texts))
        await world.reborn()
        await world.modem.warm()
        await until(lambda: not world.emulator.memory)
        assert [text.text for text in world.door.texts] == ["1"]


async def test_a_full_sim_is_emptied_and_the_rest_follows(tmp_path: Path) -> None:
    async with modem_world(tmp_path, setup=Setup(slots=3)) as world:
        await world.die()
        for n in range(8):
            world.emulator.network.send(DAUGHTER, f"第{n}条")
        assert len(world.emulator.held) == 5
        world.modem = world.made()
        world.listen()
        await until(lambda: len(world.door.texts) == 8)
        assert [text.text for text in world.door.texts] == [f"第{n}条" for n in range(8)]


@pytest.mark.parametrize("lost", [slice(40, 60), slice(None)])
async def test_a_text_that_suffers_on_the_line_is_read_again_before_it_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: slice
) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        texts = {n: pdu.deliver(DAUGHTER, text, _now()) for n, text in enumerate(("1", "2"))}
        write, left = world.emulator.tty.write, [1]

        def noisy(data: bytes) -> None:
            if data.strip() == texts[0].encode() and left:
                left.pop()
                data = data.replace(texts[0].encode()[lost], b"")
            write(data)

        monkeypatch.setattr(world.emulator.tty, "write", noisy)
        world.emulator.memory.update(texts)
        world.emulator.unsolicited('+CMTI: "ME",0')
        await until(lambda: not world.emulator.memory)
        assert [text.text for text in world.door.texts] == ["1", "2"]


async def test_a_modem_that_hangs_for_a_moment_loses_no_text_it_could_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a text it hangs over again and again stands before the others."""
    async with modem_world(tmp_path, [person()]) as world:
        silent = {"AT+CMGL=4": 1, "AT+CMGR=0": 1, "AT+CMGR=1": 9}
        run = world.emulator.commands.run

        def hanging(line: str) -> None:
            silent[line] = silent.get(line, 0) - 1
            if silent[line] < 0:
                run(line)

        for slot, text in enumerate(("1", "bad", "2")):
            world.emulator.memory[slot] = pdu.deliver(DAUGHTER, text, _now())
        monkeypatch.setattr(world.emulator.commands, "run", hanging)
        world.emulator.unsolicited('+CMTI: "ME",0')
        await until(lambda: not world.emulator.memory)
        assert [text.text for text in world.door.texts] == ["1", "2"]


async def test_noise_on_the_line_costs_nothing(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.garbage(b"\x00\xff\xfe garbage +CMTI: \r\n\r\n+CDS: 12\r\nnot hex\r\n>>>")
        world.emulator.garbage(b"A" * 9_000)
        world.emulator.garbage(b"\r\n")
        row = await world.sent(world.row())
        assert (await world.end_of(row)).state is DeliveryState.DELIVERED
        world.emulator.network.send(DAUGHTER, "1")
        await until(lambda: bool(world.door.texts))


async def test_a_report_the_modem_keeps_is_fetched(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()], Setup(stores_reports=True)) as world:
        row = await world.sent(world.row())
        assert (await world.end_of(row)).state is DeliveryState.DELIVERED
        await until(lambda: not world.emulator.kept_reports)


async def test_a_report_that_is_fetched_costs_no_text_its_place(tmp_path: Path) -> None:
    """While the memory of reports is chosen, texts must be neither listed nor deleted."""
    async with modem_world(tmp_path, [person()], Setup(stores_reports=True)) as world:
        for n in range(5):
            there = world.emulator
            for slot in range(3):
                there.memory[slot] = pdu.deliver(SON, f"{n}/{slot}", _now())
                there.kept_reports[slot] = pdu.report(3 * n + slot, DAUGHTER, 0, _now())
            for slot in range(3):
                there.unsolicited(f'+CDSI: "SR",{slot}')
                there.unsolicited(f'+CMTI: "ME",{slot}')
            await until(lambda: not (world.emulator.memory or world.emulator.kept_reports))
            heard = {text.text for text in world.door.texts}
            assert {f"{n}/{slot}" for slot in range(3)} <= heard


# ---------------------------------------------------------------- over a restart


async def test_what_was_sent_is_known_after_a_restart(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        row, since = world.row(), world.clock.now()
        await world.modem.send(row)
        await world.reborn()
        found = await world.modem.find(row, since, ())
        assert found is not None
        # its report comes only now, to somebody who was not there when it was sent
        world.emulator.report(pdu.report(world.emulator.reference, DAUGHTER, 0, _now()))
        await until(lambda: world.modem._texts.progress(found.provider_id).final)
        assert await world.modem.find(world.row(), since, ()) is None
