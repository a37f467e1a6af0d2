"""The leakage sentinel: it finds what gives the target away, and leaves noise alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from truerun.contract.leakage import (
    BINS,
    CODES,
    EACH,
    agreement,
    area,
    column_ranking,
    combined_ranking,
)

ROWS = 5000
HALF = ROWS // 2
RANDOM = np.random.default_rng(11)
TARGET = (RANDOM.random(ROWS) < 0.25).astype("int8")
NOISE = RANDOM.normal(size=ROWS)


def ranked(values, target=TARGET, task="binary"):
    column = pd.Series(values)
    train, test = column.iloc[:HALF], column.iloc[HALF:]
    return column_ranking(train, target[:HALF], test, target[HALF:], task)


def combined(*columns, target=TARGET, task="binary"):
    table = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])
    return combined_ranking(table[:HALF], target[:HALF], table[HALF:], target[HALF:], task)


def text(values):
    return pd.Series(values, dtype="str")


@pytest.mark.slow
@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(-3, 3) | st.floats(-1e9, 1e9)),
        min_size=2,
        max_size=60,
    ).filter(lambda rows: len({target for target, _ in rows}) == 2)
)
def test_ranking_is_the_roc_auc_of_scikit_learn(rows):
    target, score = (np.array(side) for side in zip(*rows, strict=True))

    assert area(score, target) == pytest.approx(roc_auc_score(target, score))


def defined(train, train_target, test, test_target):
    """The ranking of a binary target by a column, straight from its definition."""

    def by_mean(learned, scored):
        means = pd.Series(train_target).groupby(learned.to_numpy()).mean()
        score = scored.map(means).fillna(train_target.mean())
        return roc_auc_score(test_target, score)

    both_ways = [by_mean(train.isna(), test.isna())]
    rankings = []
    if train.dtype == "str":
        both_ways.append(by_mean(train, test))
    elif train.notna().any():
        numbers, present = train.dropna(), test.notna()
        both_ways.append(roc_auc_score(test_target[present], test[present]))
        edges = np.unique(numbers)
        if len(edges) > min(CODES, len(numbers) / EACH):
            shares = np.arange(1, BINS) / BINS
            edges = np.unique(np.quantile(numbers, shares, method="inverted_cdf"))
        bins = [pd.Series(np.searchsorted(edges, side)) for side in (train, test)]
        rankings.append(by_mean(*bins))
    return max(*rankings, *both_ways, *(1 - each for each in both_ways))


@pytest.mark.slow
@settings(max_examples=100)
@given(
    st.integers(0, 2**31),
    st.integers(1, 60) | st.integers(200, 2000),
    st.sampled_from(["int64", "float64", "str"]),
    st.sampled_from([0.0, 0.3]),
)
def test_the_ranking_of_a_column_is_the_one_that_it_is_defined_to_be(seed, values, dtype, missing):
    random = np.random.default_rng(seed)
    targets = [random.integers(0, 2, 700).astype("int8") for _ in range(2)]
    train, test = (
        pd.Series(random.integers(0, values, 700) + target).astype(dtype) for target in targets
    )
    if dtype != "int64":
        train, test = (side.mask(random.random(700) < missing) for side in (train, test))

    expected = defined(train, targets[0], test, targets[1])
    assert column_ranking(train, targets[0], test, targets[1], "binary") == pytest.approx(expected)


def test_ranking_by_hand():
    assert area(np.array([1, 2, 3, 4]), np.array([0, 0, 1, 1])) == 1
    assert area(np.array([1, 2, 3, 4]), np.array([1, 1, 0, 0])) == 0
    assert area(np.array([1, 3, 2, 4]), np.array([0, 0, 1, 1])) == 0.75
    assert area(np.array([1, 1, 1, 1]), np.array([0, 0, 1, 1])) == 0.5


@pytest.mark.parametrize("target", [[0, 0, 0], [1, 1, 1], []])
def test_ranking_of_one_class_is_that_of_chance(target):
    assert area(np.arange(len(target)), np.array(target)) == 0.5


@pytest.mark.parametrize(
    "values",
    [
        TARGET,
        -TARGET,
        TARGET == 1,
        1 - TARGET,
        TARGET * 1e-9 + 5,
        np.where(TARGET == 1, np.inf, 0.0),
        TARGET + 0.2 * NOISE,
        -(TARGET + 0.2 * NOISE),
        text(np.where(TARGET == 1, "late", "on time")),
        text([f"{'late' if late else 'fine'} {row % 7}" for row, late in enumerate(TARGET)]),
        np.where(TARGET == 1, NOISE, np.nan),
        np.where(TARGET == 1, np.nan, NOISE),
        np.where(TARGET == 1, 3.0, np.nan),
        np.where(RANDOM.random(ROWS) < 0.5, TARGET, np.nan),
        text(pd.Series(np.where(TARGET == 1, "code", None))),
        text([f"id {row}" if late else None for row, late in enumerate(TARGET)]),
    ],
    ids=[
        "copy",
        "negative",
        "bool",
        "opposite",
        "scaled",
        "infinite",
        "blurred",
        "blurred negative",
        "text",
        "text of many values",
        "missing unless late",
        "missing if late",
        "constant if late",
        "half of it missing",
        "text missing unless late",
        "an id of late rows alone",
    ],
)
def test_a_column_that_gives_the_target_away_is_found(values):
    assert ranked(values) >= 0.98


@pytest.mark.parametrize(
    "values",
    [
        NOISE,
        RANDOM.integers(0, 5, ROWS),
        np.where(RANDOM.random(ROWS) < 0.3, np.nan, NOISE),
        text([f"id {row}" for row in range(ROWS)]),
        text([f"id {row}" for row in RANDOM.integers(0, 2000, ROWS)]),
        text(RANDOM.choice(["AA", "B6", "UA"], ROWS)),
        np.arange(ROWS),
    ],
    ids=["normal", "small", "with gaps", "an id", "many values", "few values", "row"],
)
def test_noise_is_left_alone(values):
    assert 0.5 <= ranked(values) < 0.6


@pytest.mark.parametrize(
    "values",
    [
        np.full(ROWS, np.nan),
        np.full(ROWS, 3.0),
        np.full(ROWS, 3, dtype="int8"),
        text(["AA"] * ROWS),
        text([None] * ROWS),
    ],
    ids=["missing", "constant", "constant int8", "constant text", "missing text"],
)
def test_a_column_that_says_nothing_ranks_like_chance(values):
    assert ranked(values) == 0.5


@pytest.mark.parametrize("one", [0, 1])
def test_a_target_of_one_class_ranks_like_chance(one):
    target = np.full(ROWS, one, dtype="int8")

    assert ranked(NOISE, target) == 0.5
    assert ranked(text(RANDOM.choice(["a", "b"], ROWS)), target) == 0.5
    assert combined(NOISE, NOISE**2, target=target) == 0.5


def test_a_category_that_is_new_in_test_rows_counts_as_the_mean():
    train, test = text(["a", "a", "b", "b"] * 20), text(["a", "new", "b", "new"] * 20)
    target = np.array([0, 0, 1, 1] * 20)

    found = column_ranking(train, target, test, target, "binary")

    assert found == 3.5 / 4


def test_a_text_that_ranks_the_wrong_way_round_ranks_as_well_as_one_that_ranks_the_right_way():
    values, learned = text(["a", "b"] * 40), np.array([0, 1] * 40)

    for test_target in (learned, 1 - learned):
        assert column_ranking(values, learned, values, test_target, "binary") == 1


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_of_few_test_rows_a_perfect_ranking_is_no_surprise(task):
    for rows, expected in ((29, 0.5), (30, 1)):
        target = np.arange(2 * rows) % 2 if task != "regression" else np.arange(rows)
        values = target + 0.0
        for column in (pd.Series(values), text([f"kind {value}" for value in values])):
            assert column_ranking(column, target, column, target, task) == expected
        alone = values.reshape(-1, 1)
        assert combined_ranking(alone, target, alone, target, task) == expected


def test_a_class_of_few_rows_hides_no_leak_of_the_others():
    target = np.array([0, 1] * 50 + [2] * 5)
    names = text([f"class {one}" for one in target])

    assert column_ranking(names, target, names, target, "multiclass") == 1


@pytest.mark.parametrize(("known", "found"), [(1, False), (29, False), (30, True)])
def test_a_column_that_is_known_for_a_few_test_rows_is_no_leak(known, found):
    values = np.full(ROWS, np.nan)
    for late in (0, 1):
        values[HALF + np.flatnonzero(TARGET[HALF:] == late)[:known]] = late

    assert (ranked(values) >= 0.98) == found
    assert found or ranked(values) < 0.6


def test_a_text_that_only_matches_the_target_in_training_rows_is_no_leak():
    values = np.where(TARGET == 1, "late", "on time")
    values[HALF:] = RANDOM.permutation(values[HALF:])

    assert ranked(text(values)) < 0.6


@pytest.mark.parametrize(
    "columns",
    [
        (NOISE, TARGET - NOISE),
        (NOISE, NOISE + TARGET),
        (100 + 30 * NOISE, 100 + 30 * NOISE - 5 * TARGET, RANDOM.normal(size=ROWS)),
        (NOISE, NOISE**2, TARGET - NOISE - NOISE**2),
        (TARGET, np.full(ROWS, 3.0)),
        (np.where(RANDOM.random(ROWS) < 0.02, np.nan, TARGET), NOISE),
    ],
    ids=["sum", "difference", "small difference", "of three", "beside a constant", "with gaps"],
)
def test_a_combination_of_columns_that_gives_the_target_away_is_found(columns):
    assert combined(*columns) >= 0.98


@pytest.mark.parametrize(
    "odd",
    [
        np.full(ROWS, np.nan),
        np.full(ROWS, np.inf),
        np.where(np.arange(ROWS) % 100 == 0, np.inf, 1.0),
        np.where(np.arange(ROWS) % 100 == 0, -np.inf, NOISE),
        np.where(np.arange(ROWS) < HALF, np.nan, NOISE),
    ],
    ids=["empty", "infinite", "constant or infinite", "with infinities", "known in test rows"],
)
def test_an_odd_column_does_not_hide_a_leak_beside_it(odd):
    assert combined(odd, TARGET) >= 0.98
    assert combined(odd, NOISE, TARGET - NOISE) >= 0.98
    assert combined(odd) < 0.6


@pytest.mark.parametrize("days", [31, 365])
def test_the_planned_and_the_real_minute_together_give_a_delay_away(days):
    planned = RANDOM.integers(0, days * 24 * 60, ROWS)
    late = RANDOM.integers(16, 200, ROWS)
    real = planned + np.where(TARGET == 1, late, RANDOM.integers(-30, 16, ROWS))

    assert ranked(planned) < 0.6
    assert ranked(real) < 0.6
    assert combined(planned, real) >= 0.98


def test_a_combination_of_noise_is_left_alone():
    assert combined(*RANDOM.normal(size=(20, ROWS))) < 0.6


def test_the_unit_of_a_column_does_not_change_what_a_combination_finds():
    columns = NOISE, 0.3 * TARGET - NOISE + 0.3 * RANDOM.normal(size=ROWS)
    plain = combined(*columns)

    assert 0.6 < plain < 0.98
    assert combined(columns[0] * 1e6 - 4e6, columns[1] * 1e-6) == pytest.approx(plain, abs=1e-3)


def test_constant_columns_alone_combine_to_chance():
    assert combined(np.full(ROWS, 3.0), np.zeros(ROWS)) == 0.5
    nothing = np.zeros((HALF, 0))
    assert combined_ranking(nothing, TARGET[:HALF], nothing, TARGET[HALF:], "binary") == 0.5


# The other tasks, on the same scale.

NUMBER = np.exp(RANDOM.normal(size=ROWS))
COUNT = RANDOM.poisson(3, ROWS)
CLASS = RANDOM.integers(0, 4, ROWS)
OTHER = {"regression": NUMBER, "counts": COUNT, "multiclass": CLASS}


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-3, 3), st.floats(-1e6, 1e6)), min_size=2, max_size=60))
def test_numbers_are_ranked_by_the_correlation_of_scipy(rows):
    score, target = (np.array(side, dtype=np.float64) for side in zip(*rows, strict=True))
    found = agreement(score, target)

    if min(np.ptp(score), np.ptp(target)) == 0:
        assert found == 0.5
    else:
        assert found == pytest.approx((1 + spearmanr(score, target).statistic) / 2)


@pytest.mark.parametrize("task", OTHER)
@pytest.mark.parametrize("kind", ["copy", "negative", "scaled", "text", "blurred"])
def test_what_gives_a_target_of_any_task_away_is_found(task, kind):
    target = OTHER[task]
    values = {
        "copy": target,
        "negative": -target,
        "scaled": np.log1p(target) * 1e-6,
        "text": text([f"about {value:.1f}" for value in target]),
        "blurred": target + 0.01 * NOISE,
    }[kind]
    # A number tells the first and the last of four classes, of the two between half as well.
    assert ranked(values, target, task) >= (
        0.8 if task == "multiclass" and kind != "text" else 0.98
    )


@pytest.mark.parametrize("task", OTHER)
def test_noise_ranks_a_target_of_any_task_like_chance(task):
    target = OTHER[task]
    gaps = np.where(RANDOM.random(ROWS) < 0.3, np.nan, NOISE)
    for values in (NOISE, gaps, text([f"id {row}" for row in range(ROWS)]), np.full(ROWS, 3.0)):
        assert 0.5 <= ranked(values, target, task) < 0.55
    assert 0.45 < combined(NOISE, gaps, target=target, task=task) < 0.55


@pytest.mark.parametrize("task", OTHER)
def test_a_difference_of_columns_that_is_the_target_of_any_task_is_found(task):
    target = OTHER[task]
    found = combined(1e4 + 50 * NOISE, 1e4 + 50 * NOISE - target, target=target, task=task)

    assert found >= (0.8 if task == "multiclass" else 0.98)


def test_several_classes_are_ranked_by_the_mean_of_each_against_the_others():
    values = text([f"{number:.0f}" for number in CLASS + NOISE])
    each = [ranked(values, (k == CLASS).astype("int8")) for k in range(4)]

    assert ranked(values, CLASS, "multiclass") == pytest.approx(np.mean(each))


@pytest.mark.parametrize("task", ["regression", "counts"])
def test_a_constant_number_and_what_is_known_of_a_few_rows_rank_like_chance(task):
    target = np.full(ROWS, 7)
    few = np.full(ROWS, np.nan)
    few[HALF : HALF + 29] = OTHER[task][HALF : HALF + 29]

    assert ranked(NOISE, target, task) == 0.5
    assert combined(NOISE, NOISE**2, target=target, task=task) == 0.5
    assert ranked(few, OTHER[task], task) < 0.6
