"""RMSE: the root of the mean squared error, in the target's unit."""

import numpy as np

from truerun.model.metrics.metric import EPSILON, Array, ByParts, Metric


def _value(y: Array, s: Array, _: Array) -> float:
    return float(np.sqrt(np.mean((s - y) ** 2)))


def _parts(y: Array, s: Array, d: Array) -> Array:
    return np.asarray(np.asarray((s - y) ** 2) / max(2 * _value(y, s, d), EPSILON))


METRIC = Metric(
    label="RMSE",
    tasks=("regression", "counts"),
    higher_is_better=False,
    value=_value,
    paired=ByParts(_parts),
    decimals=None,
)
