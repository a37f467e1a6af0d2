"""The bins of a column, by which windows of its rows are compared."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import FiniteFloat

from truerun.base.settings import Section
from truerun.contract.stability import intervals

QUANTILES = (0.005, *(share / 10 for share in range(1, 10)), 0.995)  # the outer ones are the tails
FEW = 12  # a number of so many values has a bin for each
MOST_VALUES, LEAST_ROWS = 60, 20  # categories with a bin of their own
COARSE_NUMBERS, COARSE_VALUES = 5, 7  # bins of a table of two columns
DIGITS = 12  # of an edge
Codes = npt.NDArray[np.int64]
Columns = pd.DataFrame | Mapping[str, pd.Series]  # a table, or its columns


class Bins(Section):
    """Upper edges of intervals, or values with a bin each; a bin for the rest, one for missing.

    Numbers above the last edge, and categories that are not among the values, are the rest.
    Categories are ordered by how common they are, numbers by size.
    """

    edges: tuple[FiniteFloat, ...] = ()
    values: tuple[str, ...] | tuple[FiniteFloat, ...] = ()

    @property
    def count(self) -> int:
        """The number of bins; the last is for missing values, the one before it for the rest."""
        return len(self.edges or self.values) + 2

    @property
    def names(self) -> list[str]:
        """The values as texts."""
        return [each if isinstance(each, str) else f"{each:g}" for each in self.values]

    @property
    def is_empty(self) -> bool:
        """Whether there was no value to make bins of."""
        return not (self.edges or self.values)

    @property
    def are_texts(self) -> bool:
        """Whether the values are categories, not numbers."""
        return bool(self.values) and isinstance(self.values[0], str)

    def codes(self, column: pd.Series) -> Codes:
        """The bin of each row."""
        if self.edges:
            numbers = floats(column)
            return np.where(np.isnan(numbers), self.count - 1, intervals(numbers, self.edges))
        if self.values and not self.are_texts:
            column = column.astype("float64")
        places, distinct = pd.factorize(column)
        of_distinct = pd.Index(self.values).get_indexer(pd.Index(distinct))
        codes = np.where(of_distinct < 0, self.count - 2, of_distinct)
        return np.append(codes, self.count - 1)[places].astype(np.int64)  # a missing one is at -1

    def coarse(self) -> Codes:
        """A coarse bin for each bin, for tables of two columns; missing values keep theirs."""
        own = self.count - 1
        places = np.arange(own)
        if self.are_texts:
            coarse = np.minimum(places, COARSE_VALUES)
        else:
            coarse = places * min(COARSE_NUMBERS, own) // own
        return np.append(coarse, coarse.max() + 1)


def floats(column: pd.Series) -> npt.NDArray[np.float64]:
    """The numbers of a column; a missing one is NaN, as NumPy's own already are."""
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy(np.float64)
    return column.to_numpy(np.float64, na_value=np.nan)


def bins(column: pd.Series) -> Bins:
    """The bins of a column: its quantiles, or its common values.

    >>> bins(pd.Series(["b"] * 30 + ["a"] * 40 + ["c"]))
    Bins(edges=(), values=('a', 'b'))
    >>> bins(pd.Series([0, 1, 1] * 20))
    Bins(edges=(), values=(0.0, 1.0))
    """
    present = column.dropna()
    if not pd.api.types.is_numeric_dtype(column):
        counts = present.astype("object").value_counts()
        common = sorted((-rows, str(value)) for value, rows in counts.items() if rows >= LEAST_ROWS)
        return Bins(values=tuple(value for _, value in common[:MOST_VALUES]))
    numbers = present.to_numpy(np.float64)
    distinct = np.unique(numbers)
    if len(distinct) <= FEW:
        return Bins(values=tuple(float(f"{value:.{DIGITS}g}") for value in distinct))
    edges = np.quantile(numbers, QUANTILES, method="inverted_cdf")
    return Bins(edges=tuple(sorted({float(f"{edge:.{DIGITS}g}") for edge in edges})))
