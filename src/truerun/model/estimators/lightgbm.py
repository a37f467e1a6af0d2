"""Boosted trees of LightGBM."""

from typing import Annotated, Any

import numpy as np
from pydantic import Field
from tqdm import tqdm

from truerun.base.settings import Section
from truerun.model.estimators.estimator import CLASSES, THREADS, Estimator, Problem
from truerun.model.estimators.ranges import Range
from truerun.params.numbers import Count, Fraction


class LightGBM(Section):
    """Parameters of LightGBM."""

    learning_rate: Fraction
    n_estimators: Count
    num_leaves: Annotated[int, Field(ge=2, le=131_072)]  # LightGBM's own limit
    min_child_samples: Count
    colsample_bytree: Fraction
    reg_lambda: Annotated[float, Field(ge=0)]


def _build(given: dict[str, Any], problem: Problem) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (LGBMClassifier if problem.task in CLASSES else LGBMRegressor)(
        **given,
        objective="poisson" if problem.task == "counts" else None,
        monotone_constraints=problem.directions,
        random_state=problem.seed,
        deterministic=True,
        force_row_wise=True,
        n_jobs=THREADS,
        verbosity=-1,
    )


def _fit(estimator: Any, features: np.ndarray, target: np.ndarray, bar: "tqdm[Any]") -> None:
    estimator.fit(features, target, callbacks=[lambda _: bar.update()])


ESTIMATOR = Estimator(
    LightGBM,
    _build,
    ranges={
        "learning_rate": Range(0.01, 0.3),
        "n_estimators": Range(40, 600),
        "num_leaves": Range(3, 127),
        "min_child_samples": Range(2, 500),
        "reg_lambda": Range(0.01, 100.0),
        "colsample_bytree": Range(0.2, 1.0, even=True),
    },
    trusted=(
        "collections.OrderedDict",  # the best scores are in a defaultdict of these
        "lightgbm.basic.Booster",  # the trees, as LightGBM's own text
        "lightgbm.sklearn.LGBMClassifier",
        "lightgbm.sklearn.LGBMRegressor",
    ),
    fit=_fit,
)
