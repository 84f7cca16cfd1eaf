"""Every template says what it must, and what is wrong with one is said."""

from __future__ import annotations

import pytest

from alerting.delivery import chinese, english, wording
from alerting.delivery.lint import length, lint, worst
from alerting.delivery.parts import SIGNATURE_UNITS_MAX, mask
from alerting.delivery.templates import RANK_MAX, TemplateError, fill, holes, parse
from alerting.events import Phrase
from alerting.household import Resident
from alerting.orders import About, Say
from alerting.words import Words
from tests.alerting.delivery.test_wording import ENGLISH, HOME, incident, tell
from tests.builders import DAUGHTER, household, person

GOOD = chinese.TEMPLATES["sms.alarm"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_wrong_with_what_is_built_in(language: str) -> None:
    assert lint(wording.BUILT_IN[language], language) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_at_worst_every_text_is_still_one_message(language: str) -> None:
    texts = wording.BUILT_IN[language]
    for name in texts:
        if name.startswith(("sms.", "call.", "home.")):
            found, most = length(name, texts)
            assert found <= most, f"{name}: {found} of {most}"


def test_both_languages_have_the_same_messages() -> None:
    assert set(chinese.TEMPLATES) == set(english.TEMPLATES)


def test_a_translation_has_what_the_source_always_has() -> None:
    by_language = {"level", "act", "called", "hh", "hour", "mm", "day", "dd"}
    for name, text in english.TEMPLATES.items():
        assert holes(text) ^ holes(chinese.TEMPLATES[name]) <= by_language, name


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("sms.alarn", "x", "no message of this name"),
        ("sms.alarm", GOOD.replace("{code}", "{kode}"), "there is no {kode} here"),
        ("sms.alarm", GOOD.replace("{short}", ""), "{short} is missing"),
        ("sms.alarm", GOOD.replace("【{signature}】", "{signature}："), "must begin with 【"),
        ("sms.alarm", GOOD.replace(" 3不能", ""), "what a reply of 3 is"),
        ("sms.alarm", GOOD.replace("[2|", "[8|"), "what a reply of 1 is"),
        ("sms.alarm", GOOD + "请一定要尽快上门看看老人是否平安。", "units without its optional"),
        ("sms.alarm", GOOD + "[9|详见www.example.org]", "holds a link"),
        ("sms.alarm", GOOD + "[9|请看App]", "Latin letters"),
        ("sms.alarm", GOOD + "[9|血压180]", "exact reading"),
        ("sms.alarm", GOOD + "[9|有高血压]", "a diagnosis"),
        ("sms.alarm", GOOD + "[9|500101194001010000]", "an id number"),
        ("sms.alarm", GOOD + "[x|快]", "must begin with one digit"),
        ("sms.alarm", GOOD + "[9|快", "has no partner"),
        ("sms.alarm", GOOD + "{Code}", "is no variable"),
        ("sms.alarm.one_way", chinese.TEMPLATES["sms.alarm.one_way"] + "回复1", "cannot reach us"),
        (
            "act.go",
            "请立即上门，一定要亲眼看到老人，并且打电话告诉我们。",
            "units without its optional",
        ),
        ("home.over", "", "is empty"),
        ("call.alarm", "{signature}，{code}，{time}，{short}。{act}" + "快" * 220, "220 at most"),
    ],
)
def test_what_is_wrong_is_said(name: str, text: str, words: str) -> None:
    flaws = lint({name: text}, "zh")
    assert flaws
    assert any(words in flaw.words.en for flaw in flaws), flaws
    for flaw in flaws:
        assert flaw.words.zh


def test_an_english_message_is_held_to_160_characters() -> None:
    flaws = lint({"sms.over": english.TEMPLATES["sms.over"] + "thank you " * 8}, "en")
    assert "160 at most" in flaws[0].words.en


