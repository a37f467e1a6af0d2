"""Scores on test rows that are too good to be true: a column is likelier to know the target."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from truerun.base.tasks import Task
from truerun.model.figures import figure

LIMIT = 0.98  # of ROC AUC, or of the share of the target's variance that is explained
AREAS: Mapping[Task, tuple[str, str]] = {
    "binary": ("roc_auc", "ROC AUC"),
    "multiclass": ("roc_auc_macro", "macro ROC AUC"),
}
CARRY, MOST = 0.9, 5  # of all importance; columns that are named


def warning(results: Mapping[str, Any], importance: pd.DataFrame, task: Task) -> str | None:
    """What to doubt, if the test score is too good: the columns that carry it, by importance.

    Parameters
    ----------
    results : what metrics/evaluate.json has; a number's error is held against the baseline's.
    importance : columns `column` and `importance`, the highest first.
    """
    test = results["test"]
    if task in AREAS:
        name, label = AREAS[task]
        reached = test[name]
    else:
        label = "the share of variance that is explained,"
        spread = results["baseline"]["rmse"]
        reached = 1 - (test["rmse"] / spread) ** 2 if spread else None
    if reached is None or reached < LIMIT:
        return None
    ahead = importance[importance["importance"] > 0]
    before = ahead["importance"].cumsum().shift(fill_value=0)
    weightiest = ahead[before < CARRY * ahead["importance"].sum()].head(MOST)
    columns = ", ".join(f"{row.column} ({row.importance:.3g})" for row in weightiest.itertuples())
    return (
        f"{label} {figure(reached, 3)} on test rows is seldom true: it is carried, by importance,"
        f" by {columns or 'no column alone'}: are they known when the prediction is made?"
    )
