"""The figures and the bounds of limits: anchors by hand, and what must hold of any table."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from scipy import stats

from truerun.limits import bounds, figures, held_out, relations, repeats, stillness
from truerun.limits import windows as cutting
from truerun.limits.bins import Bins, bins
from truerun.limits.figures import Figure, Plan
from truerun.limits.sums import Counted, Sums, sums
from truerun.limits.windows import Windows

numbers = st.lists(st.one_of(st.none(), st.integers(-50, 50).map(float)), min_size=1, max_size=80)
COUNTED = Counted({}, "y", "binary", (), None, timed=False)


@pytest.mark.slow
@runs(max_examples=60)
@given(numbers, numbers)
def test_every_value_has_one_bin_whatever_the_bins_are_of(learned, others):
    made = bins(pd.Series(learned, dtype="float64"))
    codes = made.codes(pd.Series(others, dtype="float64"))
    assert ((codes >= 0) & (codes < made.count)).all()
    assert (codes == made.count - 1).tolist() == [value is None for value in others]
    coarse = made.coarse()
    assert len(coarse) == made.count
    assert set(coarse) == set(range(coarse.max() + 1))


def test_a_category_that_is_new_and_one_that_is_missing_have_bins_of_their_own():
    made = bins(pd.Series(["a"] * 30 + ["b"] * 20 + ["c"] * 5))
    assert made == Bins(values=("a", "b"))
    assert made.codes(pd.Series(["b", "a", "new", None], dtype="str")).tolist() == [1, 0, 2, 3]


@pytest.mark.slow
@runs(max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 4))
def test_counts_of_parts_add_up_to_those_of_the_whole(seed, cuts):
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "x": random.normal(size=200).round(1),
            "c": random.choice(["a", "b"], 200),
            "y": random.integers(0, 2, 200),
        }
    )
    counted = Counted(
        {name: bins(table[name]) for name in table}, "y", "binary", ("c",), None, False
    )
    whole = sums(table, counted, "p", test=False)
    borders = [0, *np.sort(random.integers(0, 200, cuts)).tolist(), 200]
    parts = [
        sums(table.iloc[first:last], counted, "p", test=False)
        for first, last in pairwise(borders)
        if last > first
    ]
    added = sum(parts, Sums())
    assert (added.rows, added.total) == (whole.rows, whole.total)
    assert all((added.bins[name] == whole.bins[name]).all() for name in table)
    assert (added.pairs == whole.pairs).all()
    assert whole.pairs.sum() == 200 * 9  # each row in a bin of three columns, twice


def test_a_relation_is_the_same_when_only_the_margins_change():
    """Rows of a table times two factors keep its odds ratios: nothing is left of it."""
    reference = np.array([[[60.0, 20.0], [10.0, 40.0]]]) * 1000
    tilted = reference * np.array([[[3.0], [0.5]]]) * np.array([[[0.2, 1.0]]])
    assert relations.change(tilted, reference)[0] == pytest.approx(0, abs=1e-6)


def test_a_relation_that_is_gone_is_as_large_as_its_information():
    """Against an independent reference the change is the mutual information (Kullback 1959)."""
    table = np.array([[[30.0, 10.0], [5.0, 55.0]]])
    independent = np.full((1, 2, 2), 1e9)
    shares = table[0] / table.sum()
    by_hand = sum(
        p * math.log(p / (row * column))
        for row, line in zip(shares.sum(axis=1), shares, strict=True)
        for column, p in zip(shares.sum(axis=0), line, strict=True)
    )
    assert relations.change(table, independent)[0] == pytest.approx(by_hand, rel=1e-6)
    assert relations.information(table)[0] == pytest.approx(by_hand)


def plan(columns: int) -> Plan:
    return Plan(
        COUNTED, tuple(Figure("drift", f"c{place}", "", "count") for place in range(columns)), []
    )


@pytest.mark.slow
@pytest.mark.parametrize("columns", [1, 40])
def test_all_columns_together_raise_a_false_alarm_in_about_one_window_of_twenty(columns):
    random = np.random.default_rng(7)
    alarms = 0
    for _ in range(40):
        windows = np.abs(random.normal(1, 0.2, (60, columns)))
        learned = bounds.learn(windows[:40], plan(columns))
        alarms += int((learned.reached(windows[40:]).max(axis=1) > 1).sum())
    # Half of the level is for runs: 2.5 % of 800 windows are 20.
    assert alarms <= stats.binom.ppf(0.999, 800, 0.05), alarms
    assert alarms >= 2


def test_what_is_far_outside_is_an_alarm_and_what_the_windows_show_is_none():
    random = np.random.default_rng(1)
    windows = np.abs(random.normal(1, 0.2, (40, 5)))
    learned = bounds.learn(windows, plan(5))
    assert learned.reached(windows).max() <= 1
    far = windows[:1].copy()
    far[0, 3] = 4.0
    assert learned.reached(far)[0].argmax() == 3
    assert learned.reached(far).max() > 1


def test_what_was_in_every_window_may_not_be_gone():
    counts = np.array([[400.0], [12.0], [90.0]] * 8)
    one = Plan(COUNTED, (Figure("volume", "c", "a", "count", both=True),), [])
    learned = bounds.learn(figures.transformed(counts, one), one)
    assert learned.reached(np.zeros((1, 1)))[0, 0] > 1
    rare = figures.transformed(np.where(counts == 12.0, 3.0, counts), one)
    assert bounds.learn(rare, one).reached(np.zeros((1, 1)))[0, 0] < 1


def test_the_interval_of_the_rate_is_that_of_clopper_and_pearson():
    """The bounds are quantiles of beta distributions (Clopper and Pearson 1934)."""
    tried = held_out.HeldOut(33, {"one": "a", "two": "b"})
    low, high = tried.interval
    assert low == pytest.approx(stats.beta.ppf(0.025, 2, 32))
    assert high == pytest.approx(stats.beta.ppf(0.975, 3, 31))


def test_a_day_that_is_copied_is_like_its_source_and_no_other_is():
    random = np.random.default_rng(3)
    at = pd.Timestamp("2024-03-01", tz="UTC") + pd.to_timedelta(np.arange(5 * 96) * 15, unit="min")
    values = pd.Series(random.normal(size=len(at)))
    values[4 * 96 :] = values[96 : 2 * 96].to_numpy()
    minutes = repeats.Minutes.of(repeats.seconds_of(pd.Series(at)))
    alike = repeats.most_alike(repeats.sketches(minutes, values))
    assert list(alike.values()) == [0.0, 1.0, 0.0, 0.0, 1.0]


def sketched(seconds, values):
    """The sketch of each day, straight from its definition."""
    minutes = (seconds % repeats.DAY // 60).astype(np.uint64) * repeats.MIX
    hashes = pd.util.hash_array(pd.util.hash_array(values) ^ minutes)
    rows = pd.DataFrame({"day": seconds // repeats.DAY, "hash": hashes})[~np.isnan(values)]
    return {
        day: np.unique(of_day)[: repeats.KEPT].tolist()
        for day, of_day in rows.groupby("day")["hash"]
    }


@pytest.mark.slow
@runs(max_examples=60)
@given(st.integers(0, 2**31), st.integers(1, 600), st.booleans())
def test_the_sketch_of_a_day_has_the_smallest_hashes_of_its_rows(seed, rows, in_order):
    random = np.random.default_rng(seed)
    seconds = random.integers(0, 4 * repeats.DAY, rows)
    seconds = np.sort(seconds) if in_order else seconds
    values = random.integers(0, random.integers(1, 400), rows).astype("float64")
    values[random.random(rows) < 0.3] = np.nan

    sketches = repeats.sketches(repeats.Minutes.of(seconds), pd.Series(values))
    expected = sketched(seconds, values)
    assert {day: sketch.tolist() for day, sketch in sketches.items()} == expected
    halves = [
        repeats.sketches(repeats.Minutes.of(seconds[half]), pd.Series(values[half]))
        for half in (slice(0, rows // 2), slice(rows // 2, None))
    ]
    both = repeats.joined(*halves)
    assert {day: sketch.tolist() for day, sketch in both.items()} == expected


@pytest.mark.slow
@runs(max_examples=60)
@given(st.integers(0, 2**31), st.integers(1, 60), st.integers(1, 2000))
def test_a_day_is_as_like_another_as_their_sketches_have_hashes_in_common(seed, days, hashes):
    random = np.random.default_rng(seed)
    drawn = [
        np.unique(random.integers(0, hashes, random.integers(1, 64)).astype("uint64"))
        for _ in range(days)
    ]
    compared = {day: each for day, each in enumerate(drawn) if len(each) >= repeats.FEWEST}
    expected = {
        day: max(
            (
                len(np.intersect1d(own, each)) / min(len(own), len(each))
                for other, each in compared.items()
                if other != day
            ),
            default=0.0,
        )
        for day, own in compared.items()
    }
    assert repeats.most_alike(dict(enumerate(drawn))) == expected


@pytest.mark.slow
@runs(max_examples=60)
@given(st.integers(0, 2**31), st.integers(0, 400), st.integers(1, 3000))
def test_the_modes_of_windows_are_the_commonest_values_of_each_and_of_its_groups(
    seed, rows, distinct
):
    random = np.random.default_rng(seed)
    values = random.integers(0, distinct, rows).astype("float64")
    values[random.random(rows) < 0.2] = np.nan
    windows, groups = random.integers(-1, 3, rows), random.integers(0, 4, rows)
    made = stillness.modes_of(pd.Series(values), stillness.cells_of(windows, [groups]), 3)

    for window, modes in enumerate(made):
        common, counted = {}, {}
        for grouping, of_row in enumerate((np.zeros(rows, int), groups)):
            for group in range(4):
                own = values[(windows == window) & (of_row == group) & ~np.isnan(values)]
                counts = pd.Series(own).value_counts().items()
                ordered = sorted(counts, key=lambda each: (-each[1], each[0]))
                common |= {((grouping, group), v): n for v, n in ordered[: stillness.KEPT]}
                counted |= {(grouping, group): len(own)} if len(own) else {}
        assert (dict(modes.common), dict(modes.rows)) == (common, counted)


def test_the_table_of_a_pair_is_a_part_of_the_counts_of_all():
    counts, widths = np.arange(81.0).reshape(9, 9), [2, 3, 4]
    made = relations.tables(counts, relations.cells(widths, [(0, 2), (1, 0)]))
    assert made[0, :2, :].tolist() == counts[:2, 5:].tolist()
    assert made[1, :3, :2].tolist() == counts[2:5, :2].tolist()
    assert made[1].sum() == counts[2:5, :2].sum()
    assert made[0].sum() == counts[:2, 5:].sum()


def test_a_number_that_stands_still_in_one_group_has_its_share():
    values = pd.Series([*np.arange(60.0), *[7.5] * 30, *np.arange(10.0)])
    groups = np.repeat([0, 1], [60, 40])
    both = stillness.modes(values, [groups]) + stillness.modes(values, [groups])
    assert stillness.modes(values, [groups]).share == both.share == 30 / 40


@pytest.mark.parametrize(
    ("days", "per_day", "expected"),
    [(140, 10, 7), (140, 2, None), (500, 2, 28), (60, 30, None), (4000, 0.5, 91)],
)
def test_windows_are_as_short_as_their_rows_allow(days, per_day, expected):
    count = int(days * per_day)
    moments = pd.Series(
        pd.Timestamp("2020-01-06", tz="UTC") + pd.to_timedelta(np.arange(count) / per_day, unit="D")
    )
    chosen = cutting.choose(moments, count, [count])
    assert (chosen.length if chosen and chosen.by == "days" else None) == expected


def test_without_enough_rows_there_are_no_windows():
    assert cutting.choose(None, 479, [479]) is None
    assert cutting.choose(None, 480, [480]) == Windows(by="rows", length=40)


def test_rows_in_no_order_of_time_are_cut_into_windows_of_about_a_length():
    table = pd.DataFrame({"x": range(95)})
    lengths = [len(part) for _, part in cutting.by_rows(table, 40, None, "rows")]
    assert sum(lengths) == 95
    assert len(lengths) == 2
