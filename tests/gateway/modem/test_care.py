"""Keeping the modem alive: hangs, resets, power, pulled cables, SIM, network, balance."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alerting.events import DeliveryState, ErrorClass
from gateway.store.rows import OutboxRow
from gateway.transports.modem.condition import CUTS
from gateway.transports.transport import SendError
from simulators.modem.settings import Setup
from tests.fakes.modem import DAUGHTER, World, modem_world, person, until


async def until_sent(world: World, row: OutboxRow) -> None:
    """Try as the outbox does, until the modem takes it."""
    failures: list[ErrorClass] = []
    while True:
        try:
            await world.modem.send(row)
        except SendError as error:
            failures.append(error.error)
            await asyncio.sleep(0.02)
        else:
            break
    assert set(failures) <= {ErrorClass.TRANSIENT, ErrorClass.AMBIGUOUS}


async def test_a_modem_that_hangs_is_reset_and_the_text_goes_out(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.faults.hangs = True
        await asyncio.wait_for(until_sent(world, world.row()), 20)
        assert world.emulator.resets == 1
        await until(lambda: bool(world.emulator.network.phone(DAUGHTER).texts))
        await until(lambda: "link" not in world.faults)


async def test_a_modem_that_comes_back_as_a_new_device_is_found(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.faults.reenumerates = True
        world.emulator.faults.hangs = True
        await asyncio.wait_for(until_sent(world, world.row()), 20)
        assert world.emulator.resets >= 1


async def test_a_modem_that_no_reset_helps_loses_its_power(tmp_path: Path) -> None:
    flag = tmp_path / "cut"
    command = ("touch", str(flag))
    async with modem_world(tmp_path, [person()], reset_command=command) as world:
        world.emulator.faults.hangs_hard = True
        await until(flag.exists)
        world.emulator.power_cycle()
        await asyncio.wait_for(until_sent(world, world.row()), 20)
        assert world.emulator.power_cycles == 1
        await until(lambda: not world.faults)


async def test_a_modem_that_stays_dead_is_a_fault_and_tried_on(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.faults.hangs_hard = True
        await until(lambda: "did not help" in world.faults.get("link", ""))
        with pytest.raises(SendError, match="not ready") as raised:
            await world.modem.send(world.row())
        assert raised.value.error is ErrorClass.TRANSIENT
        assert world.modem.gauge().good is False
        world.emulator.faults.hangs_hard = False
        await until(lambda: not world.faults)
        assert world.modem.gauge().good is True
        assert ("link", False) in [(source, on) for source, on, _ in world.fault_history]


async def test_a_pulled_cable_is_a_fault_until_it_is_back(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.tty.vanish()
        await until(lambda: "link" in world.faults)
        assert str(tmp_path / "tty") in world.faults["link"]
        world.emulator.tty.appear()
        world.emulator.commands.forget()
        await until(lambda: not world.faults)
        row = await world.sent(world.row())
        assert (await world.end_of(row)).state is DeliveryState.DELIVERED


async def test_calls_that_wait_for_a_lost_line_are_given_back(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        rows = [await world.sent(world.row(channel="voice")) for _ in range(3)]
        await until(lambda: world.emulator.calls.current is not None)
        world.emulator.tty.vanish()
        for row in rows:
            end = await world.end_of(row)
            assert (end.state, end.error) == (DeliveryState.UNDELIVERED, ErrorClass.TRANSIENT)


async def test_a_modem_that_restarts_by_itself_is_set_up_again(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.reset()
        await until(lambda: world.emulator.commands.pdu_mode)
        await asyncio.wait_for(until_sent(world, world.row()), 20)
        assert world.emulator.commands.tells_of_texts


@pytest.mark.parametrize("at", ['AT+CPMS="ME","ME","ME"', "AT+CGMM", "AT+CSQ"])
async def test_a_modem_that_restarts_while_it_is_set_up_is_set_up_from_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """As after a reset it confirmed before it carried it out: half of what was set is forgotten."""
    async with modem_world(tmp_path, [person()], ready=False) as world:
        commands, restarts = world.emulator.commands, [at]
        run = commands.run

        def restarting(line: str) -> None:
            if line in restarts:
                restarts.remove(line)
                world.emulator._forget()
                world.emulator._booted()
            run(line)

        monkeypatch.setattr(commands, "run", restarting)
        await asyncio.wait_for(until_sent(world, world.row()), 20)
        assert not restarts
        assert commands.pdu_mode
        assert commands.tells_of_texts
        assert world.emulator.log.count("AT+CLIP=1") == 2


async def test_a_text_whose_answer_is_lost_with_the_modem_goes_out_at_most_twice(
    tmp_path: Path,
) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.faults.hangs_after_submit = True
        row = world.row()
        with pytest.raises(SendError) as raised:
            await world.modem.send(row)
        assert raised.value.error is ErrorClass.AMBIGUOUS
        await world.reborn()
        await asyncio.wait_for(until_sent(world, row), 20)
        await until(lambda: len(world.emulator.network.phone(DAUGHTER).texts) == 2)


async def test_a_full_disk_stops_no_alarm_and_keeps_texts_on_the_sim(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        await world.die()
        (tmp_path / "modem.db").unlink()
        (tmp_path / "modem.db").mkdir()
        world.modem = world.made()
        world.listen()
        row = await world.sent(world.row())
        assert (await world.end_of(row)).state is DeliveryState.DELIVERED
        world.emulator.network.send(DAUGHTER, "1")
        await until(lambda: bool(world.door.texts))
        assert "memory" in world.faults
        assert world.emulator.memory


# ---------------------------------------------------------------- SIM and network


async def test_a_locked_sim_is_opened_once(tmp_path: Path) -> None:
    async with modem_world(tmp_path, setup=Setup(pin="1234")) as world:
        assert world.emulator.sim == "READY"


async def test_a_wrong_pin_is_tried_once_in_all_lives(tmp_path: Path) -> None:
    setup = Setup(pin="1234")
    async with modem_world(tmp_path, setup=setup, ready=False, pin="9999") as world:
        await until(lambda: "refuses modem.pin" in world.faults.get("SIM", ""))
        await until(lambda: "not tried again" in world.faults.get("SIM", ""))
        await world.reborn()
        await until(lambda: world.emulator.log.count("AT+CPIN?") >= 4)
        assert world.emulator.log.count('AT+CPIN="9999"') == 1
        await world.reborn(pin="1234")
        await until(lambda: not world.faults)


async def test_no_network_is_a_fault_that_passes(tmp_path: Path) -> None:
    async with modem_world(tmp_path, [person()]) as world:
        world.emulator.registered = 2
        await until(lambda: "searching" in world.faults.get("network", ""))
        with pytest.raises(SendError, match="331"):
            await world.modem.send(world.row())
        world.emulator.registered = 5
        await until(lambda: not world.faults)
        assert "roaming" in world.modem.gauge().words.en


async def test_the_page_shows_signal_operator_and_balance(tmp_path: Path) -> None:
    async with modem_world(tmp_path, balance_number="10086") as world:
        world.emulator.signal = 11
        await until(lambda: "38.5" in world.modem.gauge().detail)
        gauge = world.modem.gauge()
        assert gauge.good is True
        assert "CHINA MOBILE" in gauge.words.zh
        assert "-91 dBm" in gauge.detail
        assert world.door.texts == [], "the carrier is no stranger"
        assert world.emulator.network.asked_balance == 1


async def test_little_money_is_a_fault(tmp_path: Path) -> None:
    setup = Setup(balance="您的话费余额为3.20元")
    async with modem_world(tmp_path, setup=setup, balance_number="10086") as world:
        await until(lambda: "3.2" in world.faults.get("balance", ""))
        world.emulator.network.send("10086", "充值成功，话费余额为103.20元")
        await until(lambda: not world.faults)
        world.emulator.network.send("10086", "您有一个新的优惠")
        await until(lambda: any("carrier" in what for what, _, _ in world.counted))


async def test_a_modem_in_use_is_not_shared(tmp_path: Path) -> None:
    async with modem_world(tmp_path) as world:
        other = world.made()
        listening = asyncio.create_task(other.listen())
        await until(lambda: "another program" in world.faults.get("link", ""))
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await other.close()


async def test_a_balance_of_nothing_says_that_nobody_is_reached_any_more(tmp_path: Path) -> None:
    setup = Setup(balance="您的话费余额为0.00元")
    async with modem_world(tmp_path, setup=setup, balance_number="10086") as world:
        await until(lambda: "credit" in world.faults)
        assert CUTS & world.faults.keys() == {"credit"}
        assert world.modem.condition.read_balance("您的话费余额为50.00元")
        assert "credit" not in world.faults
        assert "balance" not in world.faults
