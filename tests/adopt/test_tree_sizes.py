"""The sizes of trees are judged as the test will judge: by rows kept apart, or by newer ones."""

import numpy as np
import pandas as pd
import pytest

from tests.conftest import PARAMS
from tests.tasks import contract_of
from tests.variants import nightly_after
from truerun.adopt.writing import tree_sizes
from truerun.adopt.writing.tree_sizes import Apart
from truerun.model import estimators
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


@pytest.mark.slow
def test_newer_rows_judge_where_they_are_to_test() -> None:
    table, moments = rows(400)
    target = table["target"].to_numpy()
    folds = list(tree_sizes._folds(target, CONTRACT, 1, None, ordered=True))
    assert len(folds) == tree_sizes.FOLDS
    assert all(training.max() < validation.min() for training, validation in folds)
    anyhow = list(tree_sizes._folds(target, CONTRACT, 1, None, ordered=False))
    assert len(anyhow) == tree_sizes.MORE_FOLDS
    sizes = [tree_sizes._fitting(each, 400) for each in tree_sizes.SIZES]
    size, compared = tree_sizes.choose(table, CONTRACT, TRAIN, Apart(moments))
    assert size in sizes
    assert compared


@pytest.mark.parametrize(("most", "folds"), [(5_000, 3), (10, 2), (1, 1)])
def test_of_many_features_fewer_folds_are_tried_the_last_ones(
    most: int, folds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def out_of_fold(*given):
        tried.append(given[-1])
        return np.zeros(len(given[2]))

    monkeypatch.setattr(tree_sizes, "_out_of_fold", out_of_fold)
    monkeypatch.setattr(tree_sizes, "MOST_SPLITS", most)
    table, moments = rows(400)
    assert tree_sizes.choose(table, CONTRACT, TRAIN, Apart(moments))[1]
    assert {len(each) for each in tried} == {folds}
    assert tried[0][-1][1].max() == len(table) - 1


@pytest.mark.parametrize(
    ("count", "ordered", "divisions"), [(400, False, 3), (400, True, 1), (2_100, False, 1)]
)
def test_few_rows_are_divided_more_than_once_and_their_mean_counts(
    count: int, ordered: bool, divisions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, moments = rows(count)
    luck, tried = np.random.default_rng(1).random(count), []

    def out_of_fold(*given):
        """By the first division the last size is the best, in the mean it is the worst."""
        tried.append(given[-1])
        size, division = divmod(len(tried) - 1, divisions)
        is_last = size == len(tree_sizes.SIZES) - 1
        return given[2] if is_last == (division == 0) else luck

    monkeypatch.setattr(tree_sizes, "_out_of_fold", out_of_fold)
    size, _ = tree_sizes.choose(table, CONTRACT, TRAIN, Apart(moments if ordered else None))
    assert len(tried) == divisions * len(tree_sizes.SIZES)
    assert len({tuple(folds[0][1]) for folds in tried}) == divisions
    last = tree_sizes._fitting(tree_sizes.SIZES[-1], count)
    assert (size == last) == (divisions == 1)


@pytest.mark.slow
def test_a_column_that_begins_late_is_no_obstacle() -> None:
    table, moments = rows(400)
    table.loc[moments < 300, "a"] = np.nan
    assert tree_sizes.choose(table, CONTRACT, TRAIN, Apart(moments))[1]


def test_where_a_class_comes_late_the_smallest_trees_are_taken() -> None:
    table, moments = rows(200)
    table = table.assign(target=(moments >= 180).astype(int))
    smallest = tree_sizes._fitting(tree_sizes.SIZES[0], 200)
    assert tree_sizes.choose(table, CONTRACT, TRAIN, Apart(moments)) == (smallest, False)


@pytest.mark.parametrize("moments", [None, pd.Series(range(4))])
def test_of_a_handful_of_rows_the_smallest_trees_are_taken(moments) -> None:
    table, _ = rows(4)
    amounts = contract_of("regression", {"x": {"type": "float"}})
    smallest = tree_sizes._fitting(tree_sizes.SIZES[0], 4)
    assert tree_sizes.choose(table, amounts, TRAIN, Apart(moments)) == (smallest, False)


def copied(times: int, kinds: int = 300) -> pd.DataFrame:
    """Rows of which each is there several times, with a target that is mostly noise."""
    random = np.random.default_rng(1)
    inputs = random.normal(size=(kinds, 6)).round(2)
    inputs[:20, 0] = np.nan
    target = np.nan_to_num(inputs[:, 0]) + inputs[:, 1] + random.normal(0, 2, kinds) > 0
    table = pd.DataFrame(inputs, columns=list("xabcde")).assign(target=target.astype(int))
    return pd.concat([table] * times, ignore_index=True)


@pytest.mark.slow
@pytest.mark.parametrize("apart", nightly_after(1, [Apart(), Apart(equal=True)]))
def test_copies_do_not_praise_trees_that_learn_by_heart(apart: Apart) -> None:
    table = copied(3)
    size, compared = tree_sizes.choose(table, CONTRACT, TRAIN, apart)
    assert compared
    assert size == tree_sizes._fitting(tree_sizes.SIZES[0], len(table))


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("group", [False, True])
def test_folds_keep_together_what_the_split_does(group: bool, task: str) -> None:
    table = copied(2, 120)
    team = pd.Series(np.arange(len(table)) % 24)
    apart = Apart(groups=team if group else None, equal=not group)
    together = tree_sizes._together(table, "target", apart)
    contract = contract_of(task, {"x": {"type": "float"}})
    labels = team.to_numpy() if group else np.arange(len(table)) % 120
    folds = list(
        tree_sizes._folds(table["target"].to_numpy(), contract, 1, together, ordered=False)
    )
    assert len(folds) == tree_sizes.MORE_FOLDS
    assert not any(set(labels[training]) & set(labels[rest]) for training, rest in folds)


def test_copies_count_once_and_kinds_that_come_again_each_time() -> None:
    few, many = copied(20, 16), copied(5, 150)
    assert len(tree_sizes._each_once(few, "target", Apart())) == 320
    assert len(tree_sizes._each_once(few, "target", Apart(equal=True))) == 16
    assert len(tree_sizes._each_once(many, "target", Apart())) == 150
    assert len(tree_sizes._each_once(many, "target", Apart(moments=few["x"]))) == 750
    drawn = many.assign(target=np.random.default_rng(1).integers(0, 2, len(many)))
    for apart in (Apart(), Apart(equal=True)):
        assert len(tree_sizes._each_once(drawn, "target", apart)) == 750
    assert tree_sizes._together(drawn, "target", Apart()) is None
    assert tree_sizes._together(few[:16], "target", Apart(equal=True)) is None


@pytest.mark.parametrize(("rows_", "leaf"), [(10, 1), (100, 4), (5_000, 5), (700_000, 100)])
def test_the_parameters_of_other_models_fit_the_table_too(rows_: int, leaf: int) -> None:
    size = tree_sizes._fitting(tree_sizes.SIZES[0], rows_)
    others = tree_sizes.of_others(size, rows_)
    assert others["random_forest"] == {"min_samples_leaf": leaf}
    assert others["lightgbm"]["min_child_samples"] == size["min_samples_leaf"]
    for name, parameters in others.items():
        kind = estimators.ESTIMATORS[name].parameters
        given = getattr(TRAIN, name).model_dump() | parameters
        assert kind.model_validate(given).model_dump() == given
