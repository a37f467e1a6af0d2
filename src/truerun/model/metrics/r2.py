"""R²: the share of the target's variance that the scores explain."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import EPSILON, Array, ByParts, Metric


def _value(y: Array, s: Array, _: Array) -> float:
    return float(sk.r2_score(y, s))


def _parts(y: Array, s: Array, _: Array) -> Array:
    lost, spread = np.asarray((s - y) ** 2), (y - y.mean()) ** 2
    whole = max(float(spread.mean()), EPSILON)
    return np.asarray(-lost / whole + lost.mean() / whole**2 * spread)


METRIC = Metric(
    label="R²",
    tasks=("regression", "counts"),
    higher_is_better=True,
    value=_value,
    paired=ByParts(_parts),
    needs_all_classes=True,
)
