"""From the packs to the weights we ship: `python -m gateway.evaluation.train_falls FOLDER`.

Ridge regression on random-convolution and plain features of every knock, each trial also heard
through worse devices (other rates, gains, offsets, noise, clipping, lost batches). In a fall any
knock may be the fall, so a first model picks the one that looks most like it (multiple-instance
learning), and the everyday knocks it likes best are learned from. Five folds of whole
subjects give every figure and the threshold; the shipped weights are then fitted to all.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from alerting.detection.signals import features as feature
from alerting.detection.signals import grid
from alerting.detection.signals.model import AGAIN, MARGIN, SHIFTS, Model, in_g, moved, own
from devices.recordings.falls import Trial
from gateway.evaluation.variants import LONG_S, Variant, lossy, mild, other
from gateway.evaluation.weights import Fitted, write_biases, write_weights
from gateway.evaluation.windows import Windows, chunks, collect, hear, read_pack

FOLDS = 5
RIDGE = 0.01
"""Of the mean diagonal of the Gram matrix."""
EVERYDAY_WEIGHT = 2.0
"""All everyday knocks together weigh so much more than all falls."""
HARD_MAX = 8
"""So many of a trial's knocks are learned from, those that look most like a fall."""
DAILY = frozenset(("walking", "stairs", "sitting", "standing", "jogging", "kicking"))
DAILY_ABOVE = 0.02
"""In recordings of nothing but these there is to be no alarm at all."""
CLEAR_ABOVE = 0.1
"""What is told a second earlier scores so much more than is a fall, and than anything did that
was none."""
SITES: dict[str, tuple[str, ...]] = {
    "waist": ("dev_sisfall_waist.npz",),
    "wrist": ("dev_weda_wrist.npz", "dev_wisdm_wrist.npz"),
}
COPIES: dict[str, tuple[str, ...]] = {
    "waist": ("plain", "mild", "lost"),
    "wrist": ("plain", "mild", "lost", "mild", "other", "other", "other"),
}
"""Through which devices each trial is heard; the first one as recorded."""
TESTS: dict[str, Variant] = {
    "as recorded": Variant(cut_s=LONG_S),
    "10 % of batches lost": Variant(lost=0.1),
    "10 Hz": Variant(rate_hz=10.0, cut_s=LONG_S),
    "gain 0.9, offset 0.05 g": Variant(gain=0.9, offset_g=(0.05,) * 3, cut_s=LONG_S),
    "gain 1.1, offset -0.05 g": Variant(gain=1.1, offset_g=(-0.05,) * 3, cut_s=LONG_S),
    "gain 0.85, offset 0.08 g": Variant(gain=0.85, offset_g=(0.08,) * 3, cut_s=LONG_S),
    "low-pass of 4 Hz": Variant(band_hz=4.0, cut_s=LONG_S),
    "clipped at 2 g": Variant(clip_g=2.0, cut_s=LONG_S),
}
LEARNING = {name for name in TESTS if not name.startswith("10 %")}
"""These are measured once more on devices that were worn before, and learned of themselves."""
Array = NDArray[np.float32]


class Heard(msgspec.Struct, frozen=True, eq=False):
    """All trials of a site through one kind of device."""

    windows: Windows
    features: Array


def folds(many: list[Trial], seed: int = 0) -> NDArray[np.intp]:
    """Return the fold of each trial: whole subjects, those with falls spread evenly."""
    chance = np.random.default_rng(seed)
    falling = {trial.subject for trial in many if trial.is_fall}
    everyone = {trial.subject for trial in many}
    fold = {}
    for group in (sorted(falling), sorted(everyone - falling)):
        for number, subject in enumerate(chance.permutation(group)):
            fold[str(subject)] = number % FOLDS
    return np.array([fold[trial.subject] for trial in many])


def choose(heard: Heard, falls: NDArray[np.bool_], scores: Array | None) -> NDArray[np.intp]:
    """Return the knocks to learn from: of a fall the best, of other trials the best few.

    Without `scores` the hardest knock is taken for the best.
    """
    best = heard.windows.peak if scores is None else scores
    owner = heard.windows.trial
    order = np.lexsort((-best, owner))
    begins = np.r_[0, np.flatnonzero(np.diff(owner[order])) + 1]
    rank = np.arange(len(order)) - np.repeat(begins, np.diff(np.r_[begins, len(order)]))
    wanted = np.where(falls[owner[order]], 1, HARD_MAX if scores is not None else 2 * HARD_MAX)
    chosen: NDArray[np.intp] = order[rank < wanted]
    return chosen


