"""How large the trees of the first model are: of a few sizes, the best in cross-validation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold
from threadpoolctl import threadpool_limits

from pipeline import estimators, metrics, targets
from pipeline.contract import Contract
from pipeline.params import HistGradientBoosting, Train
from pipeline.progress import progress

FOLDS = 3
MORE_FOLDS, FEW = 5, 5_000  # of few rows, which smaller folds leave more of to learn from
ROWS = 20_000  # that it is tried on, at most
FEWEST = 10  # rows of a class, below which a fold tells nothing
LEAVES = 25  # so many times the rows of a leaf are there, at least
COMMON = {"l2_regularization": 1.0, "max_features": 0.7}
SIZES: tuple[Mapping[str, Any], ...] = (
    {"learning_rate": 0.05, "max_iter": 120, "max_leaf_nodes": 7, "min_samples_leaf": 40},
    {"learning_rate": 0.05, "max_iter": 120, "max_leaf_nodes": 15, "min_samples_leaf": 10},
    {"learning_rate": 0.05, "max_iter": 250, "max_leaf_nodes": 15, "min_samples_leaf": 20},
    {"learning_rate": 0.1, "max_iter": 250, "max_leaf_nodes": 31, "min_samples_leaf": 20},
)


def chosen(features: pd.DataFrame, contract: Contract, train: Train) -> dict[str, Any]:
    """Parameters of boosted trees for these training rows.

    Parameters
    ----------
    features : data/features, with the target's column; its order means nothing.
    """
    sizes = [_fitting(size, len(features)) for size in SIZES]
    sample = features.sample(min(ROWS, len(features)), random_state=train.seed)
    target = targets.numbers(sample[contract.target], contract)
    known = np.asarray(sample.drop(columns=contract.target), dtype=np.float32)
    if contract.classes and np.bincount(target, minlength=len(contract.classes)).min() < FEWEST:
        return sizes[0]
    metric = metrics.METRICS[contract.task][metrics.MAIN[contract.task]]
    reached = []
    for size in progress(sizes, doing="try sizes of trees", unit="size"):
        with threadpool_limits(1):  # of so few rows, two wait for each other longer than they work
            score = _out_of_fold(size, known, target, contract, train)
        value = float(metric.value(target, score, target))
        reached.append(value if metric.higher_is_better else -value)
    return sizes[int(np.argmax(reached))]


def _fitting(size: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """A size with leaves that so few rows can fill."""
    leaf = max(2, min(size["min_samples_leaf"], rows // LEAVES))
    return {**size, "min_samples_leaf": leaf, **COMMON}


def _out_of_fold(
    size: Mapping[str, Any],
    features: np.ndarray,
    target: np.ndarray,
    contract: Contract,
    train: Train,
) -> np.ndarray:
    """The scores of rows by models that have not seen them."""
    parameters = HistGradientBoosting.model_validate(size)
    tried = train.model_copy(
        update={"model": "hist_gradient_boosting", "hist_gradient_boosting": parameters}
    )
    folds = (StratifiedKFold if contract.classes else KFold)(
        MORE_FOLDS if len(target) < FEW else FOLDS, shuffle=True, random_state=train.seed
    )
    score = np.empty((len(target), max(1, len(contract.classes))))
    for learned, judged in folds.split(features, target):
        estimator = estimators.build(tried, contract.task)
        estimator.fit(features[learned], target[learned])
        found = (estimator.predict_proba if contract.classes else estimator.predict)(
            features[judged]
        )
        score[judged] = found.reshape(len(judged), -1)
    if contract.task == "multiclass":
        return score
    return np.asarray(score[:, -1])
