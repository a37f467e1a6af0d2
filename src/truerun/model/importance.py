"""Permutation importance of the columns that a model takes."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from truerun.base.progress import progress


def permutation_importance(
    goodness: Callable[[pd.DataFrame], float], rows: pd.DataFrame, repeats: int, seed: int
) -> pd.DataFrame:
    """How much worse a model is when one column is shuffled, after Breiman (2001).

    Parameters
    ----------
    goodness : of the model's scores of such rows; the higher, the better.

    Returns
    -------
    Columns `column`, `importance` (mean loss) and `deviation` (standard deviation over repeats),
    the most important first.
    """
    whole = goodness(rows)
    losses = {}
    for number, column in enumerate(progress(rows.columns, doing="importance", unit="column")):
        random = np.random.default_rng([seed, number])
        shuffled = rows.copy()
        values = []
        for _ in range(repeats):
            shuffled[column] = rows[column].array[random.permutation(len(rows))]
            values.append(whole - goodness(shuffled))
        losses[column] = values
    table = pd.DataFrame(
        {
            "column": list(losses),
            "importance": [np.mean(values) for values in losses.values()],
            "deviation": [np.std(values) for values in losses.values()],
        }
    )
    return table.sort_values(["importance", "column"], ascending=[False, True], ignore_index=True)
