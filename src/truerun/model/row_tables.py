"""Rows of a table as mappings, which a predictor takes."""

from collections.abc import Sequence

import pandas as pd

from truerun.contract.row_contract import Row


def rows_of(table: pd.DataFrame) -> Sequence[Row]:
    """Rows of a table as mappings; a missing value is None."""
    columns = []
    for name in table:
        values = table[name]
        is_missing = values.isna()
        if is_missing.any():
            values = values.astype(object).where(~is_missing, None)
        columns.append(values.tolist())
    names = [str(name) for name in table]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
