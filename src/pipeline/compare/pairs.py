"""The metrics of two models on the same rows, each difference with its uncertainty."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline import metrics
from pipeline.compare.comparison import Difference
from pipeline.errors import PipelineError
from pipeline.uncertainty import Estimate, bootstrap, mean, roc_areas

SEED = 20130101  # of the bootstrap
METRICS = metrics.METRICS["binary"]
MAIN = metrics.MAIN["binary"]
MEANS = tuple(name for name, metric in METRICS.items() if metric.parts)
CLOSED = (MAIN, *MEANS)  # metrics whose uncertainty is a formula
Draw = npt.NDArray[np.int64]  # how often each cluster counts, shape (clusters,)


@dataclass(frozen=True)
class Pair:
    """A metric of both sides, and the difference, head less base, if it can be told how sure."""

    base: float
    head: float
    difference: Estimate | None


@dataclass(frozen=True)
class Scored:
    """Rows with their target, and the score and the decision of both sides, all of shape (rows,).

    `cluster` numbers the clusters from 0, none left out.
    """

    target: npt.NDArray[np.int8]
    base: npt.NDArray[np.float64]
    head: npt.NDArray[np.float64]
    base_decision: npt.NDArray[np.bool_]
    head_decision: npt.NDArray[np.bool_]
    cluster: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.target)

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1 if len(self) else 0

    def where(self, chosen: npt.NDArray[Any]) -> "Scored":
        """Some of the rows, by a mask or by their numbers; their clusters numbered anew."""
        return Scored(
            self.target[chosen],
            self.base[chosen],
            self.head[chosen],
            self.base_decision[chosen],
            self.head_decision[chosen],
            np.unique(self.cluster[chosen], return_inverse=True)[1],
        )


def scored(
    target: "pd.Series[int]",
    base: "pd.Series[float]",
    head: "pd.Series[float]",
    thresholds: tuple[float, float],
    cluster: "pd.Series[str] | None" = None,
) -> Scored:
    """Rows as the functions of this module take them; without `cluster` each row is its own."""
    scores = [np.asarray(side, dtype=np.float64) for side in (base, head)]
    return Scored(
        np.asarray(target, dtype=np.int8),
        scores[0],
        scores[1],
        scores[0] >= thresholds[0],
        scores[1] >= thresholds[1],
        np.arange(len(target))
        if cluster is None
        else np.unique(cluster.to_numpy().astype(str), return_inverse=True)[1],
    )


def differences(rows: Scored, names: Sequence[str] = tuple(METRICS)) -> list[Difference]:
    """The metrics `names` of both sides; those without a formula by a bootstrap with a fixed seed.

    A metric that is not defined on these rows, for they hold one class alone, is None; so is the
    uncertainty where all rows are of one cluster.
    """
    both = len(rows) > 0 and 0 < int(rows.target.sum()) < len(rows)
    defined = [n for n in names if len(rows) and (both or not METRICS[n].needs_all)]
    found = _means(rows, [name for name in defined if name in MEANS])
    if MAIN in defined:
        found[MAIN] = _areas(rows)
    found |= _resampled(rows, [name for name in defined if name not in CLOSED])
    return [_difference(name, found.get(name)) for name in names]


def _means(rows: Scored, names: Sequence[str]) -> dict[str, Pair]:
    """Means over rows, and their differences with the paired standard error, by cluster."""
    found = {}
    for name in names:
        parts = METRICS[name].parts
        if parts is None:
            continue
        base = parts(rows.target, rows.base, rows.base_decision)
        head = parts(rows.target, rows.head, rows.head_decision)
        estimate = mean(head - base, rows.cluster) if rows.clusters > 1 else None
        found[name] = Pair(float(base.mean()), float(head.mean()), estimate)
    return found


def _areas(rows: Scored) -> Pair:
    """ROC AUC, and its difference by DeLong's paired method, by cluster."""
    try:
        areas = roc_areas(rows.target, np.stack([rows.base, rows.head]), rows.cluster)
    except PipelineError:  # a class is in one cluster alone
        area = METRICS[MAIN].value
        base = area(rows.target, rows.base, rows.base_decision)
        return Pair(base, area(rows.target, rows.head, rows.head_decision), None)
    return Pair(float(areas.area[0]), float(areas.area[1]), areas.difference(1, 0))


def _resampled(rows: Scored, names: Sequence[str]) -> dict[str, Pair]:
    """The metrics that are no mean and no area, and their differences by a paired bootstrap."""
    if not names:
        return {}
    base, head = (
        Weighted(rows.target, score, decision, rows.cluster)
        for score, decision in (
            (rows.base, rows.base_decision),
            (rows.head, rows.head_decision),
        )
    )

    def apart(drawn: Draw) -> list[float]:
        return [head.value(name, drawn) - base.value(name, drawn) for name in names]

    once = np.ones(rows.clusters, dtype=np.int64)
    estimates = bootstrap(apart, rows.cluster, SEED) if rows.clusters > 1 else [None] * len(names)
    return {
        name: Pair(base.value(name, once), head.value(name, once), estimate)
        for name, estimate in zip(names, estimates, strict=True)
    }


class Weighted:
    """Metrics of rows that count as often as their cluster was drawn.

    What does not depend on the draw is done once: the order of the scores, the bins of the
    calibration error (those of the rows as they are), the sums by cluster.
    """

    def __init__(
        self,
        target: npt.NDArray[np.int8],
        score: npt.NDArray[np.float64],
        decision: npt.NDArray[np.bool_],
        cluster: npt.NDArray[np.intp],
    ) -> None:
        order = np.argsort(-score, kind="stable")
        self._ordered = cluster[order]
        self._positive = target[order] == 1
        self._ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
        positive = target == 1
        outcomes = [decision & positive, decision & ~positive, ~decision & positive]
        self._outcomes = np.array([np.bincount(cluster, weights=part) for part in outcomes])
        bins = np.empty(len(score), dtype=np.intp)
        parts = metrics.score_bins(score)
        for number, part in enumerate(parts):
            bins[part] = number
        self._off = np.zeros((int(cluster.max()) + 1, len(parts)))
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
        """A metric, with each cluster counting as often as `drawn` says, shape (clusters,)."""
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


def _difference(name: str, found: Pair | None) -> Difference:
    """A metric as the comparison tells it."""
    metric = METRICS[name]
    estimate = found.difference if found else None
    return Difference(
        metric=name,
        higher_is_better=metric.higher_is_better,
        base=found.base if found else None,
        head=found.head if found else None,
        difference=found.head - found.base if found else None,
        low=estimate.low if estimate else None,
        high=estimate.high if estimate else None,
        p_value=min(1.0, estimate.p_value) if estimate else None,
        detectable=estimate.detectable if estimate else None,
        verdict=estimate.verdict(metric.higher_is_better) if estimate else "unknown",
    )
