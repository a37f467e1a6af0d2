"""Tests of two samples: their probabilities are SciPy's, whichever way is quicker."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from truerun.contract import two_samples

COUNTS = st.lists(st.integers(0, 300), min_size=2, max_size=6)


@pytest.mark.slow
@settings(max_examples=200)
@given(st.integers(0, 2**31), st.integers(2, 3000), st.integers(2, 3000), st.floats(0, 0.7))
def test_the_distance_of_samples_has_the_probability_of_scipy(seed, first, second, moved):
    random = np.random.default_rng(seed)
    digits = random.integers(0, 4)
    before = np.sort(random.normal(size=first).round(digits))
    after = np.sort((random.normal(size=second) + moved).round(digits))

    expected = stats.ks_2samp(before, after, method="asymp").pvalue
    assert two_samples.kolmogorov_smirnov(before, after) == pytest.approx(expected, rel=1e-11)


@pytest.mark.slow
@settings(max_examples=200)
@given(st.integers(two_samples.LONG.start, 50_000), st.floats(2.2, two_samples.SMALLEST))
def test_the_tail_of_many_values_is_that_of_scipy(values, size):
    distance = float(np.sqrt(size / values))

    expected = special.smirnov(values, distance)
    assert two_samples.smirnov(values, distance) == pytest.approx(expected, rel=1e-10)


@pytest.mark.slow
@settings(max_examples=200)
@given(COUNTS, COUNTS)
def test_counts_have_the_probability_of_scipy(before, after):
    size = min(len(before), len(after))
    table = np.array([before[:size], after[:size]])
    table[:, 0] += 1  # no sample is empty

    expected = stats.chi2_contingency(table[:, table.sum(axis=0) > 0])
    expected = expected.pvalue if (table.sum(axis=0) > 0).sum() > 1 else 1.0
    assert two_samples.homogeneity(*table) == pytest.approx(expected, rel=1e-9)
