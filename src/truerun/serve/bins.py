"""The bins of each feature, by which the service counts what it is asked about.

Of a number they are the places where the model's trees split it, thinned to a few: the model tells
apart what lies in different bins, and no more. Of a category they are the values that it knows.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from truerun.contract.row_contract import Cell

MOST_EDGES, MOST_VALUES = 10, 60
STEPS = (1.0, 2.0, 5.0)  # of edges that nothing is known for
DECADES = range(-2, 7)
MISSING, OTHER, PRESENT = "missing", "other", "present"


@dataclass(frozen=True)
class CountedBins:
    """Upper edges of intervals, or values; the last two bins are for the rest and for no value."""

    edges: Sequence[float]
    values: Mapping[str, int]
    labels: Sequence[str]

    def place(self, cell: Cell) -> int:
        """The bin of a cell."""
        if cell is None or cell != cell:  # noqa: PLR0124 - only NaN is not itself
            return len(self.labels) - 1
        if self.edges and isinstance(cell, int | float):
            return bisect_left(self.edges, cell)
        return self.values.get(str(cell), len(self.labels) - 2)


def bins_of(
    facts: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
) -> dict[str, CountedBins]:
    """The bins of every feature of a bundle."""
    columns = facts["contract"]["columns"]
    lookups = facts["lookups"] or {"tables": ()}
    values = {table["column"]: table["values"] for table in lookups["tables"]}
    split = splits(facts, arrays)
    return {
        name: _of_column(columns[name], values.get(name), split.get(name))
        for name in facts["features"]
    }


def score_edges(task: str) -> Sequence[float]:
    """Upper edges of the bins of scores: twentieths of a probability, or steps of a number."""
    if task in ("binary", "multiclass"):
        return [step / 20 for step in range(1, 20)]
    return _steps()


def _of_column(
    column: Mapping[str, Any],
    values: Sequence[str | None] | None,
    splits: Sequence[float] | None,
) -> CountedBins:
    if column["type"] in ("int", "float"):
        edges = splits or _between(column) or _steps()
        return CountedBins(edges, {}, [*(f"<={edge:.6g}" for edge in edges), OTHER, MISSING])
    known = [str(value) for value in (values or column.get("categories", ())) if value is not None]
    known = known[:MOST_VALUES]
    places = {value: place for place, value in enumerate(known)}
    return CountedBins((), places, [*known, OTHER if known else PRESENT, MISSING])


def splits(
    facts: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
) -> dict[str, Sequence[float]]:
    """The places where trees split each number: about as many splits lie between two of them."""
    if "feature" not in arrays or facts["lookups"] is None:
        return {}
    numbers = facts["lookups"]["numbers"]
    is_split = arrays["child"][:, 0] != np.arange(len(arrays["child"]))
    feature, threshold = arrays["feature"][is_split], arrays["threshold"][is_split]
    edges: dict[str, Sequence[float]] = {}
    for place, name in enumerate(numbers):
        mine = threshold[feature == place]
        mine = np.sort(mine[np.isfinite(mine)])
        if len(mine):
            shares = (np.arange(MOST_EDGES) + 0.5) / MOST_EDGES
            edges[name] = sorted(set(mine[(shares * len(mine)).astype(int)].tolist()))
    return edges


def _between(column: Mapping[str, Any]) -> list[float]:
    """Ten bins of the same width, of a number with limits."""
    if column.get("min") is None or column.get("max") is None:
        return []
    edges = np.linspace(column["min"], column["max"], MOST_EDGES + 1).tolist()
    return sorted(set(edges[1:]))


def _steps() -> list[float]:
    """1, 2, 5, 10 and so on, of either sign, and 0."""
    ups = [step * 10.0**decade for decade in DECADES for step in STEPS]
    return [*(-up for up in reversed(ups)), 0.0, *ups]
