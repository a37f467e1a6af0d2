"""Section `train`: which estimator is fitted, and with what parameters."""

from typing import Annotated, Literal

from pydantic import Field

from truerun.base.settings import Section
from truerun.params.numbers import Count, Fraction, Positive, Seed


class HistGradientBoosting(Section):
    """Parameters of scikit-learn's HistGradientBoosting models."""

    learning_rate: Fraction
    max_iter: Count
    max_leaf_nodes: Annotated[int, Field(ge=2)]
    min_samples_leaf: Count
    l2_regularization: Annotated[float, Field(ge=0)]
    max_features: Fraction


class LogisticRegression(Section):
    """Parameters of the logistic regression (features are imputed and scaled first)."""

    C: Positive
    max_iter: Count


class Ridge(Section):
    """Parameters of the ridge regression (features are imputed and scaled first)."""

    alpha: Positive


class RandomForest(Section):
    """Parameters of the random forest."""

    n_estimators: Count
    min_samples_leaf: Count
    max_features: Fraction


class LightGBM(Section):
    """Parameters of LightGBM."""

    learning_rate: Fraction
    n_estimators: Count
    num_leaves: Annotated[int, Field(ge=2, le=131_072)]  # LightGBM's own limit
    min_child_samples: Count
    colsample_bytree: Fraction
    reg_lambda: Annotated[float, Field(ge=0)]


class Baseline(Section):
    """The rate (or mean) of the training rows for everyone: it has no parameters."""


ModelName = Literal[
    "hist_gradient_boosting",
    "logistic_regression",
    "ridge",
    "random_forest",
    "lightgbm",
    "baseline",
]


class Train(Section):
    """Which estimator is fitted, and the parameters of each under its name."""

    model: ModelName
    seed: Seed
    hist_gradient_boosting: HistGradientBoosting
    logistic_regression: LogisticRegression
    ridge: Ridge
    random_forest: RandomForest
    lightgbm: LightGBM
    baseline: Baseline
