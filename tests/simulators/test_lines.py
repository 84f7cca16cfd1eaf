"""One phone in every hand, whichever of the two lines it rings by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import async_playwright, expect
from starlette.routing import Mount

from simulators.carrier.core import Carrier
from simulators.carrier.live import LiveCarrier, live
from simulators.carrier.records import CallStatus
from simulators.carrier.server import serving
from simulators.carrier.settings import DEMO_NUMBER as FROM
from simulators.carrier.settings import Timing
from simulators.carrier.virtual import VirtualCarrier
from simulators.lines import TwoLines
from simulators.modem import pdu
from simulators.modem.emulator import Emulator
from simulators.modem.hands import SimPhones
from simulators.modem.settings import HURRIED
from simulators.phones.app import build_phones_app
from simulators.phones.exchange import CallState, PhoneCall, PhoneError, Way
from simulators.phones.people import RESIDENT, Person
from simulators.server import build_app
from simulators.server import serving as serving_pages
from tests.simulators.test_phones_page import BROWSER, MEASURE

SIM = "+8613800000000"
WANG = Person(number="+85251000001", name="王芳", role="relative")
LI = Person(number="+85251000052", name="李大爷", role=RESIDENT)
QUICK = Timing(pace=0.01)
ASK = (
    '<Response><Gather numDigits="1" timeout="60" action="http://127.0.0.1:9/gone">'
    '<Say language="zh-CN">请按1。</Say></Gather></Response>'
)


class World:
    """Two lines, one phone, and what the gateway would do on each."""

    def __init__(self, phones: TwoLines, carrier: LiveCarrier, modem: Emulator, url: str) -> None:
        self.phones = phones
        self.modem = modem
        self.url = url
        self.carrier = carrier
        self.provider = VirtualCarrier(carrier.core)
        self.told: list[str] = []
        self._changed = asyncio.Event()
        phones.listen(self._hear)

    def _hear(self, number: str) -> None:
        self.told.append(number)
        self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    def call(self) -> PhoneCall:
        shown = self.phones.handset(WANG.number).call
        assert shown is not None
        return shown

    async def rings(self) -> PhoneCall:
        await self.until(lambda: self.phones.handset(WANG.number).call is not None)
        await self.until(lambda: self.call().state is CallState.RINGING)
        return self.call()


@asynccontextmanager
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with live(Carrier((WANG, LI), timing=QUICK)) as carrier, serving(carrier) as server:
        modem = Emulator(tmp_path / "modem", (WANG, LI), timing=HURRIED)
        modem.start()
        phones = TwoLines(carrier, SimPhones(modem, SIM))
        at = World(phones, carrier, modem, server.url)
        at.provider.now = carrier.now()
        try:
            yield at
        finally:
            modem.stop()


async def test_texts_of_both_lines_are_one_list_and_an_answer_goes_where_the_last_came_from(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as at:
        at.provider.send(WANG.number, "【桃花关爱】一")
        at.carrier.stir()
        await at.until(lambda: len(at.phones.handset(WANG.number).texts) == 1)
        text = "【桃花关爱】二"
        at.modem.network.take(
            pdu.Submitted(WANG.number, text, False, None, raw=text.encode("utf-16-be")), 1
        )
        texts = at.phones.handset(WANG.number).texts
        assert [(text.body, text.via, text.other) for text in texts] == [
            ("【桃花关爱】一", "internet", FROM),
            ("【桃花关爱】二", "sim", SIM),
        ]
        at.phones.text(WANG.number, "1")
        assert len(at.modem.memory) == 1, "the answer lies on the SIM"
        with pytest.raises(PhoneError, match="a text of 1 characters"):
            at.phones.text(WANG.number, " ")
        last = at.phones.handset(WANG.number).texts[-1]
        assert (last.body, last.mine, last.via) == ("1", True, "sim")


async def test_a_hand_takes_a_call_of_the_modem_and_hears_and_presses(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        at.modem.calls.dial(WANG.number)
        assert (await at.rings()).via == "sim"
        at.phones.answer(WANG.number)
        assert at.modem.calls.speak("能去请按1。", "+CTTS: 0")
        await at.until(lambda: at.call().asked)
        at.phones.press(WANG.number, "1")
        assert [line.text for line in at.call().lines] == ["能去请按1。", "1"]
        at.phones.hang_up(WANG.number)
        assert (at.call().state, at.call().outcome) == (CallState.OVER, "completed")
        with pytest.raises(PhoneError, match="no call"):
            at.phones.hang_up(WANG.number)


async def test_a_phone_that_rings_on_one_line_is_engaged_on_the_other(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        at.modem.calls.dial(WANG.number)
        await at.rings()
        at.provider.call(WANG.number, Twiml=ASK)
        at.carrier.stir()
        await at.until(lambda: at.carrier.core.calls()[0].status is CallStatus.BUSY)
        with pytest.raises(PhoneError, match="engaged"):
            at.phones.dial(WANG.number, FROM)
        at.phones.reject(WANG.number)
        assert at.call().outcome == "busy"


async def test_a_hand_dials_either_number_and_gives_up(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        for number, via in ((SIM, "sim"), (FROM, "internet")):
            at.phones.dial(WANG.number, number)
            assert (at.call().outgoing, at.call().via) == (True, via)
            with pytest.raises(PhoneError, match="engaged"):
                at.phones.dial(WANG.number, SIM)
            at.phones.hang_up(WANG.number)
            assert at.call().state is CallState.OVER


async def test_somebody_nobody_knows_dials_and_has_a_phone_then(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        at.phones.dial("+85251000099")
        assert [person.number for person in at.phones.people()][-1] == "+85251000099"
        at.phones.dial("+85251000098", SIM)
        assert at.phones.handset("+85251000098").call is not None
        with pytest.raises(PhoneError, match="it is no number"):
            at.phones.dial("12", SIM)


async def test_a_line_that_is_cut_refuses_and_is_mended(tmp_path: Path) -> None:
    async with world(tmp_path) as at, aiohttp.ClientSession() as session:
        assert at.phones.ways() == (Way(id="internet", number=FROM), Way(id="sim", number=SIM))
        await at.phones.set_way("internet", False)
        await at.phones.set_way("internet", False)
        assert [way.up for way in at.phones.ways()] == [False, True]
        assert "" in at.told
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{at.url}/_admin/state")
        await at.phones.set_way("internet", True)
        async with session.get(f"{at.url}/_admin/state") as answer:
            assert answer.status == 200
        await at.phones.set_way("sim", False)
        assert not (tmp_path / "modem").exists()
        with pytest.raises(PhoneError, match="not reachable"):
            at.phones.dial(WANG.number, SIM)
        await at.phones.set_way("sim", True)
        assert (tmp_path / "modem").is_symlink()
        with pytest.raises(PhoneError, match="no such line"):
            await at.phones.set_way("string", False)


@pytest.mark.line
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_page_shows_by_which_line_and_cuts_one(
    tmp_path: Path, width: int, language: str
) -> None:
    async with world(tmp_path) as at, async_playwright() as playwright:
        pages = build_app([Mount("/phones", build_phones_app(at.phones, (LI, WANG)))])
        async with serving_pages(pages, "127.0.0.1", 0) as url:
            browser = await playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=BROWSER
            )
            page = await browser.new_page(viewport={"width": width, "height": 844})
            await page.goto(f"{url}/phones/?lang={language}")
            wang, li = page.locator("#phone-85251000001"), page.locator("#phone-85251000052")
            at.modem.calls.dial(WANG.number)
            await expect(wang.locator(".via")).to_have_text({"zh": "SIM 卡", "en": "SIM"}[language])
            await page.locator("#lines [data-line='internet']").uncheck()
            await expect(page.locator("#lines .chip.bad")).to_have_count(1)
            await expect(li.locator(".dial[data-line='internet']")).to_be_disabled()
            assert [way.up for way in at.phones.ways()] == [False, True]
            await page.locator("#lines [data-line='internet']").check()
            await expect(page.locator("#lines .chip.bad")).to_have_count(0)
            await li.locator(".dial[data-line='sim']").click()
            await expect(li.locator(".call-other")).to_contain_text(SIM)
            measured = await page.evaluate(MEASURE)
            assert measured == {"pale": [], "small": [], "wide": 0}
            await browser.close()
