"""The metrics slice by slice, with the false discoveries among many slices held down."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.compare.comparison import Difference, Slice, Slices
from pipeline.compare.pairs import CLOSED, Scored, differences
from pipeline.uncertainty import discoveries

FALSE_DISCOVERIES = 0.05


def values(
    columns: Mapping[str, "pd.Series[str]"], least: int
) -> Iterator[tuple[str, str, npt.NDArray[np.bool_]]]:
    """Column, value and which rows, of each value of each column that has `least` rows or more."""
    for name, column in columns.items():
        texts = column.astype(str).to_numpy()
        found, codes, counts = np.unique(texts, return_inverse=True, return_counts=True)
        for number in np.flatnonzero(counts >= least):
            yield name, str(found[number]), codes == number


def compared(rows: Scored, columns: Mapping[str, "pd.Series[str]"], least: int) -> Slices:
    """All slices with `least` rows or more, those first that changed for the worse, then better.

    Each metric of each slice is a test; a verdict stands only if it is a discovery among them all.
    """
    found = [
        (column, value, part, differences(part, CLOSED))
        for column, value, chosen in values(columns, least)
        for part in [rows.where(chosen)]
    ]
    tests = [d for *_, told in found for d in told if d.p_value is not None]
    stand = discoveries([float(d.p_value or 0) for d in tests], FALSE_DISCOVERIES)
    certain = {id(test) for test, stands in zip(tests, stand, strict=True) if stands}
    slices = [
        Slice(
            column=column,
            value=value,
            count=len(part),
            clusters=part.clusters,
            differences=tuple(d if id(d) in certain else _not_told(d) for d in told),
        )
        for column, value, part, told in found
    ]
    slices.sort(key=lambda part: (_order(part.differences), part.column, part.value))
    return Slices(false_discoveries=FALSE_DISCOVERIES, tested=len(slices), slices=tuple(slices))


def _not_told(difference: Difference) -> Difference:
    """A difference that is no discovery."""
    if difference.verdict not in ("better", "worse"):
        return difference
    return difference.model_copy(update={"verdict": "can't tell"})


def _order(told: Sequence[Difference]) -> tuple[int, float]:
    """Worse before better before the rest; within, the surest first."""
    verdicts = [difference.verdict for difference in told]
    rank = next((n for n, verdict in enumerate(("worse", "better")) if verdict in verdicts), 2)
    return rank, min((d.p_value for d in told if d.p_value is not None), default=1.0)
