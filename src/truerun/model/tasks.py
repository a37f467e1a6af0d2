"""What the tasks differ in, but for their arrays (see `targets`): one entry for each."""

from collections.abc import Mapping
from dataclasses import dataclass

from truerun.base.tasks import Task


@dataclass(frozen=True)
class TaskFacts:
    """What is true of all projects of a task.

    `main_metric` is the one that a comparison begins with; `gaps` are the metrics whose difference
    between training and test rows is reported, `summarized` those that end a run. `baseline` is
    what the score for everyone is called. `classes` says that the target is of one of several
    classes, `threshold` that a score from which on a row is positive makes decisions. `mean` names
    the target's mean among the figures, where the target has one.

    >>> TASKS["counts"].main_metric
    'poisson_deviance'
    """

    main_metric: str
    gaps: tuple[str, ...]
    summarized: tuple[str, ...]
    baseline: str
    classes: bool = False
    threshold: bool = False
    mean: str | None = None


TASKS: Mapping[Task, TaskFacts] = {
    "binary": TaskFacts(
        main_metric="roc_auc",
        gaps=("roc_auc", "log_loss"),
        summarized=(
            *("roc_auc", "average_precision", "log_loss", "brier"),
            *("calibration_error", "f1"),
        ),
        baseline="the rate for everyone",
        classes=True,
        threshold=True,
        mean="target_rate",
    ),
    "multiclass": TaskFacts(
        main_metric="log_loss",
        gaps=("roc_auc_macro", "log_loss"),
        summarized=(
            *("roc_auc_macro", "log_loss", "brier"),
            *("calibration_error", "accuracy", "f1_macro"),
        ),
        baseline="the shares for everyone",
        classes=True,
    ),
    "regression": TaskFacts(
        main_metric="rmse",
        gaps=("rmse", "r2"),
        summarized=("rmse", "mae", "r2", "pinball_10", "pinball_90"),
        baseline="the mean for everyone",
        mean="target_mean",
    ),
    "counts": TaskFacts(
        main_metric="poisson_deviance",
        gaps=("poisson_deviance", "rmse"),
        summarized=("poisson_deviance", "rmse", "mae", "r2"),
        baseline="the mean for everyone",
        mean="target_mean",
    ),
}
