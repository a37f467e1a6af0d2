"""What is kept of the scores of several classes, so that their metrics can be expected later.

Sums that have the same size whatever the number of rows, and a few rows themselves: those whose
names have the smallest hashes, which are the same rows in whatever order and parts all are read.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from truerun.model import targets
from truerun.model.metrics.metric import EPSILON

SCALE = 10**9  # of scores and probabilities, so that their sums are whole numbers
STEPS = 1000  # bins of a probability, for what is expected of it
SAMPLE = 2000  # rows that are kept, to draw outcomes of
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def billionths(numbers: Floats) -> Ints:
    """Numbers as whole ones, of the same shape.

    >>> billionths(np.array([0.5])).tolist()
    [500000000]
    """
    whole: Ints = np.rint(np.clip(numbers, -1e9, 1e9) * SCALE).astype(np.int64)
    return whole


def size(classes: int) -> int:
    """How many sums there are of so many classes."""
    return classes**2 + 2 + 2 * classes * STEPS


def sums(scores: Floats, probabilities: Ints) -> Ints:
    """All that metrics of rows need, which adds up; in billionths, of shape (size(classes),).

    Of each class that is decided for the probabilities of all classes; log loss and Brier score; of
    each class and bin of its score the rows, and their probability of it.

    Parameters
    ----------
    scores : of shape (rows, classes).
    probabilities : those that outcomes have, in billionths, of the same shape; of rows that are
        drawn, how many of them are of each class.
    """
    classes = scores.shape[1]
    decision = targets.decisions(scores, None)
    decided = [np.bincount(decision, weights=column, minlength=classes)
               for column in probabilities.T]  # fmt: skip
    lost = -np.log(np.clip(scores, EPSILON, 1))
    squared = (scores**2).sum(axis=1, keepdims=True) + 1 - 2 * scores
    losses = [np.rint((probabilities * each).sum(axis=1)).sum() for each in (lost, squared)]
    places = np.clip(scores * STEPS, 0, STEPS - 1).astype(np.intp) + STEPS * np.arange(classes)
    rows = np.repeat(probabilities.sum(axis=1), classes)
    of_bins = [np.bincount(places.ravel(), weights=each, minlength=classes * STEPS)
               for each in (rows, probabilities.ravel())]  # fmt: skip
    joined = np.concatenate([np.stack(decided, axis=1).ravel(), losses, *of_bins])
    whole: Ints = np.rint(joined).astype(np.int64)
    return whole


def parts(of_rows: Ints, classes: int) -> tuple[Floats, Floats, Floats]:
    """What `sums` joined, as numbers of rows.

    Of shape (classes decided, classes), of shape (2,) and of shape (2, classes, bins).
    """
    decided, losses, of_bins = np.split(of_rows / SCALE, [classes**2, classes**2 + 2])
    return decided.reshape(classes, classes), losses, of_bins.reshape(2, classes, STEPS)


def rows_by_hash(names: Sequence[str], scores: Floats) -> Ints:
    """Rows as their hash and their scores in billionths, of shape (rows, 1 + classes)."""
    hashes = [
        int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=7).digest())
        for name in names
    ]
    return np.column_stack([np.array(hashes, np.int64), billionths(scores)])


def sample(rows: Ints) -> Ints:
    """Those that are kept, of any number of rows of `rows_by_hash`."""
    return rows[np.lexsort(rows.T[::-1])][:SAMPLE]
