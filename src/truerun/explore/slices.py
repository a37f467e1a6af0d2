"""Of which values of a column the model is weakest."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from truerun.contract.contract import Contract
from truerun.model import card
from truerun.model.tasks import TASKS


def weakest(
    slices: Mapping[str, Mapping[str, Any]], results: Mapping[str, Any], contract: Contract
) -> pd.DataFrame:
    """Values of columns by the main metric of their rows, the worst first, with all figures.

    `difference` is that of the main metric to all test rows. A slice of few rows is off by chance.

    Parameters
    ----------
    slices : the content of metrics/slices.json.
    results : the content of metrics/evaluate.json.
    """
    main = TASKS[contract.task].main_metric
    ordered = card.worst_first(slices, contract.task)
    whole = results["test"][main]
    return pd.DataFrame(
        [
            {
                "column": column,
                "slice": name,
                "rows": figures["rows"],
                main: figures[main],
                "difference": figures[main] - whole,
                **{other: each for other, each in figures.items() if other not in ("rows", main)},
            }
            for column, name, figures in ordered
        ],
        columns=None if ordered else ["column", "slice", "rows", main, "difference"],
    )
