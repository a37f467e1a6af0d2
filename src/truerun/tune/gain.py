"""Which parameters are best, and what the search gains, without being flattered by its choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from truerun.compare import pairs
from truerun.comparison.comparison import MetricDifference
from truerun.tune import folds
from truerun.tune.folds import Array, Rows
from truerun.tune.ranges import Values

Scored = Callable[[Values, int], Array]  # the scores of a fold's rows with some parameters


@dataclass(frozen=True)
class Tried:
    """Parameters, and the metric of each fold with them."""

    values: Values
    figures: tuple[float, ...]


@dataclass(frozen=True)
class Outcome:
    """The present parameters, the best ones, and the gain; None where these are the same."""

    present: Values
    best: Values
    gain: MetricDifference | None


def outcome(rows: Rows, present: Values, tried: Sequence[Tried], scored: Scored) -> Outcome:
    """Hold what was tried against the present parameters.

    Who takes the best of many by some rows and judges it by the same rows finds a gain where there
    is none. So each fold is scored with the parameters that are best on the other folds: what is
    compared is what the search does for rows that had no say in it.
    """
    parts = [scored(present, fold) for fold in range(rows.folds)]
    figures = tuple(folds.value(rows, part, fold) for fold, part in enumerate(parts))
    candidates = [Tried(present, figures), *tried]
    first = best(candidates, rows)
    if not first:
        return Outcome(present, present, None)
    base = np.empty((len(rows.target), *parts[0].shape[1:]))
    for fold, part in enumerate(parts):
        base[rows.fold == fold] = part
    head = base.copy()
    for fold in range(rows.folds):
        if chosen := best(candidates, rows, leave=fold):
            head[rows.fold == fold] = scored(candidates[chosen].values, fold)
    return Outcome(present, candidates[first].values, difference(rows, base, head))


def best(candidates: Sequence[Tried], rows: Rows, leave: int | None = None) -> int:
    """The number of the best, the first of several, by its mean over folds, or all but one."""
    kept = [fold for fold in range(rows.folds) if fold != leave]
    means = np.array([one.figures for one in candidates])[:, kept].mean(axis=1)
    return int(means.argmax() if rows.higher_is_better else means.argmin())


def difference(rows: Rows, base: Array, head: Array) -> MetricDifference:
    """The main metric of two scores of all rows, with its paired uncertainty."""
    compared = pairs.undecided(rows.contract.task, rows.target, base, head, rows.cluster)
    return pairs.differences(compared, [rows.metric])[0]
