"""What a call says."""

from __future__ import annotations

from xml.etree import ElementTree

from alerting.delivery.channels import spoken
from alerting.events import Answer, Purpose
from gateway.transports.settings import Voice
from gateway.transports.twilio import TWIML_CHARACTERS_MAX
from gateway.transports.twiml import TIMES, Speaker

TEXT = "桃花关爱，紧急通知。王奶奶家，编号A1001。8点42分，呼救。地址，桃花村3组12号。请立即上门。"
KEY_URL = "https://care.example.org/twilio/key/h1-0001%2F0%2Fwang%2Fvoice"


def test_a_call_says_everything_three_times_slowly_and_asks_for_one_key() -> None:
    document = ElementTree.fromstring(Speaker().message(TEXT, "zh", KEY_URL))
    gather = document.find("Gather")
    assert gather is not None
    assert gather.attrib["numDigits"] == "1"
    assert gather.attrib["action"] == KEY_URL
    words = ["".join(say.itertext()) for say in gather.findall("Say")]
    assert words == [TEXT, spoken.MENU.zh] * TIMES
    for say in gather.findall("Say"):
        assert say.attrib == {"voice": "Polly.Zhiyu", "language": "cmn-CN"}
        prosody = say.find("prosody")
        assert prosody is not None
        assert prosody.attrib["rate"] == "slow"
    assert "再见" in "".join(document[-1].itertext())


def test_who_presses_no_key_hears_what_follows_for_them() -> None:
    def end(purpose: Purpose) -> str:
        document = ElementTree.fromstring(Speaker().message(TEXT, "zh", KEY_URL, purpose))
        return "".join(document[-1].itertext())

    assert "联系其他人" in end(Purpose.ALARM)
    assert "请人来看您" in end(Purpose.QUESTION)
    assert end(Purpose.TOLD) == "再见。"


def test_without_a_public_address_one_is_told_to_answer_by_text() -> None:
    document = ElementTree.fromstring(Speaker().message(TEXT, "zh", ""))
    assert document.find("Gather") is None
    said = "".join(document.itertext())
    assert said.count(TEXT) == TIMES
    assert said.endswith(spoken.BY_SMS.zh)
    assert "按1" not in said


def test_the_longest_message_fits_into_the_request() -> None:
    longest = "王" * 200
    assert len(Speaker().message(longest, "zh", KEY_URL * 3)) < TWIML_CHARACTERS_MAX


def test_markup_in_a_text_is_said_not_obeyed() -> None:
    nasty = '王<Hangup/>&amp;"]]>'
    document = ElementTree.fromstring(Speaker().message(nasty, "zh", KEY_URL))
    assert document.find(".//Hangup") is None
    assert "".join(document.itertext()).count(nasty) == TIMES


def test_every_language_has_its_voice_and_an_unknown_one_is_spoken_chinese() -> None:
    speaker = Speaker({"yue": Voice("Polly.Hiujin-Neural", "yue-CN")})
    assert 'voice="Polly.Joanna"' in speaker.message("Help", "en", "")
    assert "press 1" in speaker.message("Help", "en", KEY_URL)
    assert 'voice="Polly.Hiujin-Neural"' in speaker.message(TEXT, "yue", "")
    assert 'voice="Polly.Zhiyu"' in speaker.message(TEXT, "xx", "")


def test_the_last_words_end_the_call() -> None:
    document = ElementTree.fromstring(Speaker().last_words(spoken.RECORDED[Answer.GOING], "zh"))
    assert [element.tag for element in document] == ["Say", "Hangup"]


def test_the_last_words_are_for_whom_the_call_was() -> None:
    said = Speaker().message(TEXT, "zh", KEY_URL, Purpose.QUESTION)
    assert spoken.NO_KEY_FROM_RESIDENT.zh in said
    assert spoken.GOODBYE.zh not in Speaker().message(TEXT, "zh", KEY_URL, Purpose.DRILL)
    assert spoken.GOODBYE.zh in Speaker().message(TEXT, "zh", KEY_URL)


def test_a_call_is_said_in_the_words_of_the_installation() -> None:
    own = {
        "zh": {
            "keys.alarm": "去按1，到按2，不去按3，错了按0，再听按9。",
            "said.goodbye": "回头再打。",
        }
    }
    document = ElementTree.fromstring(Speaker(own=own).message(TEXT, "zh", KEY_URL))
    said = "".join(document.itertext())
    assert said.count("去按1，到按2，不去按3，错了按0，再听按9。") == TIMES
    assert "前往请按1" not in said
    assert "".join(document[-1].itertext()) == "回头再打。"
