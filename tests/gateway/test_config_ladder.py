"""Rosters, deputies and default orders in the file: what is taken, and what is refused."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from alerting.duty import on_duty
from alerting.household import Confirm, IncidentKind, Order, Resident
from alerting.incident import Outcome
from devices.observation import HelpCall
from gateway import calendars
from gateway.config import ConfigError, Settings, load
from tests.builders import PANEL, Life, at, told

TODAY = date(2026, 9, 1)

BASE = """
[desk]
phone = "023-12345678"

[[responder]]
id = "cadre"
name = "刘干部"
role = "village_official"
phone = "+85251000001"
deputies = ["grid"]
away = [[2026-10-01, "2026-10-07"]]

[[responder]]
id = "grid"
name = "吴网格员"
role = "grid_worker"
phone = "+85251000002"

[[responder]]
id = "helper"
name = "帮扶干部"
role = "support_official"
phone = "+85251000003"

[[responder]]
id = "daughter"
name = "王芳"
role = "relative"
phone = "+85251000004"

[[household]]
id = "h1"
code = "A1001"
name = "王秀兰家"
residents = [{ name = "王秀兰" }]
team = { village_official = ["cadre"], support_official = ["helper"], relative = ["daughter"] }
device = [{ id = "h1-button", profile = "native", role = "call_button" }]
"""
ROSTER = """
[[roster]]
id = "town"
name = "镇值班"
swaps = []

[[roster.shift]]
name = "白班"
from = "08:00"
to = "20:00"
who = ["cadre", "grid"]
turns = "daily"

[[roster.shift]]
name = "夜班"
from = "20:00"
to = "08:00"
who = ["helper"]
"""


def loaded(folder: Path, text: str, today: date = TODAY) -> Settings:
    file = folder / "gateway.toml"
    file.write_text(text)
    return load(file, {}, serving=False, today=today)


def with_team(more: str) -> str:
    """Return the file with one more role in the home's team."""
    return BASE.replace('relative = ["daughter"] }', f'relative = ["daughter"], {more} }}')


def wrong(folder: Path, text: str, today: date = TODAY) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, today)
    return [problem.said("en") for problem in caught.value.problems]


