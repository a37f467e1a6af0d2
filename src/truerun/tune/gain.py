"""Which parameters are best, and what the search gains, without selection bias."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from truerun.compare import pairs
from truerun.comparison.comparison import MetricDifference
from truerun.model.estimators.ranges import Values
from truerun.tune import folds
from truerun.tune.folds import Array, Rows

ScoreFold = Callable[[Values, int], Array]  # the scores of a fold's rows with some parameters


@dataclass(frozen=True)
class TriedParameters:
    """Parameters, and the metric of each fold with them."""

    values: Values
    figures: tuple[float, ...]


@dataclass(frozen=True)
class Outcome:
    """The current parameters, the best ones, and the gain; None where these are the same."""

    current: Values
    best: Values
    gain: MetricDifference | None


def measure_gain(
    rows: Rows, current: Values, tried: Sequence[TriedParameters], score_fold: ScoreFold
) -> Outcome:
    """Compare what was tried with the current parameters.

    Choosing the best of many by some rows and judging it by the same rows shows a gain where there
    is none. So each fold is scored with the parameters that are best on the other folds, which
    shows what the search does for rows that had no influence on it.
    """
    current_scores = [score_fold(current, fold) for fold in range(rows.folds)]
    figures = tuple(
        folds.metric_value(rows, part, fold) for fold, part in enumerate(current_scores)
    )
    candidates = [TriedParameters(current, figures), *tried]
    best_candidate = best_index(candidates, rows)
    if not best_candidate:
        return Outcome(current, current, None)
    base = np.empty((len(rows.target), *current_scores[0].shape[1:]))
    for fold, part in enumerate(current_scores):
        base[rows.fold == fold] = part
    head = base.copy()
    for fold in range(rows.folds):
        if choice := best_index(candidates, rows, excluded=fold):
            head[rows.fold == fold] = score_fold(candidates[choice].values, fold)
    return Outcome(current, candidates[best_candidate].values, difference(rows, base, head))


def best_index(
    candidates: Sequence[TriedParameters], rows: Rows, excluded: int | None = None
) -> int:
    """The index of the best candidate, the first of equals, by its mean over folds."""
    included = [fold for fold in range(rows.folds) if fold != excluded]
    means = np.array([candidate.figures for candidate in candidates])[:, included].mean(axis=1)
    return int(means.argmax() if rows.higher_is_better else means.argmin())


def difference(rows: Rows, base: Array, head: Array) -> MetricDifference:
    """The main metric of two scores of all rows in folds, with its paired uncertainty."""
    is_scored = rows.fold >= 0
    cluster = np.unique(rows.cluster[is_scored], return_inverse=True)[1]
    sides = rows.target[is_scored], base[is_scored], head[is_scored]
    scored_rows = pairs.undecided(rows.contract.task, *sides, cluster)
    return pairs.differences(scored_rows, [rows.metric])[0]
