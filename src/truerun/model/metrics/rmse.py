"""RMSE: the root of the mean squared error, in the target's unit."""

import numpy as np

from truerun.model.metrics.metric import EPSILON, Array, Contributions, Metric, Side, evenly


def _value(y: Array, s: Array, _: Array) -> float:
    return float(np.sqrt(np.mean((s - y) ** 2)))


def _paired(y: Array, base: Side, head: Side) -> Contributions:
    before, after = (_value(y, *side) for side in (base, head))
    parts = [
        (side.score - y) ** 2 / max(2 * root, EPSILON)
        for side, root in ((base, before), (head, after))
    ]
    return evenly(parts[1] - parts[0] + (after - before) / 2)


METRIC = Metric(
    label="RMSE",
    tasks=("regression", "counts"),
    higher_is_better=False,
    value=_value,
    paired=_paired,
    in_slices=True,
    decimals=None,
)
