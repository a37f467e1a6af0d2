"""Features of rows, by lookups in place of the fitted featurizer: float32, equal to its own.

A plan says what there is to look up, as JSON: `numbers` names the columns that pass through;
`tables` has, for each column of categories, a tuple of features for each value, and one for any
other; `words` has, for each column of free text, its words and their weights. The features come in
this order, as the featurizer has them.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from truerun.contract.row_contract import Cell, Row

Features = npt.NDArray[np.float32]
WORD = re.compile(r"(?u)\b\w\w+\b")  # what scikit-learn's vectorizer takes for a word


class Lookups:
    """Makes features of rows by a plan; `columns` has the column of each feature."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        """Take a plan, as `derived.plan` makes it."""
        self._numbers: Sequence[str] = plan["numbers"]
        self._cells = _cells_of(self._numbers)
        self._tables = [
            (
                table["column"],
                dict(zip(table["values"], map(tuple, table["features"]), strict=True)),
                tuple(table["unknown"]),
            )
            for table in plan["tables"]
        ]
        self._words = [_Words(words) for words in plan["words"]]
        self.columns = [
            *self._numbers,
            *(column for column, _, unknown in self._tables for _ in unknown),
            *(words.column for words in self._words for _ in words.places),
        ]

    def features(self, rows: Sequence[Row]) -> Features:
        """Features of shape (rows, features); a missing number is NaN."""
        cells: list[list[Cell]] = []
        for row in rows:
            of_row = list(self._cells(row))
            for column, features, unknown in self._tables:
                of_row += features.get(row[column], unknown)
            for words in self._words:
                of_row += words.weighed(row[words.column])
            cells.append(of_row)
        with np.errstate(over="ignore"):  # as a float32, a number may be infinite
            return np.array(cells, dtype=np.float64).astype(np.float32)


def _cells_of(names: Sequence[str]) -> Callable[[Row], Sequence[Cell]]:
    """What takes the cells of some columns from a row."""
    if len(names) > 1:
        return operator.itemgetter(*names)
    return lambda row: [row[name] for name in names]  # a getter of one gives no sequence


class _Words:
    """The TF-IDF of some words, in the order and the precision in which scikit-learn has it."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self.column: str = plan["column"]
        self.places: dict[str, int] = {word: place for place, word in enumerate(plan["words"])}
        self._weights = np.array(plan["weights"], dtype=plan["precision"])

    def weighed(self, text: Cell) -> list[float]:
        counts: dict[int, int] = {}
        for word in WORD.findall(str(text or "").lower()):
            place = self.places.get(word)
            if place is not None:
                counts[place] = counts.get(place, 0) + 1
        weighed = [0.0] * len(self.places)
        if not counts:
            return weighed
        present = sorted(counts)
        data = np.array([counts[place] for place in present], dtype=np.float32)
        data *= self._weights[present]
        squares = (data * data).astype(np.float64)
        length = math.sqrt(squares.cumsum()[-1])  # one after the other, as they are added there
        if length:
            data = (data / np.float64(length)).astype(np.float32)
        for place, weight in zip(present, data.tolist(), strict=True):
            weighed[place] = weight
        return weighed
