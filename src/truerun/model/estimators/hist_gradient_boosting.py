"""Boosted trees over binned features: scikit-learn's HistGradientBoosting models."""

from typing import Annotated, Any

from pydantic import Field

from truerun.base.settings import Section
from truerun.model.estimators.estimator import CLASSES, Estimator, Problem
from truerun.model.estimators.ranges import Range
from truerun.params.numbers import Count, Fraction


class HistGradientBoosting(Section):
    """Parameters of scikit-learn's HistGradientBoosting models."""

    learning_rate: Fraction
    max_iter: Count
    max_leaf_nodes: Annotated[int, Field(ge=2)]
    min_samples_leaf: Count
    l2_regularization: Annotated[float, Field(ge=0)]
    max_features: Fraction


def _build(given: dict[str, Any], problem: Problem) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    given = given | {"early_stopping": False, "random_state": problem.seed}
    if problem.task in CLASSES:
        # With a score for each class it takes no directions, were they all 0.
        directions = None if problem.task == "multiclass" else problem.directions
        return HistGradientBoostingClassifier(**given, monotonic_cst=directions)
    loss = "poisson" if problem.task == "counts" else "squared_error"
    return HistGradientBoostingRegressor(**given, monotonic_cst=problem.directions, loss=loss)


ESTIMATOR = Estimator(
    HistGradientBoosting,
    _build,
    ranges={
        "learning_rate": Range(0.01, 0.3),
        "max_iter": Range(40, 600),
        "max_leaf_nodes": Range(3, 127),
        "min_samples_leaf": Range(2, 500),
        "l2_regularization": Range(0.01, 100.0),
        "max_features": Range(0.2, 1.0, even=True),
    },
    trusted=(
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",  # a tree
    ),
)
