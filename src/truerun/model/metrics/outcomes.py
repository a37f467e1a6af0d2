"""Decisions of two classes by what became of them, and of several as a confusion matrix."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from truerun.model.metrics.metric import Array, Draw, Weighted


def of_outcomes(
    formula: Callable[[float, float, float], float],
) -> Callable[[Array, Array, Array, Array], Weighted]:
    """A metric of a binary task from its true positives, false positives and false negatives."""

    def weighted(target: Array, _: Array, decision: Array, cluster: Array) -> Weighted:
        positive, called = target == 1, decision == 1
        parts = [called & positive, called & ~positive, ~called & positive]
        by_cluster = np.array([np.bincount(cluster, weights=part) for part in parts])

        def value(drawn: Draw) -> float:
            return float(formula(*(by_cluster @ drawn)))

        return value

    return weighted


def of_confusion(
    formula: Callable[[Array, Array, Array], float],
) -> Callable[[Array, Array, Array, Array], Weighted]:
    """A metric of a multiclass task from three figures of each class.

    These are the rows that are decided rightly, all rows, and all that are decided for it. A
    decision may be beyond the classes: it is never right. Sums by cluster are sparse: of many small
    clusters, each has rows in few cells of the confusion matrix.
    """

    def weighted(target: Array, score: Array, decision: Array, cluster: Array) -> Weighted:
        rows, classes = score.shape
        shape = classes, max(classes, int(decision.max()) + 1)
        cells = target.astype(np.intp) * shape[1] + decision
        by_cluster = sparse.csr_array(
            (np.ones(rows), (cells, cluster)),
            shape=(classes * shape[1], int(cluster.max()) + 1),
        )

        def value(drawn: Draw) -> float:
            confusion = (by_cluster @ drawn).reshape(shape)
            right, called = confusion.diagonal(), confusion.sum(axis=0)[:classes]
            return float(formula(right, confusion.sum(axis=1), called))

        return value

    return weighted
