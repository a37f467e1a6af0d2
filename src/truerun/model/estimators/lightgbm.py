"""Boosted trees of LightGBM."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field
from tqdm import tqdm

from truerun.base.settings import Section
from truerun.model.estimators import lightgbm_text
from truerun.model.estimators.estimator import (
    CLASSES,
    THREADS,
    Estimator,
    Problem,
    StructureError,
    text_keys,
)
from truerun.model.estimators.ranges import Range
from truerun.params.numbers import Count, Fraction

# Parameters that `_build` gives and the library keeps apart from its own.
GIVEN = {"deterministic", "force_row_wise", "monotone_constraints", "verbose", "verbosity"}


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


def _check_booster(node: Mapping[str, Any], _: Callable[[str], np.ndarray]) -> None:
    """The text that LightGBM parses is read under one name only."""
    content = text_keys(node["content"])
    if "handle" in content or content["_handle"]["__loader__"] != "JsonNode":
        raise StructureError("the text of the trees is missing")
    text = json.loads(content["_handle"]["content"])
    if not isinstance(text, str):
        raise StructureError("the text of the trees is missing")
    lightgbm_text.check(text)


def _check(model: Any) -> None:
    """Its trees take its features; and no parameter brings others with it, as text could."""
    from lightgbm.basic import Booster

    held = vars(model)
    trees = held.get("_Booster")
    if trees is None:
        return  # it is not fitted
    if type(trees) is not Booster or trees.num_feature() != held["_n_features"]:
        raise StructureError("_n_features: the trees take other features")
    if set(held["_other_params"]) - GIVEN:
        raise StructureError("_other_params: unknown parameters")
    for name, value in model.get_params().items():
        if isinstance(value, str) and not value.isidentifier():
            raise StructureError(f"{name}: {value!r} is not a parameter's value")


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
    objects={
        "lightgbm.basic.Booster": None,
        "lightgbm.sklearn.LGBMClassifier": _check,
        "lightgbm.sklearn.LGBMRegressor": _check,
        "sklearn.preprocessing._label.LabelEncoder": None,
    },
    nodes={"lightgbm.basic.Booster": _check_booster},
)
