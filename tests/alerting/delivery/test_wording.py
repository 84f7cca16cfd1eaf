"""Every message fits, says what it must, and says nothing it must not."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery.parts import cut, cut_name
from alerting.delivery.wording import (
    EN_CHARACTERS_MAX,
    ZH_UNITS_MAX,
    gsm7,
    prompt,
    request,
    text,
    variables,
)
from alerting.events import Phrase
from alerting.household import IncidentKind, Responder, Way
from alerting.incident import Incident, Outcome, Response, Urgency
from alerting.orders import About, Say, Tell
from alerting.words import Words, units
from tests.builders import DAUGHTER, LADDER, at, household, person

HOME = household()
MAINLAND = person("mainland", "+8613800000006")
ENGLISH = person("mei", language="en")


def incident(kind: IncidentKind = IncidentKind.EMERGENCY, **fields: object) -> Incident:
    given: dict[str, object] = {
        "id": "h1-0007",
        "household": "h1",
        "kind": kind,
        "urgency": Urgency.HIGH,
        "opened_at": at("day 1 08:42"),
        "reason": Words("按呼救", "help button pressed"),
        "policy": LADDER,
        "subjects": ("panel",),
        "due_at": at("day 1 08:43"),
        "short": Words("客厅按呼救", "help button pressed"),
        "code": "A1001",
        **fields,
    }
    return Incident(**given)  # type: ignore[arg-type]


def tell(
    about: About = About.ALARM,
    to: Responder = DAUGHTER,
    channel: str = "sms",
    of: Incident | None = None,
    now: str = "day 1 08:54",
    who: str = "",
    nobody_since: str = "day 1 08:42",
) -> Tell:
    return Tell(
        at=at(now),
        key="h1-0007/0/daughter/sms",
        incident=of or incident(),
        responder=to,
        way=Way(channel),
        about=about,
        since=at("day 1 08:42"),
        nobody_since=at(nobody_since),
        expires_at=at(now) + timedelta(minutes=15),
        who=who,
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            tell(),
            "【桃花关爱】紧急：A1001 08:42客厅按呼救。请立即上门。回复1去 2到 3不能。"
            "误报回0。编号7。值班023-12345678。",
        ),
        (
            tell(About.ESCALATED),
            "【桃花关爱】升级：A1001 08:42客厅按呼救。12分钟无人前往。请立即上门。"
            "回复1去 2到 3不能。编号7。桃花村3组12号。",
        ),
        (
            tell(About.ESCALATED, now="day 1 08:42:50"),
            "【桃花关爱】升级：A1001 08:42客厅按呼救。目前无人前往。请立即上门。"
            "回复1去 2到 3不能。编号7。值班023-12345678。",
        ),
        (
            tell(About.ESCALATED, channel="voice", nobody_since="day 1 08:53:30"),
            "桃花关爱，紧急通知。王奶奶家，编号A1001。8点42分，客厅按呼救。目前还没有人前往。"
            "地址，桃花村3组12号。请立即上门。",
        ),
        (
            tell(About.ESCALATED, to=ENGLISH, now="day 1 08:42:50"),
            "Guanai URGENT: A1001 08:42 help button pressed. Nobody on the way yet. "
            "Please go there now. Reply 1 going, 2 there, 3 cannot. "
            "No. 7. Desk 023-12345678.",
        ),
        (
            tell(to=MAINLAND),
            "【桃花关爱】紧急：A1001 08:42客厅按呼救。请立即上门。"
            "请回电023-12345678。桃花村3组12号。王*老人。",
        ),
        (
            tell(About.COMING, who="王芳"),
            "【桃花关爱】A1001 08:42客厅按呼救：王芳正在前往，您暂不必前往。编号7。",
        ),
        (
            tell(About.OVER, of=incident(outcome=Outcome.MISTAKE, response=Response.CLOSED)),
            "【桃花关爱】A1001 08:42客厅按呼救已处置：误触，平安。谢谢您。编号7。",
        ),
        (
            tell(About.CLAIM_RUNS_OUT),
            "【桃花关爱】A1001 08:42客厅按呼救：您说过前往，"
            "仍去请回复1，到了回复2，去不了回复3。编号7。",
        ),
        (
            tell(of=incident(urgency=Urgency.MEDIUM, short=Words("显示呼救待核实", "verify"))),
            "【桃花关爱】核实：A1001 08:42显示呼救待核实。请电话或上门核实。"
            "回复1去 2到 3不能。编号7。值班023-12345678。",
        ),
        (
            tell(now="day 2 09:00"),
            "【桃花关爱】紧急：A1001 3-02 08:42客厅按呼救。请立即上门。"
            "回复1去 2到 3不能。编号7。值班023-12345678。",
        ),
        (
            tell(to=ENGLISH),
            "Guanai URGENT: A1001 08:42 help button pressed. Please go there now. "
            "Reply 1 going, 2 there, 3 cannot. 0 = false alarm. "
            "No. 7. Desk 023-12345678.",
        ),
        (
            tell(About.COMING, to=ENGLISH, who="王芳"),
            "Guanai: A1001 08:42 help button pressed: somebody is on it. You need not go. No. 7.",
        ),
        (
            tell(channel="voice"),
            "桃花关爱，紧急通知。王奶奶家，编号A1001。8点42分，客厅按呼救。地址，桃花村3组12号。"
            "请立即上门。",
        ),
        (
            tell(About.ESCALATED, channel="voice", to=ENGLISH),
            "This is Guanai. Home A1001. At 08:42, help button pressed. "
            "Nobody on the way for 12 min. Please go there now.",
        ),
    ],
)
def test_messages_as_people_get_them(message: Tell, expected: str) -> None:
    assert text(message, HOME) == expected


names = st.text(max_size=40)
kinds = st.sampled_from(list(IncidentKind))


@given(
    about=st.sampled_from(list(About)),
    kind=kinds,
    urgency=st.sampled_from(list(Urgency)),
    group=st.sampled_from(["", "smoke", "gas", "water", "carbon_monoxide"]),
    outcome=st.sampled_from([None, *Outcome]),
    to=st.sampled_from([DAUGHTER, MAINLAND, ENGLISH]),
    texts=st.tuples(*[names] * 6),
    later=st.timedeltas(timedelta(), timedelta(days=400)),
)
def test_a_text_always_fits_into_one_message(
    about: About,
    kind: IncidentKind,
    urgency: Urgency,
    group: str,
    outcome: Outcome | None,
    to: Responder,
    texts: tuple[str, ...],
    later: timedelta,
) -> None:
    code, signature, place, desk, who, short = texts
    home = household(code=code, signature=signature, place=place, desk_phone=desk)
    of = incident(kind, urgency=urgency, group=group, outcome=outcome, short=Words(short, short))
    message = msgspec.structs.replace(tell(about, to, of=of, who=who), at=at("day 1 08:42") + later)
    for channel in ("sms", "voice"):
        assert text(msgspec.structs.replace(message, way=Way(channel)), home)
    said = text(message, home)
    if to is ENGLISH:
        assert len(said) <= EN_CHARACTERS_MAX
        assert gsm7(said) == said
    else:
        assert units(said) <= ZH_UNITS_MAX
        assert said.startswith("【")
        said.encode("utf-16-le")  # no half characters


@pytest.mark.parametrize("about", list(About))
@pytest.mark.parametrize("kind", list(IncidentKind))
def test_nobodys_name_or_condition_goes_into_a_text(about: About, kind: IncidentKind) -> None:
    for to in (DAUGHTER, ENGLISH):
        said = text(tell(about, to, of=incident(kind)), HOME)
        assert "王秀兰" not in said
        assert "A1001" in said


def test_the_address_goes_only_to_those_asked_to_go_there() -> None:
    for about in About:
        said = text(tell(about, channel="voice"), HOME)
        is_asked = about in (About.ALARM, About.ESCALATED, About.AGAIN, About.REINFORCE)
        assert ("桃花村3组12号" in said) is is_asked
    repair = text(tell(channel="voice", of=incident(IncidentKind.TECHNICAL)), HOME)
    assert "桃花村3组12号" not in repair


@pytest.mark.parametrize("about", list(About))
def test_a_sentence_holds_one_idea(about: About) -> None:
    said = text(tell(about, channel="voice", who="王芳"), HOME)
    assert max(len(sentence) for sentence in said.split("。")) <= 24


@pytest.mark.parametrize("kind", list(IncidentKind))
@pytest.mark.parametrize("phrase", list(Phrase))
def test_every_phrase_is_short_and_there_in_both_languages(
    phrase: Phrase, kind: IncidentKind
) -> None:
    for home in (HOME, household(language="en")):
        for who in ("王芳", ""):
            said = prompt(Say(at("day 1 08:42"), incident(kind), phrase, 1, who), home)
            assert 5 <= len(said) <= 90
            assert said.isascii() or home.language == "zh" or "王" in said


def test_a_couple_is_not_addressed_by_one_name() -> None:
    from alerting.household import Resident

    couple = household(residents=(Resident("陈福", "陈爷爷"), Resident("何秀英", "何奶奶")))
    said = prompt(Say(at("day 1 08:42"), incident(), Phrase.RECEIVED, 1), couple)
    assert said == "您的呼叫收到了。"


def test_a_name_is_cut_between_its_words() -> None:
    assert cut_name("Zhang Mei", 8) == "Zhang"
    assert cut_name("Li Ming Hua", 7) == "Li Ming"
    assert cut_name("Konstantinopoulos", 8) == "Konstant"
    assert cut_name("王芳", 8) == "王芳"


def test_cutting_never_splits_a_character() -> None:
    assert cut("a👍b", 2) == "a"
    assert cut("a👍b", 3) == "a👍"
    assert units("a👍b") == 4


def test_grave_vital_signs_are_called_about_first_and_others_in_the_day() -> None:
    short = Words("血氧过低", "oxygen very low")
    grave = text(tell(of=incident(IncidentKind.HEALTH, short=short)), HOME)
    assert grave.startswith("【桃花关爱】紧急：A1001 08:42血氧过低。请立即打电话，打不通请上门。")
    mild = incident(IncidentKind.HEALTH, urgency=Urgency.MEDIUM, short=short)
    assert "提醒：" in text(tell(of=mild), HOME)
    assert "请今日电话或上门询问" in text(tell(of=mild), HOME)
    assert "call now" in text(tell(to=ENGLISH, of=incident(IncidentKind.HEALTH)), HOME)


def test_the_address_goes_with_grave_vital_signs_only() -> None:
    grave = tell(channel="voice", of=incident(IncidentKind.HEALTH))
    mild = tell(channel="voice", of=incident(IncidentKind.HEALTH, urgency=Urgency.MEDIUM))
    assert "桃花村3组12号" in text(grave, HOME)
    assert "桃花村3组12号" not in text(mild, HOME)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_request_addresses_the_resident_in_the_homes_language(language: str) -> None:
    said = request(Words("请再量一次", "please measure again"), household(language=language))
    assert said == ("王奶奶，请再量一次" if language == "zh" else "王奶奶, please measure again")


@pytest.mark.parametrize("about", [About.ALARM, About.ESCALATED, About.AGAIN])
@pytest.mark.parametrize(
    ("kind", "short"),
    [
        (IncidentKind.EMERGENCY, "客厅按呼救"),
        (IncidentKind.FALL, "疑似跌倒，没有起身"),
        (IncidentKind.INACTIVITY, "早上到现在没有动静"),
        (IncidentKind.HEALTH, "血压很高，心率很快"),
        (IncidentKind.SAFETY, "一氧化碳报警"),
    ],
)
@pytest.mark.parametrize(
    ("signature", "code"),
    [("桃花镇关爱平台", "A1001-12"), ("某某县桃花镇关爱平台值", "ABCDEFGHIJ12")],
)
def test_how_to_answer_is_never_left_out_of_an_alarm_after_midnight(
    about: About, kind: IncidentKind, short: str, signature: str, code: str
) -> None:
    home = msgspec.structs.replace(HOME, signature=signature, code=code)
    of = incident(kind, short=Words(short, "x"), code=code)
    said = text(tell(about, of=of, now="day 2 00:20", nobody_since="day 2 00:00"), home)
    assert "回复1去 2到 3不能。" in said, said
    assert units(said) <= ZH_UNITS_MAX


def test_no_registered_text_says_half_a_number() -> None:
    of = incident(group="call +8613800138000", short=Words("+8613800138000", "+8613800138000"))
    assert variables(tell(of=of), HOME)["event"] == "来电求助"
