"""Which rows test the model. The answer depends on the rows alone, never on their order."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.errors import ModelError, listed
from truerun.params.split import Split

SPLIT = "split"  # the column of data/validated that holds the answer: train or test
TRAIN, TEST = "train", "test"
PARTITION = "partition"


class SplitError(ModelError):
    """A split that leaves no rows to train on, or none to test with."""


def columns(split: Split, key: tuple[str, ...], time: str | None) -> list[str]:
    """Names of the columns that the split looks at."""
    if split.by == "time":
        if split.test_partitions is not None:
            return []
        if time is None:
            raise SplitError("split.by: time needs a time column: name one in schema.yaml (time:)")
        return [time]
    return [split.group] if split.group else list(key)


def assign(rows: pd.DataFrame, split: Split) -> npt.NDArray[np.bool_]:
    """Tell for each row whether it is a test row.

    Other than by time, a row is drawn by a hash of its key (or group) and the seed: it stays on its
    side whatever rows come, go or change. So each class has its share of test rows, too, but for
    the chance of a draw: of n rows (or groups) of a class, 95 of 100 draws take a share that is off
    by at most 1.96 sqrt(s (1 - s) / n), for s = 0.2 eight points of 100 rows and one of 6,000. A
    split that is `stratified` has a seed for which it is less.

    Parameters
    ----------
    rows : the columns that `columns` names, and `partition`, of all rows of the table.

    Examples
    --------
    A draw depends on the values of a row alone, so it stays on its side when others come or go:

    >>> rows = pd.DataFrame({"key": range(8), "partition": "all"})
    >>> half = Split(by="random", test_share=0.5)
    >>> test = assign(rows, half)
    >>> bool((assign(rows[::-1], half) == test[::-1]).all())
    True
    >>> bool((assign(rows[:6], half) == test[:6]).all())
    True

    Raises
    ------
    SplitError
        If one side would be empty.
    """
    if rows.empty:
        raise SplitError("there are no rows to split: all were dropped or quarantined")
    looked_at = [name for name in rows.columns if name != PARTITION]
    if split.test_partitions is not None:
        names = sorted(rows[PARTITION].unique())
        if split.test_partitions >= len(names):
            raise SplitError(
                f"split.test_partitions is {split.test_partitions}, "
                f"but there are only {len(names)} partitions: {listed(names)}"
            )
        test = rows[PARTITION].isin(names[-split.test_partitions :]).to_numpy()
    else:
        share = float(split.test_share or 0)
        if split.by == "time":
            moments = rows[looked_at[0]]
            if moments.isna().any():
                raise SplitError(f"split.by: time: {looked_at[0]} is missing in some rows")
            first = min(len(rows) - round(len(rows) * share), len(rows) - 1)
            test = (moments >= moments.sort_values().iloc[first]).to_numpy()
        else:
            test = (numbers_of(rows[looked_at], split.seed) < share).to_numpy()
    if test.all() or not test.any():
        side = "test" if not test.any() else "training"
        raise SplitError(
            f"split leaves no {side} rows of {len(rows)}: change split: in params.yaml"
        )
    return np.asarray(test, dtype=bool)


def numbers_of(values: pd.DataFrame, seed: int) -> "pd.Series[float]":
    """A number from 0 to 1 for each row, which depends on its values and the seed alone."""
    return pd.Series(numbers(hashes(values), seed), index=values.index)


def hashes(values: pd.DataFrame) -> npt.NDArray[np.uint64]:
    """A hash of the values of each row."""
    return np.asarray(pd.util.hash_pandas_object(values, index=False), dtype=np.uint64)


def numbers(of_rows: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.float64]:
    """As `numbers_of`, of rows whose `hashes` are known."""
    of_seed = pd.util.hash_array(np.array([seed], dtype=np.uint64))[0]
    return pd.util.hash_array(of_rows ^ of_seed) / float(2**64)
