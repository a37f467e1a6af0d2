"""Errors of a metric by clusters: those of the theory, of other programs, and of simulations."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.variants import nightly_after
from truerun.model.uncertainty import Estimate
from truerun.monitor import estimates, groups
from truerun.monitor.estimates import Outcomes

pytestmark = pytest.mark.slow


def outcomes(
    target: np.ndarray, score: np.ndarray, cluster: np.ndarray, **columns: np.ndarray
) -> Outcomes:
    decision = (score >= 0.5).astype(np.int8)
    table = pd.DataFrame(columns, index=range(len(target)))
    return Outcomes("binary", target.astype(np.int8), score, decision, cluster, None, table)


def drawn(random: np.random.Generator, clusters: int, spread: float) -> Outcomes:
    cluster = np.repeat(np.arange(clusters), 30)
    score = random.random(len(cluster))
    shared = np.repeat(random.normal(0, spread, clusters), 30)
    target = random.random(len(cluster)) < np.clip(score + shared, 0, 1)
    return outcomes(target, score, cluster)


def test_the_error_of_a_mean_of_single_rows_is_that_of_the_textbook() -> None:
    random = np.random.default_rng(1)
    rows = outcomes(random.integers(0, 2, 50), random.random(50), np.arange(50))
    found = estimates.estimate(rows, "brier")
    assert found is not None
    squares = (rows.score - rows.target) ** 2
    assert found.value == pytest.approx(squares.mean())
    assert found.error == pytest.approx(squares.std(ddof=1) / 50**0.5)
    assert found.freedom == 49


@pytest.mark.parametrize("name", nightly_after(2, ["brier", "roc_auc", "f1"]))
def test_an_interval_holds_the_truth_nineteen_times_of_twenty_where_days_differ(name: str) -> None:
    random = np.random.default_rng(2)
    truth = np.mean([drawn(random, 200, 0.2).value(name) or 0 for _ in range(40)])
    inside = 0
    for _ in range(60):
        found = estimates.estimate(drawn(random, 20, 0.2), name)
        assert found is not None
        inside += found.low <= truth <= found.high
    assert inside >= 51  # of 60; 57 are expected


def test_many_clusters_are_put_together_and_say_the_same() -> None:
    random = np.random.default_rng(3)
    rows = drawn(random, 600, 0.2)
    found = estimates.estimate(rows, "brier")
    assert found is not None
    assert found.freedom == estimates.MOST_CLUSTERS - 1
    squares = pd.Series((rows.score - rows.target) ** 2)
    by_cluster = squares.groupby(rows.cluster).mean()
    assert found.error == pytest.approx(by_cluster.std() / 600**0.5, rel=0.35)


def test_a_difference_of_two_samples_is_that_of_welch() -> None:
    random = np.random.default_rng(4)
    one, other = random.normal(0, 1, 30), random.normal(0.8, 2, 12)
    sides = [
        Estimate(float(side.mean()), float(side.std(ddof=1) / len(side) ** 0.5), len(side) - 1)
        for side in (one, other)
    ]
    found = estimates.change(sides[0], sides[1], higher_is_better=True)
    theirs = stats.ttest_ind(one, other, equal_var=False)
    assert found.p_value == pytest.approx(theirs.pvalue)
    interval = theirs.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    same = Estimate(0.5, 0.0, 10)
    assert estimates.change(same, same, higher_is_better=True).verdict == "the same"
    assert estimates.change(same, Estimate(0.6, 0.0, 1), higher_is_better=False).verdict == "better"


def test_what_is_not_defined_has_no_estimate() -> None:
    none = np.zeros(20)
    rows = outcomes(none, np.linspace(0, 1, 20), np.arange(20))
    assert estimates.estimate(rows, "roc_auc") is None
    assert estimates.estimate(outcomes(none, none, np.zeros(20, np.int64)), "brier") is None
    one_each = outcomes(np.arange(20) == 3, np.linspace(0, 1, 20), np.arange(20))
    assert estimates.estimate(one_each, "roc_auc") is None


def test_the_four_rates_of_groups_are_those_of_their_definitions() -> None:
    target = np.array([1, 1, 0, 0, 1, 1, 0, 0])
    score = np.array([0.9, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.1])
    column = np.repeat(["a", "b"], 4)
    rows = outcomes(target, score, np.arange(8), sex=column)
    first, second = groups.by_value(rows, "sex", 1)
    assert first.rates == {
        "selection rate": 0.5,
        "true positive rate": 0.5,
        "false positive rate": 0.5,
        "precision": 0.5,
    }
    assert second.rates == {
        "selection rate": 0.5,
        "true positive rate": 1.0,
        "false positive rate": 0.0,
        "precision": 1.0,
    }
    assert [groups.gap(rows, "sex", ("a", "b"), rate) for rate in groups.RATES] == [
        0,
        0.5,
        0.5,
        0.5,
    ]
    assert groups.gap(rows, "sex", ("a",), "precision") is None
    assert groups.by_value(rows, "sex", 5) == []
