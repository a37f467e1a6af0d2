"""Bins of rows by score, for what holds mean scores against what came of the rows."""

import numpy as np

from truerun.model.metrics.metric import Array

BINS = 10


def score_bins(score: Array) -> list[Array]:
    """Positions of the rows in ten bins of about equally many, by score; equal scores together.

    >>> [part.tolist() for part in score_bins(np.array([0.9, 0.1, 0.9]))]
    [[1], [0, 2]]
    """
    order = np.argsort(score, kind="stable")
    cuts = np.linspace(0, len(score), BINS + 1).round().astype(int)[1:-1]
    ordered = score[order]
    cuts = np.searchsorted(ordered, ordered[np.minimum(cuts, len(score) - 1)], side="left")
    return [part for part in np.split(order, np.unique(cuts)) if len(part)]
