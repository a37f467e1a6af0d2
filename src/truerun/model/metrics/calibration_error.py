"""Expected calibration error: how far scores are from the rates of the rows that have them.

After Naeini, Cooper and Hauskrecht (2015), with the bins of `score_bins`. Of several classes it is
the mean of the errors of each class against the others (Kull et al. 2019).
"""

import numpy as np

from truerun.model.metrics.bins import bin_numbers, score_bins
from truerun.model.metrics.metric import Array, Contributions, Metric, Side, evenly


def calibration_error(target: Array, score: Array) -> float:
    """The mean distance of score and rate over ten bins of rows.

    Of the rows with a score of 0.25 half are 1, so these scores are too low by 0.25:

    >>> calibration_error(np.array([0, 1, 1, 1]), np.array([0.25, 0.25, 1.0, 1.0]))
    0.125
    """
    apart = [
        abs(float(score[part].mean() - target[part].mean())) * len(part)
        for part in score_bins(score)
    ]
    return sum(apart) / len(score)


def _value(target: Array, score: Array, _: Array) -> float:
    if score.ndim == 1:
        return calibration_error(target, score)
    each = [calibration_error(target == k, score[:, k]) for k in range(score.shape[1])]
    return float(np.mean(each))


def _terms(target: Array, score: Array) -> Array:
    """What each row has in the error, with the bins and the side on which each is off as they are.

    Scores that are right in truth are off by chance on this side or that; a change of side is not
    counted, so that differences of well calibrated models seem less sure than they are.
    """
    bins, count = bin_numbers(score)
    off = score - target
    side = np.sign(np.bincount(bins, weights=off, minlength=count))
    return np.asarray(side[bins] * off)


def _paired(target: Array, base: Side, head: Side) -> Contributions:
    before, after = (_of_side(target, side.score) for side in (base, head))
    return evenly(after - before)


def _of_side(target: Array, score: Array) -> Array:
    if score.ndim == 1:
        return _terms(target, score)
    classes = range(score.shape[1])
    return np.asarray(np.mean([_terms(target == k, score[:, k]) for k in classes], axis=0))


METRIC = Metric(
    label="calibration error",
    tasks=("binary", "multiclass"),
    higher_is_better=False,
    value=_value,
    paired=_paired,
)
