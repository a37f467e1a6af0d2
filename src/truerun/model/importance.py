"""Permutation importance of the columns that a model takes."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from truerun.base.partitions import map_partitions
from truerun.model.shuffled import Answer, Shuffled


def permutation_importance(
    goodness: Callable[[Answer], float], model: Shuffled, repeats: int, seed: int, size: int = 0
) -> pd.DataFrame:
    """How much worse a model is when one column is shuffled, after Breiman (2001).

    Parameters
    ----------
    goodness : of what the model gives for the rows; the higher, the better.
    size : bytes of the rows; 0 where no processes of their own may ask the model.

    Returns
    -------
    Columns `column`, `importance` (mean loss) and `deviation` (standard deviation over repeats),
    the most important first.
    """
    whole = goodness(model.whole)
    columns = list(model.columns)

    def losses_of(column: str) -> list[float]:
        random = np.random.default_rng([seed, columns.index(column)])
        orders = (random.permutation(len(model.whole)) for _ in range(repeats))
        return [whole - goodness(model.with_order(column, order)) for order in orders]

    sizes = [size] * len(columns) if size else ()
    losses = map_partitions(losses_of, columns, "importance", sizes, unit="column")
    table = pd.DataFrame(
        {
            "column": list(losses),
            "importance": [np.mean(values) for values in losses.values()],
            "deviation": [np.std(values) for values in losses.values()],
        }
    )
    return table.sort_values(["importance", "column"], ascending=[False, True], ignore_index=True)
