"""Nine of ten outcomes lie within, on rows that had no part in it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conftest import PARAMS
from tests.model.test_scoring import table
from tests.tasks import contract_of
from truerun.base import tables
from truerun.base.settings import load_section
from truerun.base.tasks import Task
from truerun.evaluation import interval
from truerun.evaluation.evaluation import EvaluationTerms
from truerun.model import estimators, targets
from truerun.model import featurizer as featurizers
from truerun.model.bundle_files import Margins
from truerun.params.evaluate import Evaluate
from truerun.params.featurize import Featurize
from truerun.params.source import SourceSettings

pytestmark = pytest.mark.slow

COLUMNS: dict[str, dict[str, Any]] = {
    "whole": {"type": "int"},
    "number": {"type": "float", "nullable": True},
    "many": {"type": "text", "nullable": True},
}


def rows_of(count: int, task: Task, seed: int = 1) -> pd.DataFrame:
    rows = table(count)[["id", *COLUMNS]]
    random = np.random.default_rng(seed)
    expected = 3 + rows["number"].fillna(0) + rows["whole"] / 25
    made = random.poisson(np.exp(expected / 3)) if task == "counts" else random.normal(expected, 2)
    kind = "int64" if task == "counts" else "float64"
    return rows.assign(target=made.astype(kind), split=np.where(rows["id"] % 2, "train", "test"))


def sought(
    rows: pd.DataFrame, task: Task, name: str, folder: Path, group: str | None = None
) -> tuple[Margins | None, "pd.Series[float]", "pd.Series[float]"]:
    """The interval of a model of the training rows, and its errors on test and training rows."""
    contract = contract_of(task, COLUMNS)
    train = rows[rows["split"] == "train"].reset_index(drop=True)
    features = contract.features()
    featurizer = featurizers.build(
        features, train, contract, Featurize(exclude=(), max_one_hot=5, max_words=4, seed=1)
    )
    encoded = featurizers.fit(featurizer, features, train, contract)
    matrix = featurizer.transform(train[features])
    if encoded is not None:
        matrix[:, featurizer["columns"].output_indices_["many"]] = encoded
    section = load_section(estimators.SECTION, PARAMS, "train")
    forest = section.random_forest.model_copy(update={"min_samples_leaf": 1})
    section = section.model_copy(update={"model": name, "random_forest": forest})
    estimator = estimators.build(section, task)
    estimators.fit(name, estimator, matrix, targets.numbers(train["target"], contract))
    model = featurizers.Pipeline([("featurizer", featurizer), ("estimator", estimator)])
    tables.write_table(rows, tables.partition(folder, "all"))
    terms = EvaluationTerms(
        contract,
        load_section(Evaluate, PARAMS, "evaluate").model_copy(
            update={"threshold": None, "slices": (), "value": None}
        ),
        SourceSettings(name="table", max_dropped=0.0, options={}),
        name,
    )
    errors = rows["target"] - targets.predicted(model, rows, contract)
    is_test = rows["split"] == "test"
    return interval.seek(model, folder, terms, group), errors[is_test], errors[~is_test]


@pytest.mark.parametrize(
    ("task", "name"),
    [("regression", "ridge"), ("regression", "random_forest"), ("counts", "lightgbm")],
)
def test_nine_of_ten_outcomes_lie_within(task: Task, name: str, tmp_path: Path) -> None:
    ends, errors, _ = sought(rows_of(4000, task), task, name, tmp_path)
    assert ends is not None
    assert 0.87 < ((errors >= ends.low) & (errors <= ends.high)).mean() < 0.93
    assert 0.03 < (errors < ends.low).mean() < 0.07


def test_errors_on_rows_that_the_model_saw_would_be_too_small(tmp_path: Path) -> None:
    """A forest knows its rows: by their errors far fewer than nine of ten would lie within."""
    ends, errors, seen = sought(
        rows_of(2000, "regression"), "regression", "random_forest", tmp_path
    )
    by_seen = interval.of_errors(seen.to_numpy())
    assert ends is not None
    assert by_seen is not None
    assert by_seen.high - by_seen.low < 0.8 * (ends.high - ends.low)
    assert ((errors >= by_seen.low) & (errors <= by_seen.high)).mean() < 0.82


def test_rows_of_a_group_are_in_one_fold(tmp_path: Path) -> None:
    """Of a group that a model has seen it knows the target; of a new one it does not."""
    rows = rows_of(1200, "regression")
    places = rows["id"] // 2 % 40
    rows["many"] = ("place " + places.astype(str)).astype("str")
    rows["target"] = np.random.default_rng(2).normal(size=40)[places] * 5
    alone, *_ = sought(rows, "regression", "random_forest", tmp_path)
    together, *_ = sought(rows, "regression", "random_forest", tmp_path, "many")
    assert alone is not None
    assert together is not None
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_of_a_table_without_a_column_of_many_categories_too(tmp_path: Path) -> None:
    rows = rows_of(600, "regression").assign(many="the same")
    ends, *_ = sought(rows.astype({"many": "str"}), "regression", "ridge", tmp_path)
    assert ends is not None
    assert ends.low < 0 < ends.high


def test_few_rows_have_none(tmp_path: Path) -> None:
    ends, *_ = sought(rows_of(26, "regression"), "regression", "ridge", tmp_path)
    assert ends is None
