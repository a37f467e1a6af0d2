"""The size of the first model's trees: the best of a few, by cross-validation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)
from threadpoolctl import threadpool_limits

from truerun.base.progress import progress
from truerun.contract.contract import Contract
from truerun.model import estimators, metrics, targets
from truerun.model.estimators.hist_gradient_boosting import HistGradientBoosting
from truerun.params.train import Train

FOLDS = 3
MORE_FOLDS, FEW = 5, 5_000  # more folds where rows are few, to leave more of them for training
# Divided anew where rows are fewest: by a single division of 700 rows, worse sizes were chosen.
REPEATS, FEWER = 3, 2_000
ROWS = 20_000  # at most, to try sizes on
MOST_SPLITS = 5_000  # features, times trees of a round, times folds: some minutes' work
FEWEST = 10  # rows, or rows of a class, below which a fold says nothing
DISTINCT = 100  # kinds of rows, below which rows are equal without being copies
AGREE = 0.95  # of copies have the target of the first
LEAVES = 25  # the table has at least so many times the rows of a leaf
LEAF, MOST_LEAVES = 5, 7_000  # of the forest: rows of a leaf, and leaves of a tree
Fold = tuple[np.ndarray, np.ndarray]

COMMON = {"l2_regularization": 1.0, "max_features": 0.7}
SIZES: tuple[Mapping[str, Any], ...] = (
    {"learning_rate": 0.05, "max_iter": 120, "max_leaf_nodes": 7, "min_samples_leaf": 40},
    {"learning_rate": 0.05, "max_iter": 120, "max_leaf_nodes": 15, "min_samples_leaf": 10},
    {"learning_rate": 0.05, "max_iter": 250, "max_leaf_nodes": 15, "min_samples_leaf": 20},
    {"learning_rate": 0.1, "max_iter": 250, "max_leaf_nodes": 31, "min_samples_leaf": 20},
)


@dataclass(frozen=True)
class Apart:
    """What of the training rows says how folds divide them, as the split divides the table.

    `moments` has the time of each row, if newer rows test the model; `groups` what must be on one
    side, if the split keeps that together; `equal` says that it does so for equal rows.
    """

    moments: pd.Series | None = None
    groups: pd.Series | None = None
    equal: bool = False


def choose(
    features: pd.DataFrame, contract: Contract, train: Train, apart: Apart
) -> tuple[dict[str, Any], bool]:
    """Parameters of boosted trees for these training rows, and whether others were tried.

    Parameters
    ----------
    features : data/features, with the target's column.
    """
    rows = _each_once(features, contract.target, apart)
    copies = len(features) / max(1, len(rows))
    sizes = [_fitting(size, len(rows)) for size in SIZES]
    chosen = _best(sizes, rows, contract, train, apart)
    best = sizes[chosen or 0]
    leaf = round(best["min_samples_leaf"] * copies)
    return {**best, "min_samples_leaf": leaf}, chosen is not None


def of_others(size: Mapping[str, Any], rows: int) -> dict[str, dict[str, Any]]:
    """Parameters of the other models with trees, fitted to a table as `size` is to it.

    LightGBM's trees grow as those of `hist_gradient_boosting` do, under other names. A leaf of the
    forest, whose trees are not held back otherwise, takes few rows, and of many rows more: else the
    forest would grow with the table.

    >>> of_others(_fitting(SIZES[0], 100), 100)["random_forest"]
    {'min_samples_leaf': 4}
    """
    names = {
        "learning_rate": "learning_rate",
        "n_estimators": "max_iter",
        "num_leaves": "max_leaf_nodes",
        "min_child_samples": "min_samples_leaf",
        "colsample_bytree": "max_features",
        "reg_lambda": "l2_regularization",
    }
    leaf = max(1, min(LEAF, rows // LEAVES), rows // MOST_LEAVES)
    lightgbm = {name: size[same] for name, same in names.items()}
    return {
        "lightgbm": lightgbm,
        "blend": {"hist_gradient_boosting": dict(size), "lightgbm": dict(lightgbm)},
        "random_forest": {"min_samples_leaf": leaf},
    }


def _best(
    sizes: Sequence[Mapping[str, Any]],
    rows: pd.DataFrame,
    contract: Contract,
    train: Train,
    apart: Apart,
) -> int | None:
    """The place of the best size; None if the rows are too few to compare them."""
    sample = rows.sample(min(ROWS, len(rows)), random_state=train.seed)
    if apart.moments is not None:
        order = apart.moments[sample.index].sort_values(kind="stable").index
        sample = sample.loc[order]
    target = targets.numbers(sample[contract.target], contract)
    inputs = np.asarray(sample.drop(columns=contract.target), dtype=np.float32)
    counts = np.bincount(target, minlength=len(contract.classes)) if contract.classes else None
    if len(target) < FEWEST or (counts is not None and counts.min() < FEWEST):
        return None
    metric = metrics.main_metric(contract.task)
    together = _together(sample, contract.target, apart)
    trees = len(contract.classes) if contract.task == "multiclass" else 1  # of a round
    ordered = apart.moments is not None
    seeds = range(train.seed, train.seed + (1 if ordered or len(target) >= FEWER else REPEATS))
    divided = [
        [
            fold
            for fold in _folds(target, contract, seed, together, ordered=ordered)
            if _says_something(fold, target, contract)
        ]
        for seed in seeds
    ]
    divisions = _at_most(max(1, MOST_SPLITS // (inputs.shape[1] * trees)), divided)
    if not divisions:
        return None
    metric_values = []
    for size in progress(sizes, doing="try sizes of trees", unit="size"):
        values = []
        for folds in divisions:
            with threadpool_limits(1):  # of so few rows, two wait for each other longer than work
                score = _out_of_fold(_build(size, contract, train), inputs, target, contract, folds)
            tried = np.concatenate([part for _, part in folds])
            values.append(float(metric.value(target[tried], score[tried], target[tried])))
        metric_values.append(np.mean(values) * (1 if metric.higher_is_better else -1))
    return int(np.argmax(metric_values))


def _at_most(splits: int, divisions: Sequence[list[Fold]]) -> list[list[Fold]]:
    """So many folds in all, the last of a division: in time these have most rows."""
    kept = []
    for folds in divisions:
        if splits > 0 and folds:
            kept.append(folds[-splits:])
            splits -= len(folds)
    return kept


def _fitting(size: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """A size whose leaves so few rows can fill."""
    leaf = max(2, min(size["min_samples_leaf"], rows // LEAVES))
    return {**size, "min_samples_leaf": leaf, **COMMON}


def _each_once(features: pd.DataFrame, target: str, apart: Apart) -> pd.DataFrame:
    """The rows without copies of others, if there are such and not only kinds that come again.

    Copies have the target of the first as well. They would let leaves of few rows look as sure as
    leaves of many.
    """
    if apart.moments is not None or apart.groups is not None:
        return features
    once = features[~features.duplicated()]
    kinds = int((~features.drop(columns=target).duplicated()).sum())
    are_copies = (apart.equal or kinds >= DISTINCT) and kinds >= AGREE * len(once)
    return once.reset_index(drop=True) if are_copies else features


def _together(rows: pd.DataFrame, target: str, apart: Apart) -> np.ndarray | None:
    """For each row the number of what it must stay with; None if each row stands for itself.

    An equal row in another fold would praise the trees that learn single rows by heart.
    """
    if apart.groups is not None:
        return np.asarray(pd.factorize(apart.groups[rows.index])[0])
    if not apart.equal:
        return None
    hashes = pd.util.hash_pandas_object(rows.drop(columns=target), index=False)
    equal, distinct = pd.factorize(hashes)
    return np.asarray(equal) if len(distinct) < len(rows) else None


def _folds(
    target: np.ndarray,
    contract: Contract,
    seed: int,
    together: np.ndarray | None,
    *,
    ordered: bool,
) -> Iterator[Fold]:
    """The training and validation rows of each fold; of ordered rows, later ones validate."""
    if ordered:
        yield from TimeSeriesSplit(FOLDS).split(target)
        return
    folds = MORE_FOLDS if len(target) < FEW else FOLDS
    if together is None:
        rows = StratifiedKFold if contract.classes else KFold
        yield from rows(folds, shuffle=True, random_state=seed).split(target, target)
    elif len(np.unique(together)) >= folds:
        groups = StratifiedGroupKFold if contract.classes else GroupKFold
        divided = groups(folds, shuffle=True, random_state=seed)
        yield from divided.split(target, target, together)


def _says_something(fold: Fold, target: np.ndarray, contract: Contract) -> bool:
    """Whether both sides have every class, or two numbers."""
    return min(len(np.unique(target[part])) for part in fold) >= max(2, len(contract.classes))


def _build(size: Mapping[str, Any], contract: Contract, train: Train) -> Any:
    """Boosted trees of a size."""
    parameters = HistGradientBoosting.model_validate(size)
    settings = {"model": "hist_gradient_boosting", "hist_gradient_boosting": parameters}
    return estimators.build(train.model_copy(update=settings), contract.task)


def _out_of_fold(
    estimator: Any,
    features: np.ndarray,
    target: np.ndarray,
    contract: Contract,
    folds: Sequence[Fold],
) -> np.ndarray:
    """The scores of the validation rows, by models that have not seen them."""
    score = np.empty((len(target), max(1, len(contract.classes))))
    for training, validation in folds:
        estimators.fit_quietly(estimator, features[training], target[training])
        predicted = (estimator.predict_proba if contract.classes else estimator.predict)(
            features[validation]
        )
        score[validation] = predicted.reshape(len(validation), -1)
    if contract.task == "multiclass":
        return score
    return np.asarray(score[:, -1])
