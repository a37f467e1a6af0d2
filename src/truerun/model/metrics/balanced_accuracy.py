"""Balanced accuracy: of each class the share that is decided rightly, and their mean."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, Metric
from truerun.model.metrics.outcomes import recall_of_classes


def _value(y: Array, s: Array, d: Array) -> float:
    classes = np.arange(s.shape[1])
    return float(sk.recall_score(y, d, labels=classes, average="macro", zero_division=0.0))


METRIC = Metric(
    label="balanced accuracy",
    tasks=("multiclass",),
    higher_is_better=True,
    value=_value,
    paired=recall_of_classes,
    needs_all_classes=True,
)