class TestDefaults:
    def test_without_a_policy_each_kind_has_its_order(self, tmp_path: Path) -> None:
        settings = loaded(tmp_path, BASE)
        home = settings.households["h1"]
        need = home.policy(IncidentKind.FALL)
        assert [step.tier for step in need.steps] == ["村", "镇街和家庭"]
        assert [p.id for p in need.steps[0].responders] == ["cadre"]
        assert [p.id for p in need.steps[0].copies] == ["helper"]
        assert [p.id for p in need.steps[1].responders] == ["daughter"]
        assert need.deputies == {"cadre": ("grid",)}
        health = home.policy(IncidentKind.HEALTH)
        assert [step.tier for step in health.steps] == ["村和家庭"], "no doctor in the team"
        service = home.policy(IncidentKind.SERVICE)
        assert [p.id for p in service.steps[0].responders] == ["helper"]
        assert "emergency" in settings.defaults

    def test_who_cancelled_at_night_and_does_not_answer_is_not_left_until_the_morning(
        self, tmp_path: Path
    ) -> None:
        """The call-back's visit is told after a quarter of an hour, whenever that is."""
        home = loaded(tmp_path, BASE).households["h1"]
        home = msgspec.structs.replace(
            home,
            devices={PANEL.id: PANEL},
            residents=(Resident("王秀兰", phone="+85251000099"),),
        )
        life = Life(home, "day 1 22:00")
        life.happens(HelpCall(at("day 1 23:00"), "panel", id="a:1"))
        life.closes("day 1 23:01", "cadre", Outcome.MISTAKE)
        life.until("day 1 23:04")
        assert life.incident.kind is IncidentKind.VISIT
        assert told(life.until("day 1 23:20")) == ["helper/sms"]

    def test_somebody_who_may_be_lost_is_for_the_police(self, tmp_path: Path) -> None:
        text = BASE.replace(
            'relative = ["daughter"] }', 'relative = ["daughter"], police = ["grid"] }'
        )
        home = loaded(tmp_path, text).households["h1"]
        lost = home.policy(IncidentKind.INACTIVITY, "out")
        assert [p.id for p in lost.steps[0].responders] == ["grid", "cadre"]
        still = home.policy(IncidentKind.INACTIVITY, "")
        assert [p.id for p in still.steps[0].responders] == ["cadre"]

    def test_faults_go_to_the_technician_and_not_to_the_daughter(self, tmp_path: Path) -> None:
        text = BASE.replace(
            'relative = ["daughter"] }', 'relative = ["daughter"], technician = ["grid"] }'
        )
        settings = loaded(tmp_path, text)
        for home in settings.households.values():
            people = {p.id for p in home.policy(IncidentKind.TECHNICAL).responders}
            assert "daughter" not in people
        assert not [w for w in settings.warnings if "faults" in w.said("en")]

    def test_where_nobody_repairs_one_is_warned(self, tmp_path: Path) -> None:
        settings = loaded(tmp_path, BASE)
        (said,) = [w.said("en") for w in settings.warnings if "faults" in w.said("en")]
        assert said.startswith("household[h1].team: has nobody for repairs")
        assert "the family would be told of device faults" in said
        assert settings.households["gateway"].policy(IncidentKind.TECHNICAL).steps

    def test_a_team_that_no_default_reaches_is_refused(self, tmp_path: Path) -> None:
        text = re.sub("team = .*", 'team = { freind = ["daughter"] }', BASE)
        (said,) = [line for line in wrong(tmp_path, text) if "default order" in line]
        assert "the default order reaches nobody here; roles: village_official, grid_worker" in said

    def test_a_file_with_policies_gets_only_the_one_for_faults(self, tmp_path: Path) -> None:
        policy = '[[policy]]\nid="p"\nkinds=["emergency"]\n'
        policy += '[[policy.step]]\ntier="x"\nwho=["relative"]\nwait="1m"\n'
        settings = loaded(tmp_path, BASE + policy)
        assert settings.defaults == ("technical",)
        assert settings.households["h1"].policy(IncidentKind.HEALTH).steps[0].tier == "x"


class TestSteps:
    def test_everything_a_step_can_say(self, tmp_path: Path) -> None:
        policy = """
[[policy]]
id = "p"
kinds = ["emergency"]
deputy_after = "90s"
confirm_every = "2m"
[[policy.step]]
tier = "村"
who = ["village_official", "relative"]
wait = "3m"
order = "one_by_one"
each = "40s"
confirm = "everybody"
copy = ["support_official"]
"""
        made = loaded(tmp_path, BASE + policy).households["h1"].policy(IncidentKind.EMERGENCY)
        (step,) = made.steps
        assert (step.order, step.each.seconds) == (Order.ONE_BY_ONE, 40)
        assert step.confirm is Confirm.EVERYBODY
        assert (made.deputy_after.seconds, made.confirm_every.seconds) == (90, 120)
        assert step.responders[0].away == (("2026-10-01", "2026-10-07"),)

    def test_deputies_of_a_role_and_in_turn(self, tmp_path: Path) -> None:
        text = BASE.replace(
            "device = [",
            'deputies = { relative = ["helper"], village_official = ["daughter"] }\ndevice = [',
        )
        made = loaded(tmp_path, text).households["h1"].policy(IncidentKind.EMERGENCY)
        assert made.deputies["cadre"] == ("grid", "daughter")
        assert made.deputies["daughter"] == ("helper",)
        assert {"grid", "helper"} <= {person.id for person in made.others}

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('deputies = ["grid"]', 'deputies = ["grit"]', "'grit'; did you mean 'grid'?"),
            ('deputies = ["grid"]', 'deputies = ["cadre"]', "nobody is their own deputy"),
            ('"2026-10-07"]]', '"2026-09-07"]]', "is not pairs of dates, first and last"),
            ('"2026-10-07"]]', '"October"]]', '"October" is not a date; write 2026-10-01'),
            ("device = [", 'deputies = { a = ["grid"] }\ndevice = [', "is not a role of the team"),
        ],
    )  # fmt: skip
    def test_what_cannot_be(self, tmp_path: Path, old: str, new: str, said: str) -> None:
        assert any(said in line for line in wrong(tmp_path, BASE.replace(old, new)))


