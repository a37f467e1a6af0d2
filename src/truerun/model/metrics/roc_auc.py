"""ROC AUC: how often a row of 1 has a higher score than a row of 0."""

import numpy as np
from sklearn import metrics as sk

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


def _paired(target: Array, base: Side, head: Side) -> Contributions:
    return contributions(target == 1, base.score, head.score)


METRIC = Metric(
    label="ROC AUC",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, s, _: sk.roc_auc_score(y, s),
    paired=_paired,
    needs_all_classes=True,
    in_slices=True,
)
