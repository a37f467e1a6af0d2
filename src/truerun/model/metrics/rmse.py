"""RMSE: the root of the mean squared error, in the target's unit."""

import numpy as np

from truerun.model.metrics.metric import Array, Contributions, Metric, Side, evenly


def _value(y: Array, s: Array, _: Array) -> float:
    return float(np.sqrt(np.mean((s - y) ** 2)))


def _paired(y: Array, base: Side, head: Side) -> Contributions:
    # The difference of two roots is a ratio: that of the squares by the sum of the roots. So the
    # test is that of the squared errors, which are symmetric if neither model is better.
    squares = [(side.score - y) ** 2 for side in (base, head)]
    roots = [float(np.sqrt(square.mean())) for square in squares]
    if not sum(roots):
        return evenly(np.zeros(len(y)))
    weight = sum(
        square / root + root for square, root in zip(squares, roots, strict=True) if root
    ) / (2 * len(y) * sum(roots))
    return Contributions((squares[1] - squares[0]) / (len(y) * sum(roots)), np.asarray(weight))


METRIC = Metric(
    label="RMSE",
    tasks=("regression", "counts"),
    higher_is_better=False,
    value=_value,
    paired=_paired,
    in_slices=True,
    decimals=None,
)