class TestRosters:
    def test_it_stands_in_a_team(self, tmp_path: Path) -> None:
        text = BASE.replace(
            'relative = ["daughter"] }', 'relative = ["daughter"], town_desk = ["town"] }'
        )
        settings = loaded(tmp_path, text + ROSTER)
        step = settings.households["h1"].policy(IncidentKind.EMERGENCY).steps[1]
        (duty,) = step.rosters
        night = datetime(2026, 9, 1, 23, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
        assert on_duty(duty, night) == ("helper",)
        assert not [
            w for w in settings.warnings if "in no team" in w.said("en") and "grid" in w.where
        ]

    def test_a_hole_is_refused_and_named(self, tmp_path: Path) -> None:
        text = BASE + ROSTER.replace('to = "08:00"', 'to = "06:30"')
        (said,) = wrong(tmp_path, text)
        assert said.startswith(
            "roster[town]: nobody is on duty: 2026-09-01 06:30-08:00, 2026-09-02 06:30-08:00, "
        )
        assert " more" in said

    def test_a_swap_that_leaves_nobody_names_the_shift(self, tmp_path: Path) -> None:
        swap = 'swaps = [{ on = 2026-10-01, shift = "夜班", who = [] }]'
        text = BASE + ROSTER.replace("swaps = []", swap)
        (said,) = wrong(tmp_path, text)
        assert said == "roster[town]: nobody is on duty: 夜班 2026-10-01 20:00 – 2026-10-02 08:00"

    def test_a_hole_on_a_public_holiday_is_found_beforehand(self, tmp_path: Path) -> None:
        text = BASE + ROSTER.replace('turns = "daily"', 'days = ["workday"]')
        found = wrong(tmp_path, text, date(2026, 10, 1))
        assert found[0].startswith("roster[town]: nobody is on duty: 2026-10-01 08:00-20:00")
        worked = wrong(tmp_path, text, date(2026, 10, 10))
        assert "2026-10-10" not in worked[0], "a Saturday that is made up for"
        assert worked[0].startswith("roster[town]: nobody is on duty: 2026-10-11 08:00-20:00")

    def test_its_first_day_begins_with_its_first_shift(self, tmp_path: Path) -> None:
        text = BASE + ROSTER.replace("swaps = []", "first = 2026-09-10")
        assert loaded(tmp_path, text).rosters["town"].first == "2026-09-10"

    @pytest.mark.parametrize(
        ("today", "is_warned"), [(date(2026, 9, 16), False), (date(2026, 9, 17), True)]
    )
    def test_fourteen_days_before_its_end_one_is_warned(
        self, tmp_path: Path, today: date, is_warned: bool
    ) -> None:
        text = BASE + ROSTER.replace("swaps = []", "last = 2026-09-30")
        said = [w.said("en") for w in loaded(tmp_path, text, today).warnings if "roster" in w.where]
        assert bool(said) is is_warned
        assert loaded(tmp_path, text, date(2026, 12, 1)), "a gateway must start all the same"

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('who = ["helper"]', 'who = ["helpr"]', "'helpr'; did you mean 'helper'?"),
            ('turns = "daily"', 'days = ["Mon"]', "'Mon' is unknown; did you mean 'mon'?"),
            ('turns = "daily"', 'turns = "monthly"', '"monthly" is unknown'),
            ('name = "夜班"', 'name = "白班"', "is the name of another shift of this roster"),
            ('id = "town"', 'id = "grid"', "'grid' is the id of a [[responder]] already"),
            ("[]", '[{ on = 2026-10-01, shift = "晚班", who = ["grid"] }]', "no shift '晚班'"),
            ("swaps = []", "first = 2026-10-02\nlast = 2026-10-01", "is before 2026-10-02"),
            ("swaps = []", 'last = "2026-02-30"', '"2026-02-30" is not a date'),
        ],
    )  # fmt: skip
    def test_what_cannot_be(self, tmp_path: Path, old: str, new: str, said: str) -> None:
        found = wrong(tmp_path, BASE + ROSTER.replace(old, new, 1))
        assert any(said in line for line in found), found

    def test_a_roster_without_shifts(self, tmp_path: Path) -> None:
        (said,) = wrong(tmp_path, BASE + '[[roster]]\nid = "town"\nname = "镇值班"\n')
        assert said == "roster[town].shift: there is none; write at least one [[roster.shift]]"


