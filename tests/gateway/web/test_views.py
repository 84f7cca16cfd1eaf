from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from alerting.events import Answer, DeliveryState, Purpose, Receipt, Reply, Tick
from alerting.incident import Outcome, Response
from alerting.words import Words
from devices.observation import HelpCall
from gateway.board import Story
from gateway.i18n import gettext_for
from gateway.store.rows import Entry
from gateway.timeline import Line, lines
from gateway.web import labels, views
from gateway.web.context import Home
from gateway.web.render import size
from gateway.web.technical import legible
from tests.gateway.test_timeline import HOME, Life, at

ME = "desk:李敏"


def speaker(language: str = "zh", me: str = ME) -> views.Speaker:
    return views.Speaker(language, gettext_for(language), {"h1": Home(HOME)}, me)


def story(life: Life, incident: str = "") -> Story:
    record = next(
        effect.record
        for entry in reversed(life.entries)
        for effect in reversed(entry.effects)
        if hasattr(effect, "record") and effect.record.id.endswith(incident)
    )
    lines = tuple(line for line in life.story if line.incident == record.id)
    return Story(record, lines, at(0.004))


def pressed() -> Life:
    life = Life()
    life.happen(HelpCall(at=at(0), device="h1-panel", id="3f9a:17"))
    return life


def test_an_open_alarm_offers_what_can_be_done() -> None:
    alarm = views.alarm(story(pressed()), speaker())
    assert (alarm.code, alarm.name) == ("A1001", "王秀兰家")
    assert (alarm.kind, alarm.urgency, alarm.state) == ("呼救", "紧急", "无人接单")
    assert alarm.can_claim
    assert alarm.can_arrive
    assert alarm.sounds
    assert alarm.next_words == "将通知：村"
    assert (alarm.reached, alarm.told) == (0, 1)


def test_a_ladder_that_begins_again_names_its_own_next_step() -> None:
    life = pressed()
    first = story(life)
    life.happen(Reply(at(3), life.incident, ME, Answer.ON_SCENE, "desk"))
    long_after = 3 * first.record.policy.on_scene_lease.total_seconds()
    life.happen(HelpCall(at=at(long_after), device="h1-panel", id="3f9a:18"))
    again = story(life, first.record.id)
    assert again.record.base > 0
    assert views.alarm(again, speaker()).next_words == views.alarm(first, speaker()).next_words
    assert [rung.is_next for rung in views.ladder(again, speaker(), at(long_after))].index(
        True
    ) == 1


def test_a_claimed_alarm_is_quiet_and_mine() -> None:
    life = pressed()
    life.happen(Reply(at(3), life.incident, ME, Answer.GOING, "desk"))
    mine = views.alarm(story(life), speaker())
    assert (mine.is_mine, mine.can_claim, mine.sounds) == (True, False, False)
    assert mine.holder == "李敏（值班台）"
    theirs = views.alarm(story(life), speaker("en", "desk:Anna"))
    assert (theirs.is_mine, theirs.can_claim) == (False, True)
    assert theirs.holder == "李敏 (desk)"


def test_an_exhausted_ladder_says_so_and_sounds_on() -> None:
    life = pressed()
    life.happen(Tick(at=at(3_600)))
    alarm = views.alarm(story(life), speaker("en"))
    assert alarm.record.response is Response.EXHAUSTED
    assert alarm.sounds
    assert alarm.next_words == "everybody again"


def test_the_ladder_shows_who_was_told_and_who_is_next() -> None:
    life = pressed()
    life.happen(Reply(at(3), life.incident, "wang-daughter", Answer.CANNOT, "sms"))
    family, village = views.ladder(story(life), speaker(), at(4))
    (daughter,) = family.people
    assert (daughter.name, daughter.role, daughter.phone) == ("王芳", "家属", "+85251000001")
    assert {message.channel for message in daughter.messages} == {"短信", "电话"}
    assert daughter.declined
    assert village.tier == "村"


def test_the_stations_from_press_to_close() -> None:
    life = pressed()
    life.happen(Reply(at(12.3), life.incident, ME, Answer.GOING, "desk"))
    life.happen(Reply(at(245), life.incident, ME, Answer.ON_SCENE, "desk"))
    life.happen(Reply(at(4_000), life.incident, ME, Answer.CLOSE, "desk", Outcome.SAFE))
    marks = {mark.label: mark.since for mark in views.marks(story(life), speaker("en"), at(0.02))}
    assert marks == {
        "pressed or noticed": "+0.000 s",
        "written down": "+0.004 s",
        "first message sent": "+0.020 s",
        "accepted": "",
        "a person answered": "",
        "somebody is going": "+12.3 s",
        "on scene": "+4:05",
        "closed": "+1:06:40",
    }


