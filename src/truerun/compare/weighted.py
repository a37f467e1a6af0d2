"""Metrics without a formula, of rows that count as often as a bootstrap drew their cluster.

What does not depend on the draw is done once: the order of the scores, the bins of the calibration
error (those of the rows as they are), the sums by cluster.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from truerun.contract.contract import Task
from truerun.model import metrics

Draw = npt.NDArray[np.int64]  # how often each cluster counts, shape (clusters,)
Array = npt.NDArray[Any]


class Weighted(Protocol):
    """The scores of one side."""

    def value(self, name: str, drawn: Draw) -> float:
        """A metric, with each cluster counting as often as `drawn` says."""


class WeightedBinary:
    """The metrics of a binary task."""

    def __init__(self, target: Array, score: Array, decision: Array, cluster: Array) -> None:
        order = np.argsort(-score, kind="stable")
        self._ordered = cluster[order]
        self._positive = target[order] == 1
        self._ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
        positive, called = target == 1, decision == 1
        outcomes = [called & positive, called & ~positive, ~called & positive]
        self._outcomes = np.array([np.bincount(cluster, weights=part) for part in outcomes])
        bins, count = _bins(score)
        self._off = np.zeros((int(cluster.max()) + 1, count))
        np.add.at(self._off, (cluster, bins), score - target)
        self._rows = np.bincount(cluster)
        self._values: Mapping[str, Callable[[Draw], float]] = {
            "average_precision": self._average_precision,
            "calibration_error": self._calibration_error,
            "precision": lambda drawn: self._of_outcomes(drawn, "precision"),
            "recall": lambda drawn: self._of_outcomes(drawn, "recall"),
            "f1": lambda drawn: self._of_outcomes(drawn, "f1"),
        }

    def value(self, name: str, drawn: Draw) -> float:
        """A metric, with each cluster counting as often as `drawn` says."""
        return self._values[name](drawn)

    def _average_precision(self, drawn: Draw) -> float:
        weight = drawn[self._ordered]
        hits = np.cumsum(weight * self._positive)[self._ends]
        called = np.cumsum(weight)[self._ends]
        if not hits[-1]:
            return float("nan")
        gained = np.diff(hits, prepend=0)
        return float(np.sum(gained * hits / np.maximum(called, 1)) / hits[-1])

    def _calibration_error(self, drawn: Draw) -> float:
        return float(np.abs(drawn @ self._off).sum() / (drawn @ self._rows))

    def _of_outcomes(self, drawn: Draw, name: str) -> float:
        right, wrong, lost = self._outcomes @ drawn
        called = {"precision": right + wrong, "recall": right + lost}
        if name == "f1":
            both = 2 * right + wrong + lost
            return float(2 * right / both) if both else 0.0
        return float(right / called[name]) if called[name] else 0.0


class WeightedClasses:
    """The metrics of a multiclass task.

    Sums by cluster are sparse: of many small clusters, each has rows in few cells of the confusion
    matrix and in few bins. A decision may be beyond the classes: it is never right.
    """

    def __init__(self, target: Array, score: Array, decision: Array, cluster: Array) -> None:
        rows, classes = score.shape
        clusters = int(cluster.max()) + 1
        self._shape = classes, max(classes, int(decision.max()) + 1)
        cells = target.astype(np.intp) * self._shape[1] + decision
        self._confusion = sparse.csr_array(
            (np.ones(rows), (cells, cluster)), shape=(classes * self._shape[1], clusters)
        )
        off = score - np.eye(classes)[target]
        bins = np.stack([_bins(score[:, k])[0] + k * metrics.BINS for k in range(classes)], axis=1)
        self._off = sparse.csr_array(
            (off.ravel(), (bins.ravel(), np.repeat(cluster, classes))),
            shape=(classes * metrics.BINS, clusters),
        )
        self._rows = np.bincount(cluster)
        self._values: Mapping[str, Callable[[Draw], float]] = {
            "calibration_error": self._calibration_error,
            "balanced_accuracy": self._balanced_accuracy,
            "f1_macro": self._f1_macro,
        }

    def value(self, name: str, drawn: Draw) -> float:
        """A metric, with each cluster counting as often as `drawn` says."""
        return self._values[name](drawn)

    def _calibration_error(self, drawn: Draw) -> float:
        return float(np.abs(self._off @ drawn).sum() / (drawn @ self._rows) / self._shape[0])

    def _balanced_accuracy(self, drawn: Draw) -> float:
        """Not defined (NaN) where a class was not drawn."""
        right, actual, _ = self._outcomes(drawn)
        return float(np.mean(right / actual)) if actual.all() else float("nan")

    def _f1_macro(self, drawn: Draw) -> float:
        right, actual, called = self._outcomes(drawn)
        return float(np.mean(2 * right / np.maximum(actual + called, 1)))

    def _outcomes(self, drawn: Draw) -> tuple[Array, Array, Array]:
        """Of each class the rows that are decided rightly, all rows, and all decided for it."""
        confusion = (self._confusion @ drawn).reshape(self._shape)
        classes = self._shape[0]
        return confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)[:classes]


def of(task: Task, target: Array, score: Array, decision: Array, cluster: Array) -> Weighted:
    """The metrics of a task that have no formula, for weights by cluster.

    Parameters
    ----------
    target, score, decision : as `targets` makes them, of shape (rows,) or (rows, classes).
    cluster : shape (rows,), numbers from 0, none left out.
    """
    kind = WeightedClasses if task == "multiclass" else WeightedBinary
    return kind(target, score, decision, cluster)


def _bins(score: Array) -> tuple[Array, int]:
    """The number of each row's bin, and how many bins there are."""
    parts = metrics.score_bins(score)
    bins = np.empty(len(score), dtype=np.intp)
    for number, part in enumerate(parts):
        bins[part] = number
    return bins, len(parts)
