"""How the scores lie on both sides, how they moved, and how large errors are."""

import numpy as np
import numpy.typing as npt

from truerun.compare.pairs import Scored
from truerun.comparison.comparison import Errors, Points, ScoreHistogram, Scores
from truerun.model.metrics.bins import score_bins
from truerun.model.tasks import TASKS

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
PROBABILITY_BINS = np.linspace(0, 1, 21)
PREDICTION_BINS = 20
FARTHEST = 0.005  # share of the predictions to either side that lie beyond the outer bins
SHIFT_BINS = 21  # an odd number: the middle one holds the rows whose score stayed
MOVED = 0.01  # of the target's standard deviation: a prediction that moved less has stayed
ROC_POINTS = 41

Floats = npt.NDArray[np.float64]


def compare_scores(rows: Scored) -> Scores:
    """The scores of both sides, and by how much each row's moved."""
    number = not TASKS[rows.task].classes
    base, head = (_own_score(rows, side) for side in (rows.base, rows.head))
    shift = head - base
    ends = _ends(np.concatenate([base, head])) if number else PROBABILITY_BINS
    binary = rows.task == "binary"
    return Scores(
        count=len(rows),
        moved=int((np.abs(shift) > MOVED * rows.target.std()).sum()) if number else None,
        mean_shift=float(shift.mean()),
        shift_quantiles={
            f"{100 * share:.0f} %": float(value)
            for share, value in zip(QUANTILES, np.quantile(shift, QUANTILES), strict=True)
        },
        shift=_histogram(shift, _shift_edges(shift, far=number)),
        base=_histogram(base, ends),
        head=_histogram(head, ends),
        base_roc=roc(rows.target, base) if binary else (),
        head_roc=roc(rows.target, head) if binary else (),
        errors=_errors(rows) if number else (),
    )


def roc(target: npt.NDArray[np.int8], score: Floats) -> Points:
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
    heights = np.interp(rates, alarms / alarms[-1], hits / hits[-1])
    heights[0] = 0.0  # where several points lie above 0, the curve starts below them
    return tuple((float(x), float(min(1, y))) for x, y in zip(rates, heights, strict=True))


def _own_score(rows: Scored, score: Floats) -> Floats:
    """One score of each row: of several classes that of its own."""
    return score[np.arange(len(rows)), rows.target] if score.ndim > 1 else score


def _errors(rows: Scored) -> tuple[Errors, ...]:
    """The mean absolute error on each tenth of the rows, from low targets to high ones."""
    target = np.asarray(rows.target, dtype=np.float64)
    return tuple(
        Errors(
            low=float(target[part].min()),
            high=float(target[part].max()),
            count=len(part),
            base=float(np.abs(rows.base[part] - target[part]).mean()),
            head=float(np.abs(rows.head[part] - target[part]).mean()),
        )
        for part in score_bins(target)
    )


def _ends(values: Floats) -> Floats:
    """Bins for predictions, most of which are within."""
    low, high = np.quantile(values, [FARTHEST, 1 - FARTHEST])
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, PREDICTION_BINS + 1)


def _shift_edges(shift: Floats, *, far: bool) -> Floats:
    """Bins around 0 that reach as far as the scores moved; with `far`, as most of them did."""
    sizes = np.abs(shift)
    reach = float(np.quantile(sizes, 1 - 2 * FARTHEST)) if far else 0.0
    reach = reach or float(sizes.max()) or 0.01
    return np.linspace(-reach, reach, SHIFT_BINS + 1)


def _histogram(values: Floats, edges: Floats) -> ScoreHistogram:
    """Rows by bin; the outer bins hold what lies beyond them."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return ScoreHistogram(edges=tuple(map(float, edges)), counts=tuple(map(int, counts)))
