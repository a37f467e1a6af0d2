"""Parts of the training rows, as large as a delivery: what they show, a delivery may show too."""

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from truerun.base import paths, tables
from truerun.base.partitions import each_partition
from truerun.contract.contract import NUMBERS, Contract
from truerun.contract.data_checks import is_constant
from truerun.model.split import SPLIT, TRAIN

IN_A_ROW, AT_RANDOM = 24, 24  # parts of rows in a row, and of rows drawn at random
SEED = 1
MOST_ROWS = 200_000  # of the training rows, evenly spaced
SLACK = 0.5  # of a range, by which schema.yaml goes beyond it either way


def sides(
    folder: Path, contract: Contract, names: Collection[str] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test rows of data/validated, in the order of their time or key.

    Of many rows so many are taken, evenly spaced, that memory holds them.

    Parameters
    ----------
    names : the partitions whose rows are read; None for all.
    """
    valid = folder / paths.VALIDATED
    names = list(tables.partition_names(valid) if names is None else names)
    rows = sum(tables.row_count(tables.partition(valid, name)) for name in names)
    step = max(1, -(-rows // MOST_ROWS))
    read = each_partition(
        lambda name: tables.read_table(tables.partition(valid, name)).iloc[::step], names, "read"
    )
    table = pd.concat(list(read), ignore_index=True)
    if contract.time is not None:
        table = table.sort_values(contract.time, kind="stable", ignore_index=True)
    train = (table[SPLIT] == TRAIN).to_numpy()
    return table[train].reset_index(drop=True), table[~train].reset_index(drop=True)


def places(rows: int, size: int) -> Iterator[np.ndarray]:
    """The places of the rows of each part; at most half of all rows are in one.

    A delivery may be of one time, so parts are of rows in a row; or of any, so they are drawn.
    """
    size = max(1, min(size, rows // 2))
    for first in np.unique(np.linspace(0, rows - size, IN_A_ROW).astype(int)):
        yield np.arange(first, first + size)
    generator = np.random.default_rng(SEED)
    for _ in range(AT_RANDOM):
        yield np.sort(generator.choice(rows, size, replace=False))


def slack(low: float, high: float) -> float:
    """How far schema.yaml goes beyond the range of what was seen, either way.

    >>> slack(2.0, 10.0), slack(3.0, 3.0), slack(0.0, 0.0)
    (4.0, 1.5, 1.0)
    """
    return SLACK * ((high - low) or abs(low)) or 1.0


def most_beyond(train: pd.DataFrame, size: int, contract: Contract) -> float:
    """The largest share of rows, among the parts, with a value that a contract of the rest refuses.

    Such a contract has the categories of the other rows, and their ranges with the usual slack.
    """
    largest = 0.0
    for part in places(len(train), size):
        inside = np.zeros(len(train), dtype=bool)
        inside[part] = True
        beyond = np.zeros(len(part), dtype=bool)
        for name, column in contract.columns.items():
            values, others = train[name][inside], train[name][~inside].dropna()
            if column.categories is not None:
                beyond |= (values.notna() & ~values.isin(others.unique())).to_numpy()
            elif column.type in NUMBERS and len(others):
                low, high = float(others.min()), float(others.max())
                allowed = slack(low, high)
                if column.min is not None:
                    beyond |= (values < low - allowed).to_numpy()
                if column.max is not None:
                    beyond |= (values > high + allowed).to_numpy()
        largest = max(largest, float(beyond.mean()))
    return largest


def constant_somewhere(train: pd.DataFrame, size: int, columns: list[str]) -> list[str]:
    """The columns that have one value in all rows of some part."""
    constant = set()
    for part in places(len(train), size):
        rows = train.iloc[part]
        constant |= {name for name in columns if name not in constant and is_constant(rows[name])}
    return [name for name in columns if name in constant]
