"""The threshold that is sought on cross-fitted scores of training rows, and its file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from tests.conftest import PARAMS
from tests.tasks import contract_of
from truerun.base import tables
from truerun.base.errors import ModelError
from truerun.contract.contract import Contract
from truerun.evaluation import cross_fit, threshold
from truerun.evaluation.evaluation import EvaluationTerms
from truerun.model import estimators, featurizer
from truerun.params.featurize import Featurize
from truerun.params.value import PriceList
from truerun.project import params

COLUMNS = {
    "x": {"type": "float"},
    "town": {"type": "text"},
    "shop": {"type": "text"},
    "day": {"type": "int", "feature": False},
    "fare": {"type": "float", "feature": False},
}
BINARY = contract_of("binary", COLUMNS)
PRICES = {"true_positive": 30, "false_positive": -10, "false_negative": 0, "true_negative": 0}


def rows_of(count: int = 900, towns: int = 300) -> pd.DataFrame:
    """Rows whose town, of few rows each, says nothing but to who has seen their target."""
    random = np.random.default_rng(11)
    x = random.normal(size=count)
    table = pd.DataFrame({"id": np.arange(count), "x": x})
    table["town"] = [f"town {number}" for number in random.integers(towns, size=count)]
    table["shop"] = random.choice(["a", "b"], count)
    table["day"], table["fare"] = np.arange(count) // 30, 30.0
    table["target"] = (random.random(count) < 1 / (1 + np.exp(-x))).astype(np.int64)
    table["split"] = np.where(np.arange(count) % 3, "train", "test")
    return table


def terms(contract: Contract = BINARY, at: float | None = 0.5, **given: Any) -> EvaluationTerms:
    whole = params.load(PARAMS)
    chosen = PriceList.model_validate({"name": "profit", "unit": "euros", **(given or PRICES)})
    some = {"slices": (), "value": chosen, "threshold": at}
    evaluate = whole.evaluate.model_copy(update=some)
    return EvaluationTerms(contract, evaluate, whole.source, "logistic_regression")


def served(rows: pd.DataFrame) -> Pipeline:
    """A model as the stages fit it."""
    train = rows[rows["split"] == "train"]
    features, chosen = BINARY.features(), Featurize(exclude=(), max_one_hot=5, max_words=5, seed=1)
    made = featurizer.build(features, train, BINARY, chosen)
    encoded = featurizer.fit(made, features, train, BINARY)
    matrix = made.transform(train[features])
    matrix[:, made["columns"].output_indices_["many"]] = encoded
    fitted = estimators.build(
        params.load(PARAMS).train.model_copy(update={"model": "logistic_regression"}), "binary"
    )
    estimators.fit("logistic_regression", fitted, matrix, train["target"].to_numpy())
    return Pipeline([("featurizer", made), ("estimator", fitted)])


def sought(tmp_path: Path, rows: pd.DataFrame, asked: EvaluationTerms) -> threshold.Sought:
    half = len(rows) // 2
    tables.write_table(rows[:half], tmp_path / "rows/a.parquet")
    tables.write_table(rows[half:], tmp_path / "rows/b.parquet")
    return threshold.seek(served(rows), tmp_path / "rows", asked)


@pytest.mark.slow
def test_the_threshold_is_where_a_call_begins_to_pay(tmp_path: Path) -> None:
    found = sought(tmp_path, rows_of(6000), terms())
    assert 0.15 < found.best < 0.4
    assert found.rows == 4000
    assert found.best_value > found.present_value
    assert found.content()["value"]["best"] == found.best_value


@pytest.mark.slow
def test_it_is_the_same_again_and_leaves_the_model_as_it_is(tmp_path: Path) -> None:
    rows = rows_of()
    model = served(rows)
    tables.write_table(rows, tmp_path / "a.parquet")
    before = model.predict_proba(rows[BINARY.features()])
    found = [threshold.seek(model, tmp_path, terms()) for _ in range(2)]
    assert found[0] == found[1]
    assert (model.predict_proba(rows[BINARY.features()]) == before).all()


@pytest.mark.slow
def test_no_score_is_of_a_model_that_saw_the_row() -> None:
    """A target encoding of towns with three rows each gives the target away to who has seen it."""
    rows = rows_of()
    rows["x"] = 0.0
    train = rows[rows["split"] == "train"].reset_index(drop=True)
    target = train["target"].to_numpy()
    score = cross_fit.scores(served(rows), train, terms(), None)
    assert abs(np.corrcoef(score, target)[0, 1]) < 0.12


@pytest.mark.slow
def test_rows_of_a_group_are_in_one_fold() -> None:
    """A day of which a model has seen rows gives them away."""
    rows = rows_of()
    rows["town"] = "day " + rows["day"].astype(str)
    rows["target"] = np.random.default_rng(1).integers(2, size=30)[rows["day"]].astype(np.int64)
    train = rows[rows["split"] == "train"].reset_index(drop=True)
    target = train["target"].to_numpy()
    alone, together = (
        abs(np.corrcoef(cross_fit.scores(served(rows), train, terms(), group), target)[0, 1])
        for group in (None, "day")
    )
    assert alone > 0.9
    assert together < 0.5


def test_of_many_rows_some_are_taken_evenly(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(cross_fit, "MOST", 100)
    rows = rows_of()
    for number, part in enumerate((rows[:100], rows[100:101], rows[101:])):
        tables.write_table(part, tmp_path / f"{number}.parquet")
    some = cross_fit.training_rows(served(rows), tmp_path, BINARY, ["id"])
    train = rows[rows["split"] == "train"]
    assert some["id"].tolist() == train["id"].iloc[::6].tolist()


@pytest.mark.slow
def test_prices_of_rows_count(tmp_path: Path) -> None:
    given = PRICES | {"true_positive": "fare"}
    assert sought(tmp_path, rows_of(), terms(**given)) == sought(tmp_path, rows_of(), terms())


@pytest.mark.parametrize(
    ("asked", "rows", "why"),
    [
        (
            terms(contract_of("regression", COLUMNS), None, over=1, under=1),
            rows_of(),
            "task: regression has no threshold",
        ),
        (
            terms(),
            rows_of(60).assign(target=(np.arange(60) < 16).astype(np.int64)),
            "3 folds need 15 training rows or more with target 1",
        ),
        (
            terms(**PRICES, group="day"),
            rows_of(60),
            "3 folds need 15 training rows or more with target 0 in 3 values of day",
        ),
    ],
)
def test_why_there_is_none_is_told(tmp_path: Path, asked, rows, why: str) -> None:
    found = sought(tmp_path, rows, asked)
    assert found.content() == {"best": None, "why": why}
    (tmp_path / "metrics").mkdir()
    (tmp_path / threshold.PATH).write_text(json.dumps(found.content()), encoding="utf-8")
    assert threshold.read(tmp_path) is None


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"best": 1}', '{"best": "0.5"}', "[" * 9999]
)
def test_a_file_that_names_no_threshold_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "metrics").mkdir()
        (tmp_path / threshold.PATH).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"metrics/threshold\.json"):
        threshold.read(tmp_path)
