"""Drift: its size by hand, its p-value as in SciPy, and no column that it cannot take."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from truerun.contract.drift import ColumnDrift, drift, reference, stability
from truerun.contract.stability import MOST_VALUES, SMALLEST_SHARE

SMALL = st.lists(st.integers(-50, 50), min_size=3, max_size=60)
WORDS = st.lists(st.sampled_from(["AA", "B6", "UA", None]), min_size=1, max_size=40)


def index(pairs):
    """The stability index of (share before, share after) pairs."""
    pairs = [(max(p, SMALLEST_SHARE), max(q, SMALLEST_SHARE)) for p, q in pairs]
    return sum((q - p) * math.log(q / p) for p, q in pairs)


def text(values):
    return pd.Series(values, dtype="str")


def test_the_index_of_text_is_the_one_that_a_hand_computes():
    before, after = text(["AA"] * 60 + ["B6"] * 40), text(["AA"] * 30 + ["B6"] * 70)

    assert drift(before, after).psi == pytest.approx(0.3 * math.log(2) + 0.3 * math.log(1.75))


def test_the_index_of_numbers_is_over_the_deciles_of_the_first_sample():
    before = pd.Series(np.arange(1, 101))
    after = pd.Series([*range(1, 21)] * 5)  # all of it in the lowest two tenths

    expected = index([(0.1, 0.5)] * 2 + [(0.1, 0)] * 8)
    assert drift(before, after).psi == pytest.approx(expected)


@given(
    values=st.lists(
        st.none() | st.integers(-3, 3) | st.floats(allow_nan=False, width=32), max_size=50
    )
)
def test_the_bins_of_numbers_are_those_that_quantiles_and_a_look_at_each_number_give(values):
    column = pd.Series(values, dtype="float32")
    numbers = column.dropna().to_numpy(np.float64)
    inner = (
        np.quantile(numbers, np.arange(1, 10) / 10, method="inverted_cdf") if len(numbers) else []
    )
    once, repeats = np.unique(np.asarray(inner, np.float64), return_counts=True)
    edges = sorted({*once, *np.nextafter(once[repeats > 1], -np.inf)})
    rows = np.zeros(len(edges) + 2, dtype=int)
    for number in numbers:
        rows[sum(number > edge for edge in edges)] += 1
    rows[-1] = column.isna().sum()

    bins = reference(column)
    assert (list(bins.edges), bins.rows.tolist()) == (edges, rows.tolist())


def test_missing_values_are_a_bin_of_their_own():
    before = pd.Series([*np.arange(1.0, 101.0), *[np.nan] * 100])
    after = pd.Series([*np.arange(1.0, 101.0), *[np.nan] * 300])

    assert drift(before, after).psi == pytest.approx(index([(0.05, 0.025)] * 10 + [(0.5, 0.75)]))
    words = text(["AA", None, None, None]), text(["AA", "AA", "AA", None])
    assert drift(*words).psi == pytest.approx(index([(0.25, 0.75), (0.75, 0.25)]))


def test_categories_that_are_new_or_lost_count_as_drift_without_being_infinite():
    before, after = text(["AA"] * 50 + ["B6"] * 50), text(["AA"] * 50 + ["UA"] * 50)

    found = drift(before, after)

    assert found.psi == pytest.approx(index([(0.5, 0.5), (0.5, 0), (0, 0.5)]))
    assert 6 < found.psi < 10
    assert found.p_value < 1e-20


def test_values_that_are_new_are_one_bin():
    before, after = text(["AA"] * 50 + ["B6"] * 50), text(["AA"] * 50 + ["UA"] * 30 + ["DL"] * 20)

    assert drift(before, after).psi == pytest.approx(index([(0.5, 0.5), (0.5, 0), (0, 0.5)]))


def test_of_many_values_the_commonest_have_bins_and_of_names_none():
    common = [f"common {number}" for number in range(MOST_VALUES)]
    rare = [f"rare {number}" for number in range(50)]
    before = text(common * 4 + rare * 2)

    bins = reference(before)
    assert sorted(common) == list(bins.values)
    assert bins.rows.tolist() == [4] * MOST_VALUES + [100, 0]
    expected = index([(4 / 900, 0)] * MOST_VALUES + [(1 / 9, 1)])
    assert stability(before, text(rare)) == pytest.approx(expected)

    names = text([f"person {number}" for number in range(MOST_VALUES + 1)])
    assert list(reference(names).values) == []
    assert drift(names, text(["nobody"] * 9)).psi == 0


@pytest.mark.slow
@settings(max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60), st.integers(0, 9))
def test_equal_samples_of_numbers_have_not_drifted(values, missing):
    sample = pd.Series(values + [np.nan] * missing)

    assert drift(sample, sample.sample(frac=1, random_state=1)) == ColumnDrift(0.0, 1.0)


@pytest.mark.slow
@settings(max_examples=50)
@given(WORDS)
def test_equal_samples_of_text_have_not_drifted(values):
    found = drift(text(values), text(list(reversed(values))))

    assert found.psi == 0
    assert found.p_value == pytest.approx(1)


@pytest.mark.slow
@settings(max_examples=60)
@given(WORDS, WORDS)
def test_the_drift_of_known_values_is_the_same_in_both_directions(before, after):
    every = ["AA", "B6", "UA", None]  # a value that is new has a bin with all others that are
    before, after = before + every, after + every
    there, back = drift(text(before), text(after)), drift(text(after), text(before))

    assert there.psi == pytest.approx(back.psi)
    assert there.psi >= 0
    assert there.p_value == pytest.approx(back.p_value)


@pytest.mark.slow
@settings(max_examples=60)
@given(SMALL, SMALL)
def test_the_size_of_a_drift_is_never_negative_and_its_chance_is_one(before, after):
    found = drift(pd.Series(before), pd.Series(after))

    assert 0 <= found.psi < math.inf
    assert 0 <= found.p_value <= 1


@pytest.mark.slow
@settings(max_examples=40)
@given(SMALL, SMALL, st.sampled_from(["int8", "int16", "int64", "float32", "float64"]))
def test_the_type_of_a_number_does_not_matter(before, after, dtype):
    plain = drift(pd.Series(before), pd.Series(after))
    typed = drift(pd.Series(before, dtype=dtype), pd.Series(after, dtype=dtype))

    assert (typed.psi, typed.p_value) == (
        pytest.approx(plain.psi),
        pytest.approx(plain.p_value),
    )


@pytest.mark.slow
@settings(max_examples=40)
@given(SMALL, SMALL)
def test_the_unit_of_a_number_does_not_matter(before, after):
    first, second = pd.Series(before), pd.Series(after)
    plain, scaled = drift(first, second), drift(first * 8 + 16, second * 8 + 16)

    assert scaled.psi == pytest.approx(plain.psi)
    assert scaled.p_value == pytest.approx(plain.p_value)


@pytest.mark.parametrize("missing", [(0, 0), (40, 30), (40, 60), (0, 200)], ids=str)
@pytest.mark.parametrize("shift", [0.0, 0.1, 1.0])
def test_the_p_value_of_numbers_is_twice_the_smaller_of_values_and_missingness(shift, missing):
    random = np.random.default_rng(3)
    before, after = random.normal(size=400), random.normal(shift, size=300)
    before[: missing[0]] = after[: missing[1]] = np.nan
    table = [[missing[0], 400 - missing[0]], [missing[1], 300 - missing[1]]]
    of_missing = stats.chi2_contingency(table).pvalue if any(missing) else 1.0
    known = before[missing[0] :], after[missing[1] :]
    of_values = stats.ks_2samp(*known, method="asymp").pvalue

    found = drift(pd.Series(before), pd.Series(after))

    smaller = min(1, 2 * min(of_values, of_missing)) if any(missing) else of_values
    assert found.p_value == pytest.approx(smaller, rel=1e-12)


@pytest.mark.parametrize("known", [0, 1])
def test_the_p_value_of_numbers_that_are_hardly_known_is_that_of_missingness(known):
    before = pd.Series(np.arange(50.0))
    after = before.mask(before.index >= known)

    table = [[50, 0], [known, 50 - known]]
    expected = stats.chi2_contingency(table).pvalue
    assert drift(before, after).p_value == pytest.approx(expected, rel=1e-9)
    assert drift(after, before).p_value == pytest.approx(expected, rel=1e-9)


def test_a_column_that_goes_missing_in_nine_rows_of_ten_has_surely_drifted():
    before = pd.Series(np.random.default_rng(0).normal(size=500))

    assert drift(before, before.mask(before.index % 10 != 0)).p_value < 1e-100


def test_the_p_value_of_text_is_that_of_the_chi_squared_test():
    random = np.random.default_rng(4)
    before = random.choice(["AA", "B6", "UA"], 400, p=[0.5, 0.3, 0.2])
    after = random.choice(["AA", "B6", "UA"], 300, p=[0.4, 0.4, 0.2])
    table = [[(part == name).sum() for name in ("AA", "B6", "UA")] for part in (before, after)]

    found = drift(text(before), text(after))

    assert found.p_value == pytest.approx(stats.chi2_contingency(table).pvalue, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_the_p_value_is_rarely_small_where_nothing_has_drifted_and_surely_where_something_has(
    missing,
):
    random = np.random.default_rng(5)
    draws = random.normal(size=(200, 2, 200))
    draws[random.random(draws.shape) < missing] = np.nan
    chances = [drift(pd.Series(one), pd.Series(other)).p_value for one, other in draws]

    assert 0 < np.mean(np.array(chances) < 0.05) < 0.05
    moved = drift(pd.Series(draws[0][0]), pd.Series(draws[0][1] + 1))
    assert moved.p_value < 1e-9


def test_a_column_that_is_all_missing_on_one_side_has_drifted_as_far_as_can_be():
    numbers, missing = pd.Series(np.arange(100.0)), pd.Series([np.nan] * 100)

    for before, after in ((numbers, missing), (missing, numbers)):
        found = drift(before, after)
        assert found.psi > 10
        assert found.p_value < 1e-20


def test_a_column_that_is_all_missing_on_both_sides_has_not_drifted():
    missing = pd.Series([np.nan] * 100)

    assert drift(missing, missing) == ColumnDrift(0.0, 1.0)
    assert drift(text([None] * 9), text([None] * 5)) == ColumnDrift(0.0, 1.0)


@pytest.mark.parametrize("other", [8, 3, 7.000001, 6.999999])
def test_a_constant_column_has_drifted_once_it_rises_or_falls_and_not_before(other):
    constant = pd.Series([7] * 100)

    assert drift(constant, pd.Series([7] * 50)) == ColumnDrift(0.0, 1.0)
    moved = drift(constant, pd.Series([other] * 50))
    assert moved.psi == pytest.approx(index([(1, 0), (0, 1)]))
    assert moved.psi > 10
    assert moved.p_value < 1e-20


@pytest.mark.parametrize("often", [0, 1])
@pytest.mark.parametrize("rate", [0.0, 0.5, 0.9, 1.0])
def test_a_flag_that_is_mostly_the_same_drifts_by_its_rate(often, rate):
    rare = 1 - often
    before = pd.Series([often] * 95 + [rare] * 5)
    after = pd.Series([rare] * round(100 * rate) + [often] * round(100 * (1 - rate)))

    assert drift(before, after).psi == pytest.approx(index([(0.95, 1 - rate), (0.05, rate)]))


def test_whole_numbers_that_become_floats_because_some_are_missing_are_compared_all_the_same():
    before, after = pd.Series([1, 2, 3, 4] * 25), pd.Series([1.0, 2.0, 3.0, np.nan] * 25)

    assert drift(before, after).psi == pytest.approx(
        index([(0.25, 0.25)] * 3 + [(0.25, 0), (0, 0.25)])
    )


def test_infinities_lie_in_the_outer_bins():
    before = pd.Series([*range(100)], dtype="float64")
    after = pd.Series([-np.inf] * 50 + [np.inf] * 50)

    assert drift(before, after).psi == pytest.approx(index([(0.1, 0.5)] * 2 + [(0.1, 0)] * 8))


def test_infinities_of_both_samples_are_values_like_others():
    before = pd.Series([1.0, 2.0, np.inf, -np.inf] * 10)
    after = pd.Series([1.0, 2.0, np.inf] * 10)

    found = drift(before, after)

    assert found.psi == pytest.approx(index([(0.25, 1 / 3)] * 3 + [(0.25, 0)]))
    expected = stats.ks_2samp(before, after, method="asymp").pvalue
    assert found.p_value == pytest.approx(expected, rel=1e-12)
    assert drift(before, before) == ColumnDrift(0.0, 1.0)


def test_one_row_on_each_side_is_no_sure_drift():
    moved = drift(pd.Series([1.0]), pd.Series([2.0]))

    assert moved == ColumnDrift(pytest.approx(index([(1, 0), (0, 1)])), 1.0)
    assert drift(pd.Series([1.0]), pd.Series([1.0])) == ColumnDrift(0.0, 1.0)


def test_samples_are_left_as_they_were():
    before, after = pd.Series([3.0, 1.0, np.nan]), pd.Series([2.0, np.nan, 1.0])
    copies = before.copy(), after.copy()
    drift(before, after)

    pd.testing.assert_series_equal(before, copies[0])
    pd.testing.assert_series_equal(after, copies[1])


def test_two_values_are_enough_to_tell_a_drift_and_one_is_not():
    before = pd.Series(np.arange(100.0))

    assert drift(before, pd.Series([1000.0])).p_value == 1
    assert drift(before, pd.Series([1000.0, 1000.0])).p_value < 0.1
