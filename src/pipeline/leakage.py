"""A sentinel for leaks: columns that know the target too well to have been known in time.

Each column, and the best linear combination of the numbers, is learned on training rows and judged
by how well it ranks the test rows: ROC AUC, where 0.5 is chance and 1 means that it gives the
target away. A real signal of that strength is rare; a copy of the outcome is not.
"""

import numpy as np
import pandas as pd
from scipy import stats

SMALLEST = 1e-12  # singular value, relative: columns nearly alike may differ by what matters
FEWEST = 30  # known values of each class, below which a perfect ranking is no surprise


def ranking(score: np.ndarray, target: np.ndarray) -> float:
    """ROC AUC of a score for a target of 0 and 1, ties counted half; 0.5 if one class is absent."""
    positive = target == 1
    pairs = int(positive.sum()) * int((~positive).sum())
    if not pairs:
        return 0.5
    ranks = stats.rankdata(score)
    below = ranks[positive].sum() - positive.sum() * (positive.sum() + 1) / 2
    return float(below / pairs)


def column_ranking(
    train: pd.Series, train_target: np.ndarray, test: pd.Series, test_target: np.ndarray
) -> float:
    """How well one column ranks the target, in the better direction; at least 0.5.

    Text, and whether a number is missing, count by the target's rate among the training rows.
    """
    missing = _rate_ranking(train.isna(), train_target, test.isna(), test_target)
    if not pd.api.types.is_numeric_dtype(train):
        by_rate = _rate_ranking(train, train_target, test, test_target)
        return max(missing, 1 - missing, by_rate, 1 - by_rate)
    known = test.notna().to_numpy()
    if min(np.bincount(test_target[known], minlength=2)) < FEWEST:
        return max(missing, 1 - missing)
    by_value = ranking(test.to_numpy(np.float64)[known], test_target[known])
    return max(missing, 1 - missing, by_value, 1 - by_value)


def combined_ranking(
    train: np.ndarray, train_target: np.ndarray, test: np.ndarray, test_target: np.ndarray
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

    x = standard(train)
    y = train_target - train_target.mean()
    weights = np.linalg.lstsq(x.T @ x, x.T @ y, rcond=SMALLEST)[0]
    return ranking(standard(test) @ weights, test_target)


def _rate_ranking(
    train: pd.Series, train_target: np.ndarray, test: pd.Series, test_target: np.ndarray
) -> float:
    """Ranking by the target's rate of each category in training rows; new ones get the mean."""
    rates = pd.Series(train_target).groupby(train.to_numpy()).mean()
    score = test.map(rates).fillna(float(train_target.mean())).to_numpy(np.float64)
    return ranking(score, test_target)
