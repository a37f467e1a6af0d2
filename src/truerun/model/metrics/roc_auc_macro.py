"""ROC AUC of each class against the others, and their mean."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, ByAreas, Metric
from truerun.model.uncertainty import roc_areas_macro


def _value(target: Array, score: Array, _: Array) -> float:
    each = [sk.roc_auc_score(target == k, score[:, k]) for k in range(score.shape[1])]
    return float(np.mean(each))


METRIC = Metric(
    label="macro ROC AUC",
    tasks=("multiclass",),
    higher_is_better=True,
    value=_value,
    paired=ByAreas(roc_areas_macro),
    needs_all_classes=True,
)
