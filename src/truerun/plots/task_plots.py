"""What is plotted for each task: the tables, and their pictures, by the name of their files."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from truerun.base.tasks import Task
from truerun.contract.contract import Contract
from truerun.model import targets
from truerun.model.metrics import main_metric
from truerun.plots import drawings, plot_data


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
    return _of_two_classes(target, score, results["test"], threshold, contract.class_names)


def of_importance(importance: pd.DataFrame, task: Task) -> Plot:
    """The plot of the permutation importance."""
    metric = main_metric(task)
    change = "loss" if metric.higher_is_better else "rise"
    return Plot(importance, drawings.draw_importance(importance, f"{change} of {metric.label}"))


def of_value(
    worth: tuple[np.ndarray, np.ndarray],
    score: np.ndarray,
    label: str,
    thresholds: tuple[float, float | None],
) -> Plot:
    """The plot of what decisions of two classes are worth from each threshold on.

    Parameters
    ----------
    worth : as `value.of_decisions` makes it.
    thresholds : the present one, and the best one where it is known.
    """
    curve = plot_data.value_curve(worth, score, [at for at in thresholds if at is not None])
    return Plot(curve, drawings.draw_value(curve, label, thresholds))


def _of_two_classes(
    target: np.ndarray,
    score: np.ndarray,
    test: Mapping[str, Any],
    threshold: float,
    names: Sequence[str],
) -> dict[str, Plot]:
    confusion = plot_data.confusion(target, targets.decisions(score, threshold), names)
    roc = plot_data.roc_curve(target, score)
    recall = plot_data.precision_recall_curve(target, score)
    gains = plot_data.gains(target, score)
    scores = plot_data.scores_by_class(target, score, names)
    calibration = plot_data.calibration(target, score)
    rate = test["target_rate"]
    return {
        "roc": Plot(roc, drawings.draw_roc(roc, test["roc_auc"], confusion, names)),
        "precision_recall": Plot(
            recall, drawings.draw_precision_recall(recall, rate, confusion, names)
        ),
        "gains": Plot(gains, drawings.draw_gains(gains, rate, names)),
        "scores": Plot(scores, drawings.draw_scores(scores, threshold)),
        "calibration": Plot(calibration, drawings.draw_calibration(calibration, names)),
        "confusion": Plot(confusion, drawings.draw_confusion(confusion, threshold)),
    }


def _of_classes(
    target: np.ndarray, score: np.ndarray, classes: Mapping[str, Any], labels: Sequence[str]
) -> dict[str, Plot]:
    confusion = plot_data.class_confusion(target, targets.decisions(score, None), labels)
    roc = plot_data.class_roc_curves(target, score, labels)
    areas = {name: figures["roc_auc"] for name, figures in classes.items()}
    scores = plot_data.scores_by_class(target, score, labels)
    calibration = plot_data.class_calibration(target, score, labels)
    return {
        "confusion": Plot(confusion, drawings.draw_confusion(confusion, None)),
        "roc": Plot(roc, drawings.draw_class_roc(roc, areas)),
        "scores": Plot(scores, drawings.draw_class_scores(scores)),
        "calibration": Plot(calibration, drawings.draw_class_calibration(calibration)),
    }


def _of_numbers(target: np.ndarray, score: np.ndarray) -> dict[str, Plot]:
    dots = plot_data.dots(target, score)
    calibration = plot_data.mean_calibration(target, score)
    return {
        "predicted": Plot(dots[["predicted", "actual"]], drawings.draw_predicted(dots)),
        "residuals": Plot(dots[["predicted", "residual"]], drawings.draw_residuals(dots)),
        "calibration": Plot(calibration, drawings.draw_mean_calibration(calibration)),
    }
