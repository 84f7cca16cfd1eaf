"""`guanai evaluate falls`: the table is what the engine concluded."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from devices.errors import PackError
from devices.recordings.falls import Trial
from gateway.cli.commands import guanai
from gateway.evaluation import train_falls
from gateway.evaluation.falls import in_words, judge_all, table
from gateway.evaluation.variants import Variant
from gateway.evaluation.windows import read_pack
from tests import waves

PACKS = Path(os.environ.get("GUANAI_DATA", Path(__file__).parents[3] / "shared" / "data")) / "falls"


def pack(folder: Path) -> Path:
    """Write a pack of two falls and two walks."""
    lives = [waves.a_fall(), waves.a_fall(before=4), waves.walking(20), waves.standing(20)]
    whole = np.concatenate(lives)
    path = folder / "small_waist.npz"
    np.savez(
        path,
        key=np.array(["a", "b", "c", "d"]),
        subject=np.array(["S1", "S2", "S1", "S2"]),
        code=np.array(["F01", "F01", "D01", "D02"]),
        is_fall=np.array([True, True, False, False]),
        elder=np.array([False, False, True, False]),
        fs=np.full(4, 50.0, np.float32),
        n=np.array([len(life) for life in lives]),
        acc=np.rint(whole * 1000).astype(np.int16),
    )
    return path


def test_the_table_counts_trials(tmp_path: Path) -> None:
    trials = read_pack(pack(tmp_path))
    found = table("p", "waist", judge_all(trials, "waist", Variant()))
    assert (found.falls, found.missed, found.everyday, found.false) == (2, 0, 2, 0)
    assert (found.sensitivity, found.specificity, found.auc) == (1.0, 1.0, 1.0)
    assert found.by_code == {"D01": (1, 0), "D02": (1, 0), "F01": (2, 2)}
    assert found.delay_p95_seconds <= 4.0
    assert "0 missed of 2" in in_words([found])


def test_a_worse_device_is_heard_and_its_lost_time_is_blind(tmp_path: Path) -> None:
    trials = read_pack(pack(tmp_path))
    lossy = table("p", "waist", judge_all(trials, "waist", Variant(lost=0.3)))
    assert lossy.blind_hours > 0
    once = judge_all(trials, "waist", Variant())
    cut = judge_all(trials, "waist", Variant(cut_s=0.13))
    assert [one.score for one in cut] == [one.score for one in once]


def test_who_lies_still_is_told_of_within_three_seconds(tmp_path: Path) -> None:
    trials = read_pack(pack(tmp_path))
    found = table("p", "waist", judge_all(trials, "waist", Variant()))
    assert found.delay_max_seconds <= 3.0
    assert found.within_3_seconds == 1.0


def test_a_device_worn_before_has_learned_of_itself(tmp_path: Path) -> None:
    """Two trials teach too little to change anything; that it learns is tested with the stage."""
    trials = read_pack(pack(tmp_path))
    fresh = judge_all(trials, "waist", Variant())
    assert judge_all(trials, "waist", Variant(), is_worn_on=True) == fresh


def test_the_command_prints_and_refuses(tmp_path: Path) -> None:
    run = CliRunner().invoke
    path = str(pack(tmp_path))
    done = run(guanai, ["--lang", "en", "evaluate", "falls", path, "--rate", "10", "--trials"])
    assert done.exit_code == 0, done.output
    assert "sensitivity" in done.output
    assert "% within 3 s" in done.output
    worn = ["evaluate", "falls", path, "--gain", "0.9", "--band", "5", "--worn-on", "--json"]
    done = run(guanai, worn)
    assert done.exit_code == 0, done.output
    done = run(guanai, ["evaluate", "falls", path, "--json"])
    line = next(line for line in done.output.splitlines() if line.startswith("{"))
    assert json.loads(line)["falls"] == 2
    (tmp_path / "bad.npz").write_bytes(b"no archive")
    done = run(guanai, ["--lang", "en", "evaluate", "falls", str(tmp_path / "bad.npz")])
    assert done.exit_code == 1
    with pytest.raises(PackError, match="cannot be read"):
        read_pack(tmp_path / "absent.npz")


def test_subjects_are_never_in_two_folds() -> None:
    still = np.zeros((20, 3), np.float32)
    trials = [Trial(str(n), f"S{n % 11}", "F", n % 2 == 0, False, 50.0, still) for n in range(110)]
    fold = train_falls.folds(trials)
    for subject in {trial.subject for trial in trials}:
        assert len({fold[n] for n, trial in enumerate(trials) if trial.subject == subject}) == 1
    assert set(fold) == set(range(train_falls.FOLDS))


def test_the_threshold_parts_what_can_be_parted() -> None:
    scores = np.array([-1.0, -0.5, 0.2, 0.6, 0.9], np.float32)
    falls = np.array([False, False, False, True, True])
    assert 0.2 < train_falls.threshold(scores, falls) < 0.6


@pytest.mark.skipif(not PACKS.is_dir(), reason="no recordings (GUANAI_DATA): not measured here")
@pytest.mark.parametrize(
    ("name", "site"), [("dev_sisfall_waist", "waist"), ("dev_weda_wrist", "wrist")]
)
def test_real_falls_are_found(name: str, site: str) -> None:
    """Every 20th trial only; the shipped weights have seen them, so this is no quality figure."""
    trials = read_pack(PACKS / f"{name}.npz")[::20]
    found = table(name, site, judge_all(trials, site, Variant()))
    assert found.sensitivity is not None
    assert found.specificity is not None
    assert found.sensitivity >= 0.95
    assert found.specificity >= 0.95
