"""Log loss: the mean negative logarithm of the probability of what came true."""

import numpy as np

from truerun.model.metrics.metric import EPSILON, Array, mean_of


def _parts(y: Array, s: Array, _: Array) -> Array:
    right = s[np.arange(len(y)), y] if s.ndim > 1 else np.where(y == 1, s, 1 - s)
    return np.asarray(-np.log(np.clip(right, EPSILON, 1)))


METRIC = mean_of(_parts, label="log loss", tasks=("binary", "multiclass"), higher_is_better=False)