def test_the_calendar_knows_the_weekends_that_are_worked() -> None:
    off, work = calendars.resolved([2026])
    assert {"2026-10-01", "2026-02-20"} <= set(off)
    assert {"2026-09-20", "2026-10-10"} <= set(work)
    assert calendars.known_until() >= 2026
    assert calendars.resolved([calendars.known_until() + 1]) == ((), ())


NEED = """
[[policy]]
id = "need"
kinds = ["emergency"]

[[policy.step]]
tier = "村"
who = ["village_official"]
wait = "3m"
"""
SOME = """
[[policy]]
id = "some"
kinds = ["{kind}"]
about = ["{about}"]

[[policy.step]]
tier = "村"
who = ["village_official"]
wait = "3m"
"""


class TestSomeSortsOfAKind:
    @pytest.mark.parametrize(
        ("kind", "about", "said"),
        [
            ("inactivity", "wanderng", "did you mean 'wandering'?"),
            ("fall", "out", "there is no 'out' among what is fall"),
            ("technical", "battery", "there are: blind_sensor, button, fall_sensor, vitals"),
        ],
    )
    def test_what_never_happens_is_refused(
        self, tmp_path: Path, kind: str, about: str, said: str
    ) -> None:
        (found,) = wrong(tmp_path, BASE + NEED + SOME.format(kind=kind, about=about))
        assert found.startswith("policy[some].about: ")
        assert said in found

    def test_of_two_who_live_together_each_has_it(self, tmp_path: Path) -> None:
        doctor = SOME.format(kind="health", about="vitals").replace("village_official", "relative")
        home = loaded(tmp_path, BASE + NEED + doctor).households["h1"]
        for group in ("vitals", "vitals 王秀兰"):
            told = home.policy(IncidentKind.HEALTH, group).responders
            assert [person.id for person in told] == ["daughter"], group


class TestFaultsOfTheGatewayItself:
    @pytest.mark.parametrize(("more", "role"), [("", "techncian"), (NEED, "maintainer")])
    def test_a_team_that_nobody_tells_is_refused(
        self, tmp_path: Path, more: str, role: str
    ) -> None:
        (found,) = wrong(tmp_path, f'{BASE}{more}\n[gateway]\nteam = {{ {role} = ["grid"] }}\n')
        assert found.startswith("gateway.team: nobody here is told of the gateway's own faults")


