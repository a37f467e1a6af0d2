"""A check for leaks: columns that predict the target too well to have been known in time.

Each column, and the best linear combination of the numbers, is learned on training rows and judged
by how well it ranks the test rows: 0.5 is chance, and 1 gives the target away.
Classes are ranked by ROC AUC (of several, the mean of each against the others), numbers by
Spearman's rank correlation r as (1 + |r|) / 2. A real signal of that strength is rare; a copy of
the outcome is not. Targets are numbers as `targets` makes them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.tasks import Task
from truerun.contract.stability import quantiles

SMALLEST = 1e-12  # relative singular value: nearly equal columns may differ in what matters
BINS = 50
HARDLY = 0.005  # a combination that ranks so much worse is as good
CODES, EACH = 200, 10  # values of numbers that may be codes, and rows of each, on average
FEWEST = 30  # test rows (of each class) below which a perfect ranking is not a surprise

# From the ranks of a score and a target: 0.5 is chance, 1 the same order, 0 the opposite one.
Ranking = Callable[[np.ndarray, np.ndarray], float]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
# From a training and a test target and a ranking: how well what was learned ranks the test rows.
Judge = Callable[[np.ndarray, np.ndarray, Ranking], float]


def area(score: np.ndarray, target: np.ndarray) -> float:
    """ROC AUC of a score for a target of 0 and 1, ties counted half; 0.5 if one class is absent.

    >>> area(np.array([0.1, 0.4, 0.4, 0.8]), np.array([0, 0, 1, 1]))
    0.875
    """
    return _area(ranks(score), target)


def agreement(score: np.ndarray, target: np.ndarray) -> float:
    """Spearman's correlation of a score with a number, as (1 + r) / 2; 0.5 if one is constant."""
    return _agreement(ranks(score), target)


def ranks(values: np.ndarray) -> Floats:
    """The rank of each value from 1 on; those that tie have the mean of theirs.

    >>> ranks(np.array([0.1, 0.4, 0.4, 0.8])).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    distinct, places = np.unique(values, return_inverse=True)
    return _ranks(places, np.arange(len(distinct)))


def _ranks(places: Codes, of_places: Codes) -> Floats:
    """The ranks of rows by the order of their places, of which several may tie."""
    rows = np.bincount(of_places, np.bincount(places, minlength=len(of_places)))
    return (np.cumsum(rows) - (rows - 1) / 2)[of_places][places]


def _area(ranked: Floats, target: np.ndarray) -> float:
    positive = target == 1
    pairs = int(positive.sum()) * int((~positive).sum())
    if not pairs:
        return 0.5
    below = ranked[positive].sum() - positive.sum() * (positive.sum() + 1) / 2
    return float(below / pairs)


def _agreement(ranked: Floats, target: np.ndarray) -> float:
    x, y = ranked - ranked.mean(), ranks(target)
    y = y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return (1 + float(x @ y) / size) / 2 if len(ranked) and size else 0.5


def column_ranking(
    train: pd.Series,
    train_target: np.ndarray,
    test: pd.Series,
    test_target: np.ndarray,
    task: Task,
) -> float:
    """How well one column ranks the target, in the better direction; at least 0.5.

    Text, and whether a number is missing, are scored by the target's mean in the training rows. So
    are numbers too, each value where they are few, else each of many bins: a code may be a class
    that lies between others. A value that is missing for exactly one of several classes counts too.
    """
    missing = train.isna().to_numpy(), test.isna().to_numpy()
    absences = _Categories(missing[0].astype(np.int64), missing[1].astype(np.int64), 2)
    categories = _categories(train, test)
    present = ~missing[1]
    ranked = None
    if pd.api.types.is_numeric_dtype(train):
        ranked = ranks(test.to_numpy(np.float64)[present])

    def judged(learned: np.ndarray, target: np.ndarray, ranking: Ranking) -> float:
        missing = ranking(absences.ranks(learned), target) if not present.all() else 0.5
        if ranked is not None and _fewest(target[present], task) < FEWEST:
            return max(missing, 1 - missing)
        by_mean = ranking(categories.ranks(learned), target) if categories else 0.5
        if ranked is None:
            return max(missing, 1 - missing, by_mean, 1 - by_mean)
        by_value = ranking(ranked, target[present])
        return max(missing, 1 - missing, by_value, 1 - by_value, by_mean)

    alone = _missing_alone(missing[1], test_target) if task == "multiclass" else 0.5
    return max(alone, _judged(judged, train_target, test_target, task))


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
    x, x_test = _standard(train, test)
    if not x.shape[1]:
        return 0.5
    products = x.T @ x

    def judged(learned: np.ndarray, target: np.ndarray, ranking: Ranking) -> float:
        weights = _weights(x, products, learned)
        return ranking(ranks(x_test @ weights), target)

    return _judged(judged, train_target, test_target, task)


def weightiest(
    train: pd.DataFrame,
    train_target: np.ndarray,
    test: pd.DataFrame,
    test_target: np.ndarray,
    task: Task,
) -> list[str]:
    """The fewest number columns whose combination ranks as well as that of all, or hardly less.

    The weightiest comes first.
    """
    names = [str(name) for name in train.columns]
    numbers, numbers_test = train.to_numpy(np.float64), test.to_numpy(np.float64)

    def ranking(places: list[int]) -> float:
        sides = numbers[:, places], numbers_test[:, places]
        return combined_ranking(sides[0], train_target, sides[1], test_target, task)

    least = ranking([*range(len(names))]) - HARDLY

    def holds(places: list[int]) -> bool:
        return ranking(places) >= least

    filled = np.where(np.isfinite(numbers).any(axis=0), numbers, 0.0)
    x = _standard(filled, filled)[0]
    products = x.T @ x
    classes = np.unique(train_target) if task == "multiclass" else ()
    goals = [(train_target == each).astype(np.int8) for each in classes] or [train_target]
    weights = np.max([np.abs(_weights(x, products, goal)) for goal in goals], axis=0)
    order = [int(place) for place in np.argsort(-weights, kind="stable")]
    low, high = 1, len(order)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(order[:middle]) else (middle + 1, high)
    chosen = order[:high]
    for place in reversed(chosen.copy()):
        fewer = [each for each in chosen if each != place]
        if fewer and holds(fewer):
            chosen = fewer
    return [names[place] for place in chosen]


def _standard(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns with a value in training rows, by their mean and spread there; missing ones as 0."""
    train, test = np.asfortranarray(train), np.asfortranarray(test)  # sums are down columns
    present = np.isfinite(train)
    values = present.sum(axis=0)
    usable = values > 0
    if not usable.all():
        train, test, present, values = (
            each[..., usable] for each in (train, test, present, values)
        )
    centre = np.where(present, train, 0.0).sum(axis=0) / values
    moved = np.where(present, train - centre, 0.0)
    spread = np.sqrt((moved * moved).sum(axis=0) / values)
    spread[spread == 0] = 1
    moved /= spread
    return moved, np.where(np.isfinite(test), (test - centre) / spread, 0.0)


