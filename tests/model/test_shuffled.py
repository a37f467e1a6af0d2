"""Scores of rows with a column in another order are those of rows that were so from the start."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from tests.model.isolation.files import written
from tests.model.test_scoring import FITTED, fitted, table
from truerun.base.errors import ModelError
from truerun.base.tasks import Task
from truerun.model import shuffled, targets
from truerun.model.isolation.isolated_model import IsolatedModel
from truerun.model.shuffled import ShuffledFeatures, ShuffledRows


@pytest.mark.slow
@pytest.mark.parametrize(("name", "task"), FITTED)
@pytest.mark.parametrize("kept", [True, False])
@settings(max_examples=10)
@given(data=st.data())
def test_each_estimator_gives_the_same_to_the_bit(
    name: str, task: Task, kept: bool, data: st.DataObject
) -> None:
    model, contract = fitted(name, task)
    method, rows = targets.method(contract), table(60)[contract.features()]
    slow = ShuffledRows(getattr(model, method), rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shuffled, "MOST_LEAVES", shuffled.MOST_LEAVES if kept else 0)
        quick = shuffled.of_model(model, method, rows)
    assert isinstance(quick, ShuffledFeatures)
    assert quick.columns == slow.columns
    np.testing.assert_array_equal(quick.whole, slow.whole)
    for column in data.draw(st.lists(st.sampled_from(quick.columns), min_size=1, max_size=4)):
        order = np.array(data.draw(st.permutations(range(60))))
        np.testing.assert_array_equal(
            quick.with_order(column, order), slow.with_order(column, order)
        )


def test_the_model_itself_remembers_nothing() -> None:
    model, contract = fitted("hist_gradient_boosting", "binary")
    rows = table(60)[contract.features()]
    before = model.predict_proba(rows[::-1])
    made = shuffled.of_model(model, "predict_proba", rows)
    assert (made.with_order("number", np.arange(60)[::-1]) != made.whole).any()
    np.testing.assert_array_equal(model.predict_proba(rows[::-1]), before)


def test_a_model_that_is_made_otherwise_sees_the_rows_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, contract = fitted("hist_gradient_boosting", "binary")
    rows = table(60)[contract.features()]
    quick = shuffled.of_model(model, "predict_proba", rows)
    renamed = Pipeline([("first", model["featurizer"]), ("then", model["estimator"])])
    others = [shuffled.of_model(renamed, "predict_proba", rows)]
    monkeypatch.setattr(shuffled, "feature_columns", lambda _: contract.features())
    others.append(shuffled.of_model(model, "predict_proba", rows))
    order = np.arange(60)[::-1]
    for other in others:
        assert isinstance(other, ShuffledRows)
        np.testing.assert_array_equal(
            other.with_order("few", order), quick.with_order("few", order)
        )


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "counts"])
def test_so_does_the_process_of_a_model_that_keeps_the_rows(task: Task, tmp_path: Path) -> None:
    model, contract = fitted("hist_gradient_boosting", task)
    method, rows = targets.method(contract), table(60)[contract.features()]
    isolated = IsolatedModel(written(model, tmp_path / "model.skops"))
    here, there = shuffled.of_model(model, method, rows), isolated.shuffled(method, rows)
    assert there.columns == here.columns
    np.testing.assert_array_equal(there.whole, here.whole)
    order = np.random.default_rng(1).permutation(60)
    for column in here.columns:
        np.testing.assert_array_equal(
            there.with_order(column, order), here.with_order(column, order)
        )
    with pytest.raises(ModelError, match=r"gives no scores: KeyError\('other'\)"):
        there.with_order("other", order)


@pytest.mark.slow
def test_a_process_that_keeps_no_rows_says_so(tmp_path: Path) -> None:
    model, _ = fitted("ridge", "regression")
    isolated = IsolatedModel(written(model, tmp_path / "model.skops"))
    isolated.load()
    with pytest.raises(ModelError, match=r"gives no scores: it has no rows to reorder"):
        isolated._reordered("predict", "number", np.arange(3))
