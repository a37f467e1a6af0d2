"""The split: of the rows alone, never of their order; and never without rows on a side."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject
from hypothesis import settings as runs
from hypothesis import strategies as st
from scipy import stats

from truerun.model import split
from truerun.model.split import SplitError
from truerun.params.split import Split

TARGET = "late"
ALL = {
    "partitions": Split(by="time", test_partitions=2),
    "time": Split(by="time", test_share=0.25),
    "random": Split(by="random", test_share=0.25, seed=5),
    "stratified": Split(by="stratified", test_share=0.25, seed=5),
    "stratified groups": Split(by="stratified", group="carrier", test_share=0.25, seed=5),
    "group": Split(by="group", group="carrier", test_share=0.25, seed=5),
}


any_seed = st.integers(0, 2**32 - 1)


def table(rows=4000, seed=1):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "flight": np.arange(rows),
            "origin": random.choice(["EWR", "JFK", "LGA"], rows),
            "moment": pd.to_datetime(random.integers(0, 500, rows), unit="h", utc=True),
            "carrier": [f"carrier {number}" for number in random.integers(0, 300, rows)],
            TARGET: (random.random(rows) < 0.2).astype("int8"),
            split.PARTITION: random.choice(["2013-01", "2013-02", "2013-03", "2013-04"], rows),
        }
    )


def assigned(rows, chosen):
    names = split.columns(chosen, ("flight", "origin"), "moment")
    return split.assign(rows[[*names, split.PARTITION]], chosen)


def moved(assign, rows, changed):
    """Rows that are on the other side among the changed rows, which hold them all."""
    before = pd.Series(assign(rows), index=rows.index)
    after = pd.Series(assign(changed), index=changed.index).loc[rows.index]
    assert before.dtype == after.dtype == bool
    return list(rows.index[before != after])


def by(name):
    """A way to split, of tables that it can split."""

    def assign(rows):
        try:
            return assigned(rows, ALL[name])
        except SplitError:
            reject()

    return assign


def by_position(rows):
    """A split that depends on where the rows stand: the last quarter."""
    return np.arange(len(rows)) >= len(rows) * 3 // 4


@st.composite
def small_tables(draw):
    """Few rows, with moments, groups and keys that occur more than once."""
    rows = table(draw(st.integers(8, 40)), seed=draw(any_seed))
    rows["moment"] = rows["moment"].dt.floor(draw(st.sampled_from(["1h", "200h"])))
    rows["carrier"] = rows["carrier"].str.slice(0, draw(st.integers(9, 11)))
    rows["flight"] //= draw(st.integers(1, 4))
    return rows


def shuffled(rows, seed):
    return rows.sample(frac=1, random_state=np.random.default_rng(seed))


def with_others(rows, seed):
    """The rows among others of the same partitions."""
    others = table(30, seed).set_index(len(rows) + np.arange(30))
    others[split.PARTITION] = rows[split.PARTITION].sample(30, replace=True, random_state=1).array
    return shuffled(pd.concat([rows, others]), seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
@runs(max_examples=40)
@given(small_tables(), any_seed)
def test_the_order_of_rows_moves_none_to_the_other_side(name, rows, seed):
    assert moved(by(name), rows, shuffled(rows, seed)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["random", "stratified", "stratified groups", "group", "partitions"]
)
@runs(max_examples=40)
@given(small_tables(), any_seed)
def test_rows_that_are_added_move_no_other_row(name, rows, seed):
    assert moved(by(name), rows, with_others(rows, seed)) == []


@pytest.mark.parametrize("change", [shuffled, with_others])
def test_a_split_by_position_would_be_seen_to_move_rows(change):
    rows = table(40)

    assert moved(by_position, rows, change(rows, 1)) != []


@pytest.mark.parametrize("name", ["time", "random", "stratified", "group"])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.6])
def test_the_share_of_test_rows_is_about_the_one_that_was_asked_for(name, share):
    chosen = ALL[name].model_copy(update={"test_share": share})

    assert assigned(table(), chosen).mean() == pytest.approx(share, abs=0.06)


def test_by_time_the_newest_partitions_are_the_test():
    rows = table()
    for partitions, expected in ((1, {"2013-04"}), (3, {"2013-02", "2013-03", "2013-04"})):
        test = assigned(rows, Split(by="time", test_partitions=partitions))

        assert set(rows[split.PARTITION][test]) == expected
        assert set(rows[split.PARTITION][~test]).isdisjoint(expected)


def test_by_time_every_test_row_is_later_than_every_training_row():
    rows = table()
    test = assigned(rows, ALL["time"])

    assert rows["moment"][test].min() > rows["moment"][~test].max()


def test_rows_of_one_moment_stay_together():
    rows = pd.DataFrame({"moment": [1, 2, 2, 2, 2, 2, 2, 3], split.PARTITION: "all"})

    test = split.assign(rows, Split(by="time", test_share=0.25))

    np.testing.assert_array_equal(test, rows["moment"] >= 2)


def test_a_share_by_time_takes_that_many_rows_where_moments_differ():
    rows = pd.DataFrame({"moment": np.arange(1000), split.PARTITION: "all"})
    for share in (0.001, 0.1, 0.25, 0.5, 0.7, 0.9, 0.999):
        test = split.assign(rows, Split(by="time", test_share=share))

        np.testing.assert_array_equal(test, rows["moment"] >= 1000 - round(1000 * share))


def test_a_share_by_time_of_a_small_table_is_rounded_and_at_least_one_row():
    rows = pd.DataFrame({"moment": range(10), split.PARTITION: "all"})
    for share, expected in ((0.01, 1), (0.1, 1), (0.3, 3), (0.66, 7), (0.9, 9)):
        assert split.assign(rows, Split(by="time", test_share=share)).sum() == expected


@pytest.mark.slow
@runs(max_examples=40)
@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=40), st.integers(0, 2**31 - 1))
def test_a_group_is_never_on_both_sides(groups, seed):
    chosen = Split(by="group", group="carrier", test_share=0.5, seed=seed)
    rows = pd.DataFrame({"carrier": groups, split.PARTITION: "all"})
    try:
        test = split.assign(rows, chosen)
    except SplitError:
        return

    assert set(rows["carrier"][test]).isdisjoint(rows["carrier"][~test])


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_stratified_split_takes_its_share_of_each_class_but_for_the_chance_of_a_draw(share):
    rows = table()
    seeds = [
        ALL["stratified"].model_copy(update={"test_share": share, "seed": n}) for n in range(60)
    ]
    off = [
        abs(assigned(rows, each)[group.index].mean() - share)
        > 1.96 * np.sqrt(share * (1 - share) / len(group))
        for each in seeds
        for _, group in rows.groupby(TARGET)
    ]

    # Of 120 draws 5 % are further off than that: 14 or more of them in one of 1,000 tries.
    assert sum(off) < 14


def test_a_random_split_does_not_depend_on_the_target_nor_on_the_order_of_keys():
    rows = table()
    test = assigned(rows, ALL["random"])
    chances = pd.crosstab(rows[TARGET], test)
    early = np.arange(len(rows)) < len(rows) // 2

    assert stats.chi2_contingency(chances).pvalue > 0.01
    assert stats.chi2_contingency(pd.crosstab(early, test)).pvalue > 0.01


@pytest.mark.parametrize("name", ["random", "stratified", "group"])
def test_another_seed_gives_another_split(name):
    rows = table()
    other = ALL[name].model_copy(update={"seed": 6})

    assert 0.2 < (assigned(rows, ALL[name]) != assigned(rows, other)).mean() < 0.6


@pytest.mark.parametrize("by", ["random", "stratified"])
def test_another_seed_gives_another_split_of_keys_that_are_numbers(by):
    rows = pd.DataFrame({"id": range(1000), TARGET: [0, 1] * 500, split.PARTITION: "all"})
    columns = ["id", split.PARTITION]
    one, other = (
        split.assign(rows[columns], Split(by=by, test_share=0.3, seed=seed)) for seed in (0, 1)
    )

    assert (one != other).mean() == pytest.approx(2 * 0.3 * 0.7, abs=0.08)


@pytest.mark.parametrize("partitions", [3, 4, 100])
def test_too_few_partitions_are_named(partitions):
    rows = pd.DataFrame({split.PARTITION: ["2013-02", "2013-01", "2013-03"]})
    with pytest.raises(
        SplitError,
        match=rf"split\.test_partitions is {partitions}, but there are only 3 partitions: "
        "2013-01, 2013-02, 2013-03$",
    ):
        split.assign(rows, Split(by="time", test_partitions=partitions))


def test_a_split_that_leaves_no_rows_on_a_side_says_which_side():
    same_moment = pd.DataFrame({"moment": [1, 1, 1], split.PARTITION: "all"})
    with pytest.raises(SplitError, match=r"no training rows of 3: change split: in params\.yaml"):
        split.assign(same_moment, Split(by="time", test_share=0.5))
    two = pd.DataFrame({"id": [1, 2], split.PARTITION: "all"})
    with pytest.raises(SplitError, match="no test rows of 2"):
        split.assign(two, Split(by="stratified", test_share=0.001))
    one_group = pd.DataFrame({"carrier": ["AA"] * 9, split.PARTITION: "all"})
    with pytest.raises(SplitError, match="rows of 9"):
        split.assign(one_group, Split(by="group", group="carrier", test_share=0.5))


@pytest.mark.parametrize("name", ALL)
def test_a_table_without_rows_cannot_be_split(name):
    with pytest.raises(SplitError, match=r"^there are no rows to split: all were dropped or quar"):
        assigned(table().iloc[:0], ALL[name])


def test_a_moment_that_is_missing_cannot_be_split_by_time():
    rows = table(9)
    rows.loc[4, "moment"] = pd.NaT
    with pytest.raises(SplitError, match=r"^split\.by: time: moment is missing in some rows$"):
        assigned(rows, ALL["time"])


def test_each_way_to_split_looks_only_at_the_columns_that_it_needs():
    looked_at = {
        name: split.columns(chosen, ("flight", "origin"), "moment") for name, chosen in ALL.items()
    }

    assert looked_at == {
        "partitions": [],
        "time": ["moment"],
        "random": ["flight", "origin"],
        "stratified": ["flight", "origin"],
        "stratified groups": ["carrier"],
        "group": ["carrier"],
    }


def test_a_share_by_time_needs_a_time_column():
    with pytest.raises(SplitError, match=r"needs a time column: name one in schema\.yaml"):
        split.columns(ALL["time"], ("flight",), None)
    assert split.columns(ALL["partitions"], ("flight",), None) == []
