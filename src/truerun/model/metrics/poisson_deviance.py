"""Poisson deviance: how unlikely counts are, were the scores the means of Poisson distributions."""

import numpy as np

from truerun.model.metrics.metric import EPSILON, Array, mean_of


def _parts(y: Array, s: Array, _: Array) -> Array:
    mean = np.maximum(s, EPSILON)
    return np.asarray(2 * (np.where(y > 0, y * np.log(np.maximum(y, 1) / mean), 0) - y + mean))


METRIC = mean_of(_parts, label="Poisson deviance", tasks=("counts",), higher_is_better=False)
