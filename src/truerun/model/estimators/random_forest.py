"""A random forest."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tqdm import tqdm

from truerun.base.settings import Section
from truerun.model.estimators import estimator as estimators
from truerun.model.estimators.estimator import (
    CLASSES,
    THREADS,
    Estimator,
    Problem,
    StructureError,
    text_keys,
)
from truerun.model.estimators.ranges import Range
from truerun.model.estimators.trees import check_children, check_features
from truerun.params.numbers import Count, Fraction

LEAF = -1  # instead of a child


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


def _check_tree(node: Mapping[str, Any], array: Callable[[str], np.ndarray]) -> None:
    """Compiled code copies and follows the nodes of each tree, and looks for no limit."""
    from sklearn.tree._tree import NODE_DTYPE

    features, classes, outputs = node["__reduce__"]["args"]["content"]
    content = text_keys(node["content"])
    name = content["nodes"]["file"]
    nodes = array(name)
    if nodes.dtype != NODE_DTYPE or nodes.ndim != 1 or not len(nodes):
        raise StructureError(f"{name}: nodes of {nodes.dtype}, shape {nodes.shape}")
    if _whole(content["node_count"]) != len(nodes):
        raise StructureError(f"{name}: node_count is not the number of nodes")
    if _whole(outputs) != 1 or array(classes["file"]).shape != (1,):
        raise StructureError(f"{name}: a tree of a forest has one output")
    parents = np.flatnonzero(nodes["left_child"] != LEAF)
    inner = nodes[parents]
    check_children(parents, inner["left_child"], inner["right_child"], len(nodes), name)
    check_features(inner["feature"], _whole(features), name)


def _whole(node: Mapping[str, Any]) -> int:
    value = json.loads(node["content"]) if node["__loader__"] == "JsonNode" else None
    if type(value) is not int:
        raise StructureError("a whole number is missing")
    return value


def _check(model: Any) -> None:
    """A tree takes as many features as what it is in, whose features alone are counted again."""
    if hasattr(model, "tree_") and model.tree_.n_features != model.n_features_in_:
        raise StructureError(f"n_features_in_: the tree takes {model.tree_.n_features} features")
    for each in getattr(model, "estimators_", ()):
        if each.tree_.n_features != model.n_features_in_:
            raise StructureError(f"n_features_in_: a tree takes {each.tree_.n_features} features")


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
    objects={
        "sklearn.ensemble._forest.": _check,
        "sklearn.tree._classes.": _check,
    },
    nodes={"sklearn.tree._tree.Tree": _check_tree},
)
