"""Differences judged together: exact tests of scipy, brute force, equal and unequal clusters."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from truerun.compare import swaps
from truerun.compare.swaps import judge

pytestmark = pytest.mark.slow

FEW = st.lists(
    st.tuples(st.integers(-4, 4), st.integers(-4, 4), st.integers(1, 5)), min_size=6, max_size=9
)


def of_rows(values):
    """The mean of independent rows' values."""
    parts = np.asarray(values, dtype=float)[:, None] / len(values)
    return parts, np.full(parts.shape, 1 / len(values))


def one(values, share=0.05):
    return judge(*of_rows(values), share)[0]


@pytest.mark.parametrize(("improved", "worsened"), [(4, 0), (6, 0), (9, 1), (7, 5)])
def test_of_decisions_of_single_rows_it_is_mcnemars_exact_test(improved, worsened):
    values = np.zeros(300)
    values[:improved], values[improved : improved + worsened] = 1, -1
    exact = stats.binomtest(improved, improved + worsened).pvalue

    found = one(values)
    assert found.p_value == pytest.approx(exact)
    assert (found.low > 0) == (exact <= 0.05)


def test_of_a_mean_it_is_scipys_permutation_test():
    values = np.random.default_rng(1).normal(0.6, 1, 11)
    test = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    found = one(values)
    centred = values - values.mean()
    signs = np.array(list(itertools.product((1, -1), repeat=11)))
    about = np.abs(signs @ centred) / np.linalg.norm(centred)
    size = abs(values.sum()) / np.linalg.norm(values)
    assert found.p_value == pytest.approx(max(test.pvalue, (about >= size).mean()), abs=2 / 2048)


@settings(max_examples=40)
@given(FEW)
def test_of_several_differences_the_p_values_are_those_of_all_signs_one_by_one(drawn):
    parts, weights = (np.array([row[:2] for row in drawn], dtype=float), np.ones((len(drawn), 2)))
    weights *= np.array([row[2] for row in drawn])[:, None] / sum(row[2] for row in drawn)
    moved = np.abs(parts).sum(axis=0) > 0
    found = judge(parts, weights, 0.05)
    norms = np.linalg.norm(parts[:, moved], axis=0)
    largest = [
        max(np.abs(np.array(signs) @ parts[:, moved]) / norms, default=0)
        for signs in itertools.product((1, -1), repeat=len(drawn))
    ]
    for number, judged in enumerate(found):
        if not moved[number] or judged.p_value is None:
            continue
        size = abs(parts[:, number].sum()) / np.linalg.norm(parts[:, number])
        least = np.mean(np.array(largest) >= size - 1e-9)
        assert judged.p_value >= least - 1e-9
        assert (judged.low <= 0 <= judged.high) == (judged.p_value > 0.05)


@settings(max_examples=40)
@given(FEW, st.floats(0.1, 10))
def test_base_and_head_in_each_others_place_turn_the_interval_and_units_scale_it(drawn, unit):
    values = [row[0] + 0.1 * row[2] for row in drawn]
    found, turned, scaled = one(values), one(np.negative(values)), one(np.multiply(values, unit))
    if found.low is None:
        assert turned.reason == found.reason
        return
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    assert (scaled.low, scaled.high) == pytest.approx((unit * found.low, unit * found.high))


def test_of_many_equal_clusters_the_interval_is_that_of_students_t():
    values = np.random.default_rng(2).normal(0.1, 1, 400)
    low, high = stats.ttest_1samp(values, 0).confidence_interval()
    found = one(values)
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.05, abs=0.005)


def test_an_interval_ends_where_the_equation_of_the_module_says():
    random = np.random.default_rng(3)
    weights = random.dirichlet(np.full(30, 3.0))
    parts = weights * random.normal(0.2, 1, 30)
    found = judge(parts[:, None], weights[:, None], 0.05)[0]
    value = parts.sum()
    sizes = [
        abs(value - end) / np.linalg.norm(parts - end * weights) for end in (found.low, found.high)
    ]
    assert sizes[0] == pytest.approx(sizes[1])
    assert sizes[0] == pytest.approx(1.96, abs=0.15)


def unequal(random, sizes, shared=1.0, differences=1):
    """Parts of clusters that share their luck, in differences that correlate, and their weights."""
    luck = random.normal(size=(len(sizes), 1)) * shared
    own = random.normal(size=(len(sizes), differences)) / np.sqrt(sizes)[:, None]
    weights = np.repeat((sizes / sizes.sum())[:, None], differences, axis=1)
    return weights * (luck + own), weights


SIZES = {
    "equal": lambda _: np.full(20, 50.0),
    "lognormal": lambda random: np.ceil(50 * random.lognormal(0, 1.2, 10)),
    "one with half": lambda _: np.array([450.0] + [50.0] * 9),
}


@pytest.mark.parametrize("design", SIZES)
@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_of_nine_differences_that_are_none_any_has_a_verdict_once_in_twenty_times(design, shared):
    random = np.random.default_rng(4)
    false = 0
    for _ in range(300):
        judged = judge(*unequal(random, SIZES[design](random), shared, differences=9), 0.05)
        false += any(one.low is not None and not one.low <= 0 <= one.high for one in judged)
    assert false <= stats.binom.ppf(0.999, 300, 0.05)


def test_the_smallest_detectable_difference_is_found_four_times_of_five():
    random = np.random.default_rng(5)
    found = 0
    for _ in range(400):
        stated = one(random.normal(size=25)).detectable
        again = one(random.normal(stated, 1, 25))
        found += again.low > 0
    assert 0.75 <= found / 400 <= 0.85


@pytest.mark.parametrize(("share", "clusters"), [(0.05, 6), (0.04, 6), (0.02, 7), (0.01, 8)])
def test_clusters_that_all_agree_have_a_verdict_from_a_number_on(share, clusters):
    assert swaps.fewest_clusters(share) == clusters
    agree = np.linspace(1, 1.1, clusters)
    assert one(agree, share).low > 0
    fewer = one(agree[1:], share)
    assert (fewer.low, fewer.p_value) == (None, None)
    assert fewer.reason == (
        f"the rows that count are of {clusters - 1} clusters; a verdict needs {clusters}"
    )


def test_clusters_of_which_one_has_nearly_all_rows_are_too_few():
    weights = np.array([0.9] + [0.01] * 10)[:, None]
    parts = weights * np.random.default_rng(6).normal(1, 0.1, (11, 1))
    found = judge(parts, weights, 0.05)[0]
    assert found.low is None
    assert "so unequal that they count as 1.2; a verdict needs more than" in found.reason


def test_what_is_the_same_everywhere_differs_by_nothing():
    found = one(np.zeros(3))
    assert (found.value, found.low, found.high, found.p_value, found.reason) == (0, 0, 0, 1, None)


def test_more_clusters_than_have_signs_of_their_own_give_the_interval_of_all():
    random = np.random.default_rng(7)
    values = random.normal(0.02, 1, 20_000)
    found = one(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx(expected, abs=0.002)


def test_few_rows_that_changed_keep_their_signs_among_many_clusters():
    values = np.zeros(20_000)
    values[::5_000] = 1
    assert one(values).p_value == pytest.approx(stats.binomtest(4, 4).pvalue)


def test_the_same_parts_give_the_same_bytes():
    values = np.random.default_rng(8).normal(size=40)
    assert one(values) == one(values)
