"""The sizes of trees are judged as the test will judge: by rows kept apart, or by newer ones."""

import numpy as np
import pandas as pd
import pytest

from tests.conftest import PARAMS
from tests.tasks import contract_of
from truerun.adopt.writing import tree_sizes
from truerun.project import params

TRAIN = params.load(PARAMS).train
CONTRACT = contract_of("binary", {"x": {"type": "float"}})


def rows(count: int) -> tuple[pd.DataFrame, pd.Series]:
    """Rows whose target follows `x` at first and goes against it later, and their moments."""
    random = np.random.default_rng(4)
    inputs = random.normal(size=(count, 5))
    late = np.arange(count) >= count / 4
    target = (inputs[:, 0] + random.normal(size=count) > 0) ^ late
    table = pd.DataFrame(inputs, columns=list("xabcd")).assign(target=target.astype(int))
    return table, pd.Series(np.arange(count))


def test_newer_rows_judge_where_they_are_to_test() -> None:
    table, moments = rows(400)
    target = table["target"].to_numpy()
    folds = list(tree_sizes._folds(target, CONTRACT, 1, ordered=True))
    assert len(folds) == tree_sizes.FOLDS
    assert all(training.max() < validation.min() for training, validation in folds)
    anyhow = list(tree_sizes._folds(target, CONTRACT, 1, ordered=False))
    assert len(anyhow) == tree_sizes.MORE_FOLDS
    sizes = [tree_sizes._fitting(each, 400) for each in tree_sizes.SIZES]
    size, compared = tree_sizes.choose(table, CONTRACT, TRAIN, moments)
    assert size in sizes
    assert compared


def test_a_column_that_begins_late_is_no_obstacle() -> None:
    table, moments = rows(400)
    table.loc[moments < 300, "a"] = np.nan
    assert tree_sizes.choose(table, CONTRACT, TRAIN, moments)[1]


def test_where_a_class_comes_late_the_smallest_trees_are_taken() -> None:
    table, moments = rows(200)
    table = table.assign(target=(moments >= 180).astype(int))
    smallest = tree_sizes._fitting(tree_sizes.SIZES[0], 200)
    assert tree_sizes.choose(table, CONTRACT, TRAIN, moments) == (smallest, False)


@pytest.mark.parametrize("moments", [None, pd.Series(range(4))])
def test_of_a_handful_of_rows_the_smallest_trees_are_taken(moments) -> None:
    table, _ = rows(4)
    amounts = contract_of("regression", {"x": {"type": "float"}})
    smallest = tree_sizes._fitting(tree_sizes.SIZES[0], 4)
    assert tree_sizes.choose(table, amounts, TRAIN, moments) == (smallest, False)
