"""Balanced accuracy: of each class the share that is decided rightly, and their mean."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, ByBootstrap, Metric
from truerun.model.metrics.outcomes import of_confusion


def _value(y: Array, s: Array, d: Array) -> float:
    classes = np.arange(s.shape[1])
    return float(sk.recall_score(y, d, labels=classes, average="macro", zero_division=0.0))


def _formula(right: Array, actual: Array, _: Array) -> float:
    """Not defined (NaN) where a class was not drawn."""
    return float(np.mean(right / actual)) if actual.all() else float("nan")


METRIC = Metric(
    label="balanced accuracy",
    tasks=("multiclass",),
    higher_is_better=True,
    value=_value,
    paired=ByBootstrap(of_confusion(_formula)),
    needs_all_classes=True,
)
