"""What is plotted, as tables for `dvc plots`: small, and the same whatever the order of rows."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn import metrics as sk

from truerun.model import value
from truerun.model.metrics.bins import score_bins

POINTS = 200  # of a curve
CLASS_POINTS = 50  # of the curve of one class of several
DOTS = 500  # of a cloud of rows
CLASSES = 20  # that a plot shows: of more, the most common
OTHERS = "(others)"
SCORE_BINS = 20


def roc_curve(target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Columns `false_positive_rate` and `true_positive_rate`, at most 200 points."""
    false_positive, true_positive, _ = sk.roc_curve(target, score)
    return _thinned(
        pd.DataFrame({"false_positive_rate": false_positive, "true_positive_rate": true_positive})
    )


def precision_recall_curve(target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Columns `recall` and `precision`, at most 200 points, recall ascending."""
    precision, recall, _ = sk.precision_recall_curve(target, score)
    return _thinned(pd.DataFrame({"recall": recall[::-1], "precision": precision[::-1]}))


def calibration(target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Columns `mean_score`, `observed_rate` and `rows` of ten bins with about equally many rows."""
    bins = score_bins(score)
    return pd.DataFrame(
        {
            "mean_score": [score[part].mean() for part in bins],
            "observed_rate": [target[part].mean() for part in bins],
            "rows": [len(part) for part in bins],
        }
    )


def gains(target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Columns `rows`, the share taken, highest scores first, and `found`, the share of positives.

    Rows of equal score are taken together, so that their order is of no account.
    """
    ends = np.append(np.flatnonzero(np.diff(np.sort(-score))), len(score) - 1)
    positives = np.cumsum(target[np.argsort(-score, kind="stable")])[ends]
    whole = max(int(target.sum()), 1)
    rows = np.append(0, ends + 1) / len(score)
    return _thinned(pd.DataFrame({"rows": rows, "found": np.append(0, positives) / whole}))


def value_curve(
    worth: tuple[np.ndarray, np.ndarray], score: np.ndarray, marked: Sequence[float]
) -> pd.DataFrame:
    """Columns `threshold` and `value` per 1,000 rows, where scores lie; those marked among them."""
    thresholds = value.thresholds([score], marked, POINTS)
    values = value.by_threshold(worth, score, thresholds)
    return pd.DataFrame({"threshold": thresholds, "value": values})


def scores_by_class(target: np.ndarray, score: np.ndarray, labels: Sequence[str]) -> pd.DataFrame:
    """Columns `class`, `score` (the middle of a bin), `width`, `share` and `rows` of each class.

    Of two classes it is the score of the second; of several, the score of the actual class.
    """
    given = score if score.ndim == 1 else score[np.arange(len(target)), target]
    parts = []
    for number in most_common(target):
        rows, edges = np.histogram(given[target == number], SCORE_BINS, (0, 1))
        part = pd.DataFrame({"score": (edges[:-1] + edges[1:]) / 2, "width": np.diff(edges)})
        part.insert(0, "class", labels[number])
        parts.append(part.assign(share=rows / rows.sum(), rows=rows))
    return pd.concat(parts, ignore_index=True)


def class_confusion(
    target: np.ndarray, decision: np.ndarray, labels: Sequence[str]
) -> pd.DataFrame:
    """How often each class was taken for each: as `confusion`, of the most common classes."""
    shown = most_common(target)
    names = [labels[number] for number in shown]
    if len(shown) < len(labels):
        names.append(OTHERS)
    place = np.full(len(labels), len(shown))
    place[shown] = np.arange(len(shown))
    return confusion(place[target], place[decision], names)


def confusion(target: np.ndarray, decision: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """How often each decision met each outcome: `outcome`, `actual`, `predicted`, `rows`."""
    counts = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(counts, (target, decision), 1)
    return pd.DataFrame(
        {
            "outcome": [f"actual {one}, predicted {other}" for one in names for other in names],
            "actual": np.repeat(names, len(names)),
            "predicted": np.tile(names, len(names)),
            "rows": counts.ravel(),
        }
    )


def class_roc_curves(target: np.ndarray, score: np.ndarray, labels: Sequence[str]) -> pd.DataFrame:
    """The `roc_curve` of each class against the others, with its name in the column `class`."""
    return _by_class(lambda y, s: _thinned(roc_curve(y, s), CLASS_POINTS), target, score, labels)


def class_calibration(target: np.ndarray, score: np.ndarray, labels: Sequence[str]) -> pd.DataFrame:
    """The `calibration` of each class against the others, with its name in the column `class`."""
    return _by_class(calibration, target, score, labels)


def most_common(target: np.ndarray) -> list[int]:
    """Numbers of the classes that a plot shows: those with most rows, in their own order."""
    numbers, rows = np.unique(target, return_counts=True)
    return sorted(numbers[np.argsort(-rows, kind="stable")[:CLASSES]].tolist())


def mean_calibration(target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Columns `mean_predicted`, `mean_actual` and `rows` of ten bins by prediction."""
    return calibration(target, score).rename(
        columns={"mean_score": "mean_predicted", "observed_rate": "mean_actual"}
    )


def dots(target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Columns `predicted`, `actual` and `residual` (what the prediction lacks) of some rows.

    They are evenly spaced in the order of their predictions.
    """
    order = np.lexsort((target, score))
    table = pd.DataFrame({"predicted": score[order], "actual": target[order]})
    table["residual"] = table["actual"] - table["predicted"]
    return _thinned(table, DOTS)


def _by_class(
    table: Callable[[np.ndarray, np.ndarray], pd.DataFrame],
    target: np.ndarray,
    score: np.ndarray,
    labels: Sequence[str],
) -> pd.DataFrame:
    """A table of each class against the others, one below the other."""
    parts = []
    for number in most_common(target):
        part = table((target == number).astype(np.int8), score[:, number])
        part.insert(0, "class", labels[number])
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _thinned(curve: pd.DataFrame, points: int = POINTS) -> pd.DataFrame:
    """Evenly spaced points of a curve, both ends kept."""
    chosen = np.linspace(0, len(curve) - 1, min(points, len(curve))).round().astype(int)
    return curve.iloc[chosen].reset_index(drop=True)
