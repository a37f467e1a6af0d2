"""Accuracy: the share of decisions that are right."""

import numpy as np

from truerun.model.metrics.metric import Array, mean_of


def _parts(y: Array, _: Array, d: Array) -> Array:
    return np.asarray(d == y, dtype=np.float64)


METRIC = mean_of(_parts, label="accuracy", tasks=("binary", "multiclass"), higher_is_better=True)
