"""ROC AUC of each class against the others, and their mean."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, Contributions, Metric, Side
from truerun.model.metrics.roc_auc import contributions


def _value(target: Array, score: Array, _: Array) -> float:
    each = [sk.roc_auc_score(target == k, score[:, k]) for k in range(score.shape[1])]
    return float(np.mean(each))


def _paired(target: Array, base: Side, head: Side) -> Contributions:
    each = [
        contributions(target == k, base.score[:, k], head.score[:, k])
        for k in range(head.score.shape[1])
    ]
    difference, weight = (sum(parts) / len(each) for parts in zip(*each, strict=True))
    return Contributions(difference, weight)


METRIC = Metric(
    label="macro ROC AUC",
    tasks=("multiclass",),
    higher_is_better=True,
    value=_value,
    paired=_paired,
    needs_all_classes=True,
    in_slices=True,
)
