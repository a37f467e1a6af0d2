"""What is expected of scores is what comes, if they mean what they say; and no other library's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from truerun.monitor import calibrated, expected
from truerun.monitor.class_sums import SCALE
from truerun.params.value import PriceList

pytestmark = pytest.mark.slow

EDGES = np.arange(1, 1000) / 1000
PRICES = PriceList(
    name="masks",
    unit="euros",
    true_positive=10.0,
    false_positive=-3.0,
    false_negative=-1.0,
    true_negative=0.5,
)


def histogram(scores: np.ndarray) -> np.ndarray:
    places = np.searchsorted(EDGES, scores, side="right")
    made = np.zeros((2, 1000), np.int64)
    np.add.at(made[0], places, 1)
    np.add.at(made[1], places, np.rint(scores * SCALE).astype(np.int64))
    return made


def as_they_are(effect: float = 1.0) -> calibrated.Calibration:
    ends = np.array([0.0, 1.0])
    return calibrated.Calibration(ends, ends, effect)


def test_metrics_are_those_of_confidence_based_estimation_row_by_row() -> None:
    """The sums of NannyML's method: a row is a true positive in p of all cases, and so on."""
    scores = np.random.default_rng(1).beta(1.5, 3, 3000)
    decided = scores >= 0.4
    positive = np.append(EDGES, 1.0) > 0.4
    told = expected.of_histogram(histogram(scores), as_they_are(), positive, PRICES)
    true_positive, false_positive = scores[decided].sum(), (1 - scores[decided]).sum()
    false_negative, true_negative = scores[~decided].sum(), (1 - scores[~decided]).sum()
    assert told["accuracy"].value == pytest.approx((true_positive + true_negative) / 3000, abs=1e-9)
    assert told["precision"].value == pytest.approx(true_positive / decided.sum(), abs=1e-6)
    assert told["recall"].value == pytest.approx(true_positive / scores.sum(), abs=1e-6)
    assert told["brier"].value == pytest.approx((scores * (1 - scores)).mean(), abs=1e-3)
    entropy = -(scores * np.log(scores) + (1 - scores) * np.log(1 - scores)).mean()
    assert told["log_loss"].value == pytest.approx(entropy, abs=1e-3)
    pairs = sk.roc_auc_score(
        np.repeat([1, 0], 3000), np.tile(scores, 2), sample_weight=np.append(scores, 1 - scores)
    )
    assert told["roc_auc"].value == pytest.approx(pairs, abs=1e-3)
    worth = 10 * true_positive - 3 * false_positive - false_negative + 0.5 * true_negative
    assert told["value"].value == pytest.approx(1000 * worth / 3000, rel=1e-6)


def test_the_interval_holds_what_comes_nineteen_times_of_twenty() -> None:
    """With outcomes that are drawn by the scores, of rows that are new each time."""
    random, inside = np.random.default_rng(2), 0
    positive = np.append(EDGES, 1.0) > 0.4
    for _ in range(60):
        scores = random.beta(1.5, 3, 800)
        target = random.random(800) < scores
        told = expected.of_histogram(histogram(scores), as_they_are(), positive)["roc_auc"]
        inside += told.low <= sk.roc_auc_score(target, scores) <= told.high
    assert inside >= 52  # of 60; 57 are expected


def test_a_calibration_is_learned_where_scores_are_off_and_only_there() -> None:
    random = np.random.default_rng(3)
    truth = random.beta(1.5, 3, 8000)
    target = (random.random(8000) < truth).astype(np.int8)
    cluster = np.arange(8000) // 40
    good = calibrated.calibration(target, truth, cluster)
    assert good.scores.tolist() == [0, 1]
    assert good.design_effect < 1.3
    off = calibrated.calibration(target, truth**2, cluster)
    apart = np.abs(off(truth**2) - truth)
    assert apart.mean() < 0.04
    together = np.repeat(random.normal(0, 0.2, 200), 40)
    shared = (random.random(8000) < np.clip(truth + together, 0, 1)).astype(np.int8)
    assert calibrated.calibration(shared, truth, cluster).design_effect > 3


def test_a_design_effect_widens_the_interval_by_its_root() -> None:
    scores = np.random.default_rng(4).random(2000)
    positive = np.append(EDGES, 1.0) > 0.5
    narrow, wide = (
        expected.of_histogram(histogram(scores), as_they_are(effect), positive)["accuracy"]
        for effect in (1.0, 4.0)
    )
    assert wide.high - wide.low == pytest.approx(2 * (narrow.high - narrow.low))


@given(st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), min_size=200, max_size=260))
def test_any_scores_have_metrics_within_their_bounds(scores: list[float]) -> None:
    told = expected.of_histogram(
        histogram(np.array(scores)), as_they_are(), np.append(EDGES, 1.0) > 0.5
    )
    for name, each in told.items():
        assert each.value >= 0
        assert name == "log_loss" or each.value <= 1 + 1e-12
        assert np.isfinite([each.low, each.high]).all()


def test_few_rows_have_no_expectation() -> None:
    assert not expected.of_histogram(histogram(np.full(199, 0.5)), as_they_are(), EDGES > 0)
