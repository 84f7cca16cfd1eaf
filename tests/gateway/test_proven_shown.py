"""What must prove itself, as pages and `guanai proven` list it: the never proven first."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.household import Household, IncidentKind, Policy, Resident, Step
from gateway import owed
from gateway.cli import main
from gateway.cli.proving import lines
from gateway.config.settings import GATEWAY_HOUSEHOLD
from gateway.i18n import gettext_for
from gateway.store.rows import Proof
from gateway.store.store import Store
from gateway.web.context import Home
from gateway.web.proofs import HEADS, OPEN_MAX, Proved, chapters, shown
from gateway.web.views import Speaker
from tests.builders import SOS, at, household, minutes, person

DEMO = Path(__file__).parents[2] / "gateway" / "demo.toml"
NOW = at("day 90 09:00")
DAY = timedelta(days=1)
DAUGHTER = person("daughter", channels=("sms",))
WARD = person("ward", channels=("sms",))
PLAN = {IncidentKind.EMERGENCY: Policy((Step("家庭", (DAUGHTER,), minutes(1)),))}


def home(routes: dict[str, Policy] | None = None) -> Household:
    return household(SOS, policies=PLAN, routes=routes or {})


def rows(homes: list[Household], *known: Proof, language: str = "zh") -> list[Proved]:
    by = Speaker(language, gettext_for(language), {one.id: Home(one) for one in homes})
    return shown(owed.table(homes, known), by, NOW)


def told(homes: list[Household], *known: Proof, language: str = "zh") -> list[str]:
    zones = {one.id: one.tz for one in homes}
    found = rows(homes, *known, language=language)
    return list(lines(found, zones, ZoneInfo("Asia/Shanghai"), gettext_for(language)))


def test_all_that_is_owed_is_there_though_nothing_was_ever_proven() -> None:
    found = [(one.proof.kind, one.of, one.proof.path, one.at) for one in rows([home()])]
    assert found == [
        ("gateway", "press", "", None),
        ("path", "twilio", "sms", None),
        ("contact", "daughter", "sms twilio", None),
        ("button", "h1/sos", "", None),
    ]


def test_whoever_any_ladder_names_is_owed_a_proof() -> None:
    routes = {"health/vitals": Policy((Step("村医", (WARD,), minutes(1)),))}
    known = {one.of for one in rows([home(routes=routes)])}
    assert {"daughter", "ward"} <= known


def test_what_is_not_there_any_more_is_left_out() -> None:
    gone = (
        Proof(kind="contact", name="son", path="sms twilio", proven_at=NOW),
        Proof(kind="contact", name="daughter", path="sms modem", proven_at=NOW),
        Proof(kind="path", name="modem", path="sms", proven_at=NOW),
        Proof(kind="button", name="h1/panel", proven_at=NOW),
    )
    assert len(rows([home()], *gone)) == 4
    by_unknown = Proof(kind="contact", name="daughter", path="sms", proven_at=NOW)
    assert len(rows([home()], by_unknown)) == 5, "an answer of which nobody knows who carried it"


def test_the_gateway_own_homes_owe_nothing() -> None:
    ours = household(id=GATEWAY_HOUSEHOLD, residents=())
    assert {one.of for one in rows([ours])} == {"press"}


KNOWN = (
    Proof(kind="gateway", name="press", proven_at=NOW, how="canary"),
    Proof(kind="path", name="twilio", path="sms", proven_at=NOW - DAY * 30, how="receipt"),
    Proof(
        kind="contact",
        name="daughter",
        path="sms twilio",
        proven_at=NOW - DAY * 50,
        asked_at=NOW - DAY * 2,
        how="drill",
    ),
)


def test_what_needs_a_look_is_first_and_times_are_the_homes_own() -> None:
    assert told([home()], *KNOWN) == [
        "时间为当地时间：Asia/Shanghai",
        "从未证明可用: 1",
        "  呼叫键  A1001 卧室呼叫器 (h1/sos)",
        "太久没有证明，或演练未答复: 1",
        "  2026-04-10 09:00  联系人  王芳 (daughter)  短信 twilio  答复了演练  "
        "演练未答复 (2026-05-28)",
        "两周内没有证明: 1",
        "  2026-04-30 09:00  途径  twilio  短信  手机回执",
        "两周内证明可用: 1",
        "  2026-05-30 09:00  全程  从按键到通知  自检呼叫走完全程",
    ]


def test_in_english() -> None:
    said = told([home()], *KNOWN, language="en")
    assert said[1:3] == ["Never proven: 1", "  Button  A1001 bedroom call button (h1/sos)"]
    assert said[4].endswith("not confirmed in a drill (2026-05-28)")


def test_homes_of_several_zones_are_told_apart() -> None:
    west = household(
        SOS,
        id="h2",
        zone="Asia/Urumqi",
        residents=(Resident("李"),),
        policies={IncidentKind.EMERGENCY: Policy((Step("家庭", (WARD,), minutes(1)),))},
    )
    proof = Proof(kind="button", name="h2/sos", proven_at=NOW, how="press")
    said = told([home(), west], proof)
    assert said[0] == "时间为当地时间：Asia/Shanghai, Asia/Urumqi"
    assert any(line.startswith("  2026-05-30 07:00 Asia/Urumqi  呼叫键") for line in said)


def test_on_the_page_a_person_is_one_row_under_the_worst_of_their_ways() -> None:
    both = person("daughter")
    plan = {IncidentKind.EMERGENCY: Policy((Step("家庭", (both,), minutes(1)),))}
    homes = [household(SOS, policies=plan)]
    never, good = chapters(rows(homes, *KNOWN))
    assert [group.name for group in never.groups] == ["twilio", "王芳", "A1001 卧室呼叫器"]
    assert [one.proof.path for one in never.groups[1].ways] == ["voice twilio", "sms twilio"]
    assert (never.state, never.is_open) == ("bad", True)
    assert (never.head, good.head) == (HEADS["never"], HEADS["good"])


def test_of_a_county_only_what_needs_a_look_first_is_unfolded() -> None:
    people = tuple(person(f"p{number:03}", channels=("sms",)) for number in range(OPEN_MAX + 20))
    plan = {IncidentKind.EMERGENCY: Policy((Step("家庭", people, minutes(1)),))}
    known = [
        Proof(kind="contact", name=one.id, path="sms twilio", proven_at=NOW, how="drill")
        for one in people[:-5]
    ]
    found = chapters(rows([household(SOS, policies=plan)], *known))
    assert [(len(one.groups), one.is_open) for one in found] == [(8, True), (55, False)]


async def test_the_command_reads_what_is_configured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store.open(tmp_path / "guanai.db")
    store.note_proof(Proof(kind="path", name="twilio", path="sms", proven_at=NOW, how="receipt"))
    await store.close()
    given = ["--lang", "en", "proven", "--config", str(DEMO), "--data", str(tmp_path)]
    with pytest.raises(SystemExit) as ended:
        main(given)
    output = capsys.readouterr().out
    assert ended.value.code == 0
    assert output.startswith("Times are local: Asia/Shanghai\nNever proven: ")
    assert "  Button  A1001 living room call button (h1/h1-panel)" in output
    with pytest.raises(SystemExit):
        main([*given, "--json"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"never"} == {one["state"] for one in found if one["proven_at"] is None}
    assert sum(one["proven_at"] is not None for one in found) == 1
