"""F1 of each class against the others, and their mean."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, ByBootstrap, Metric
from truerun.model.metrics.outcomes import of_confusion


def _value(y: Array, s: Array, d: Array) -> float:
    classes = np.arange(s.shape[1])
    return float(sk.f1_score(y, d, labels=classes, average="macro", zero_division=0.0))


def _formula(right: Array, actual: Array, called: Array) -> float:
    return float(np.mean(2 * right / np.maximum(actual + called, 1)))


METRIC = Metric(
    label="macro F1",
    tasks=("multiclass",),
    higher_is_better=True,
    value=_value,
    paired=ByBootstrap(of_confusion(_formula)),
)