class TestSwaps:
    @pytest.mark.parametrize(
        ("swaps", "said"),
        [
            (
                '{ on = 2026-10-01, shift = "上午", who = ["grid"] }',
                "no shift '上午' begins on 2026-10-01",
            ),
            (
                '{ on = 2026-09-02, shift = "夜班", who = ["grid"] }, '
                '{ on = 2026-09-02, shift = "夜班", who = ["cadre"] }',
                "shift '夜班' on 2026-09-02 is given away twice",
            ),
        ],
    )
    def test_who_would_wait_in_vain_is_named(self, tmp_path: Path, swaps: str, said: str) -> None:
        morning = '\n[[roster.shift]]\nname = "上午"\nfrom = "09:00"\nto = "12:00"\n'
        morning += 'who = ["cadre"]\ndays = ["workday"]\n'
        text = BASE + ROSTER.replace("swaps = []", f"swaps = [{swaps}]") + morning
        (found,) = wrong(tmp_path, text)
        assert found.startswith("roster[town].swaps: ")
        assert said in found


def test_a_roster_that_would_get_no_copies_is_pointed_out(tmp_path: Path) -> None:
    text = BASE.replace('support_official = ["helper"]', 'support_official = ["town"]') + ROSTER
    said = [one.said("en") for one in loaded(tmp_path, text).warnings]
    assert (
        "household[h1].team.support_official: nobody of the roster 'town' gets copies; "
        "name the people who should" in said
    )


class TestWhoIsToldInsteadOfOthers:
    CALLS = NEED.replace("kinds =", 'channels = ["voice"]\nkinds =')
    TEXTS = 'phone = "+8525100000{}"\nchannels = ["sms"]'

    def texts_only(self, text: str, number: int) -> str:
        return text.replace(f'phone = "+8525100000{number}"', self.TEXTS.format(number))

    def test_a_deputy_whom_the_policy_cannot_tell_is_refused(self, tmp_path: Path) -> None:
        (found,) = wrong(tmp_path, self.texts_only(BASE, 2) + self.CALLS)
        assert found == "policy[need].channels: grid takes sms only, and this policy sends voice"

    def test_so_is_the_deputy_of_a_role(self, tmp_path: Path) -> None:
        text = self.texts_only(BASE, 3).replace(
            'code = "A1001"', 'code = "A1001"\ndeputies = { village_official = ["helper"] }'
        )
        (found,) = wrong(tmp_path, text + self.CALLS)
        assert found == "policy[need].channels: helper takes sms only, and this policy sends voice"

    def test_so_is_whoever_takes_over_a_shift(self, tmp_path: Path) -> None:
        swap = 'swaps = [{ on = 2026-10-01, shift = "白班", who = ["daughter"] }]'
        text = self.texts_only(BASE, 4).replace('= ["cadre"],', '= ["town"],')
        (found,) = wrong(tmp_path, text + self.CALLS + ROSTER.replace("swaps = []", swap))
        assert (
            found == "policy[need].channels: daughter takes sms only, and this policy sends voice"
        )


class TestWhatMessagesSay:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("A1001", "jiangpan-village-1", "household[h1].code: has 18 characters"),
            ("[desk]", '[gateway]\nid = "jiangpan-town-1"\n[desk]', "gateway.id: has 15"),
            ("A1001", "2", 'household[h1].code: "2" is an answer by itself'),
            ("023-12345678", "023-12345678 / 13800138000", "desk.phone: has 26 characters"),
            ("[desk]", 'signature = "某县某镇某村关爱平台值班室"\n[desk]', "signature: has 13"),
        ],
    )
    def test_what_would_be_cut_or_taken_for_an_answer_is_refused(
        self, tmp_path: Path, old: str, new: str, said: str
    ) -> None:
        (found,) = wrong(tmp_path, BASE.replace(old, new))
        assert found.startswith(said)

    def test_codes_that_are_the_same_in_a_reply_are_refused(self, tmp_path: Path) -> None:
        home = "[[household]]" + BASE.partition("[[household]]")[2]
        (found,) = wrong(tmp_path, BASE + home.replace("h1", "h2").replace("A1001", "a1001"))
        assert found.startswith('household[h2].code: "a1001" and "A1001" are the same in a reply')
