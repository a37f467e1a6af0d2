"""What is expected of the scores of several classes is what comes, if they mean what they say."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from truerun.model import metrics
from truerun.monitor import calibrated, class_sums, expected
from truerun.monitor.calibrated import Calibration, ClassCalibration
from truerun.params.value import PriceList

pytestmark = pytest.mark.slow

ENDS = np.array([0.0, 1.0])
LABELS = ("low", "middle", "high")
WORTH = np.array([[1.0, -2.0, -5.0], [-1.0, 2.0, -3.0], [-4.0, -1.0, 6.0]])  # actual, decided
PRICES = PriceList(
    name="beds",
    unit="euros",
    matrix={
        of: {to: float(WORTH[i, j]) for j, to in enumerate(LABELS)} for i, of in enumerate(LABELS)
    },
)


def as_they_are(effect: float = 1.0, classes: int = 3) -> ClassCalibration:
    return ClassCalibration((Calibration(ENDS, ENDS, 1.0),) * classes, effect)


def scores_of(random: np.random.Generator, rows: int) -> np.ndarray:
    """Scores of three classes, of which the last is rarer."""
    return random.dirichlet([1.2, 0.9, 0.4], rows)


def drawn(random: np.random.Generator, probabilities: np.ndarray) -> np.ndarray:
    """An outcome of each row."""
    return (random.random((len(probabilities), 1)) > probabilities.cumsum(axis=1)[:, :-1]).sum(1)


def kept(scores: np.ndarray, of_scores: ClassCalibration) -> tuple[np.ndarray, np.ndarray]:
    """What is kept of rows."""
    sums = class_sums.sums(scores, class_sums.billionths(of_scores(scores)))
    names = [str(number) for number in range(len(scores))]
    return sums, class_sums.sample(class_sums.rows_by_hash(names, scores))


def test_central_values_are_those_of_each_row_with_each_class() -> None:
    """Each row stands there once with each class, and weighs its calibrated probability."""
    scores = scores_of(np.random.default_rng(1), 5000)
    off = Calibration(np.array([0.0, 0.5, 1.0]), np.array([0.05, 0.4, 0.9]), 1.0)
    of_scores = ClassCalibration((off, *as_they_are().classes[1:]), 1.0)
    told = expected.of_classes(*kept(scores, of_scores), of_scores, PRICES, LABELS)
    one_by_one = np.column_stack(
        [np.interp(scores[:, 0], off.scores, off.probabilities), scores[:, 1], scores[:, 2]]
    )
    weight = (one_by_one / one_by_one.sum(axis=1, keepdims=True)).ravel()
    rows, target = np.array(list(product(range(5000), range(3)))).T
    decision = scores.argmax(axis=1)[rows]
    score = scores[rows]
    weighted = {
        "accuracy": sk.accuracy_score(target, decision, sample_weight=weight),
        "balanced_accuracy": sk.balanced_accuracy_score(target, decision, sample_weight=weight),
        "f1_macro": sk.f1_score(target, decision, average="macro", sample_weight=weight),
        "log_loss": sk.log_loss(target, score, sample_weight=weight),
        "brier": np.average(((score - np.eye(3)[target]) ** 2).sum(axis=1), weights=weight),
        "value": 1000 * np.average(WORTH[target, decision], weights=weight),
    }
    areas = [sk.roc_auc_score(target == k, score[:, k], sample_weight=weight) for k in range(3)]
    assert told.keys() == {*weighted, "roc_auc_macro"}
    assert told.keys() - {"value"} == metrics.METRICS["multiclass"].keys() - {"calibration_error"}
    for name, value in weighted.items():
        assert told[name].value == pytest.approx(value, abs=1e-6), name
    assert told["roc_auc_macro"].value == pytest.approx(np.mean(areas), abs=1e-4)


@pytest.mark.parametrize("rows", [600, 6000])
def test_intervals_hold_what_comes_nineteen_times_of_twenty(rows: int) -> None:
    """Also of more rows than are kept to draw outcomes of."""
    random, times = np.random.default_rng(2), 60
    inside = dict.fromkeys(metrics.METRICS["multiclass"].keys() - {"calibration_error"}, 0)
    for _ in range(times):
        scores = scores_of(random, rows)
        told = expected.of_classes(*kept(scores, as_they_are()), as_they_are())
        came = metrics.evaluate("multiclass", drawn(random, scores), scores, None)
        for name in inside:
            inside[name] += told[name].low <= (came[name] or 0.0) <= told[name].high
    assert min(inside.values()) >= 52, inside  # of 60; 57 are expected
    assert sum(inside.values()) < times * len(inside)


def test_what_the_outcomes_hang_on_is_not_seen() -> None:
    """Outcomes that are another class than the scores say: the expectation is far off."""
    random = np.random.default_rng(3)
    scores = scores_of(random, 2000)
    told = expected.of_classes(*kept(scores, as_they_are()), as_they_are())
    turned = (drawn(random, scores) + (random.random(2000) < 0.3)) % 3
    came = metrics.evaluate("multiclass", turned, scores, None)
    assert (came["log_loss"] or 0.0) > told["log_loss"].high
    for name in ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc_macro"):
        assert (came[name] or 0.0) < told[name].low, name


def test_scores_that_are_off_are_calibrated_and_outcomes_that_go_together_widen() -> None:
    random = np.random.default_rng(4)
    truth = scores_of(random, 8000)
    target, cluster = drawn(random, truth), np.arange(8000) // 40
    good = calibrated.calibration_of_classes(target, truth, cluster)
    assert np.abs(good(truth) - truth).max() < 0.1
    assert good.design_effect < 1.3
    sure = truth**3 / (truth**3).sum(axis=1, keepdims=True)
    learned = calibrated.calibration_of_classes(target, sure, cluster)
    assert np.abs(learned(sure) - truth).mean() < 0.5 * np.abs(sure - truth).mean()
    assert learned(sure).sum(axis=1) == pytest.approx(1)
    assert learned.facts() != good.facts()
    shared = np.where(random.random(8000) < 0.3, np.repeat(random.integers(0, 3, 200), 40), target)
    effect = calibrated.calibration_of_classes(shared, truth, cluster).design_effect
    assert effect > 3
    narrow, wide = (
        expected.of_classes(*kept(truth, as_they_are(each)), as_they_are(each))["log_loss"]
        for each in (1.0, 4.0)
    )
    assert wide.high - wide.low == pytest.approx(2 * (narrow.high - narrow.low))


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.3, 1.0])] * 3), min_size=200, max_size=230))
def test_any_scores_have_metrics_within_their_bounds(rows: list[tuple[float, ...]]) -> None:
    scores = np.array(rows)
    told = expected.of_classes(*kept(scores, as_they_are()), as_they_are())
    for name, each in told.items():
        assert np.isfinite([each.value, each.low, each.high]).all()
        assert each.value >= 0
        assert name in ("log_loss", "brier") or each.value <= 1 + 1e-9


def test_rows_that_are_kept_are_the_same_in_any_order_and_parts() -> None:
    random = np.random.default_rng(5)
    scores = scores_of(random, 5000)
    rows = class_sums.rows_by_hash([str(number) for number in range(5000)], scores)
    whole = class_sums.sample(rows)
    mixed = random.permutation(rows)
    parts = [class_sums.sample(part) for part in np.split(mixed, [100, 2600])]
    assert len(whole) == class_sums.SAMPLE
    assert (class_sums.sample(np.concatenate(parts)) == whole).all()


def test_few_rows_and_a_class_that_never_comes_have_no_expectation() -> None:
    scores = scores_of(np.random.default_rng(6), 199)
    assert not expected.of_classes(*kept(scores, as_they_are()), as_they_are())
    rare = np.tile([0.6, 0.4 - 1e-7, 1e-7], (500, 1))
    told = expected.of_classes(*kept(rare, as_they_are()), as_they_are())
    assert told.keys() == {"log_loss", "brier", "accuracy", "f1_macro"}
