"""`who-would-be-told` names who is on duty at that time, deputies, and the next in line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alerting.household import IncidentKind
from gateway.cli.ladder import lines
from gateway.config import load
from gateway.foresight import foresee
from tests.gateway.test_config_ladder import ROSTER, with_team

STEPS = """
[[policy]]
id = "p"
kinds = ["emergency"]
rounds = 1
[[policy.step]]
tier = "村"
who = ["village_official"]
wait = "3m"
[[policy.step]]
tier = "镇"
who = ["town_desk"]
wait = "5m"
"""


def told(folder: Path, at: str) -> str:
    file = folder / "gateway.toml"
    file.write_text(
        with_team('town_desk = ["town"]') + STEPS + ROSTER.replace('["helper"]', '["daughter"]')
    )
    home = load(file, {}, serving=False).households["h1"]
    begins = datetime.fromisoformat(at).replace(tzinfo=home.tz).astimezone(UTC)
    moments = foresee(home, IncidentKind.EMERGENCY, begins)
    policy = home.policy(IncidentKind.EMERGENCY)
    return "\n".join(line.zh for line in lines(moments, begins, policy, home.tz))


def test_by_night_and_by_day(tmp_path: Path) -> None:
    assert "镇  王芳" in told(tmp_path, "2027-01-05 23:00")
    assert "镇  王芳" not in told(tmp_path, "2027-01-05 12:00")


def test_the_deputy_has_a_line_of_their_own(tmp_path: Path) -> None:
    rows = [row.split() for row in told(tmp_path, "2027-01-05 23:00").splitlines()]
    (index,) = [number for number, row in enumerate(rows) if "代理人" in " ".join(row)]
    assert rows[index] == ["+1m", "23:01", "刘干部未接单，通知代理人吴网格员"]
    who, ways = rows[index + 1][0], " ".join(rows[index + 1][1:])
    assert who.startswith("吴网格员（网格员）+")
    assert ways == "短信 + 电话", "a deputy is told by ways, too"
