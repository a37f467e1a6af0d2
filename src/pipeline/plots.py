"""What is plotted for each task: the tables, and their pictures, by the name of their files."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pipeline import figures, pictures, targets
from pipeline.contract import Contract, Task

# What shuffling a column does to the main metric of the task.
LOSSES: Mapping[Task, str] = {
    "binary": "loss of ROC AUC",
    "multiclass": "rise of log loss",
    "regression": "rise of RMSE",
    "counts": "rise of Poisson deviance",
}


class Plot(NamedTuple):
    """A table for `dvc plots`, and the picture of it."""

    table: pd.DataFrame
    picture: Figure


def of_rows(
    target: np.ndarray,
    score: np.ndarray,
    contract: Contract,
    results: Mapping[str, Any],
    threshold: float | None,
) -> dict[str, Plot]:
    """The plots of the rows that test the model.

    Parameters
    ----------
    target, score : as `targets` makes them.
    results : what metrics/evaluate.json holds.
    """
    if contract.task == "multiclass":
        return _of_classes(target, score, results["classes"], targets.labels(contract))
    if threshold is None:
        return _of_numbers(target, score)
    return _of_two_classes(target, score, results["test"], threshold)


def of_importance(importance: pd.DataFrame, task: Task) -> Plot:
    """The plot of the permutation importance."""
    return Plot(importance, pictures.draw_importance(importance, LOSSES[task]))


def _of_two_classes(
    target: np.ndarray, score: np.ndarray, test: Mapping[str, Any], threshold: float
) -> dict[str, Plot]:
    roc = figures.roc_curve(target, score)
    recall = figures.precision_recall_curve(target, score)
    calibration = figures.calibration(target, score)
    confusion = figures.confusion(target, targets.decisions(score, threshold))
    return {
        "roc": Plot(roc, pictures.draw_roc(roc, test["roc_auc"])),
        "precision_recall": Plot(
            recall, pictures.draw_precision_recall(recall, test["target_rate"])
        ),
        "calibration": Plot(calibration, pictures.draw_calibration(calibration)),
        "confusion": Plot(confusion, pictures.draw_confusion(confusion, threshold)),
    }


def _of_classes(
    target: np.ndarray, score: np.ndarray, classes: Mapping[str, Any], labels: Sequence[str]
) -> dict[str, Plot]:
    confusion = figures.class_confusion(target, targets.decisions(score, None), labels)
    roc = figures.class_roc_curves(target, score, labels)
    areas = {name: found["roc_auc"] for name, found in classes.items()}
    calibration = figures.class_calibration(target, score, labels)
    return {
        "confusion": Plot(confusion, pictures.draw_class_confusion(confusion)),
        "roc": Plot(roc, pictures.draw_class_roc(roc, areas)),
        "calibration": Plot(calibration, pictures.draw_class_calibration(calibration)),
    }


def _of_numbers(target: np.ndarray, score: np.ndarray) -> dict[str, Plot]:
    dots = figures.dots(target, score)
    calibration = figures.mean_calibration(target, score)
    return {
        "predicted": Plot(dots[["predicted", "actual"]], pictures.draw_predicted(dots)),
        "residuals": Plot(dots[["predicted", "residual"]], pictures.draw_residuals(dots)),
        "calibration": Plot(calibration, pictures.draw_mean_calibration(calibration)),
    }
