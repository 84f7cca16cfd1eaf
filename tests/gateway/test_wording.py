"""Messages in an installation's own words and languages: files, catalogues, commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from alerting.delivery import chinese, english
from alerting.delivery.wording import BUILT_IN
from gateway import ways_out
from gateway.cli.commands import guanai
from gateway.config import ConfigError, load
from gateway.door import FrontDoor
from gateway.locale import wording as catalogues
from gateway.transports import Twilio
from tests.fakes.clock import FakeClock

AGAIN = "run: python -m gateway.locale"
EXAMPLE = Path(__file__).parents[2] / "deploy/gateway.example.toml"
TOKEN = '#or auth_token = "..."'


def configured(folder: Path, language: str = "zh", **files: str) -> Path:
    """Write a configuration with `[wording]` and the files beside it."""
    text = EXAMPLE.read_text("utf-8").replace(TOKEN, 'auth_token = "t"')
    head, mark, people = text.partition("[[responder]]")
    people = people.replace('#language = "zh"', f'language = "{language}"', 1)
    text = head + mark + people
    for name, content in files.items():
        path = folder / ("own.toml" if name == "file" else f"po/{name}.po")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
    if "file" in files:
        text = text.replace('#file = "/etc/guanai/wording.toml"', 'file = "own.toml"')
    if set(files) - {"file"}:
        text = text.replace('#folder = "/etc/guanai/wording"', 'folder = "po"')
    place = folder / "gateway.toml"
    place.write_text(text, "utf-8")
    return place


def po(**texts: str) -> str:
    """Return a catalogue with these translations (`__` stands for a dot)."""
    entries = []
    for key, text in texts.items():
        name = key.replace("__", ".")
        source = english.TEMPLATES[name]
        entries.append(f'msgctxt "{name}"\nmsgid "{source}"\nmsgstr "{text}"\n')
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head + "\n".join(entries)


def problems(path: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        load(path, {})
    return refused.value.said("en") + refused.value.said("zh")


# ---------------------------------------------------------------- catalogues in the repository


def test_the_chinese_catalogue_is_whole_and_as_the_tool_writes_it() -> None:
    catalogue = catalogues.brought_up_to_date("zh")
    assert catalogues.untranslated(catalogue) == [], AGAIN
    assert catalogues.po_path("zh").read_bytes() == catalogues.written(catalogue), AGAIN


def test_what_the_core_says_is_what_the_catalogue_says() -> None:
    catalogue = catalogues.brought_up_to_date("zh")
    assert catalogues.translated(catalogue) == chinese.TEMPLATES, AGAIN
    made = catalogues.chinese_module(catalogue)
    assert Path(chinese.__file__).read_text("utf-8") == made, AGAIN


def test_what_the_source_changed_since_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(english.TEMPLATES, "act.go", "Please run. ")
    catalogue = catalogues.brought_up_to_date("zh")
    assert catalogues.untranslated(catalogue) == ["act.go"]


# ---------------------------------------------------------------- configuration


def test_own_words_go_with_the_homes_whose_people_read_them(tmp_path: Path) -> None:
    own = '[zh]\n"act.go" = "请马上上门。"\n[zh.act]\ncheck = "请打电话问问。"\n'
    settings = load(configured(tmp_path, file=own), {})
    assert settings.households["h1"].wording == {
        "zh": {"act.go": "请马上上门。", "act.check": "请打电话问问。"}
    }


def test_without_own_words_a_home_carries_none(tmp_path: Path) -> None:
    assert load(configured(tmp_path), {}).households["h1"].wording == {}


def test_every_fault_of_a_file_is_said_where_it_is(tmp_path: Path) -> None:
    own = (
        '[zh]\n"sms.alarn" = "x"\n"act.go" = "see http://a"\nlevel = 3\n'
        '[xx]\n"act.go" = "y"\n[en]\n"sms.over" = "closed"\n'
    )
    said = problems(configured(tmp_path, file=own))
    assert "wording.file[zh].sms.alarn: there is no message of this name; did you mean" in said
    assert "wording.file[zh].act.go: holds a link" in said
    assert "wording.file[zh].level: 3 is no text" in said
    assert "wording.file[xx]: is no language we have" in said
    assert "wording.file[en].sms.over: must begin with {signature}" in said
    assert "wording.file[en].sms.over: {outcome} is missing" in said


def test_a_menu_or_drill_that_is_spoiled_is_refused_where_it_is(tmp_path: Path) -> None:
    own = (
        '[zh]\n"keys.alarm" = "到了请按2，不能去请按3，误报请按0，重听请按9。"\n'
        '"keys.question" = "没事请按1，要帮忙请按2，转人工请按7，重听请按9。"\n'
        '"sms.drill" = "【{signature}】收到请回复1。"\n'
        '[zh.home.calling]\nwho = "正在联系家人。"\n'
        '[en]\n"said.cannot" = "' + "very " * 40 + 'sorry"\n'
        '"reply.not_understod" = "What?"\n'
    )
    said = problems(configured(tmp_path, file=own))
    for line in (
        "wording.file[zh].keys.alarm: does not name 1; it must name: 1, 2, 3, 0, 9",
        "wording.file[zh].keys.alarm: 没说 1；应说到：1、2、3、0、9",
        "wording.file[zh].keys.question: names 7, which does nothing here; what does: 1, 2, 9",
        "that it is a drill, as in: 【{signature}】【演练】\n",
        "wording.file[zh].home.calling.who: {who} is missing",
        "wording.file[en].said.cannot: may take 205 units, 160 at most; shorten it",
        "wording.file[en].reply.not_understod: there is no message of this name; did you mean",
    ):
        assert line in said, said


def test_own_words_reach_every_way_that_speaks(tmp_path: Path) -> None:
    """Also in languages no responder of that home has: a stranger may ring."""
    own = '[zh]\n"said.not_found" = "没找到，请打值班电话。"\n'
    settings = load(configured(tmp_path, file=own), {})
    assert settings.wording == {"zh": {"said.not_found": "没找到，请打值班电话。"}}
    clock = FakeClock()
    (twilio,) = [
        way
        for way in ways_out.open_all(settings, tmp_path, clock, FrontDoor(settings.wording))
        if isinstance(way, Twilio)
    ]
    assert twilio._settings.wording == settings.wording
    assert settings.households["gateway"].wording == settings.wording


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert "wording.file: cannot read" in problems(configured(tmp_path, file="[zh\n"))
    path = configured(tmp_path, file='[zh]\n"act.go" = "请马上上门。"\n')
    (tmp_path / "own.toml").unlink()
    assert "wording.file: cannot read" in problems(path)
    broken = configured(tmp_path, yue='msgid "\nmsgstr')
    assert "wording.folder[yue.po]: cannot be read" in problems(broken)


def test_a_further_language_is_a_file_and_no_code(tmp_path: Path) -> None:
    path = configured(tmp_path, "yue", yue=po(level__high="緊急", act__go="請即刻上門。"))
    settings = load(path, {})
    assert settings.households["h1"].wording["yue"]["level.high"] == "緊急"
    assert settings.responders["wang-daughter"].language == "yue"
    missing = [warning.said("en") for warning in settings.warnings]
    assert any(f"{len(english.TEMPLATES) - 2} messages are not" in line for line in missing)


def test_a_translation_is_linted_too(tmp_path: Path) -> None:
    path = configured(tmp_path, "yue", yue=po(sms__over="【{signature}】{code}好返喇"))
    said = problems(path)
    assert "wording.folder[yue.po].sms.over: {outcome} is missing" in said


def test_a_language_nobody_has_is_refused(tmp_path: Path) -> None:
    said = problems(configured(tmp_path, "yue"))
    assert 'language: "yue" is not spoken; expected one of "en", "zh"' in said


# ---------------------------------------------------------------- commands


def run(*arguments: str) -> str:
    result = CliRunner().invoke(guanai, ["--lang", "en", *arguments])
    assert result.exception is None, result.output
    return str(result.output)


def test_the_preview_shows_every_message_with_its_length() -> None:
    said = run("wording", "--kind", "fall")
    assert "A1001 08:42疑似跌倒" in said
    for line in said.splitlines():
        if " sms " in line:
            used, _, most = line[25:].split()[0].partition("/")
            assert int(used) <= int(most) == 70, line


def test_the_preview_speaks_english_and_of_a_configuration(tmp_path: Path) -> None:
    assert "Guanai URGENT: A1001 08:42 call for help." in run("wording", "--language", "en")
    path = configured(tmp_path, file='[zh]\n"act.go" = "请马上上门。"\n')
    assert "请马上上门。" in run("wording", "--config", str(path))


def test_the_preview_shows_menus_and_confirmations_by_their_names(tmp_path: Path) -> None:
    path = configured(tmp_path, file='[zh]\n"reply.going" = "记下了。到了请回2。"\n')
    said = run("wording", "--config", str(path))
    lines = {line.split()[0]: line for line in said.splitlines()}
    assert lines["keys.alarm"].endswith(
        "前往请按1，已到现场请按2，不能去请按3，误报请按0，重听请按9。"
    )
    assert "/70" in lines["reply.going"]
    assert lines["reply.going"].endswith(" 记下了。到了请回2。")
    assert "【演练】" in lines["sms.drill"]


def test_lint_says_that_all_is_well_or_what_is_wrong(tmp_path: Path) -> None:
    assert f"Correct: {len(BUILT_IN['zh'])} messages in zh, en." in run("wording", "lint")
    wrong = configured(tmp_path, file='[zh]\n"act.go" = "App"\n')
    result = CliRunner().invoke(guanai, ["wording", "lint", str(wrong)])
    assert isinstance(result.exception, ConfigError)
