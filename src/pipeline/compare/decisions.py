"""Which decisions change, for better or worse, and how the scores moved."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.compare import slices
from pipeline.compare.comparison import Decisions, DecisionSlice, Histogram, Points
from pipeline.compare.pairs import Scored

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SCORE_BINS = np.linspace(0, 1, 21)
SHIFT_BINS = 21  # an odd number: the middle one holds the rows whose score stayed
ROC_POINTS = 41


def compared(
    rows: Scored,
    columns: Mapping[str, "pd.Series[str]"],
    least: int,
    thresholds: tuple[float, float],
) -> Decisions:
    """Count the decisions that changed, in all and slice by slice, the most changed first."""
    changed = rows.base_decision != rows.head_decision
    improved = changed & (rows.head_decision == (rows.target == 1))
    parts = [
        DecisionSlice(
            column=column,
            value=value,
            count=int(chosen.sum()),
            changed=int(changed[chosen].sum()),
            improved=int(improved[chosen].sum()),
            worsened=int((changed & ~improved)[chosen].sum()),
        )
        for column, value, chosen in slices.values(columns, least)
    ]
    parts.sort(key=lambda part: (-part.changed / part.count, part.column, part.value))
    shift = rows.head - rows.base
    return Decisions(
        count=len(rows),
        base_threshold=thresholds[0],
        head_threshold=thresholds[1],
        to_positive=int((changed & rows.head_decision).sum()),
        to_negative=int((changed & rows.base_decision).sum()),
        improved=int(improved.sum()),
        worsened=int((changed & ~improved).sum()),
        slices=tuple(part for part in parts if part.changed),
        mean_shift=float(shift.mean()),
        shift_quantiles={
            f"{share:.0%}": float(value)
            for share, value in zip(QUANTILES, np.quantile(shift, QUANTILES), strict=True)
        },
        shift=_histogram(shift, _shift_edges(shift)),
        base_scores=_histogram(rows.base, SCORE_BINS),
        head_scores=_histogram(rows.head, SCORE_BINS),
        base_roc=roc(rows.target, rows.base),
        head_roc=roc(rows.target, rows.head),
    )


def roc(target: npt.NDArray[np.int8], score: npt.NDArray[np.float64]) -> Points:
    """The ROC curve at evenly spaced false positive rates, (0, 0) and (1, 1) among them.

    Empty where a class has no rows.
    """
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits = np.append(0, np.cumsum(target[order] == 1)[ends])
    alarms = np.append(0, np.cumsum(target[order] != 1)[ends])
    if not hits[-1] or not alarms[-1]:
        return ()
    rates = np.linspace(0, 1, ROC_POINTS)
    found = np.interp(rates, alarms / alarms[-1], hits / hits[-1])
    found[0] = 0.0  # where several points lie above 0, the curve starts below them
    return tuple((float(x), float(min(1, y))) for x, y in zip(rates, found, strict=True))


def _shift_edges(shift: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Bins around 0 that reach as far as the scores moved."""
    reach = float(np.abs(shift).max()) or 0.01
    return np.linspace(-reach, reach, SHIFT_BINS + 1)


def _histogram(values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]) -> Histogram:
    counts, _ = np.histogram(values, edges)
    return Histogram(edges=tuple(map(float, edges)), counts=tuple(map(int, counts)))
