"""Expected calibration error: how far scores are from the rates of the rows that have them.

After Naeini, Cooper and Hauskrecht (2015), with the bins of `score_bins`. Of several classes it is
the mean of the errors of each class against the others (Kull et al. 2019).

It only describes: few rows of a bin decide on which side it is off, so that neither signs nor draws
of the rows know how sure a difference of two is.
"""

import numpy as np

from truerun.model.metrics.bins import score_bins
from truerun.model.metrics.metric import Array, Metric


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


METRIC = Metric(
    label="calibration error",
    tasks=("binary", "multiclass"),
    higher_is_better=False,
    value=_value,
    paired=None,
)
