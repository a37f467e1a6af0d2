"""A check for leaks: columns that predict the target too well to have been known in time.

Each column, and the best linear combination of the numbers, is learned on training rows and judged
by how well it ranks the test rows: 0.5 is chance, and 1 gives the target away.
Classes are ranked by ROC AUC (of several, the mean of each against the others), numbers by
Spearman's rank correlation r as (1 + |r|) / 2. A real signal of that strength is rare; a copy of
the outcome is not. Targets are numbers as `targets` makes them.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from truerun.base.tasks import Task

SMALLEST = 1e-12  # relative singular value: nearly equal columns may differ in what matters
BINS = 50
FEWEST = 30  # test rows (of each class) below which a perfect ranking is not a surprise

# From a score and a target: 0.5 is chance, 1 the same order, 0 the opposite one.
Ranking = Callable[[np.ndarray, np.ndarray], float]
# From a training and a test target and a ranking: how well what was learned ranks the test rows.
Judge = Callable[[np.ndarray, np.ndarray, Ranking], float]


def area(score: np.ndarray, target: np.ndarray) -> float:
    """ROC AUC of a score for a target of 0 and 1, ties counted half; 0.5 if one class is absent.

    >>> area(np.array([0.1, 0.4, 0.4, 0.8]), np.array([0, 0, 1, 1]))
    0.875
    """
    positive = target == 1
    pairs = int(positive.sum()) * int((~positive).sum())
    if not pairs:
        return 0.5
    ranks = stats.rankdata(score)
    below = ranks[positive].sum() - positive.sum() * (positive.sum() + 1) / 2
    return float(below / pairs)


def agreement(score: np.ndarray, target: np.ndarray) -> float:
    """Spearman's correlation of a score with a number, as (1 + r) / 2; 0.5 if one is constant."""
    x, y = (stats.rankdata(values) for values in (score, target))
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return (1 + float(x @ y) / size) / 2 if len(score) and size else 0.5


def column_ranking(
    train: pd.Series,
    train_target: np.ndarray,
    test: pd.Series,
    test_target: np.ndarray,
    task: Task,
) -> float:
    """How well one column ranks the target, in the better direction; at least 0.5.

    Text, and whether a number is missing, are scored by the target's mean in the training rows. So
    are numbers if there are several classes: one class may lie between others.
    """
    bins = _binned(train, test) if task == "multiclass" else None

    def judged(learned: np.ndarray, target: np.ndarray, ranking: Ranking) -> float:
        is_missing = train.isna(), test.isna()
        missing = (
            _mean_ranking(is_missing[0], learned, is_missing[1], target, ranking)
            if is_missing[1].any()
            else 0.5
        )
        if not pd.api.types.is_numeric_dtype(train):
            by_mean = _mean_ranking(train, learned, test, target, ranking)
            return max(missing, 1 - missing, by_mean, 1 - by_mean)
        is_present = test.notna().to_numpy()
        if _fewest(target[is_present], task) < FEWEST:
            return max(missing, 1 - missing)
        by_value = ranking(test.to_numpy(np.float64)[is_present], target[is_present])
        by_bin = _mean_ranking(bins[0], learned, bins[1], target, ranking) if bins else 0.5
        return max(missing, 1 - missing, by_value, 1 - by_value, by_bin)

    return _judged(judged, train_target, test_target, task)


def combined_ranking(
    train: np.ndarray,
    train_target: np.ndarray,
    test: np.ndarray,
    test_target: np.ndarray,
    task: Task,
) -> float:
    """How well the best linear combination (least squares) of number columns ranks the target.

    It finds a target that is a sum or a difference of columns. Missing values count as the mean.

    Parameters
    ----------
    train, test : shape (rows, columns).
    """
    usable = np.isfinite(train).any(axis=0)
    train, test = (np.where(np.isfinite(x), x, np.nan)[:, usable] for x in (train, test))
    if not usable.any():
        return 0.5
    centre = np.atleast_1d(np.nanmean(train, axis=0))
    spread = np.atleast_1d(np.nanstd(train, axis=0))
    spread[spread == 0] = 1

    def standard(values: np.ndarray) -> np.ndarray:
        scaled: np.ndarray = np.nan_to_num((values - centre) / spread)
        return scaled

    x, x_test = standard(train), standard(test)
    products = x.T @ x

    def judged(learned: np.ndarray, target: np.ndarray, ranking: Ranking) -> float:
        y = learned - learned.mean()
        weights = np.linalg.lstsq(products, x.T @ y, rcond=SMALLEST)[0]
        return ranking(x_test @ weights, target)

    return _judged(judged, train_target, test_target, task)


def _judged(judge: Judge, train_target: np.ndarray, test_target: np.ndarray, task: Task) -> float:
    """The ranking of the target, or the mean of each class's against the others.

    Classes with few rows are left out, and 0.5 is returned if no others are left.
    """
    if task != "multiclass":
        enough = _fewest(test_target, task) >= FEWEST
        ranking = area if task == "binary" else agreement
        return judge(train_target, test_target, ranking) if enough else 0.5
    class_rankings = [
        judge((train_target == k).astype(np.int8), of_class, area)
        for k in np.union1d(train_target, test_target)
        if _fewest(of_class := (test_target == k).astype(np.int8), task) >= FEWEST
    ]
    return float(np.mean(class_rankings)) if class_rankings else 0.5


def _mean_ranking(
    train: pd.Series,
    train_target: np.ndarray,
    test: pd.Series,
    test_target: np.ndarray,
    ranking: Ranking,
) -> float:
    """Ranking by the target's mean per category in training rows, overall for new categories."""
    means = pd.Series(train_target).groupby(train.to_numpy()).mean()
    score = test.map(means).fillna(float(train_target.mean())).to_numpy(np.float64)
    return ranking(score, test_target)


def _binned(train: pd.Series, test: pd.Series) -> tuple[pd.Series, pd.Series] | None:
    """Numbers as bins of the training rows; None if the column is not numeric or is all missing."""
    if not pd.api.types.is_numeric_dtype(train) or train.isna().all():
        return None
    shares = np.arange(1, BINS) / BINS
    edges = np.quantile(train.dropna().to_numpy(np.float64), shares, method="inverted_cdf")
    train, test = (
        pd.Series(np.searchsorted(np.unique(edges), side.to_numpy(np.float64)))
        for side in (train, test)
    )
    return train, test


def _fewest(target: np.ndarray, task: Task) -> int:
    """The number of values; for classes, of the rarer side."""
    if task in ("regression", "counts"):
        return len(target)
    return int(min(np.bincount(target, minlength=2)))
