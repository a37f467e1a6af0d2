"""The metrics slice by slice, with the false discoveries among many slices held down."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.compare import pairs
from truerun.compare.pairs import Scored, by_formula
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import MetricDifference, Slice, Slices
from truerun.model.uncertainty import discoveries

FALSE_DISCOVERIES = 0.05
MOST = 200  # slices that are listed
WEAKEST = 8  # of them, whether or not they changed


@dataclass(frozen=True)
class SliceRows:
    """The rows with one value of a column, as a mask."""

    column: str
    value: str
    rows: npt.NDArray[np.bool_]


def parts(table: pd.DataFrame, columns: Iterable[str], least: int) -> Iterator[SliceRows]:
    """Each value, of those of some columns that the table has, that `least` rows or more have.

    Rows in which the value is missing are of no slice.
    """
    for name in columns:
        if name not in table:
            continue
        codes, values = pd.factorize(table[name].astype("str"), sort=True)
        counts = np.bincount(codes[codes >= 0], minlength=len(values))
        for number in map(int, np.flatnonzero(counts >= least)):
            yield SliceRows(name, str(values[number]), codes == number)


def compare_slices(rows: Scored, sliced: Iterable[SliceRows]) -> list[Slice]:
    """The metrics of each slice, those first that changed for the worse, then better.

    Each metric of each slice is a test; a verdict stands only if it is a discovery among them all.
    """
    compared = [
        (part, few, pairs.differences(few, by_formula(rows.task)))
        for part in sliced
        for few in [rows.where(part.rows)]
    ]
    tests = [d for *_, each in compared for d in each if d.p_value is not None]
    stand = discoveries([float(d.p_value or 0) for d in tests], FALSE_DISCOVERIES)
    certain = {id(test) for test, stands in zip(tests, stand, strict=True) if stands}
    slices = [
        Slice(
            column=part.column,
            value=part.value,
            count=len(few),
            clusters=few.clusters,
            differences=tuple(d if id(d) in certain else _not_discovered(d) for d in each),
        )
        for part, few, each in compared
    ]
    slices.sort(key=lambda part: (_order(part.differences), part.column, part.value))
    return slices


def listed(slices: Sequence[Slice], main: str, shortener: Shortener) -> Slices:
    """The first slices, and those where the head is weakest by the main metric.

    The weakest need not have changed, so they may be far down a long list.
    """
    ranked = [
        (one.head if one.higher_is_better else -one.head, number)
        for number, part in enumerate(slices)
        for one in part.differences
        if one.metric == main and one.head is not None
    ]
    weakest = {number for _, number in sorted(ranked)[:WEAKEST]}
    ordered = sorted(range(len(slices)), key=lambda number: number not in weakest)
    kept = sorted(shortener.first(ordered, MOST, "slices"))
    return Slices(
        false_discoveries=FALSE_DISCOVERIES,
        tested=len(slices),
        slices=tuple(slices[number] for number in kept),
    )


def _not_discovered(difference: MetricDifference) -> MetricDifference:
    """A difference that is not a discovery."""
    if difference.verdict not in ("better", "worse"):
        return difference
    return difference.model_copy(update={"verdict": "can't tell"})


def _order(differences: Sequence[MetricDifference]) -> tuple[int, float]:
    """Worse before better before the rest; within, the surest first."""
    verdicts = [difference.verdict for difference in differences]
    rank = next((n for n, verdict in enumerate(("worse", "better")) if verdict in verdicts), 2)
    return rank, min((d.p_value for d in differences if d.p_value is not None), default=1.0)
