"""The metrics slice by slice, one of them tested in all slices at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.compare import pairs, swaps
from truerun.compare.pairs import Scored
from truerun.compare.shorten import Shortener
from truerun.compare.swaps import Judged
from truerun.comparison.comparison import MetricDifference, Slice, Slices
from truerun.model.value import VALUE

FALSE_VERDICTS = 0.01  # a share of comparisons with any of them: the metrics have the rest
DESCRIBED = Judged(0.0, reason="only the main metric of a slice is tested")
MOST = 200  # slices that are listed
WEAKEST = 8  # of them, whether or not they changed

K = TypeVar("K")


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


def compare_slices(rows: Scored, sliced: Iterable[SliceRows], main: str) -> list[Slice]:
    """The metrics of each slice, those first that changed for the worse, then better.

    The metric `main` is tested in all slices at once; the others only describe.
    """
    compared = []
    metric_facts = pairs.facts(rows.task, rows.worth)
    names = [*pairs.in_slices(rows.task), *({VALUE} & metric_facts.keys())]
    for part in sliced:
        few = rows.where(part.rows)
        compared.append((part, few, pairs.sides(few, names)))
    judged = judge(rows, [(part, few) for part, few, values in compared if values[main]], main)
    shrunk = shrunken(judged)
    slices = []
    for part, few, values in compared:
        name = part.column, part.value
        slices.append(
            Slice(
                column=part.column,
                value=part.value,
                count=len(few),
                clusters=few.clusters,
                shrunk=shrunk.get(name),
                differences=tuple(
                    pairs.difference(
                        metric_facts[metric],
                        pair,
                        None if pair is None else judged[name] if metric == main else DESCRIBED,
                    )
                    for metric, pair in values.items()
                ),
            )
        )
    slices.sort(key=lambda part: (_order(part.differences), part.column, part.value))
    return slices


def judge(
    rows: Scored, compared: Sequence[tuple[SliceRows, Scored]], main: str
) -> dict[tuple[str, str], Judged]:
    """The main metric of slices: what the clusters of all rows have in each, judged together."""
    if not compared:
        return {}
    parts, weights = np.zeros((2, rows.clusters, len(compared)))
    for number, (part, few) in enumerate(compared):
        clusters = np.unique(rows.cluster[part.rows])
        parts[clusters, number], weights[clusters, number] = pairs.contributions(few, main)
    held = [pairs.held(few, main) for _, few in compared]
    judged = swaps.judge(parts, weights, FALSE_VERDICTS, held)
    return {(p.column, p.value): one for (p, _), one in zip(compared, judged, strict=True)}


def shrunken(judged: Mapping[K, Judged]) -> dict[K, float]:
    """Each difference drawn to the mean of all, as far as their errors explain that they differ.

    The variance that is left to the truth is that of DerSimonian and Laird (1986), and a
    difference keeps the share of its distance that the truth has in its variance (Efron and
    Morris 1975). None leaves its interval, and one that surely differs moves by its error at most:
    where one slice alone differs, the variance of all says too little of it (the limited
    translation of Efron and Morris 1972, JASA 67).
    """
    uncertain = {name: one for name, one in judged.items() if one.error}
    if len(uncertain) < 2:  # noqa: PLR2004 - there is nothing to be drawn to
        return {name: one.value for name, one in judged.items() if one.error is not None}
    values = np.array([one.value for one in uncertain.values()])
    variances = np.array([one.error or 0 for one in uncertain.values()]) ** 2
    precision = 1 / variances
    whole = precision.sum()
    apart = precision @ (values - precision @ values / whole) ** 2 - (len(values) - 1)
    truth = max(0.0, apart / (whole - precision @ precision / whole))
    weights = 1 / (variances + truth)
    mean = weights @ values / weights.sum()
    drawn = mean + truth / (truth + variances) * (values - mean)
    unmoved = {name: one.value for name, one in judged.items() if one.error == 0}
    return unmoved | {
        name: float(np.clip(moved, *_limits(one)))
        for (name, one), moved in zip(uncertain.items(), drawn, strict=True)
    }


def _limits(judged: Judged) -> tuple[float | None, float | None]:
    """Between which a difference may be drawn."""
    low, high, error = judged.low, judged.high, judged.error
    if low is None or high is None or error is None or low <= 0 <= high:
        return low, high
    return max(low, judged.value - error), min(high, judged.value + error)


def listed(slices: Sequence[Slice], main: str, shortener: Shortener) -> Slices:
    """The first slices, those where the head is weakest by the main metric, and the largest loss.

    These need not have a verdict, so they may be far down a long list.
    """
    ranked = [
        (one.head if one.higher_is_better else -one.head, number)
        for number, part in enumerate(slices)
        for one in part.differences
        if one.metric == main and one.head is not None
    ]
    losses = [
        (one.low is None, sign * moved, sign * one.difference, number)
        for number, part in enumerate(slices)
        for one in part.differences
        if one.metric == main and one.difference is not None
        for sign in (1 if one.higher_is_better else -1,)
        for moved in (one.difference if part.shrunk is None else part.shrunk,)
        if sign * one.difference < 0
    ]
    named = {number for *_, number in [*sorted(ranked)[:WEAKEST], *sorted(losses)[:1]]}
    ordered = sorted(range(len(slices)), key=lambda number: number not in named)
    kept = sorted(shortener.first(ordered, MOST, "slices"))
    return Slices(
        metric=main,
        false_verdicts=FALSE_VERDICTS,
        tested=len(slices),
        slices=tuple(slices[number] for number in kept),
    )


def _order(differences: Sequence[MetricDifference]) -> tuple[int, float, float]:
    """Worse before better before the rest; within, the surest first, and of these the largest."""
    verdicts = [difference.verdict for difference in differences]
    rank = next((n for n, verdict in enumerate(("worse", "better")) if verdict in verdicts), 2)
    tested = [(d.p_value, -abs(d.difference or 0)) for d in differences if d.p_value is not None]
    return rank, *min(tested, default=(1.0, 0.0))
