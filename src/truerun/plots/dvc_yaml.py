"""What `dvc plots` shows of each task: the entries of `plots:` in dvc.yaml."""

from collections.abc import Mapping
from typing import Any

from truerun.base.tasks import Task

# Titles, with the axes of each plot. The templates `counted` and `by_class` are in .dvc/plots.
IMPORTANCE = {
    "Permutation importance": {
        "template": "bar_horizontal",
        "x": "importance",
        "y": {"plots/importance.csv": "column"},
    }
}
SCORES = {
    "Scores by class": {
        "template": "by_class",
        "x": "score",
        "y": {"plots/scores.csv": "share"},
    }
}
VALUE = {"Value by threshold": {"x": "threshold", "y": {"plots/value.csv": "value"}}}
NUMBERS = {
    "Predicted and actual": {
        "template": "scatter",
        "x": "predicted",
        "y": {"plots/predicted.csv": "actual"},
    },
    "Residuals": {
        "template": "scatter",
        "x": "predicted",
        "y": {"plots/residuals.csv": "residual"},
    },
    "Calibration": {"x": "mean_predicted", "y": {"plots/calibration.csv": "mean_actual"}},
    **IMPORTANCE,
}
PLOTS: Mapping[Task, Mapping[str, Mapping[str, Any]]] = {
    "binary": {
        "ROC curve": {"x": "false_positive_rate", "y": {"plots/roc.csv": "true_positive_rate"}},
        "Precision and recall": {"x": "recall", "y": {"plots/precision_recall.csv": "precision"}},
        "Gains": {"x": "rows", "y": {"plots/gains.csv": "found"}},
        **SCORES,
        "Calibration": {"x": "mean_score", "y": {"plots/calibration.csv": "observed_rate"}},
        "Decisions": {
            "template": "bar_horizontal",
            "x": "rows",
            "y": {"plots/confusion.csv": "outcome"},
        },
        **IMPORTANCE,
    },
    "multiclass": {
        "Decisions": {
            "template": "counted",
            "x": "predicted",
            "y": {"plots/confusion.csv": "actual"},
        },
        "ROC curves": {
            "template": "by_class",
            "x": "false_positive_rate",
            "y": {"plots/roc.csv": "true_positive_rate"},
        },
        **SCORES,
        "Calibration": {
            "template": "by_class",
            "x": "mean_score",
            "y": {"plots/calibration.csv": "observed_rate"},
        },
        **IMPORTANCE,
    },
    "regression": NUMBERS,
    "counts": NUMBERS,
}


def plots(task: Task, *, valued: bool = False) -> list[Any]:
    """The list that dvc.yaml has under `plots:`: the data of each plot, then the pictures.

    Parameters
    ----------
    valued : whether params.yaml has `evaluate.value`, which plots the value of a binary task.
    """
    shown = {**PLOTS[task], **(VALUE if valued and task == "binary" else {})}
    files = [next(iter(plot["y"])) for plot in shown.values()]
    pictures = [file.replace(".csv", ".svg") for file in files]
    return [*({title: dict(plot)} for title, plot in shown.items()), *pictures]
