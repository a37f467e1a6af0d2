"""Metrics of a binary target, each with its direction."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn import metrics as sk

BINS = 10
EPSILON = float(np.finfo(np.float64).eps)  # a score this close to wrong costs a finite log loss


@dataclass(frozen=True)
class Metric:
    """A figure of how well scores fit a target of 0 and 1.

    `value` takes the target, the scores (probabilities of 1) and the decisions (0 or 1), all of
    shape (rows,). `needs_both` says that it is not defined where one class is absent.
    """

    value: Callable[[np.ndarray, np.ndarray, np.ndarray], float]
    higher_is_better: bool
    needs_both: bool = False


def calibration_error(target: np.ndarray, score: np.ndarray) -> float:
    """Expected calibration error: the mean distance of score and rate over ten bins of rows.

    After Naeini, Cooper and Hauskrecht (2015), with the bins of `score_bins`.
    """
    apart = [
        abs(float(score[part].mean() - target[part].mean())) * len(part)
        for part in score_bins(score)
    ]
    return sum(apart) / len(score)


def score_bins(score: np.ndarray) -> list[np.ndarray]:
    """Positions of the rows in ten bins of about equally many, by score; equal scores together."""
    order = np.argsort(score, kind="stable")
    cuts = np.linspace(0, len(score), BINS + 1).round().astype(int)[1:-1]
    ordered = score[order]
    cuts = np.searchsorted(ordered, ordered[np.minimum(cuts, len(score) - 1)], side="left")
    return [part for part in np.split(order, np.unique(cuts)) if len(part)]


METRICS: dict[str, Metric] = {
    "roc_auc": Metric(lambda y, s, _: sk.roc_auc_score(y, s), True, needs_both=True),
    "average_precision": Metric(lambda y, s, _: sk.average_precision_score(y, s), True, True),
    "log_loss": Metric(lambda y, s, _: sk.log_loss(y, s, labels=[0, 1]), False),
    "brier": Metric(lambda y, s, _: sk.brier_score_loss(y, s, pos_label=1), False),
    "calibration_error": Metric(lambda y, s, _: calibration_error(y, s), False),
    "accuracy": Metric(lambda y, _, d: sk.accuracy_score(y, d), True),
    "precision": Metric(lambda y, _, d: sk.precision_score(y, d, zero_division=0.0), True),
    "recall": Metric(lambda y, _, d: sk.recall_score(y, d, zero_division=0.0), True),
    "f1": Metric(lambda y, _, d: sk.f1_score(y, d, zero_division=0.0), True),
}


# What the means among the metrics are means of, row by row.
ROWS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "log_loss": lambda y, s, _: -np.log(np.clip(np.where(y == 1, s, 1 - s), EPSILON, 1)),
    "brier": lambda y, s, _: (s - y) ** 2,
    "accuracy": lambda y, _, d: (d == y).astype(np.float64),
}


def evaluate(target: np.ndarray, score: np.ndarray, threshold: float) -> dict[str, float | None]:
    """All metrics of a set of rows; None where one is not defined."""
    decision = (score >= threshold).astype(np.int8)
    both = 0 < target.sum() < len(target)
    return {
        name: float(metric.value(target, score, decision))
        if both or not metric.needs_both
        else None
        for name, metric in METRICS.items()
    }
