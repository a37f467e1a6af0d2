"""Expected calibration error: how far scores are from the rates of the rows that have them.

After Naeini, Cooper and Hauskrecht (2015), with the bins of `score_bins`. Of several classes it is
the mean of the errors of each class against the others (Kull et al. 2019).
"""

import numpy as np
from scipy import sparse

from truerun.model.metrics.bins import BINS, bin_numbers, score_bins
from truerun.model.metrics.metric import Array, ByBootstrap, Draw, Metric, Weighted


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


def _weighted(target: Array, score: Array, _: Array, cluster: Array) -> Weighted:
    """With the bins of the rows as they are, whatever is drawn."""
    return (_of_two if score.ndim == 1 else _of_several)(target, score, cluster)


def _of_two(target: Array, score: Array, cluster: Array) -> Weighted:
    bins, count = bin_numbers(score)
    off = np.zeros((int(cluster.max()) + 1, count))
    np.add.at(off, (cluster, bins), score - target)
    rows = np.bincount(cluster)

    def value(drawn: Draw) -> float:
        return float(np.abs(drawn @ off).sum() / (drawn @ rows))

    return value


def _of_several(target: Array, score: Array, cluster: Array) -> Weighted:
    classes = score.shape[1]
    distance = score - np.eye(classes)[target]
    numbered = [bin_numbers(score[:, k])[0] + k * BINS for k in range(classes)]
    bins = np.stack(numbered, axis=1)
    off = sparse.csr_array(
        (distance.ravel(), (bins.ravel(), np.repeat(cluster, classes))),
        shape=(classes * BINS, int(cluster.max()) + 1),
    )
    rows = np.bincount(cluster)

    def value(drawn: Draw) -> float:
        return float(np.abs(off @ drawn).sum() / (drawn @ rows) / classes)

    return value


METRIC = Metric(
    label="calibration error",
    tasks=("binary", "multiclass"),
    higher_is_better=False,
    value=_value,
    paired=ByBootstrap(_weighted),
)
