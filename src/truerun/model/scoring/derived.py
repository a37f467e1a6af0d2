"""Lookups and a walk, derived from a fitted pipeline; or that there are none for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from truerun.base.tasks import Task
from truerun.model.featurizer import free_text

Arrays = Mapping[str, npt.NDArray[Any]]
TREES = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
LINKS: Mapping[Task, str] = {
    "binary": "logistic",
    "multiclass": "softmax",
    "regression": "identity",
    "counts": "exponential",
}


@dataclass(frozen=True)
class Derived:
    """What `walks.WALKS[kind]` is made of; `needs` names the packages beside NumPy and pydantic."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    arrays: Arrays = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def plan(featurizer: Pipeline) -> dict[str, Any]:
    """What `lookups.Lookups` takes, of a fitted featurizer."""
    numbers: list[str] = []
    tables: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    free = free_text(featurizer)
    for kind, fitted, columns in featurizer["columns"].transformers_:
        if not columns:
            continue
        if kind == "number":
            numbers = list(columns)
        elif kind == "few":
            tables += map(_one_hot, columns, fitted.categories_)
        elif kind == "many":
            tables += _encoded(fitted, columns)
        elif kind in free:
            words.append(_weights(fitted["weighed"], free[kind]))
    return {"numbers": numbers, "tables": tables, "words": words}


def _one_hot(column: str, categories: npt.NDArray[Any]) -> dict[str, Any]:
    unit = np.eye(len(categories), dtype=int).tolist()
    zeros = [0] * len(categories)
    return {"column": column, "values": _texts(categories), "features": unit, "unknown": zeros}


def _encoded(encoder: Any, columns: list[str]) -> list[dict[str, Any]]:
    """Tables of a target encoder, which has an encoding of each column for each class."""
    means = np.atleast_1d(encoder.target_mean_).astype(np.float64)
    width = len(encoder.encodings_) // len(columns)
    return [
        {
            "column": column,
            "values": _texts(encoder.categories_[place]),
            "features": np.stack(
                encoder.encodings_[place * width : (place + 1) * width], axis=1
            ).tolist(),
            "unknown": np.resize(means, width).tolist(),
        }
        for place, column in enumerate(columns)
    ]


def _weights(vectorizer: Any, column: str) -> dict[str, Any]:
    weights = vectorizer.idf_
    words = [str(word) for word in vectorizer.get_feature_names_out()]
    precision = weights.dtype.name
    return {"column": column, "words": words, "weights": weights.tolist(), "precision": precision}


def _texts(categories: npt.NDArray[Any]) -> list[str | None]:
    """Categories as JSON has them; a missing value is one too."""
    return [None if pd.isna(value) else str(value) for value in categories]


def walk(estimator: Any, task: Task) -> Derived | None:
    """What gives the estimator's scores; None if nothing but the estimator itself does."""
    kind = type(estimator)
    if kind in TREES:
        return _trees(estimator, task)
    if kind is Pipeline and type(estimator[-1]) in (LogisticRegression, Ridge):
        return _linear(estimator, task)
    if kind is DummyClassifier:
        prior = np.asarray(estimator.class_prior_, dtype=np.float64)
        return Derived("constant", arrays={"constant": prior[1] if task == "binary" else prior})
    if kind is DummyRegressor:
        return Derived("constant", arrays={"constant": np.asarray(estimator.constant_).reshape(())})
    if hasattr(estimator, "booster_"):
        text = np.frombuffer(estimator.booster_.model_to_string().encode(), dtype=np.uint8)
        return Derived("lightgbm", arrays={"lightgbm": text}, needs=("lightgbm",))
    return None


def libraries(estimator: Any) -> list[str]:
    """The packages beside scikit-learn without which the estimator itself cannot be loaded."""
    members = getattr(estimator, "estimators_", ())
    return ["lightgbm"] if any(hasattr(each, "booster_") for each in members) else []


def _trees(estimator: Any, task: Task) -> Derived:
    """The nodes of all trees, one tree behind the other."""
    nodes = [each.nodes for each in chain.from_iterable(estimator._predictors)]  # noqa: SLF001
    sizes = [len(tree) for tree in nodes]
    roots = np.cumsum([0, *sizes[:-1]]).astype(np.int64)
    whole = np.concatenate(nodes)
    offset = np.repeat(roots, sizes)
    is_leaf = whole["is_leaf"] != 0
    itself = np.arange(len(whole))
    left, right = (
        np.where(is_leaf, itself, whole[side].astype(np.int64) + offset)
        for side in ("left", "right")
    )
    arrays = {
        "roots": roots,
        "baseline": np.asarray(estimator._baseline_prediction, np.float64).ravel(),  # noqa: SLF001
        "feature": np.where(is_leaf, 0, whole["feature_idx"]).astype(np.int64),
        "threshold": whole["num_threshold"].astype(np.float64),
        "child": np.stack([right, left], axis=1),
        "missing_left": whole["missing_go_to_left"] != 0,
        "value": whole["value"].astype(np.float64),
        "count": whole["count"].astype(np.uint32),
    }
    return Derived("trees", {"link": LINKS[task], "depth": int(whole["depth"].max())}, arrays)


def _linear(pipeline: Pipeline, task: Task) -> Derived:
    imputer, scaler, linear = (step for _, step in pipeline.steps)
    statistics = np.asarray(imputer.statistics_, np.float64)
    kept = np.flatnonzero(~np.isnan(statistics))
    single = np.float32
    arrays = {
        "kept": kept,
        "filling": statistics[kept].astype(single),
        "mean": scaler.mean_.astype(single),
        "scale": scaler.scale_.astype(single),
        "coefficients": np.asarray(linear.coef_),
        "intercept": np.asarray(linear.intercept_),
    }
    if task == "regression":
        return Derived("linear", {"link": "identity"}, arrays)
    if task == "binary":
        return Derived("linear", {"link": "logistic of scipy"}, arrays, ("scipy",))
    return Derived("linear", {"link": "softmax by rows"}, arrays)
