"""The size of the first model's trees: the best of a few, by cross-validation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit
from threadpoolctl import threadpool_limits

from truerun.base.progress import progress
from truerun.contract.contract import Contract
from truerun.model import estimators, metrics, targets
from truerun.model.estimators.hist_gradient_boosting import HistGradientBoosting
from truerun.params.train import Train

FOLDS = 3
MORE_FOLDS, FEW = 5, 5_000  # more folds where rows are few, to leave more of them for training
ROWS = 20_000  # at most, to try sizes on
FEWEST = 10  # rows, or rows of a class, below which a fold says nothing
LEAVES = 25  # the table has at least so many times the rows of a leaf
Fold = tuple[np.ndarray, np.ndarray]

COMMON = {"l2_regularization": 1.0, "max_features": 0.7}
SIZES: tuple[Mapping[str, Any], ...] = (
    {"learning_rate": 0.05, "max_iter": 120, "max_leaf_nodes": 7, "min_samples_leaf": 40},
    {"learning_rate": 0.05, "max_iter": 120, "max_leaf_nodes": 15, "min_samples_leaf": 10},
    {"learning_rate": 0.05, "max_iter": 250, "max_leaf_nodes": 15, "min_samples_leaf": 20},
    {"learning_rate": 0.1, "max_iter": 250, "max_leaf_nodes": 31, "min_samples_leaf": 20},
)


def choose(
    features: pd.DataFrame, contract: Contract, train: Train, moments: pd.Series | None = None
) -> tuple[dict[str, Any], bool]:
    """Parameters of boosted trees for these training rows, and whether others were tried.

    Parameters
    ----------
    features : data/features, with the target's column.
    moments : the time of each row, if newer rows test the model: then they do so here as well.
    """
    sizes = [_fitting(size, len(features)) for size in SIZES]
    sample = features.sample(min(ROWS, len(features)), random_state=train.seed)
    if moments is not None:
        sample = sample.loc[moments[sample.index].sort_values(kind="stable").index]
    target = targets.numbers(sample[contract.target], contract)
    inputs = np.asarray(sample.drop(columns=contract.target), dtype=np.float32)
    counts = np.bincount(target, minlength=len(contract.classes)) if contract.classes else None
    if len(target) < FEWEST or (counts is not None and counts.min() < FEWEST):
        return sizes[0], False
    metric = metrics.main_metric(contract.task)
    folds = list(_folds(target, contract, train.seed, ordered=moments is not None))
    if not folds:
        return sizes[0], False
    validation = np.concatenate([part for _, part in folds])
    metric_values = []
    for size in progress(sizes, doing="try sizes of trees", unit="size"):
        with threadpool_limits(1):  # of so few rows, two wait for each other longer than they work
            score = _out_of_fold(_build(size, contract, train), inputs, target, contract, folds)
        value = float(metric.value(target[validation], score[validation], target[validation]))
        metric_values.append(value if metric.higher_is_better else -value)
    return sizes[int(np.argmax(metric_values))], True


def _fitting(size: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """A size whose leaves so few rows can fill."""
    leaf = max(2, min(size["min_samples_leaf"], rows // LEAVES))
    return {**size, "min_samples_leaf": leaf, **COMMON}


def _folds(target: np.ndarray, contract: Contract, seed: int, *, ordered: bool) -> Iterator[Fold]:
    """The training and validation rows of each fold; of ordered rows, later ones validate."""
    if ordered:
        for training, validation in TimeSeriesSplit(FOLDS).split(target):
            distinct = [len(np.unique(target[part])) for part in (training, validation)]
            if min(distinct) >= max(2, len(contract.classes)):  # else they say nothing
                yield training, validation
        return
    divide = StratifiedKFold if contract.classes else KFold
    folds = MORE_FOLDS if len(target) < FEW else FOLDS
    yield from divide(folds, shuffle=True, random_state=seed).split(target, target)


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
        estimator.fit(estimators.learnable(features[training]), target[training])
        predicted = (estimator.predict_proba if contract.classes else estimator.predict)(
            features[validation]
        )
        score[validation] = predicted.reshape(len(validation), -1)
    if contract.task == "multiclass":
        return score
    return np.asarray(score[:, -1])
