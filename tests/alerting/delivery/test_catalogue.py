"""Whose words a call and a reply are said in: the installation's, and ours where those fail."""

from __future__ import annotations

import pytest

from alerting.delivery import answering, chinese
from alerting.delivery.catalogue import line, texts
from alerting.delivery.channels import spoken
from alerting.events import Answer, Change, Purpose

MENU = "去的请按1，到了请按2，去不了请按3，弄错了请按0，再听请按9。"
ASK = "您好好的就按1，要人帮就按2，再听请按9。"
OWN = {"zh": {"keys.alarm": MENU, "keys.question": ASK, "reply.going": "记下了，到了请回2。"}}


def test_a_call_has_the_menu_of_the_installation() -> None:
    assert spoken.opening("出事了。", "zh", True, own=OWN) == "出事了。" + MENU
    assert spoken.opening("Help. ", "en", True, own=OWN) == "Help. " + spoken.MENU.en
    assert spoken.opening("出事了。", "zh", True) == "出事了。" + spoken.MENU.zh


@pytest.mark.parametrize("said", [ASK, spoken.ASK_MENU.zh, "重听按9，没事按1，帮忙按2。"])
def test_a_question_keeps_the_menu_it_was_written_down_with(said: str) -> None:
    """Whatever the words were then: what is owed across a restart gets no second menu."""
    text = "王奶奶，您好。" + said
    assert spoken.opening(text, "zh", True, own=OWN, purpose=Purpose.QUESTION) == text
    without = spoken.opening(text, "zh", False, own=OWN, purpose=Purpose.QUESTION)
    assert without.endswith(spoken.NOT_BY_KEY.zh)


def test_an_alarm_has_the_alarms_menu_whatever_it_ends_with() -> None:
    text = "请立即上门。" + spoken.HEAR_AGAIN.zh
    assert spoken.opening(text, "zh", True, purpose=Purpose.ALARM) == text + spoken.MENU.zh


@pytest.mark.parametrize("left", ["前往请按1{gone}", "前往请按1[", ""])
def test_words_another_version_left_behind_cost_no_menu(left: str) -> None:
    own = {"zh": {"keys.alarm": left or "{nothing}"}}
    assert spoken.menu("zh", True, own=own) == chinese.TEMPLATES["keys.alarm"]


def test_a_further_language_has_its_own_menu_and_falls_back() -> None:
    own = {"yue": {"keys.alarm": "去撳1，到咗撳2，去唔到撳3，錯咗撳0，再聽撳9。"}}
    assert spoken.menu("yue", True, own=own) == own["yue"]["keys.alarm"]
    assert spoken.WRONG_KEY.worded(own, "yue") == spoken.WRONG_KEY.zh
    assert spoken.MENU.words(own, "yue").said("yue") == own["yue"]["keys.alarm"]
    assert texts({"fr": {"base": "en"}}, "fr")["said.cannot"] == line("said.cannot").en


def test_what_is_texted_back_is_said_in_own_words_after_signature_and_code() -> None:
    words = answering.recorded(Change.CLAIMED, Answer.GOING, "A1001", OWN, "zh")
    assert answering.signed(words, "桃花关爱", "zh", OWN) == "【桃花关爱】A1001 记下了，到了请回2。"
    plain = answering.recorded(Change.CLAIMED, Answer.GOING, "A1001", {}, "en")
    assert answering.signed(plain, "桃花关爱", "en") == (
        "Guanai: A1001 recorded: you are going. Reply 2 when there."
    )


def test_a_language_based_on_english_is_texted_back_in_its_letters() -> None:
    own = {"fr": {"base": "en", "reply.noted": "Votre note est gardée."}}
    words = answering.recorded(None, Answer.NOTE, "", own, "fr")
    assert answering.signed(words, "桃花关爱", "fr", own) == "Guanai: Votre note est gardée."


def test_without_words_of_ones_own_it_is_the_sentence_itself() -> None:
    assert spoken.RECEIVED.words({}, "zh") == spoken.RECEIVED
    assert spoken.RECEIVED.words({"zh": {"said.received": "好。"}}, "zh").zh == "好。"
