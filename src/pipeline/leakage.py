"""A sentinel for leaks: columns that know the target too well to have been known in time.

Each column, and the best linear combination of the numbers, is learned on training rows and judged
by how well it ranks the test rows: ROC AUC, where 0.5 is chance and 1 means that it gives the
target away. A real signal of that strength is rare; a copy of the outcome is not.
"""

import numpy as np
import pandas as pd
from scipy import stats

RIDGE = 1e-6


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
    if not pd.api.types.is_numeric_dtype(train):
        return _rate_ranking(train, train_target, test, test_target)
    missing = _rate_ranking(train.isna(), train_target, test.isna(), test_target)
    known = test.notna().to_numpy()
    by_value = ranking(test.to_numpy(np.float64)[known], test_target[known])
    return max(missing, by_value, 1 - by_value)


def combined_ranking(
    train: np.ndarray, train_target: np.ndarray, test: np.ndarray, test_target: np.ndarray
) -> float:
    """How well the best linear combination (least squares) of number columns ranks the target.

    It finds a target that is a sum or a difference of columns. Missing values count as the mean.

    Parameters
    ----------
    train, test : shape (rows, columns).
    """
    centre = np.atleast_1d(np.nanmean(train, axis=0))
    spread = np.atleast_1d(np.nanstd(train, axis=0))
    usable = np.isfinite(centre) & (spread > 0)
    if not usable.any():
        return 0.5

    def standard(values: np.ndarray) -> np.ndarray:
        scaled: np.ndarray = np.nan_to_num((values[:, usable] - centre[usable]) / spread[usable])
        return scaled

    x = standard(train)
    y = train_target - train_target.mean()
    weights = np.linalg.solve(x.T @ x + RIDGE * len(x) * np.eye(x.shape[1]), x.T @ y)
    return ranking(standard(test) @ weights, test_target)


def _rate_ranking(
    train: pd.Series, train_target: np.ndarray, test: pd.Series, test_target: np.ndarray
) -> float:
    """Ranking by the target's rate of each category in training rows; new ones get the mean."""
    rates = pd.Series(train_target).groupby(train.to_numpy()).mean()
    score = test.map(rates).fillna(float(train_target.mean())).to_numpy(np.float64)
    return ranking(score, test_target)
