"""F1 of each class against the others, and their mean."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, Metric
from truerun.model.metrics.outcomes import f1_of_classes


def _value(y: Array, s: Array, d: Array) -> float:
    classes = np.arange(s.shape[1])
    return float(sk.f1_score(y, d, labels=classes, average="macro", zero_division=0.0))


METRIC = Metric(
    label="macro F1",
    tasks=("multiclass",),
    higher_is_better=True,
    value=_value,
    paired=f1_of_classes,
)
