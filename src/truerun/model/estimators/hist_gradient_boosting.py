"""Boosted trees over binned features: scikit-learn's HistGradientBoosting models."""

from itertools import chain
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from truerun.base.settings import Section
from truerun.model.estimators.estimator import CLASSES, Estimator, Problem, StructureError
from truerun.model.estimators.ranges import Range
from truerun.model.estimators.trees import check_children, check_features
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


def _check(model: Any) -> None:
    """Compiled code follows the nodes of each tree, and looks for no limit."""
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

    if not hasattr(model, "_predictors"):
        return  # it is not fitted
    if getattr(model, "_in_fit", False) or getattr(model, "_preprocessor", None) is not None:
        raise StructureError("_in_fit, _preprocessor: features are not taken as they are")
    if np.any(model._bin_mapper.is_categorical_):  # noqa: SLF001
        raise StructureError("is_categorical_: every feature is a number here")
    features = model.n_features_in_
    for number, predictor in enumerate(chain.from_iterable(model._predictors)):  # noqa: SLF001
        nodes, name = predictor.nodes, f"tree {number}"
        if nodes.dtype != PREDICTOR_RECORD_DTYPE or nodes.ndim != 1 or not len(nodes):
            raise StructureError(f"{name}: nodes of {nodes.dtype}, shape {nodes.shape}")
        if nodes["is_categorical"].any():
            raise StructureError(f"{name}: is_categorical: every feature is a number here")
        parents = np.flatnonzero(nodes["is_leaf"] == 0)
        inner = nodes[parents]
        check_children(parents, inner["left"], inner["right"], len(nodes), name)
        check_features(inner["feature_idx"], features, name)


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
    objects={
        "sklearn._loss.": None,
        "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper": None,
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.": _check,
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor": None,
    },
)