class Fit:
    """Sums of what was learned from, fold by fold."""

    def __init__(self, width: int, ridge: float) -> None:
        self.ridge = ridge
        self.gram = np.zeros((FOLDS, width, width), np.float32)
        self.right = np.zeros((FOLDS, width), np.float32)

    def add(self, rows: Array, labels: Array, fold: NDArray[np.intp]) -> None:
        """Learn from features of shape (n, d), with labels 1 and -1 and the fold of each."""
        falls = labels > 0
        everyday = EVERYDAY_WEIGHT * falls.sum() / max((~falls).sum(), 1)
        weight = np.where(falls, 1.0, everyday).astype(np.float32)
        for number in range(FOLDS):
            mine = fold == number
            part = rows[mine]
            scaled = part * weight[mine, None]
            self.gram[number] += part.T @ scaled
            self.right[number] += scaled.T @ labels[mine]

    def solve(self, without: int | None) -> Array:
        """Return the weights, learned from all folds but one, or from all."""
        gram = self.gram.sum(0)
        right = self.right.sum(0)
        if without is not None:
            gram -= self.gram[without]
            right -= self.right[without]
        gram[np.diag_indices_from(gram)] += self.ridge * np.trace(gram) / len(gram)
        return np.linalg.solve(gram, right).astype(np.float32)


def learn(
    copies: list[Heard],
    falls: NDArray[np.bool_],
    fold: NDArray[np.intp],
    ridge: float,
    rounds: int = 2,
) -> tuple[list[Array], Array]:
    """Return the weights without each fold, and those of all."""
    chosen = [choose(copy, falls, None) for copy in copies]
    for number in range(rounds):
        fit = Fit(copies[0].features.shape[1], ridge)
        for copy, rows in zip(copies, chosen, strict=True):
            owner = copy.windows.trial[rows]
            labels = np.where(falls[owner], 1.0, -1.0).astype(np.float32)
            fit.add(copy.features[rows], labels, fold[owner])
        apart = [fit.solve(without) for without in range(FOLDS)]
        show(f"  round {number + 1} of {rounds} done")
        if number + 1 < rounds:
            chosen = [choose(c, falls, left_out(c, fold, apart)) for c in copies]
    return apart, fit.solve(None)


def left_out(heard: Heard, fold: NDArray[np.intp], apart: list[Array]) -> Array:
    """Return each knock's score by the weights that never saw its subject."""
    scores = np.empty(len(heard.features), np.float32)
    for number, weights in enumerate(apart):
        mine = fold[heard.windows.trial] == number
        scores[mine] = heard.features[mine] @ weights
    return scores


def of_trials(heard: Heard, scores: Array, count: int) -> Array:
    """Return the best score of each trial; -9 where nothing was hard enough."""
    best = np.full(count, -9.0, np.float32)
    np.maximum.at(best, heard.windows.trial, scores)
    return best


