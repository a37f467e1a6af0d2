"""Metrics of each task, each with its direction and with the part that every row has in it.

Targets, scores and decisions are arrays as `targets` makes them: decisions of a regression or of
counts are not looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import metrics as sk

from truerun.contract.contract import Task
from truerun.model import targets

BINS = 10
EPSILON = float(np.finfo(np.float64).eps)  # a score this close to wrong costs a finite log loss
TWO = 2

Array = npt.NDArray[Any]
Figure = Callable[[Array, Array, Array], float]
Parts = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True)
class Metric:
    """A figure of how well scores fit a target.

    `value` takes the target, the scores and the decisions. `needs_all` says that it is not defined
    where a class is absent. `parts`, where there is a formula, has an entry for each row, and their
    mean moves as the figure does when some rows count more and others less: for a mean over rows
    these are its terms, for the other figures their influence functions (Hampel 1974), up to a
    constant.
    """

    value: Figure
    higher_is_better: bool
    needs_all: bool = False
    parts: Parts | None = None


def _mean_of(parts: Parts, *, higher_is_better: bool) -> Metric:
    """A metric that is a mean over rows."""
    return Metric(lambda y, s, d: float(parts(y, s, d).mean()), higher_is_better, parts=parts)


def calibration_error(target: Array, score: Array) -> float:
    """Expected calibration error: the mean distance of score and rate over ten bins of rows.

    After Naeini, Cooper and Hauskrecht (2015), with the bins of `score_bins`.
    """
    apart = [
        abs(float(score[part].mean() - target[part].mean())) * len(part)
        for part in score_bins(score)
    ]
    return sum(apart) / len(score)


def score_bins(score: Array) -> list[Array]:
    """Positions of the rows in ten bins of about equally many, by score; equal scores together."""
    order = np.argsort(score, kind="stable")
    cuts = np.linspace(0, len(score), BINS + 1).round().astype(int)[1:-1]
    ordered = score[order]
    cuts = np.searchsorted(ordered, ordered[np.minimum(cuts, len(score) - 1)], side="left")
    return [part for part in np.split(order, np.unique(cuts)) if len(part)]


def _classwise_calibration_error(target: Array, score: Array) -> float:
    """The calibration error of each class against the others, and their mean (Kull et al. 2019)."""
    each = [calibration_error(target == k, score[:, k]) for k in range(score.shape[1])]
    return float(np.mean(each))


def _macro_area(target: Array, score: Array) -> float:
    """ROC AUC of each class against the others, and their mean."""
    each = [sk.roc_auc_score(target == k, score[:, k]) for k in range(score.shape[1])]
    return float(np.mean(each))


def _correct(y: Array, _: Array, d: Array) -> Array:
    return np.asarray(d == y, dtype=np.float64)


def _log_loss(y: Array, s: Array, _: Array) -> Array:
    right = s[np.arange(len(y)), y] if s.ndim > 1 else np.where(y == 1, s, 1 - s)
    return np.asarray(-np.log(np.clip(right, EPSILON, 1)))


def _brier(y: Array, s: Array, _: Array) -> Array:
    if s.ndim == 1:
        return np.asarray((s - y) ** 2)
    return np.asarray(((s - np.eye(s.shape[1])[y]) ** 2).sum(axis=1))


def _squared(y: Array, s: Array, _: Array) -> Array:
    return np.asarray((s - y) ** 2)


def _absolute(y: Array, s: Array, _: Array) -> Array:
    return np.asarray(np.abs(s - y))


def _pinball(level: float) -> Parts:
    """Koenker and Bassett (1978): what is lost if the score were meant as a quantile."""
    return lambda y, s, _: np.maximum(level * (y - s), (level - 1) * (y - s))


def _poisson_deviance(y: Array, s: Array, _: Array) -> Array:
    mean = np.maximum(s, EPSILON)
    return np.asarray(TWO * (np.where(y > 0, y * np.log(np.maximum(y, 1) / mean), 0) - y + mean))


def _rmse(y: Array, s: Array, _: Array) -> float:
    return float(np.sqrt(np.mean((s - y) ** 2)))


def _rmse_parts(y: Array, s: Array, d: Array) -> Array:
    return np.asarray(_squared(y, s, d) / max(TWO * _rmse(y, s, d), EPSILON))


def _r2(y: Array, s: Array, _: Array) -> float:
    return float(sk.r2_score(y, s))


def _r2_parts(y: Array, s: Array, d: Array) -> Array:
    lost, spread = _squared(y, s, d), (y - y.mean()) ** 2
    whole = max(float(spread.mean()), EPSILON)
    return np.asarray(-lost / whole + lost.mean() / whole**2 * spread)


_SQUARED_ERRORS = {
    "rmse": Metric(_rmse, False, parts=_rmse_parts),
    "mae": _mean_of(_absolute, higher_is_better=False),
    "r2": Metric(_r2, True, needs_all=True, parts=_r2_parts),
}

METRICS: Mapping[Task, Mapping[str, Metric]] = {
    "binary": {
        "roc_auc": Metric(lambda y, s, _: sk.roc_auc_score(y, s), True, needs_all=True),
        "average_precision": Metric(
            lambda y, s, _: sk.average_precision_score(y, s), True, needs_all=True
        ),
        "log_loss": _mean_of(_log_loss, higher_is_better=False),
        "brier": _mean_of(_brier, higher_is_better=False),
        "calibration_error": Metric(lambda y, s, _: calibration_error(y, s), False),
        "accuracy": _mean_of(_correct, higher_is_better=True),
        "precision": Metric(lambda y, _, d: sk.precision_score(y, d, zero_division=0.0), True),
        "recall": Metric(lambda y, _, d: sk.recall_score(y, d, zero_division=0.0), True),
        "f1": Metric(lambda y, _, d: sk.f1_score(y, d, zero_division=0.0), True),
    },
    "multiclass": {
        "log_loss": _mean_of(_log_loss, higher_is_better=False),
        "roc_auc_macro": Metric(lambda y, s, _: _macro_area(y, s), True, needs_all=True),
        "brier": _mean_of(_brier, higher_is_better=False),
        "calibration_error": Metric(lambda y, s, _: _classwise_calibration_error(y, s), False),
        "accuracy": _mean_of(_correct, higher_is_better=True),
        "balanced_accuracy": Metric(
            lambda y, s, d: sk.recall_score(
                y, d, labels=np.arange(s.shape[1]), average="macro", zero_division=0.0
            ),
            True,
            needs_all=True,
        ),
        "f1_macro": Metric(
            lambda y, s, d: sk.f1_score(
                y, d, labels=np.arange(s.shape[1]), average="macro", zero_division=0.0
            ),
            True,
        ),
    },
    "regression": {
        **_SQUARED_ERRORS,
        "pinball_10": _mean_of(_pinball(0.1), higher_is_better=False),
        "pinball_90": _mean_of(_pinball(0.9), higher_is_better=False),
    },
    "counts": {
        "poisson_deviance": _mean_of(_poisson_deviance, higher_is_better=False),
        **_SQUARED_ERRORS,
    },
}

# The one that a comparison begins with.
MAIN: Mapping[Task, str] = {
    "binary": "roc_auc",
    "multiclass": "log_loss",
    "regression": "rmse",
    "counts": "poisson_deviance",
}


def evaluate(
    task: Task, target: Array, score: Array, threshold: float | None
) -> dict[str, float | None]:
    """All metrics of a set of rows; None where one is not defined."""
    decision = targets.decisions(score, threshold)
    whole = all_present(target, score)
    return {
        name: float(metric.value(target, score, decision))
        if whole or not metric.needs_all
        else None
        for name, metric in METRICS[task].items()
    }


def all_present(target: Array, score: Array) -> bool:
    """Whether rows of all classes are there; of a target that is a number, two values."""
    classes = score.shape[1] if score.ndim > 1 else TWO
    return len(np.unique(target)) >= classes
