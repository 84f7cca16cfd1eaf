"""No internet at all: a SIM in a modem tells people, and hears them."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.incident import Response
from simulators.modem import pdu
from simulators.modem.network import _now
from simulators.modem.settings import Setup
from tests.builders import DAUGHTER, NEIGHBOUR
from tests.fakes.modem import person, until
from tests.fakes.sim_county import SimCounty, sim_county


@pytest.mark.parametrize("family", ["simcom", "quectel"])
async def test_she_hears_it_in_chinese_presses_one_and_the_neighbour_is_told(
    tmp_path: Path, family: str
) -> None:
    people = (person(DAUGHTER.phone, "helpful", replies=()), person(NEIGHBOUR.phone))
    async with sim_county(tmp_path, *people, setup=Setup(family=family)) as county:
        county.press()
        daughter, neighbour = county.phone(DAUGHTER.phone), county.phone(NEIGHBOUR.phone)
        await until(lambda: county.is_now(Response.CLAIMED))
        heard = "".join(daughter.heard)
        assert "紧急通知" in heard
        assert "前往请按1" in heard
        await until(lambda: "您正在前往" in "".join(daughter.heard))
        await until(lambda: any("王芳" in text for text in neighbour.texts))
        assert any("呼救" in text for text in daughter.texts), "and it stands there to be read"
        county.emulator.network.send(DAUGHTER.phone, "2")
        await until(lambda: county.is_now(Response.ON_SCENE))


async def test_he_rings_back_and_presses_one(tmp_path: Path) -> None:
    people = (person(DAUGHTER.phone, "off"), person(NEIGHBOUR.phone, "busy"))
    async with sim_county(tmp_path, *people) as county:
        county.press()
        neighbour = county.phone(NEIGHBOUR.phone)
        await until(lambda: bool(neighbour.texts and neighbour.calls))
        await until(lambda: county.modem._calls.is_idle)
        county.emulator.calls.ring(NEIGHBOUR.phone, keys=("1",))
        await until(lambda: county.is_now(Response.CLAIMED))
        assert county.incidents[0].responder == NEIGHBOUR.id
        await until(lambda: "您正在前往" in "".join(neighbour.heard))
        assert "前往请按1" in "".join(neighbour.heard)


async def test_a_number_refused_for_ever_and_a_text_cut_off_hold_up_nobody(
    tmp_path: Path,
) -> None:
    people = (person(DAUGHTER.phone, "off"), person(NEIGHBOUR.phone))
    async with sim_county(tmp_path, *people) as county:
        county.phone(DAUGHTER.phone).refusal = 500
        county.emulator.store(pdu.deliver(NEIGHBOUR.phone, "马上", _now())[:-8])
        county.press()
        await until(lambda: bool(county.phone(NEIGHBOUR.phone).texts))
        county.emulator.network.send(NEIGHBOUR.phone, "收到，马上去")
        await until(lambda: county.is_now(Response.CLAIMED))
        assert county.phone(DAUGHTER.phone).texts == []
        assert county.counters.total("bad text") == 1


async def test_an_answer_with_a_missing_part_is_kept_with_the_incident(tmp_path: Path) -> None:
    async with sim_county(tmp_path, person(DAUGHTER.phone, "off")) as county:
        county.modem._texts._parts._wait *= 0.0005
        county.press()
        await until(lambda: bool(county.incidents))
        words = "我在外地赶不回来，已经打电话给隔壁周婶了，她大概十分钟后到。" * 45
        county.emulator.network.send(DAUGHTER.phone, words[: 67 * 20], without=[13])
        await until(lambda: county.counters.total("incomplete text") == 1)
        await until(lambda: county.counters.total("reply not understood") == 1)


@pytest.mark.line
async def test_killed_between_handing_over_and_the_reference_she_gets_it_once_or_twice(
    tmp_path: Path,
) -> None:
    async with sim_county(tmp_path, person(DAUGHTER.phone), person(NEIGHBOUR.phone)) as county:
        county.emulator.faults.loses_answer = 1
        county.press()
        phones = [county.phone(one.phone) for one in (DAUGHTER, NEIGHBOUR)]
        await until(lambda: any(phone.texts for phone in phones))
        await county.kill()
        county.emulator.calls.hang_up()
        await county.start()
        await until(lambda: all(phone.texts for phone in phones), 60)
        await until(lambda: all(_is_final(county, one.id) for one in (DAUGHTER, NEIGHBOUR)), 60)
        assert all(len(phone.texts) <= 2 for phone in phones)
        assert sum(len(phone.texts) for phone in phones) <= 3, "one kill, one duplicate at most"


def _is_final(county: SimCounty, responder: str) -> bool:
    rows = county.outbox.owing()
    return not [row for row in rows if row.responder == responder and row.channel == "sms"]


@pytest.mark.line
async def test_a_modem_that_hangs_is_reset_and_what_waited_goes_out(tmp_path: Path) -> None:
    async with sim_county(tmp_path, person(DAUGHTER.phone), person(NEIGHBOUR.phone)) as county:
        county.emulator.faults.hangs = True
        county.press()
        phones = [county.phone(one.phone) for one in (DAUGHTER, NEIGHBOUR)]
        await until(lambda: all(phone.texts for phone in phones), 60)
        assert county.emulator.resets >= 1
        assert ("modem", False) in [(part, active) for part, active, _ in county.faults]
