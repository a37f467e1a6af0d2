"""Permutation importance of the columns that a model takes."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from pipeline.progress import progress


def permutation_importance(
    model: Any, rows: pd.DataFrame, target: np.ndarray, repeats: int, seed: int
) -> pd.DataFrame:
    """How much ROC AUC the model loses when one column is shuffled, after Breiman (2001).

    Returns
    -------
    Columns `column`, `importance` (mean loss) and `deviation` (standard deviation over repeats),
    the most important first.
    """
    whole = roc_auc_score(target, model.predict_proba(rows)[:, 1])
    losses = {}
    for number, column in enumerate(progress(rows.columns, doing="importance", unit="column")):
        random = np.random.default_rng([seed, number])
        shuffled = rows.copy()
        values = []
        for _ in range(repeats):
            shuffled[column] = rows[column].array[random.permutation(len(rows))]
            values.append(whole - roc_auc_score(target, model.predict_proba(shuffled)[:, 1]))
        losses[column] = values
    table = pd.DataFrame(
        {
            "column": list(losses),
            "importance": [np.mean(values) for values in losses.values()],
            "deviation": [np.std(values) for values in losses.values()],
        }
    )
    return table.sort_values(["importance", "column"], ascending=[False, True], ignore_index=True)