def test_the_timeline_says_nothing_twice() -> None:
    life = pressed()
    life.happen(Reply(at(3), life.incident, ME, Answer.GOING, "desk"))
    rows = views.rows(story(life), speaker())
    assert [row.words for row in rows].count(rows[1].words) == 1
    assert rows[0].who == "客厅呼叫器"
    claimed = next(row for row in rows if "接单" in row.words and "李敏" in row.words)
    assert claimed.who == ""  # the sentence names them


def test_names_of_those_we_do_not_know_stay_ids() -> None:
    by = speaker()
    assert by.name("stranger") == "stranger"
    assert by.name("h9-x", None, "h9") == "h9-x"
    assert by.name("h1", None, "h1") == "王秀兰家"
    assert by.name("h1-gone", None, "h1") == "h1-gone"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "+0.000 s"), (0.0042, "+0.004 s"), (59.94, "+59.9 s"), (60, "+1:00"), (3725, "+1:02:05")],
)
def test_spans(seconds: float, said: str) -> None:
    assert views.span(timedelta(seconds=seconds)) == said


def test_clocks_never_run_below_zero() -> None:
    assert views.clock(-5) == "0:00"
    assert views.clock(61) == "1:01"


def test_sizes() -> None:
    assert [size(None), size(0), size(999), size(4_200_000)] == ["–", "0 B", "999 B", "4.2 MB"]
    assert size(3 * 10**12) == "3.0 TB"


def test_payloads_are_legible() -> None:
    assert legible('{"a":"李"}'.encode()) == '{"a":"李"}'
    assert legible(b"\x00\xff") == "00 ff"
    assert legible(b"\x00abc") == "00 61 62 63"
    assert len(legible(b"a" * 5_000)) < 500


def test_every_choice_has_a_name() -> None:
    assert set(labels.OUTCOMES) == set(Outcome)
    assert set(labels.RESPONSES) == set(Response)


def test_the_number_of_a_press_is_not_shown_and_a_providers_words_are_told_in_words() -> None:
    life = pressed()
    assert all("3f9a:17" not in row.detail for row in views.rows(story(life), speaker()))
    assert gettext_for("zh")(labels.CALL_STATUSES["no-answer"]) == "无人接听"
    assert gettext_for("zh")(labels.ASKED) == "正在问老人"


def test_a_pressed_call_asks_nobody_first() -> None:
    assert not views.alarm(story(pressed()), speaker()).is_asked


def test_after_a_fall_the_resident_is_asked_before_anybody_is_told() -> None:
    asked = Words(zh="问老人：您没事吧", en="The resident is asked: are you all right")
    opened = story(pressed())
    record = msgspec.structs.replace(opened.record, step=0, told=())
    line = Line(at(0), record.id, "h1", "prompt", "h1-panel", asked)
    alarm = views.alarm(Story(record, (line,)), speaker())
    assert (alarm.is_asked, alarm.state) == (True, "正在问老人")


def test_asking_the_resident_by_telephone_is_asking_and_tells_nobody() -> None:
    resident = msgspec.structs.replace(HOME.residents[0], phone="+85251000009")
    home = Home(msgspec.structs.replace(HOME, residents=(resident,)))
    by = views.Speaker("zh", gettext_for("zh"), {"h1": home}, ME)
    opened = story(pressed())
    record = msgspec.structs.replace(opened.record, step=0, told=())
    key = f"{record.id}/0/resident:1/voice"
    asked = msgspec.structs.replace(
        pressed().owed[0],
        key=key,
        incident=record.id,
        responder="resident:1",
        channel="voice",
        purpose=Purpose.QUESTION,
    )
    owed = lines(Entry("h1", Tick(at(0)), (asked,)))
    taken = lines(Entry("h1", Receipt(at(1), key, record.id, DeliveryState.ACCEPTED), ()))
    told = Story(record, (*owed, *taken))
    alarm = views.alarm(told, by)
    assert (alarm.is_asked, alarm.state) == (True, "正在问老人")
    assert (alarm.told, alarm.reached) == (0, 0)
    assert {row.who for row in views.rows(told, by)} == {"王奶奶"}


def test_the_ladder_tells_the_second_line_from_the_first() -> None:
    life = pressed()
    sms = next(owed for owed in life.owed if owed.channel == "sms")
    life.happen(Receipt(at(1), sms.key, sms.incident, DeliveryState.DELIVERED))
    twin = msgspec.structs.replace(sms, key=f"{sms.key}-2")
    life.story += lines(Entry("h1", Tick(at(0)), (twin,)))
    rungs = views.ladder(story(life), speaker(), at(2))
    said = {message.channel for message in rungs[0].people[0].messages}
    assert {"短信", "短信（另一线路）"} <= said
