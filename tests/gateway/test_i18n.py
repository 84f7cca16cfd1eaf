from __future__ import annotations

import re

from babel.messages.catalog import Message

from gateway.i18n import LANGUAGES, gettext_for, translations
from gateway.locale.catalogue import (
    brought_up_to_date,
    collected,
    kept,
    po_path,
    untranslated,
    written,
)

AGAIN = "run: python -m gateway.locale"
HOLE = re.compile(r"%\((\w+)\)s")


def texts() -> list[Message]:
    return [message for message in kept() if message.id]


def test_every_text_of_the_source_is_in_the_catalogue_and_no_other() -> None:
    source = {message.id for message in collected() if message.id}
    assert source == {message.id for message in texts()}, AGAIN
    assert len(source) > 150


def test_nothing_is_left_untranslated() -> None:
    assert untranslated(kept()) == []


def test_the_file_is_as_the_tool_writes_it() -> None:
    assert po_path().read_bytes() == written(brought_up_to_date()), AGAIN


def test_the_compiled_catalogue_is_up_to_date() -> None:
    chinese = translations("zh")
    for message in texts():
        assert chinese.gettext(str(message.id)) == message.string, AGAIN


def test_translations_fill_the_same_holes() -> None:
    for message in texts():
        assert sorted(HOLE.findall(str(message.id))) == sorted(HOLE.findall(str(message.string)))


def test_chinese_is_chinese() -> None:
    for message in texts():
        assert re.search(r"[\u4e00-\u9fff]", str(message.string)), message.id


def test_languages() -> None:
    assert LANGUAGES[0] == "zh"
    assert gettext_for("zh")("I take it") == "我来处理"
    assert gettext_for("en")("I take it") == "I take it"
    assert gettext_for("fr")("I take it") == "I take it"
    assert gettext_for("zh")("no such text") == "no such text"
