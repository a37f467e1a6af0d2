"""Permutation importance of the columns that a model takes."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from truerun.base.partitions import map_partitions


def permutation_importance(
    goodness: Callable[[pd.DataFrame], float],
    rows: pd.DataFrame,
    repeats: int,
    seed: int,
    *,
    apart: bool = False,
) -> pd.DataFrame:
    """How much worse a model is when one column is shuffled, after Breiman (2001).

    Parameters
    ----------
    goodness : of the model's scores of such rows; the higher, the better.
    apart : whether processes of their own may call it.

    Returns
    -------
    Columns `column`, `importance` (mean loss) and `deviation` (standard deviation over repeats),
    the most important first.
    """
    whole = goodness(rows)
    columns = list(rows.columns)

    def losses_of(column: str) -> list[float]:
        random = np.random.default_rng([seed, columns.index(column)])
        shuffled = rows.copy()
        values = []
        for _ in range(repeats):
            shuffled[column] = rows[column].array[random.permutation(len(rows))]
            values.append(whole - goodness(shuffled))
        return values

    sizes = [int(rows.memory_usage().sum())] * len(columns) if apart else ()
    losses = map_partitions(losses_of, columns, "importance", sizes, unit="column")
    table = pd.DataFrame(
        {
            "column": list(losses),
            "importance": [np.mean(values) for values in losses.values()],
            "deviation": [np.std(values) for values in losses.values()],
        }
    )
    return table.sort_values(["importance", "column"], ascending=[False, True], ignore_index=True)
