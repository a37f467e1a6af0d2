"""Pinball loss (Koenker and Bassett 1978): what is lost if the score were meant as a quantile."""

import numpy as np

from truerun.model.metrics.metric import Metric, mean_of


def pinball(level: float) -> Metric:
    """The loss of a quantile, in the target's unit.

    >>> over = pinball(0.9)
    >>> over.value(np.array([1.0]), np.array([2.0]), np.array([]))
    0.09999999999999998
    """
    return mean_of(
        lambda y, s, _: np.maximum(level * (y - s), (level - 1) * (y - s)),
        label=f"{100 * level:.0f} % pinball loss",
        tasks=("regression",),
        higher_is_better=False,
        decimals=None,
    )
