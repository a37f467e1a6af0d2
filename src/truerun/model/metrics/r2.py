"""R²: the share of the target's variance that the scores explain."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, Contributions, Metric, Side


def _value(y: Array, s: Array, _: Array) -> float:
    return float(sk.r2_score(y, s))


def _paired(y: Array, base: Side, head: Side) -> Contributions:
    # A ratio: of the squared errors that are gained to the target's spread, so that rows weigh as
    # they spread. What is gained has no part of the other, and is symmetric if neither is better.
    spread = (y - y.mean()) ** 2
    gained = (base.score - y) ** 2 - (head.score - y) ** 2
    whole = float(spread.sum())
    if not whole:  # targets so close that the squares are 0: no row counts
        return Contributions(np.zeros(len(y)), np.zeros(len(y)))
    return Contributions(gained / whole, spread / whole)


METRIC = Metric(
    label="R²",
    tasks=("regression", "counts"),
    higher_is_better=True,
    value=_value,
    paired=_paired,
    in_slices=True,
    needs_all_classes=True,
)
