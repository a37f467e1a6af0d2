"""ROC AUC: how often a row of 1 has a higher score than a row of 0."""

import numpy as np

from truerun.model.metrics.metric import Array, Contributions, Metric, Side
from truerun.model.uncertainty import components


def contributions(positive: Array, base: Array, head: Array) -> Contributions:
    """The structural components of the areas (DeLong, DeLong and Clarke-Pearson 1988).

    An area is the mean of the components of the rows of 1, and as well that of the rows of 0: what
    the classes share is taken off by halves.
    """
    areas, of_ones, of_zeros = components(positive, np.stack([base, head]))
    apart = areas[1] - areas[0]
    difference, weight = np.empty(len(positive)), np.empty(len(positive))
    for rows, own in ((positive, of_ones), (~positive, of_zeros)):
        count = int(rows.sum())
        difference[rows] = (own[1] - own[0] - apart / 2) / count
        weight[rows] = 1 / (2 * count)
    return Contributions(difference, weight)


def area(target: Array, score: Array) -> float:
    """As scikit-learn's `roc_auc_score` has it, to the last bit, without its checks of the input.

    For some thousand rows these take ten times as long as the area, and a permutation importance
    needs it often.

    Parameters
    ----------
    target : shape (rows,), of 0 and 1, both of which occur.
    score : shape (rows,), of finite numbers.
    """
    order = np.argsort(-score)
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)  # of equal scores
    ones = np.cumsum(target[order], dtype=np.float64)[last]
    zeros = 1 + last - ones
    corner = np.full(len(last), True)  # what lies on a line between others is left out
    corner[1:-1] = (np.diff(zeros, 2) != 0) | (np.diff(ones, 2) != 0)
    of_ones, of_zeros = (np.append(0.0, count[corner]) / count[-1] for count in (ones, zeros))
    return float(np.trapezoid(of_ones, of_zeros))


def _paired(target: Array, base: Side, head: Side) -> Contributions:
    return contributions(target == 1, base.score, head.score)


METRIC = Metric(
    label="ROC AUC",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, s, _: area(y, s),
    paired=_paired,
    needs_all_classes=True,
    in_slices=True,
)