def test_a_piece_without_its_value_is_left_out() -> None:
    assert [part.text for part in fill("a[1|b{desk}]", {"desk": ""})] == ["a"]
    assert [part.rank for part in fill("a[1|b{desk}]", {"desk": "1"})] == [0, 1]
    with pytest.raises(TemplateError):
        parse(f"[{RANK_MAX + 1}|x]")


def test_the_worst_values_are_as_long_as_wording_lets_them_be() -> None:
    values = worst(chinese.TEMPLATES)
    assert len(values["signature"]) == SIGNATURE_UNITS_MAX
    assert values["waited"] == "9999分钟无人前往。"


def test_an_installations_own_words_are_said() -> None:
    own = "【{signature}】{level}！{code} {when}{short}。[2|回复1去 2到 3不能。]"
    home = household(wording={"zh": {"sms.alarm": own}})
    said = wording.text(tell(), home)
    assert said == "【桃花关爱】紧急！A1001 08:42客厅按呼救。回复1去 2到 3不能。"
    assert wording.text(tell(to=ENGLISH), home) == wording.text(tell(to=ENGLISH), HOME)
    assert wording.text(tell(About.OVER), home) == wording.text(tell(About.OVER), HOME)


def test_a_further_language_is_a_catalogue_and_falls_back_where_it_says_nothing() -> None:
    yue = person("yue", language="yue")
    own = {
        "sms.alarm": GOOD.replace("回复1去 2到 3不能。", "覆1去 2到 3唔得。"),
        "level.high": "緊急",
    }
    home = household(wording={"yue": own})
    assert "緊急：A1001" in wording.text(tell(to=yue), home)
    assert "3唔得" in wording.text(tell(to=yue), home)
    assert wording.text(tell(About.OVER, to=yue), home) == wording.text(tell(About.OVER), HOME)
    assert wording.text(tell(to=yue), HOME) == wording.text(tell(to=DAUGHTER), HOME)


@pytest.mark.parametrize("text", ["【{signature}】{gone}", "【{signature}】[1|快", ""])
def test_words_another_version_left_behind_cost_no_alarm(text: str) -> None:
    own = {"zh": {"sms.alarm": text or "{nothing}", "home.received": "{gone}"}}
    home = household(wording=own)
    assert wording.text(tell(), home) == wording.text(tell(), HOME)
    said = wording.prompt(Say(tell().at, tell().incident, Phrase.RECEIVED, 1), home)
    assert said == "王奶奶，您的呼叫收到了。"


def test_a_language_based_on_english_is_sent_in_its_letters() -> None:
    fr = person("fr", language="fr")
    home = household(wording={"fr": {"base": "en", "level.high": "URGENT", "act.go": "Allez-y. "}})
    assert wording.text(tell(to=fr), home).startswith("Guanai URGENT: A1001 08:42 help")


def test_an_unknown_callers_number_is_told_whole() -> None:
    number = "+8613800000006"
    raised = incident(group="call " + number, short=Words(number, number))
    said = wording.text(tell(of=raised), HOME)
    assert said.startswith(f"【桃花关爱】来电求助：A1001 08:42 {number}。请立即回电。回复1去")
    assert number in wording.text(tell(of=raised, to=ENGLISH), HOME)
    assert f"，{number}。" in wording.text(tell(of=raised, channel="voice"), HOME)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张秀兰", "张*老人"),
        ("欧阳文静", "欧阳*老人"),
        ("欧阳", "欧*老人"),
        ("Zhang Xiulan", "Zhang *"),
        ("Xiulan", "X*"),
        ("", ""),
    ],
)
def test_a_masked_name_shows_the_surname_only(name: str, masked: str) -> None:
    assert mask(name) == masked


def test_a_couple_is_named_by_the_homes_code_only() -> None:
    couple = household(residents=(Resident("陈福"), Resident("何秀英")))
    to = person("mainland", "+8613800000006")
    assert "*" in wording.text(tell(to=to), HOME)
    assert "*" not in wording.text(tell(to=to), couple)
