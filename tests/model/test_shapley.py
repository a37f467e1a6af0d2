"""Reasons for scores: those of another library on its own trees, and of the definition on ours."""

import itertools
import math
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from tests.model.test_scoring import COLUMNS, fitted, frame, laid_down, table
from truerun.base.errors import ModelError
from truerun.base.tasks import Task
from truerun.model.predictor import Predictor
from truerun.model.row_tables import rows_of
from truerun.model.scoring import derived
from truerun.model.scoring.shapley import TreeShapley

pytestmark = pytest.mark.slow

Array = npt.NDArray[Any]


def data(count: int = 400, width: int = 5) -> tuple[Array, Array]:
    """Features, some of them missing, and a target with interactions."""
    random = np.random.default_rng(8)
    features = random.normal(size=(count, width)).astype(np.float32)
    target = features[:, 0] * features[:, 1] + np.maximum(features[:, 2], 0) + features[:, 3]
    features[random.random(features.shape) < 0.15] = np.nan
    return features, np.nan_to_num(target)


def arrays_of(booster: lightgbm.Booster) -> dict[str, Array]:
    """LightGBM's trees as arrays of nodes, which it describes in JSON."""
    nodes: list[dict[str, Any]] = []

    def add(node: dict[str, Any]) -> int:
        place = len(nodes)
        nodes.append({})
        if "leaf_value" in node:
            nodes[place] = {
                "feature": 0, "threshold": 0.0, "child": [place, place], "missing_left": False,
                "value": node["leaf_value"], "count": node["leaf_count"],
            }  # fmt: skip
            return place
        left, right = add(node["left_child"]), add(node["right_child"])
        assert node["decision_type"] == "<="
        nodes[place] = {
            "feature": node["split_feature"], "threshold": node["threshold"],
            "child": [right, left], "missing_left": node["default_left"],
            "value": 0.0, "count": node["internal_count"],
        }  # fmt: skip
        return place

    trees = booster.dump_model()["tree_info"]
    roots = [add(tree["tree_structure"]) for tree in trees]
    arrays = {name: np.array([node[name] for node in nodes]) for name in nodes[0]}
    return {**arrays, "roots": np.array(roots), "baseline": np.zeros(1)}


def test_values_are_those_of_lightgbm_on_its_trees() -> None:
    features, target = data()
    options = {"num_leaves": 31, "min_data_in_leaf": 3, "verbose": -1, "num_threads": 1}
    booster = lightgbm.train(options, lightgbm.Dataset(features, target), num_boost_round=40)
    expected = np.asarray(booster.predict(features, pred_contrib=True))
    shapley = TreeShapley(arrays_of(booster))
    values = shapley.values(features)
    assert values.shape == (400, 1, 5)
    np.testing.assert_allclose(values[:, 0], expected[:, :-1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(shapley.base, expected[0, -1:], rtol=1e-9)
    by_blocks = np.concatenate([shapley.values(features[a : a + 7]) for a in range(0, 400, 7)])
    np.testing.assert_allclose(values, by_blocks, rtol=1e-9, atol=1e-12)


def expected_of_tree(nodes: Array, row: Array, known: set[int], node: int = 0) -> float:
    """What a tree expects of a row of which some features are known (Lundberg et al. 2018)."""
    here = nodes[node]
    if here["is_leaf"]:
        return float(here["value"])
    children = [int(here["left"]), int(here["right"])]
    cell = row[here["feature_idx"]]
    if int(here["feature_idx"]) in known:
        left = here["missing_go_to_left"] if np.isnan(cell) else cell <= here["num_threshold"]
        return expected_of_tree(nodes, row, known, children[0 if left else 1])
    shares = [nodes[child]["count"] / here["count"] for child in children]
    return float(
        sum(
            share * expected_of_tree(nodes, row, known, child)
            for share, child in zip(shares, children, strict=True)
        )
    )


def test_values_are_those_of_the_definition() -> None:
    features, target = data(300, 4)
    model = HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=4).fit(features, target)
    shapley = TreeShapley(derived.walk(model, "regression").arrays)
    some = np.vstack([features[:12], [[np.inf, -np.inf, np.nan, 0.0]]]).astype(np.float32)
    values = shapley.values(some)[:, 0]
    trees = [predictor.nodes for (predictor,) in model._predictors]
    for row, found in zip(some, values, strict=True):
        for feature in range(4):
            others = set(range(4)) - {feature}
            total = 0.0
            for size in range(4):
                weight = math.factorial(size) * math.factorial(3 - size) / math.factorial(4)
                for known in map(set, itertools.combinations(sorted(others), size)):
                    total += weight * sum(
                        expected_of_tree(tree, row, known | {feature})
                        - expected_of_tree(tree, row, known)
                        for tree in trees
                    )
            assert found[feature] == pytest.approx(total, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "counts"])