def threshold(scores: Array, falls: NDArray[np.bool_]) -> float:
    """Return the threshold that costs least; a false alarm weighs twice a miss, share by share."""
    steps = np.unique(scores)
    middle = np.r_[steps[0], (steps[1:] + steps[:-1]) / 2]
    hit = np.array([(scores[falls] >= one).mean() for one in middle])
    false = np.array([(scores[~falls] >= one).mean() for one in middle])
    gain = hit - 2.0 * false
    best = np.flatnonzero(gain >= gain.max() - 1e-9)
    return float(middle[best[len(best) // 2]])


def limit_of(
    judged: Array, falls: NDArray[np.bool_], daily: NDArray[np.bool_], known: NDArray[np.bool_]
) -> float:
    """Return the threshold that the `known` trials give; `judged` as of `weighed`.

    It stays above whatever was scored in daily life as recorded, by a little.
    """
    limit = threshold(judged[:, known].ravel(), np.tile(falls[known], len(judged)))
    quiet = judged[0, known & daily]
    return max(limit, float(quiet.max()) + DAILY_ABOVE) if len(quiet) else limit


class Apart(msgspec.Struct, frozen=True, eq=False):
    """What was learned of a site without each fold, to judge the subjects in it."""

    site: str
    biases: Array
    norm: Array
    fold: NDArray[np.intp]
    weights: list[Array]

    def of_knocks(self, heard: Heard) -> Array:
        """Return the score of each knock; several looks at what may be a fall, as when shipped."""
        scores = left_out(heard, self.fold, self.weights)
        near = scores >= AGAIN[self.site]
        if near.any():
            total = scores[near]
            some = heard.windows
            for shift in SHIFTS:
                waves = moved(some.waves[near], shift)
                again = Windows(waves, some.trial[near], some.peak[near])
                made = to_features(again, self.biases, self.norm)
                total += left_out(made, self.fold, self.weights)
            scores[near] = total / (1 + len(SHIFTS))
        return scores

    def of_trials(self, heard: Heard) -> Array:
        """Return the best score of each trial."""
        return of_trials(heard, self.of_knocks(heard), len(self.fold))

    def early(self, heard: Heard) -> Array:
        """Return the best score of each trial 2 s after a knock; -9: nobody lies still then."""
        waves = heard.windows.waves[:, : grid.BEFORE + grid.EARLY]
        still = np.flatnonzero([grid.lies_still(wave) for wave in waves])
        windows = Windows(
            np.stack([grid.go_on(waves[row]) for row in still]),
            heard.windows.trial[still],
            heard.windows.peak[still],
        )
        return self.of_trials(to_features(windows, self.biases, self.norm))

    def worn_before(self, many: list[Trial], variant: Variant, limit: float) -> Array:
        """Return the best score of each trial on devices that were worn before.

        Each subject wore one through the subject's everyday trials, and it learned of itself.
        What stays far below the threshold is -9.
        """
        made = (self.biases, self.norm)
        ends = (limit, AGAIN[self.site])
        models = [Model(*made, one[:-1], float(one[-1]), *ends) for one in self.weights]
        owns = {trial.subject: own(self.site) for trial in many}
        best = np.full(len(many), -9.0, np.float32)
        for is_judged in (False, True):
            for number, trial in enumerate(many):
                if not is_judged and trial.is_fall:
                    continue
                score = models[self.fold[number]].score
                known = owns[trial.subject]
                for knock in hear(trial, variant, number, score, limit - MARGIN, known):
                    if is_judged:
                        best[number] = max(best[number], score(in_g(knock.wave)) + knock.eased)
        return best


def weighed(kinds: tuple[str, ...], copies: list[Heard], scores: Array, apart: Apart) -> Array:
    """Return the scores that set the threshold, shape (k, trials).

    Where other makes of device were learned from, they count as much as the recorded one, so
    that one threshold holds for all.
    """
    makes = [
        apart.of_trials(copy) for kind, copy in zip(kinds, copies, strict=True) if kind == "other"
    ]
    return np.stack([*(scores for _ in makes or (0,)), *makes])


def clear_threshold(early: Array, scores: Array, falls: NDArray[np.bool_], limit: float) -> float:
    """Return from which early score on a trial is told at once.

    No other trial comes near it that the whole window would not tell of, too.
    """
    quiet = ~falls & (scores < limit)
    return CLEAR_ABOVE + max(limit, float(early[quiet].max()))


def by_activity(scores: Array, many: list[Trial], limit: float) -> str:
    """Return which everyday activities raised an alarm, as one line."""
    codes = sorted({trial.code for trial in many if not trial.is_fall})
    hits = {
        code: [score >= limit for score, one in zip(scores, many, strict=True) if one.code == code]
        for code in codes
    }
    return "  trials with an alarm: " + ", ".join(
        f"{code} {sum(hit)}/{len(hit)}" for code, hit in hits.items()
    )


def prepare(many: list[Trial], kind: str, salt: int) -> Windows:
    """Return the knocks of one copy."""
    show(f"  listening to {len(many)} trials ({kind})")
    if kind == "mild":
        return collect(many, lambda number: mild(1_000_000 * salt + number))
    if kind == "other":
        return collect(many, lambda number: other(1_000_000 * salt + number))
    if kind == "lost":
        return collect(many, lambda number: lossy(1_000_000 * salt + number))
    return collect(many, lambda number: Variant(cut_s=LONG_S))


def find_biases(windows: Windows) -> Array:
    """Return the biases: quantiles of what 300 knocks answer, as they are shipped (float16)."""
    chance = np.random.default_rng(1)
    rows = chance.choice(len(windows.waves), min(1500, len(windows.waves)), replace=False)
    made = feature.channels(windows.waves[rows])
    found = []
    for channel in range(feature.CHANNELS):
        for dilation in feature.DILATIONS:
            some = made[chance.choice(len(made), min(300, len(made)), replace=False), channel]
            answers = feature.responses(some, dilation).reshape(-1, feature.KERNELS)
            at = np.linspace(0.0, 1.0, feature.BIASES + 2)[1:-1]
            found.append(np.quantile(answers, at, axis=0))
    return np.array(found).astype(np.float16).astype(np.float32)


def to_features(windows: Windows, biases: Array, norm: Array) -> Heard:
    """Return the knocks with their features and a column of ones."""
    width = feature.CONVOLVED + feature.PLAIN + 1
    rows = np.ones((len(windows.waves), width), np.float32)
    for part in chunks(len(rows)):
        rows[part, :-1] = feature.features(windows.waves[part], biases, norm)
    return Heard(windows, rows)


def report(name: str, scores: Array, many: list[Trial], limit: float) -> str:
    """Return one line of the table."""
    falls = np.array([trial.is_fall for trial in many])
    elders = np.array([trial.is_elder for trial in many])
    hit, false = scores[falls] >= limit, scores[~falls] >= limit
    order = np.argsort(np.argsort(scores)) + 1.0
    count = falls.sum()
    area = (order[falls].sum() - count * (count + 1) / 2) / (count * (~falls).sum())
    return (
        f"  {name:42} sensitivity {100 * hit.mean():6.2f} % ({(~hit).sum()} missed of {count})  "
        f"specificity {100 * (1 - false.mean()):6.2f} % ({false.sum()} false of {len(false)}, "
        f"elders {(scores[~falls & elders] >= limit).sum()})  AUC {area:.5f}"
    )


def train(site: str, many: list[Trial], biases: Array, into: Path) -> None:
    """Write the model of a site, and print its figures on subjects left out."""
    show(f"{site}: {len(many)} trials")
    falls = np.array([trial.is_fall for trial in many])
    fold = folds(many)
    heard = [prepare(many, kind, n) for n, kind in enumerate(COPIES[site])]
    plain = feature.plain(heard[0].waves)
    norm = np.stack([plain.mean(0), plain.std(0) + 1e-6]).astype(np.float32)
    copies = [to_features(windows, biases, norm) for windows in heard]
    weights, together = learn(copies, falls, fold, RIDGE)
    apart = Apart(site, biases, norm, fold, weights)
    scores = apart.of_trials(copies[0])
    judged = weighed(COPIES[site], copies, scores, apart)
    daily = np.array([trial.code in DAILY for trial in many])
    limit = limit_of(judged, falls, daily, fold >= 0)
    early = apart.early(copies[0])
    clear = clear_threshold(early, scores, falls, limit)
    write_weights(into, Fitted(site, together, norm, limit, clear))
    show(f"{site}, subjects left out, threshold {limit:.3f}, after 2 s {clear:.3f}")
    show(
        f"  told after 2 s: {(early[falls] >= clear).sum()} of {falls.sum()} falls, of them "
        f"{(early[falls & (scores < limit)] >= clear).sum()} that the whole window misses"
    )
    nested = np.array([limit_of(judged, falls, daily, fold != n) for n in range(FOLDS)])
    show(report("threshold of other folds", scores - nested[fold] + limit, many, limit))
    show(by_activity(scores, many, limit))
    for name, variant in TESTS.items():
        made = to_features(collect(many, lambda number, v=variant: v), biases, norm)  # type: ignore[misc]
        show(report(name, apart.of_trials(made), many, limit))
        if name in LEARNING:
            show(
                report(f"{name}, worn before", apart.worn_before(many, variant, limit), many, limit)
            )


def show(text: str) -> None:
    """Print at once: this takes an hour."""
    print(text, flush=True)  # noqa: T201


def main() -> None:
    """Train all sites and write the modules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the packs are")
    parser.add_argument("--site", choices=[*SITES], help="only this one")
    parser.add_argument("--into", type=Path, default=Path("alerting/detection/signals"))
    given = parser.parse_args()
    sites = {
        site: [trial for pack in packs for trial in read_pack(given.folder / pack)]
        for site, packs in SITES.items()
    }
    # one set of biases for all sites: from everyday and falling knocks of the wrist
    show("biases")
    biases = find_biases(collect(sites["wrist"], lambda number: Variant(cut_s=LONG_S)))
    write_biases(given.into, biases)
    for site, many in sites.items():
        if given.site in (None, site):
            train(site, many, biases, given.into)
    sys.exit(0)


if __name__ == "__main__":
    main()
