"""The metrics of each task: a file for each metric, with all that is known of it.

A metric's name is that of its file, and its place in reports is that in `NAMES`.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import get_args

import numpy as np

from truerun.base.tasks import Task
from truerun.model import targets
from truerun.model.metrics.metric import Array, Metric
from truerun.model.tasks import TASKS

NAMES = (
    "roc_auc",
    "average_precision",
    "log_loss",
    "roc_auc_macro",
    "brier",
    "calibration_error",
    "accuracy",
    "precision",
    "recall",
    "f1",
    "balanced_accuracy",
    "f1_macro",
    "poisson_deviance",
    "rmse",
    "mae",
    "r2",
    "pinball_10",
    "pinball_90",
)


def _metric(name: str) -> Metric:
    metric: Metric = import_module(f"{__name__}.{name}").METRIC
    return metric


_ALL = {name: _metric(name) for name in NAMES}
METRICS: Mapping[Task, Mapping[str, Metric]] = {
    task: {name: metric for name, metric in _ALL.items() if task in metric.tasks}
    for task in get_args(Task)
}


def main_metric(task: Task) -> Metric:
    """The metric that a comparison begins with.

    >>> main_metric("regression").label
    'RMSE'
    """
    return METRICS[task][TASKS[task].main_metric]


def evaluate(
    task: Task, target: Array, score: Array, threshold: float | None
) -> dict[str, float | None]:
    """All metrics of a set of rows; None where one is not defined."""
    decision = targets.decisions(score, threshold)
    whole = all_present(target, score)
    return {
        name: float(metric.value(target, score, decision))
        if whole or not metric.needs_all_classes
        else None
        for name, metric in METRICS[task].items()
    }


def all_present(target: Array, score: Array) -> bool:
    """Whether rows of all classes are there; of a target that is a number, two values.

    >>> all_present(np.array([0, 0, 1]), np.array([0.2, 0.1, 0.9]))
    True
    >>> all_present(np.array([0, 0]), np.array([0.2, 0.1]))
    False
    """
    classes = score.shape[1] if score.ndim > 1 else 2
    return len(np.unique(target)) >= classes
