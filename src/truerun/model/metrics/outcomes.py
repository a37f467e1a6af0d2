"""Metrics of decisions that are a ratio of two counts, of two classes or of several.

The difference of two ratios a / b is, with means over base and head in place of `mean`,
((a_head - a_base) - mean(a / b) * (b_head - b_base)) / mean(b): to the digit, and row by row. A row
whose decision is the same on both sides has no part in it.
"""

from collections.abc import Callable

import numpy as np

from truerun.model.metrics.metric import Array, Contributions, Paired, Side, Value, share_of

Terms = Callable[[Array, Array], tuple[Array, Array]]


def of_decisions(terms: Terms) -> Value:
    """The ratio itself, of two classes; 0 where there is nothing to divide by."""

    def value(target: Array, _: Array, decision: Array) -> float:
        above, below = (int(part.sum()) for part in terms(target == 1, decision == 1))
        return above / below if below else 0.0

    return value


def ratio(terms: Terms) -> Paired:
    """A ratio of counts: `terms` gives, of positives and of decisions for, each row's parts."""

    def paired(target: Array, base: Side, head: Side) -> Contributions:
        above, below = np.asarray(
            [terms(target == 1, side.decision == 1) for side in (base, head)], dtype=np.float64
        ).swapaxes(0, 1)
        weights = np.mean([share_of(part) for part in below], axis=0)
        counts = below.sum(axis=1)
        if not counts.any():
            return Contributions(np.zeros(len(target)), weights)
        rate = np.mean(above.sum(axis=1) / np.maximum(counts, 1))
        difference = (above[1] - above[0] - rate * (below[1] - below[0])) / counts.mean()
        return Contributions(difference, weights)

    return paired


def f1_of_classes(target: Array, base: Side, head: Side) -> Contributions:
    """The mean over classes of 2 right / (actual + called), as `ratio` of each class has it.

    A decision may be beyond the classes: it is never right.
    """
    classes = head.score.shape[1]
    most = max(classes, *(int(side.decision.max()) + 1 for side in (base, head)))
    actual = np.bincount(target, minlength=most)
    called = np.array([np.bincount(side.decision, minlength=most) for side in (base, head)])
    right = np.array(
        [np.bincount(target[side.decision == target], minlength=most) for side in (base, head)]
    )
    below = (actual + called).astype(np.float64)
    rate = (2 * right / np.maximum(below, 1)).mean(axis=0)
    is_class = np.arange(most) < classes
    scale = np.where(is_class, 1 / np.maximum(below.mean(axis=0), 1) / classes, 0)
    hits = [(side.decision == target).astype(np.float64) for side in (base, head)]
    lost = [(rate * scale)[side.decision] for side in (base, head)]
    difference = 2 * scale[target] * (hits[1] - hits[0]) - (lost[1] - lost[0])
    each = np.where(is_class, 1 / np.maximum(below, 1), 0)
    weights = np.mean(
        [
            share[target] + share[side.decision]
            for share, side in zip(each, (base, head), strict=True)
        ],
        axis=0,
    )
    return Contributions(difference, weights / weights.sum())


def recall_of_classes(target: Array, base: Side, head: Side) -> Contributions:
    """The mean over classes of the share that is decided rightly; all classes have rows."""
    classes = head.score.shape[1]
    weights = 1 / np.bincount(target, minlength=classes)[target] / classes
    hits = [(side.decision == target).astype(np.float64) for side in (base, head)]
    return Contributions((hits[1] - hits[0]) * weights, weights)
