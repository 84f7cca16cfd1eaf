"""Several ways out of the house: one story per feature."""

from __future__ import annotations

from pathlib import Path as File
from typing import Any

import pytest

from alerting.events import Answer, ErrorClass, Reply
from alerting.household import IncidentKind, Path, Policy, Responder, Step
from alerting.incident import Outcome, Response
from gateway.config import ConfigError, load
from gateway.transports.transport import SendError
from tests.builders import DAUGHTER, household, minutes, person
from tests.fakes.county import county
from tests.gateway.test_config import WHOLE

TWILIO = Path("twilio", ("sms", "voice"))
SIM = Path("modem", ("sms", "voice"), line="sim")
SON = person("son", "+8613800000001")
NO_CONNECTION = SendError(ErrorClass.TRANSIENT, "no connection")


def ladder(*people: Responder, wait: float = 10) -> dict[str, Any]:
    policy = Policy((Step("家庭", people, minutes(wait)),))
    return {"policies": {IncidentKind.EMERGENCY: policy}, "paths": (TWILIO, SIM)}


async def test_a_second_provider_takes_over(tmp_path: File) -> None:
    """Twilio refuses our account in the night: the SIM has it before anybody noticed."""
    async with county(tmp_path, household(**ladder(DAUGHTER))) as world:
        world.operators["twilio"].refuses = SendError(
            ErrorClass.CONFIGURATION, "HTTP 401: authenticate", code=20003
        )
        await world.press()
        await world.advance(2)
        daughter = world.phone(DAUGHTER.phone)
        assert {one.path for one in daughter.got} == {"modem"}
        assert daughter.texts
        assert daughter.calls
        assert ("provider", True) in [(part, active) for part, active, _ in world.faults]


async def test_an_emergency_takes_two_lines_at_once(tmp_path: File) -> None:
    """In the mainland the cloud cannot call and hears no reply; the SIM can: both go."""
    async with county(tmp_path, household(**ladder(SON))) as world:
        await world.press()
        await world.advance(2)
        got = [(one.path, one.channel) for one in world.phone(SON.phone).got]
        assert sorted(got) == [("modem", "sms"), ("modem", "voice"), ("twilio", "sms")]


async def test_with_the_internet_down_the_sim_carries_everything(tmp_path: File) -> None:
    """The fibre is cut for an hour: alarm, claim, news and end all go by the SIM."""
    async with county(tmp_path, household(**ladder(SON, DAUGHTER))) as world:
        world.operators["twilio"].down = NO_CONNECTION
        incident = await world.press()
        await world.advance(5)
        son, daughter = world.phone(SON.phone), world.phone(DAUGHTER.phone)
        assert len(son.calls) == 1
        assert len(son.texts) == len(daughter.texts) == 1, "one line is no reason to tell twice"
        await son.writes("1", path="modem")
        await world.advance(5)
        assert "son" in daughter.texts[-1]
        at = world.clock.now()
        close = Reply(at, incident, "desk:李", Answer.CLOSE, "desk", Outcome.SAFE)
        await world.happens("h1", close)
        await world.advance(5)
        assert "平安" in son.texts[-1]
        assert "平安" in daughter.texts[-1]
        assert {one.path for phone in (son, daughter) for one in phone.got} == {"modem"}


async def test_one_phone_rings_once_at_a_time(tmp_path: File) -> None:
    """Two old people press in the same minute; the doctor's phone is not busy with ourselves."""
    doctor = person("doctor")
    homes = [household(id=id, code=f"A100{id[1]}", **ladder(doctor)) for id in ("h1", "h2")]
    async with county(tmp_path, *homes) as world:
        await world.press("h1")
        await world.press("h2")
        await world.advance(1)
        assert len(world.phone(doctor.phone).calls) == 1
        texts = " ".join(world.phone(doctor.phone).texts)
        assert "A1001" in texts
        assert "A1002" in texts, "texts do not wait for a free line"
        await world.advance(70)
        assert len(world.phone(doctor.phone).calls) == 2


async def test_the_last_texts_are_kept_for_alarms(tmp_path: File) -> None:
    """The SIM may send four texts an hour, two of them for alarms only: news wait, alarms go."""
    home = household(**{**ladder(SON, DAUGHTER), "paths": (SIM,)})
    limits = {"sim_texts_per_hour": 4, "sim_texts_per_day": 40, "sim_kept_for_alarms": 2}
    async with county(tmp_path, home, **limits) as world:
        await world.press()
        await world.advance(5)
        son, daughter = world.phone(SON.phone), world.phone(DAUGHTER.phone)
        assert len(son.texts) == len(daughter.texts) == 1
        await son.presses("1")
        await world.advance(30)
        assert len(daughter.texts) == 1, "that he goes is news, and stays back"
        await world.happens(
            "h1", Reply(world.clock.now(), world.open()[0].id, "son", Answer.CANNOT, "voice")
        )
        await world.advance(30)
        assert len(daughter.texts) == 2, "that nobody goes any more is an alarm"


async def test_present_and_checked_out(tmp_path: File) -> None:
    """Whoever comes says that they are there, and how they left it: only that ends it."""
    async with county(tmp_path, household(**ladder(DAUGHTER))) as world:
        incident = await world.press()
        await world.advance(5)
        daughter = world.phone(DAUGHTER.phone)
        await daughter.presses("1")
        await daughter.writes("2")
        assert world.open()[0].response is Response.ON_SCENE
        await world.advance(61 * 60)
        assert world.open()[0].response is Response.ON_SCENE, "being there does not run out"
        assert len(daughter.texts) >= 3, "but she is asked whether she still is"
        at = world.clock.now()
        out = Reply(at, incident, "daughter", Answer.CLOSE, "desk", Outcome.NEEDS_SERVICE)
        await world.happens("h1", out)
        assert not world.open()


def test_a_plan_that_cannot_be_delivered_is_refused(tmp_path: File) -> None:
    """The mayor's number is a mainland one, and there is only Twilio: no call will ever come."""
    file = tmp_path / "gateway.toml"
    file.write_text(WHOLE.replace("+14155550101", "+8613800000001"))
    with pytest.raises(ConfigError) as refused:
        load(file, {})
    said = str(refused.value)
    assert "+8613800000001" in said
    assert "channels" in said