def _weights(x: np.ndarray, products: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """Least squares of a target on standard columns."""
    y = learned - learned.mean()
    weights: np.ndarray = np.linalg.lstsq(products, x.T @ y, rcond=SMALLEST)[0]
    return weights


def _missing_alone(is_missing: np.ndarray, target: np.ndarray) -> float:
    """How well it ranks one of several classes whether a value is missing, at best."""
    ranked, best = ranks(is_missing), 0.5
    for each in np.unique(target) if is_missing.any() else ():
        of_class = (target == each).astype(np.int8)
        if _fewest(of_class, "binary") >= FEWEST:
            ranking = _area(ranked, of_class)
            best = max(best, ranking, 1 - ranking)
    return best


def _judged(judge: Judge, train_target: np.ndarray, test_target: np.ndarray, task: Task) -> float:
    """The ranking of the target, or the mean of each class's against the others.

    Classes with few rows are left out, and 0.5 is returned if no others are left.
    """
    if task != "multiclass":
        enough = _fewest(test_target, task) >= FEWEST
        ranking = _area if task == "binary" else _agreement
        return judge(train_target, test_target, ranking) if enough else 0.5
    class_rankings = [
        judge((train_target == k).astype(np.int8), of_class, _area)
        for k in np.union1d(train_target, test_target)
        if _fewest(of_class := (test_target == k).astype(np.int8), task) >= FEWEST
    ]
    return float(np.mean(class_rankings)) if class_rankings else 0.5


@dataclass(frozen=True)
class _Categories:
    """The categories of training and test rows, of so many; the one after them is missing."""

    train: Codes
    test: Codes
    count: int

    def ranks(self, learned: np.ndarray) -> Floats:
        """Ranks of test rows by the target's mean per category in training rows.

        Categories that no training row has, and missing ones, have the mean of all.
        """
        means = pd.Series(learned).groupby(self.train).mean()
        overall = float(learned.mean())
        scores = np.full(self.count + 1, overall)
        scores[means.index] = means
        scores[-1] = overall
        return _ranks(self.test, np.unique(scores, return_inverse=True)[1])


def _categories(train: pd.Series, test: pd.Series) -> _Categories | None:
    """Text as it is; numbers as each value where they are few, else bins of the training rows.

    None if all of them are missing.
    """
    if not pd.api.types.is_numeric_dtype(train):
        codes, distinct = pd.factorize(pd.concat([train, test], ignore_index=True))
        codes[codes < 0] = len(distinct)
        return _Categories(codes[: len(train)], codes[len(train) :], len(distinct))
    numbers = np.sort(train.dropna().to_numpy(np.float64))
    if not len(numbers):
        return None
    edges = numbers[np.append(True, numbers[1:] != numbers[:-1])]
    if len(edges) > min(CODES, len(numbers) / EACH):
        edges = np.unique(quantiles(numbers, np.arange(1, BINS) / BINS))
    of_train, of_test = (
        np.searchsorted(edges, side.to_numpy(np.float64)) for side in (train, test)
    )
    return _Categories(of_train, of_test, len(edges) + 1)


def _fewest(target: np.ndarray, task: Task) -> int:
    """The number of values; for classes, of the rarer side."""
    if task in ("regression", "counts"):
        return len(target)
    return int(min(np.bincount(target, minlength=2)))
