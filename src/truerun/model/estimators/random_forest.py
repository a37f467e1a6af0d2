"""A random forest."""

from typing import Any

import numpy as np
from tqdm import tqdm

from truerun.base.settings import Section
from truerun.model.estimators import estimator as estimators
from truerun.model.estimators.estimator import CLASSES, THREADS, Estimator, Problem
from truerun.model.estimators.ranges import Range
from truerun.params.numbers import Count, Fraction


class RandomForest(Section):
    """Parameters of the random forest."""

    n_estimators: Count
    min_samples_leaf: Count
    max_features: Fraction


def _build(given: dict[str, Any], problem: Problem) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    given = given | {"random_state": problem.seed, "n_jobs": THREADS}
    if problem.task in CLASSES:
        return RandomForestClassifier(**given)
    criterion = "poisson" if problem.task == "counts" else "squared_error"
    return RandomForestRegressor(**given, criterion=criterion)


def _fit(estimator: Any, features: np.ndarray, target: np.ndarray, bar: "tqdm[Any]") -> None:
    estimators.fit(estimator, features, target, bar)
    # Threads add the trees' votes in the order in which they finish; one thread always alike.
    estimator.set_params(n_jobs=1)


ESTIMATOR = Estimator(
    RandomForest,
    _build,
    # n_estimators is not searched: more trees are better, and cost more.
    ranges={
        "min_samples_leaf": Range(1, 200),
        "max_features": Range(0.1, 1.0, even=True),
    },
    trusted=(
        "sklearn.tree._tree.Tree",  # a tree
    ),
    fit=_fit,
)
