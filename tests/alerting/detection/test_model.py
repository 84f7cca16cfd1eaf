"""What the trained models make of a window."""

from __future__ import annotations

import numpy as np
import pytest

from alerting.detection.signals import model
from alerting.detection.signals.grid import BEFORE, EARLY, WINDOW, go_on, lies_still
from tests import waves
from tests.builders import at

AT = at("day 1 08:00")


def single(site: str, window: waves.Wave) -> float:
    """Return the score of one look."""
    return model.model(site)._replace(again=float("inf")).score(window)


def test_at_the_wrist_the_mean_of_five_looks_decides() -> None:
    window = model.in_g(waves.knock(AT).wave)
    looks = [single("wrist", model.moved(window[None], shift)[0]) for shift in (-2, -1, 0, 1, 2)]
    assert model.model("wrist").score(window) == pytest.approx(np.mean(looks), abs=1e-4)


def test_what_is_no_fall_and_what_is_at_the_waist_is_looked_at_once() -> None:
    steps = waves.walking(10)
    steps[:, 1] = 1.0 + 1.6 * (steps[:, 1] - 1.0)
    step = model.in_g(waves.knock(AT, steps).wave)
    assert single("wrist", step) < model.AGAIN["wrist"]
    assert model.model("wrist").score(step) == single("wrist", step)
    fall = model.in_g(waves.knock(AT).wave)
    assert model.model("waist").score(fall) == single("waist", fall)


def test_a_moved_window_holds_its_ends() -> None:
    window = np.arange(WINDOW * 3, dtype=np.float32).reshape(1, WINDOW, 3)
    later = model.moved(window, 2)[0]
    assert (later[:-2] == window[0, 2:]).all()
    assert (later[-2:] == window[0, -1]).all()
    assert (model.moved(window, -1)[0, 0] == window[0, 0]).all()


def test_an_early_window_goes_on_as_it_ends() -> None:
    early = model.in_g(waves.knock(AT).wave)[: BEFORE + EARLY]
    whole = go_on(early)
    assert whole.shape == (WINDOW, 3)
    assert (whole[len(early) :] == early[len(early) - WINDOW :]).all()
    wave = np.rint(early * 1000).astype("<i2").tobytes()
    assert model.in_g(wave) == pytest.approx(whole, abs=0.001)
    with pytest.raises(ValueError, match="reshape"):
        model.in_g(wave[:-6])


def test_only_who_was_knocked_hard_and_keeps_still_lies_still() -> None:
    fall = model.in_g(waves.knock(AT).wave)[: BEFORE + EARLY]
    assert lies_still(fall)
    soft = fall.copy()
    soft[BEFORE] *= 1.7 / np.linalg.norm(soft[BEFORE])
    assert not lies_still(soft)
    restless = fall.copy()
    restless[-5] *= 1.3
    assert not lies_still(restless)
    hanging = fall.copy()
    hanging[-12:] *= 0.6
    assert not lies_still(hanging)


@pytest.mark.parametrize("site", model.SITES)
def test_what_is_told_early_scores_more_than_a_fall_needs(site: str) -> None:
    assert model.clear(site) >= model.threshold(site) + 0.1 - 1e-3
