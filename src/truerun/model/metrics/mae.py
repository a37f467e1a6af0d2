"""MAE: the mean absolute error, in the target's unit."""

import numpy as np

from truerun.model.metrics.metric import Array, mean_of


def _parts(y: Array, s: Array, _: Array) -> Array:
    return np.asarray(np.abs(s - y))


METRIC = mean_of(
    _parts, label="MAE", tasks=("regression", "counts"), higher_is_better=False, decimals=None
)
