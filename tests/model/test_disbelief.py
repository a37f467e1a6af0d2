"""A test score that is too good to be true is doubted, with the columns that carry it."""

import pandas as pd
import pytest

from truerun.model import disbelief

IMPORTANCE = pd.DataFrame(
    {"column": ["fee", "age", "plan", "wait"], "importance": [0.41, 0.05, 0.01, -0.01]}
)


@pytest.mark.parametrize(
    ("task", "results", "doubted"),
    [
        ("binary", {"test": {"roc_auc": 0.98}}, True),
        ("binary", {"test": {"roc_auc": 0.979}}, False),
        ("binary", {"test": {"roc_auc": None}}, False),
        ("multiclass", {"test": {"roc_auc_macro": 0.999}}, True),
        ("multiclass", {"test": {"roc_auc_macro": 0.9}}, False),
        ("regression", {"test": {"rmse": 1.0}, "baseline": {"rmse": 10.0}}, True),
        ("regression", {"test": {"rmse": 2.0}, "baseline": {"rmse": 10.0}}, False),
        ("counts", {"test": {"rmse": 0.1}, "baseline": {"rmse": 0.0}}, False),
        ("counts", {"test": {"rmse": 0.1}, "baseline": {"rmse": 3.0}}, True),
    ],
)
def test_a_score_is_doubted_where_hardly_anything_is_left(task, results, doubted):
    assert (disbelief.warning(results, IMPORTANCE, task) is not None) == doubted


def test_the_columns_that_carry_it_are_named_by_importance():
    doubt = disbelief.warning({"test": {"roc_auc": 0.9981}}, IMPORTANCE, "binary")

    assert "ROC AUC 0.998 on test rows is seldom true" in doubt
    assert "by importance, by fee (0.41), age (0.05): are they known" in doubt
    nothing = IMPORTANCE.assign(importance=0.0)
    assert "by no column alone" in disbelief.warning({"test": {"roc_auc": 1}}, nothing, "binary")
