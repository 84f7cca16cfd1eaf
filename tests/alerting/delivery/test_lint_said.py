"""Menus, confirmations, drills and the elder's sentences can be reworded, and not spoiled."""

from __future__ import annotations

import re

import pytest

from alerting.delivery import chinese, english, lint_said, wording
from alerting.delivery.channels import spoken
from alerting.delivery.lint import length, lint
from alerting.delivery.templates import holes, parse

NEW = [name for name in english.TEMPLATES if lint_said.covers(name)]
KEYED = [
    (language, name, key)
    for language in ("zh", "en")
    for name in NEW
    for key in lint_said.keys_in(parse(wording.BUILT_IN[language][name]))
    if not name.startswith(("named.", "role."))
]
CONFIRMED = "reply.going"


def said(name: str, text: str, language: str = "zh") -> str:
    """Return all that is wrong with one template."""
    return " | ".join(flaw.words.en for flaw in lint({name: text}, language))


def test_both_languages_name_the_same_keys() -> None:
    for name in NEW:
        zh, en = (parse(texts[name]) for texts in (chinese.TEMPLATES, english.TEMPLATES))
        assert lint_said.keys_in(zh) == lint_said.keys_in(en), name


def test_the_menus_name_the_keys_that_do_something() -> None:
    for name, keys in (
        ("keys.alarm", [*spoken.KEYS, spoken.REPEAT_KEY]),
        ("keys.question", [*spoken.RESIDENT_KEYS, spoken.REPEAT_KEY]),
        ("keys.drill", [*spoken.DRILL_KEYS, spoken.REPEAT_KEY]),
        ("keys.told", [spoken.REPEAT_KEY]),
        ("keys.next", [spoken.NEXT_KEY]),
    ):
        assert lint_said.keys_in(parse(english.TEMPLATES[name])) == keys


@pytest.mark.parametrize(("language", "name", "key"), KEYED)
def test_a_sentence_that_loses_a_key_is_refused(language: str, name: str, key: str) -> None:
    lost = re.sub(rf"{key}(?!\|)", "", wording.BUILT_IN[language][name])
    assert f"does not name {key}; it must name: " in said(name, lost, language)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", NEW)
def test_what_every_sentence_must_not_have(language: str, name: str) -> None:
    text = wording.BUILT_IN[language][name]
    assert "is empty" in said(name, " ", language)
    assert "holds a link" in said(name, text + " www.example.org", language)
    assert "a diagnosis" in said(name, text + "癌", language)
    assert "an exact reading" in said(name, text + "血压180", language)
    assert "an id number" in said(name, text + "500101194001010000", language)
    assert "there is no {kind} here" in said(name, text + "{kind}", language)
    assert "has no partner" in said(name, text + "[1|", language)
    for hole in lint_said.needed(name):
        lost = text.replace(f"{{{hole}}}", "")
        assert f"{{{hole}}} is missing" in said(name, lost, language)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [name for name in NEW if "." in name])
def test_every_sentence_has_a_length_it_may_reach(language: str, name: str) -> None:
    text = wording.BUILT_IN[language][name]
    filler = "W" if language == "en" else "好"
    if name.startswith(("named.", "role.")):
        assert "home.calling.who" in [
            flaw.name for flaw in lint({name: text + filler * 99}, language)
        ]
        return
    found, most = length(name, wording.BUILT_IN[language])
    assert f"{found} units" not in said(name, text + filler * (most - found), language)
    over = said(name, text + filler * (most - found + 2), language)
    assert f"{most} at most" in over


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "keys.alarm",
            "前往请按1，已到现场请按2，不能去请按3，误报请按0，重听请按9，转人工请按7。",
            "names 7, which does nothing here; what does: 1, 2, 3, 0, 9",
        ),
        ("keys.told", "重听请按9，没事请按9。", "names 9 2 times; it must be named once"),
        (
            "said.on_scene",
            "谢谢，离开时请按5。",
            "names 5, which does nothing here; what does: none",
        ),
        (
            "keys.hotline",
            "{called}，紧急请按一，服务请按2。",
            "does not name 1; it must name: 1, 2",
        ),
        ("reply.enough", "没看懂。请打值班电话，或按1、2、3。", "{desk} is missing"),
        ("keys.told", "[1|{called}重听请按9。]", "does not name 9"),
        ("sms.drill", "【{signature}】每周试一次通知。收到请回复1。", "that it is a drill, as in"),
        ("sms.drill", "【{signature}】这不是演练，收到请回复1。", "as in: 【{signature}】【演练】"),
        ("sms.drill", "【演练】【{signature}】收到请回复1。", "must begin with 【{signature}】"),
        ("call.drill", "{signature}，每周演练，没有人出事。", "that it is a drill, as in"),
        ("sms.drill.one_way", chinese.TEMPLATES["sms.drill"], "cannot reach us"),
        (CONFIRMED, "请按App提示，到场请回2。", "Latin letters"),
        (CONFIRMED, "{code}已记录，到场请回2。", ""),
        (CONFIRMED, "已记录，{who}，到场请回2。", "there is no {who} here; there are: "),
    ],
)
def test_what_is_wrong_is_said(name: str, text: str, words: str) -> None:
    found = said(name, text)
    assert found, f"{name} = {text}"
    assert words in found
    for flaw in lint({name: text}, "zh"):
        assert flaw.words.zh


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keys.alarm", "去的请按1，到了请按2，去不了请按3，弄错了请按0，再听一遍请按9。"),
        ("keys.alarm", "去请按１，到请按２，不去请按３，误报请按０，再听请按９。"),
        ("keys.question", "您好好的就按1，要人帮就按2，没听清就按9。"),
        ("said.goodbye", "没有按键，3分钟后我们再打给您。再见。"),
        ("said.too_many", "电话太多，请打119、120、110。"),
        ("home.phone.fall", "[1|{called}，]这里是{signature}，刚才好像有声音，您摔着了没有？"),
        ("home.calling.who", "[1|{called}，]正在给{who}打电话。"),
        ("sms.drill", "【{signature}】【测试】这是每周一次的通知测试，没有事。请回1。"),
    ],
)
def test_other_words_for_the_same_are_taken(name: str, text: str) -> None:
    assert said(name, text) == ""


def test_a_drill_in_a_language_of_ones_own_has_a_mark_before_its_sentence() -> None:
    own = {"base": "en", "sms.drill": "EXERCICE {signature}: pas d'alarme. Reply 1."}
    assert lint(own, "fr") == []
    bare = own | {"sms.drill": "{signature}: pas d'alarme. Reply 1."}
    assert "that it is a drill" in lint(bare, "fr")[0].words.en
    yue = {"sms.drill": "【{signature}】收到請覆1。"}
    assert "that it is a drill" in lint(yue, "yue")[0].words.en
    assert lint({"sms.drill": "【{signature}】【試下】收到請覆1。"}, "yue") == []


def test_the_holes_of_a_new_sentence_are_those_it_gets_values_for() -> None:
    for name in NEW:
        built_in = holes(chinese.TEMPLATES[name]) | holes(english.TEMPLATES[name])
        assert built_in <= lint_said.allowed(name)
