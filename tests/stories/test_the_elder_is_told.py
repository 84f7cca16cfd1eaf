"""The elder hears, in words, by device or by call, what becomes of the alarm."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec

from alerting.events import DeliveryState, ErrorClass, Notify, Prompt, Purpose
from alerting.household import (
    Asking,
    Calls,
    Device,
    Household,
    IncidentKind,
    Policy,
    Resident,
    Role,
    Step,
)
from devices.observation import HelpCall
from tests.builders import DAUGHTER, LADDER, NEIGHBOUR, PANEL, Life, at, heard, household, minutes

MUTE = Device("panel", "native", Role.CALL_BUTTON, "客厅")
WANG = Resident("王秀兰", "王奶奶", phone="+85251000099")
NAMED = Policy(
    steps=(
        Step(
            "家庭",
            (
                msgspec.structs.replace(DAUGHTER, relation="女儿"),
                msgspec.structs.replace(NEIGHBOUR, role="neighbour"),
            ),
            minutes(1),
        ),
        *LADDER.steps[1:],
    ),
    rounds=2,
)


def home(*devices: Device, **fields: Any) -> Household:
    given: dict[str, Any] = {
        "policies": {IncidentKind.EMERGENCY: NAMED},
        "residents": (WANG,),
        **fields,
    }
    return household(*(devices or (MUTE,)), **given)


def pressed(where: Household | None = None) -> Life:
    life = Life(where or home(), "day 1 08:59")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    return life


def calls(life: Life) -> list[Notify]:
    return [e for e in life.effects if isinstance(e, Notify) and e.purpose is Purpose.TOLD]


def test_one_call_says_received_and_who_is_being_called() -> None:
    (call,) = calls(pressed())
    assert call.text == (
        "王奶奶，我是桃花关爱。您的呼叫收到了。正在联系您的女儿王芳和邻居周婶。请不要着急。重听请按9。"
    )


def test_a_device_says_the_same_and_the_phone_stays_silent() -> None:
    life = pressed(home(PANEL))
    assert heard(life.recent) == ["received", "calling"]
    prompts = [e for e in life.recent if isinstance(e, Prompt)]
    assert prompts[1].text == "正在联系您的女儿王芳和邻居周婶。请不要着急。"
    assert calls(life) == []


def test_also_means_both() -> None:
    life = pressed(home(PANEL, asking=Asking(calls=Calls.ALSO)))
    assert heard(life.recent) == ["received", "calling"]
    assert len(calls(life)) == 1


def test_what_a_device_did_not_get_is_said_by_telephone() -> None:
    life = pressed(home(PANEL))
    prompts = [e for e in life.recent if isinstance(e, Prompt)]
    life.becomes("day 1 09:00:20", prompts[0].key, DeliveryState.FAILED, ErrorClass.EXPIRED)
    assert calls(life) == [], "it has been overtaken by the next sentence"
    life.becomes("day 1 09:00:21", prompts[1].key, DeliveryState.FAILED, ErrorClass.EXPIRED)
    (call,) = calls(life)
    assert "正在联系您的女儿王芳和邻居周婶" in call.text


def test_who_comes_and_about_when() -> None:
    life = pressed()
    life.goes("day 1 09:00:40", "daughter")
    assert "您的女儿王芳正在赶来，大约20分钟内到。" in calls(life)[-1].text


def test_nobody_yet_is_told_seldom_and_not_for_ever() -> None:
    life = pressed()
    life.until("day 1 12:00")
    told = calls(life)
    gaps = [b.at - a.at for a, b in pairwise(told)]
    assert min(gaps) >= minutes(3)
    assert 2 <= len(told) <= 5
    assert "暂时还没有人应答。正在联系" in told[1].text


def test_in_english_too() -> None:
    (call,) = calls(pressed(home(language="en")))
    assert "We are calling" in call.text
    assert call.text.endswith("To hear this again, press 9.")


def test_every_sentence_to_a_device_fits_it() -> None:
    from devices.prompt import encode_prompt

    long = msgspec.structs.replace(DAUGHTER, name="阿" * 60, relation="女" * 60, role="relative")
    policy = Policy(steps=(Step("家庭", (long, long, long), minutes(1)),))
    for language in ("zh", "en"):
        where = home(PANEL, policies={IncidentKind.EMERGENCY: policy}, language=language)
        life = pressed(where)
        life.until("day 1 09:20")
        for prompt in [e for e in life.effects if isinstance(e, Prompt)]:
            encode_prompt(
                key=prompt.key,
                phrase=prompt.phrase,
                text=prompt.text,
                language=prompt.language,
                expires_at=prompt.expires_at,
            )
