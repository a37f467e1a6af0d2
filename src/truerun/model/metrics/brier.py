"""Brier score: the mean squared distance of the probabilities from what came true."""

import numpy as np

from truerun.model.metrics.metric import Array, mean_of


def _parts(y: Array, s: Array, _: Array) -> Array:
    if s.ndim == 1:
        return np.asarray((s - y) ** 2)
    return np.asarray(((s - np.eye(s.shape[1])[y]) ** 2).sum(axis=1))


METRIC = mean_of(
    _parts, label="Brier score", tasks=("binary", "multiclass"), higher_is_better=False
)