@pytest.mark.parametrize("name", ["hist_gradient_boosting", "lightgbm", "baseline"])
def test_contributions_add_up_to_the_raw_score(name: str, task: Task, tmp_path: Path) -> None:
    laid_down(name, task, tmp_path)
    model, _ = fitted(name, task)
    predictor = Predictor.load(tmp_path / "bundle")
    rows = rows_of(table()[list(COLUMNS)])
    contributions = predictor.contributions(rows)
    assert contributions.values.shape == (240, len(COLUMNS))
    scores = predictor.scores(rows)
    if name == "baseline":
        assert not contributions.values.any()
        return
    features = model["featurizer"].transform(frame(rows))
    estimator = model["estimator"]
    if name == "lightgbm":
        raw = np.asarray(estimator.predict(features, raw_score=True)).reshape(240, -1)
    else:
        raw = np.asarray(estimator._raw_predict(features))
    decided = raw[np.arange(240), scores.argmax(axis=1)] if task == "multiclass" else raw[:, 0]
    base = decided - contributions.values.sum(axis=1)
    if task == "multiclass":
        of_class = [base[scores.argmax(axis=1) == place] for place in range(raw.shape[1])]
        assert all(np.ptp(each) < 1e-9 for each in of_class if len(each))
    else:
        assert np.ptp(base) < 1e-9


@pytest.mark.parametrize(("name", "task"), [("logistic_regression", "binary"),
                                            ("logistic_regression", "multiclass"),
                                            ("ridge", "regression")])  # fmt: skip
def test_contributions_of_a_linear_model_add_up_too(name: str, task: Task, tmp_path: Path) -> None:
    laid_down(name, task, tmp_path)
    model, _ = fitted(name, task)
    predictor = Predictor.load(tmp_path / "bundle")
    rows = rows_of(table()[list(COLUMNS)])
    values = predictor.contributions(rows).values
    features = model["featurizer"].transform(frame(rows))
    estimator = model["estimator"]
    raw = np.asarray(estimator.predict(features) if task == "regression"
                     else estimator.decision_function(features)).reshape(240, -1)  # fmt: skip
    likeliest = (
        predictor.scores(rows).argmax(axis=1) if task == "multiclass" else np.zeros(240, int)
    )
    base = raw[np.arange(240), likeliest] - values.sum(axis=1)
    intercept = np.atleast_1d(estimator[-1].intercept_)[likeliest]
    np.testing.assert_allclose(base, intercept, atol=1e-4)


@pytest.mark.parametrize("name", ["random_forest", "blend"])
def test_a_model_without_a_walk_has_no_contributions(name: str, tmp_path: Path) -> None:
    laid_down(name, "binary", tmp_path)
    predictor = Predictor.load(tmp_path / "bundle")
    with pytest.raises(ModelError, match=r"cannot be explained: .*train\.model"):
        predictor.contributions(rows_of(table()[list(COLUMNS)]))
