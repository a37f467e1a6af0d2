"""Metrics as scikit-learn has them, the parts that rows have in them, and importance."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression

from truerun.model import metrics, targets
from truerun.model.importance import permutation_importance
from truerun.model.metrics.calibration_error import calibration_error
from truerun.model.metrics.metric import Side
from truerun.model.metrics.roc_auc import area
from truerun.model.shuffled import ShuffledRows
from truerun.plots import plot_data

METRICS = metrics.METRICS["binary"]
ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.floats(0, 1) | st.sampled_from([0.1, 0.3, 0.5])),
    min_size=2,
    max_size=60,
)
BOTH = ROWS.filter(lambda rows: len({target for target, _ in rows}) == 2)
THRESHOLD = 0.3


def evaluate(target, score, threshold):
    return metrics.evaluate("binary", target, score, threshold)


def arrays(rows):
    target, score = zip(*rows, strict=True)
    return np.array(target, dtype="int8"), np.array(score, dtype=np.float64)


def scored(rows=1000, seed=1):
    random = np.random.default_rng(seed)
    score = random.random(rows)
    return (random.random(rows) < score).astype("int8"), score


@pytest.mark.slow
@settings(max_examples=30)
@given(BOTH)
def test_each_metric_is_the_one_of_scikit_learn(rows):
    target, score = arrays(rows)
    decision = score >= THRESHOLD
    found = evaluate(target, score, THRESHOLD)

    expected = {
        "roc_auc": sk.roc_auc_score(target, score),
        "average_precision": sk.average_precision_score(target, score),
        "log_loss": sk.log_loss(target, score),
        "brier": np.mean((score - target) ** 2),
        "calibration_error": calibration_error(target, score),
        "accuracy": np.mean(decision == target),
        "precision": sk.precision_score(target, decision, zero_division=0),
        "recall": sk.recall_score(target, decision, zero_division=0),
        "f1": sk.f1_score(target, decision, zero_division=0),
    }
    assert list(found) == list(expected) == list(METRICS)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value), name


def test_metrics_by_hand():
    target, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.35, 0.8])

    found = evaluate(target, score, 0.5)

    assert found["roc_auc"] == 0.75
    assert found["average_precision"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert found["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.35, 0.8]).mean())
    assert found["brier"] == pytest.approx((0.01 + 0.36 + 0.4225 + 0.04) / 4)
    assert found["accuracy"] == found["precision"] == found["recall"] == found["f1"] == 0.5


def test_metrics_of_one_class_are_told_but_those_that_rank():
    found = evaluate(np.array([1, 1]), np.array([0.2, 0.7]), 0.5)

    assert found["roc_auc"] is found["average_precision"] is None
    assert found["log_loss"] == pytest.approx(-np.log([0.2, 0.7]).mean())
    assert found["brier"] == pytest.approx((0.64 + 0.09) / 2)
    assert found["calibration_error"] == pytest.approx(0.55)
    assert (found["accuracy"], found["precision"], found["recall"]) == (0.5, 1, 0.5)


def test_metrics_of_classes_of_which_one_has_no_row():
    score = np.array([[0.2, 0.7, 0.1], [0.1, 0.5, 0.4]])
    found = metrics.evaluate("multiclass", np.array([0, 1]), score, None)

    assert found["roc_auc_macro"] is found["balanced_accuracy"] is None
    assert found["log_loss"] == pytest.approx(-np.log([0.2, 0.5]).mean())
    assert found["brier"] == pytest.approx((0.64 + 0.49 + 0.01 + 0.01 + 0.25 + 0.16) / 2)
    assert found["f1_macro"] == pytest.approx(2 / 3 / 3)


def test_metrics_of_a_number_that_is_always_the_same():
    found = metrics.evaluate("regression", np.array([1.0, 1.0]), np.array([0.2, 0.7]), None)

    assert found["r2"] is None
    assert found["rmse"] == pytest.approx(((0.64 + 0.09) / 2) ** 0.5)
    assert found["mae"] == pytest.approx(0.55)
    assert found["pinball_10"] == pytest.approx(0.055)
    assert found["pinball_90"] == pytest.approx(0.495)


def test_without_a_positive_decision_or_row_precision_recall_and_f1_are_nothing():
    none = evaluate(np.array([0, 1]), np.array([0.1, 0.2]), 0.5)
    assert (none["precision"], none["recall"], none["f1"]) == (0, 0, 0)
    false = evaluate(np.array([0, 0]), np.array([0.1, 0.7]), 0.5)
    assert (false["precision"], false["recall"], false["f1"]) == (0, 0, 0)
    neither = evaluate(np.array([0, 0]), np.array([0.1, 0.2]), 0.5)
    assert (neither["precision"], neither["recall"], neither["f1"]) == (0, 0, 0)


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
@pytest.mark.parametrize("decision", [[0, 0, 0], [1, 1, 1], [1, 0, 1], [0, 1, 0]])
@pytest.mark.parametrize("target", [[0, 0, 0], [1, 1, 1], [1, 0, 0]])
def test_what_is_compared_in_pairs_is_the_metric_even_where_it_is_nothing(name, decision, target):
    target, decision = np.array(target), np.array(decision)
    for other in (1 - decision, np.zeros(3, dtype=int), np.array([0, 1, 1])):
        base, head = Side(decision, decision), Side(other, other)
        apart = METRICS[name].value(target, *head) - METRICS[name].value(target, *base)
        assert METRICS[name].paired(target, base, head).difference.sum() == pytest.approx(apart)


def test_figures_in_the_targets_unit_have_no_decimals_of_their_own():
    facts = {name: m for of_task in metrics.METRICS.values() for name, m in of_task.items()}
    in_units = {name for name, metric in facts.items() if metric.decimals is None}
    assert in_units == {"rmse", "mae", "pinball_10", "pinball_90"}
    assert {metric.decimals for metric in facts.values()} == {None, 4}
    assert facts["pinball_10"].label == "10 % pinball loss"
    assert facts["pinball_90"].label == "90 % pinball loss"


def test_a_score_at_the_threshold_is_a_positive_decision():
    found = evaluate(np.array([0, 1]), np.array([0.29, 0.3]), 0.3)

    assert found["accuracy"] == found["precision"] == found["recall"] == 1


@pytest.mark.slow
@settings(max_examples=30)
@given(BOTH, st.floats(0.05, 1))
def test_scores_nearer_to_the_target_never_make_a_metric_worse(rows, step):
    target, score = arrays(rows)
    worse, better = (
        evaluate(target, values, THRESHOLD) for values in (score, score + step * (target - score))
    )

    for name, metric in METRICS.items():
        if name == "calibration_error":  # judges rates, not rows: better rows may raise it
            continue
        gain = better[name] - worse[name] if metric.higher_is_better else worse[name] - better[name]
        assert gain >= -1e-9, name


@pytest.mark.parametrize("name", METRICS)
def test_the_direction_of_each_metric_is_told_by_scores_that_are_right_and_wrong(name):
    target = np.tile([0, 1], 50)
    right, wrong = (
        evaluate(target, values.astype(float), 0.5)[name] for values in (target, 1 - target)
    )

    assert (right > wrong) == METRICS[name].higher_is_better
    assert right == pytest.approx(float(METRICS[name].higher_is_better), abs=1e-9)


OTHERS = [(task, name) for task in metrics.METRICS for name in metrics.METRICS[task]]


@pytest.mark.parametrize(("task", "name"), OTHERS)
def test_the_direction_of_each_metric_is_told_by_predictions_that_are_right_and_wrong(task, name):
    target = np.arange(1, 61) % {"binary": 2, "multiclass": 3}.get(task, 99)
    if task == "multiclass":
        right = 0.01 + 0.97 * np.eye(3)[target]
        wrong = np.roll(right, 1, axis=1)
    else:
        right = target.astype(float)
        wrong = right.max() + right.min() - right
    threshold = 0.5 if task == "binary" else None
    better, worse = (metrics.evaluate(task, target, side, threshold) for side in (right, wrong))

    assert (better[name] > worse[name]) == metrics.METRICS[task][name].higher_is_better
    assert better[name] != worse[name]


def by_tenths(target, score):
    """The calibration error by a loop: a bin begins at the score with which a tenth begins."""
    ranked = sorted(score.tolist())
    ends = [round(Fraction(len(ranked) * tenth, 10)) for tenth in range(1, 10)]
    begins = {ranked[end] for end in ends if end < len(ranked)}
    apart = {}
    for value, one in zip(score.tolist(), target.tolist(), strict=True):
        number = sum(value >= begin for begin in begins)
        apart[number] = apart.get(number, 0) + value - one
    return sum(map(abs, apart.values())) / len(ranked)


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, unique_by=lambda r: r[1])
    | st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12).map(lambda n: n / 12)), min_size=1)
    | ROWS
)
def test_the_calibration_error_is_the_one_that_a_loop_finds(rows):
    target, score = arrays(rows)

    assert calibration_error(target, score) == pytest.approx(by_tenths(target, score), abs=1e-12)


@pytest.mark.slow
@settings(max_examples=40)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_calibration_does_not_depend_on_the_order_of_rows(rows, random):
    (target, score), shuffled = arrays(rows), arrays(random.sample(rows, len(rows)))

    assert calibration_error(target, score) == pytest.approx(calibration_error(*shuffled))
    pd.testing.assert_frame_equal(
        plot_data.calibration(target, score), plot_data.calibration(*shuffled)
    )


def test_equal_scores_are_judged_by_their_rate_in_one_bin():
    target, score = np.repeat([0, 1], 50), np.full(100, 0.5)
    bins = plot_data.calibration(target, score)

    assert calibration_error(target, score) == 0
    assert bins.to_dict("list") == {"mean_score": [0.5], "observed_rate": [0.5], "rows": [100]}


def test_scores_that_fill_several_tenths_are_one_bin_beside_the_others():
    score = np.concatenate([np.arange(50) / 100, np.full(50, 0.75)])
    target = np.concatenate([np.zeros(50), np.tile([0, 1], 25)])
    bins = plot_data.calibration(target, score)

    assert bins["rows"].tolist() == [10, 10, 10, 10, 10, 50]
    assert bins["mean_score"].tolist() == pytest.approx([0.045, 0.145, 0.245, 0.345, 0.445, 0.75])
    assert bins["observed_rate"].tolist() == [0, 0, 0, 0, 0, 0.5]
    assert calibration_error(target, score) == pytest.approx(0.5 * 0.245 + 0.5 * 0.25)


def test_scores_that_are_the_rates_are_calibrated_and_shifted_ones_are_off_by_the_shift():
    rates = np.repeat(np.arange(10) / 10, 100)
    target = np.concatenate([np.arange(100) < 10 * tenth for tenth in range(10)]).astype("int8")

    assert calibration_error(target, rates) == pytest.approx(0, abs=1e-12)
    assert calibration_error(target, rates + 0.05) == pytest.approx(0.05)


@pytest.mark.parametrize("one", [0, 1])
def test_a_slice_of_one_class_has_no_metric_that_needs_both(one):
    found = evaluate(np.full(5, one, dtype="int8"), np.linspace(0.1, 0.9, 5), 0.5)

    assert {name for name, value in found.items() if value is None} == {
        "roc_auc",
        "average_precision",
    }
    assert found["accuracy"] == pytest.approx(0.6 if one else 0.4)
    assert found["brier"] == pytest.approx(np.mean((np.linspace(0.1, 0.9, 5) - one) ** 2))


def test_where_nothing_is_called_positive_precision_recall_and_f1_are_zero():
    found = evaluate(np.array([0, 1, 1]), np.array([0.1, 0.1, 0.2]), 0.9)

    assert found["precision"] == found["recall"] == found["f1"] == 0


def test_values_are_plain_floats():
    found = evaluate(*scored(50), 0.5)

    assert {type(value) for value in found.values()} == {float}


# The other tasks: each metric is anchored to scikit-learn, and to a figure made by hand.

CLASSES = 3


@st.composite
def classified(draw):
    """Rows of three classes, all of which occur, with a probability of each."""
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 2), *[st.integers(1, 20)] * CLASSES), min_size=1, max_size=50
        )
    )
    rows += [(number, 1, 2, 3) for number in range(CLASSES)]
    target = np.array([row[0] for row in rows], dtype=np.int64)
    score = np.array([row[1:] for row in rows], dtype=np.float64)
    return target, score / score.sum(axis=1, keepdims=True)


@pytest.mark.slow
@settings(max_examples=30)
@given(classified())
def test_each_metric_of_several_classes_is_the_one_of_scikit_learn(rows):
    target, score = rows
    decision = score.argmax(axis=1)
    labels = list(range(CLASSES))
    expected = {
        "log_loss": sk.log_loss(target, score, labels=labels),
        "roc_auc_macro": sk.roc_auc_score(
            target, score, multi_class="ovr", average="macro", labels=labels
        ),
        "brier": sk.brier_score_loss(target, score, labels=labels, scale_by_half=False),
        "calibration_error": np.mean(
            [calibration_error(target == k, score[:, k]) for k in range(CLASSES)]
        ),
        "accuracy": sk.accuracy_score(target, decision),
        "balanced_accuracy": sk.balanced_accuracy_score(target, decision),
        "f1_macro": sk.f1_score(target, decision, average="macro", labels=labels),
    }
    found = metrics.evaluate("multiclass", target, score, None)

    assert list(found) == list(expected) == list(metrics.METRICS["multiclass"])
    for name, value in expected.items():
        assert found[name] == pytest.approx(value), name


NUMBERS = st.lists(
    st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=50
).filter(lambda rows: np.ptp([target for target, _ in rows]) > 1e-3)


@pytest.mark.slow
@settings(max_examples=30)
@given(NUMBERS)
def test_each_metric_of_a_number_is_the_one_of_scikit_learn(rows):
    target, score = (np.array(side) for side in zip(*rows, strict=True))
    expected = {
        "rmse": sk.root_mean_squared_error(target, score),
        "mae": sk.mean_absolute_error(target, score),
        "r2": sk.r2_score(target, score),
        "pinball_10": sk.mean_pinball_loss(target, score, alpha=0.1),
        "pinball_90": sk.mean_pinball_loss(target, score, alpha=0.9),
    }
    found = metrics.evaluate("regression", target, score, None)

    assert list(found) == list(expected) == list(metrics.METRICS["regression"])
    for name, value in expected.items():
        assert found[name] == pytest.approx(value), name


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0.01, 60)), min_size=2, max_size=50))
def test_each_metric_of_counts_is_the_one_of_scikit_learn(rows):
    target, score = (np.array(side) for side in zip(*rows, strict=True))
    expected = {
        "poisson_deviance": sk.mean_poisson_deviance(target, score),
        "rmse": sk.root_mean_squared_error(target, score),
        "mae": sk.mean_absolute_error(target, score),
        "r2": sk.r2_score(target, score) if np.ptp(target) else None,
    }
    found = metrics.evaluate("counts", target, score, None)

    assert list(found) == list(expected) == list(metrics.METRICS["counts"])
    for name, value in expected.items():
        assert found[name] == (None if value is None else pytest.approx(value, abs=1e-12)), name


def test_metrics_of_the_other_tasks_by_hand():
    score = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    classes = metrics.evaluate("multiclass", np.array([0, 1, 2]), score, None)
    numbers = metrics.evaluate("regression", np.array([1.0, 3.0]), np.array([2.0, 2.5]), None)
    counts = metrics.evaluate("counts", np.array([0, 2]), np.array([1.0, 1.0]), None)

    assert classes["log_loss"] == pytest.approx(-np.log([0.7, 0.3, 0.8]).mean())
    assert classes["brier"] == pytest.approx(np.mean([0.14, 0.78, 0.06]))
    assert classes["accuracy"] == classes["balanced_accuracy"] == pytest.approx(2 / 3)
    assert classes["f1_macro"] == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert numbers["rmse"] == pytest.approx((1.25 / 2) ** 0.5)
    assert numbers["mae"] == 0.75
    assert numbers["r2"] == pytest.approx(1 - 1.25 / 2)
    assert numbers["pinball_10"] == pytest.approx((0.9 * 1 + 0.1 * 0.5) / 2)
    assert numbers["pinball_90"] == pytest.approx((0.1 * 1 + 0.9 * 0.5) / 2)
    assert counts["poisson_deviance"] == pytest.approx((2 * 1 + 2 * (2 * np.log(2) - 1)) / 2)


def test_where_a_class_is_absent_what_needs_all_is_not_defined():
    score = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.8, 0.1]])
    found = metrics.evaluate("multiclass", np.array([0, 1, 1]), score, None)

    assert {name for name, value in found.items() if value is None} == {
        "roc_auc_macro",
        "balanced_accuracy",
    }
    alone = metrics.evaluate("regression", np.array([2.0]), np.array([3.0]), None)
    assert {name for name, value in alone.items() if value is None} == {"r2"}


def of_task(task, rows=400, seed=4):
    """Targets, scores and decisions of a task, as `targets` makes them."""
    random = np.random.default_rng(seed)
    if task == "binary":
        target, score = scored(rows, seed)
    elif task == "multiclass":
        target = random.integers(0, CLASSES, rows)
        raw = random.random((rows, CLASSES)) + 0.5 * np.eye(CLASSES)[target]
        score = raw / raw.sum(axis=1, keepdims=True)
    elif task == "regression":
        score = random.normal(10, 3, rows)
        target = score + random.normal(0, 2, rows)
    else:
        score = random.gamma(2, 2, rows)
        target = random.poisson(score)
    return target, score, targets.decisions(score, 0.5 if task == "binary" else None)


EACH = [
    (task, name)
    for task, of_the_task in metrics.METRICS.items()
    for name, metric in of_the_task.items()
    if metric.paired
]


def two_sides(task, rows=300):
    """A target, and two scores and decisions of the same rows."""
    target, score, _ = of_task(task, rows)
    random = np.random.default_rng(8)
    noise = random.random(score.shape)
    other = 0.7 * score + 0.3 * (noise if task in ("binary", "multiclass") else 20 * noise)
    if task == "multiclass":
        other = other / other.sum(axis=1, keepdims=True)
    return target, *(Side(s, targets.decisions(s, TASK_THRESHOLD[task])) for s in (score, other))


TASK_THRESHOLD = {"binary": 0.5, "multiclass": None, "regression": None, "counts": None}


@pytest.mark.parametrize(("task", "name"), EACH)
def test_what_rows_contribute_sums_to_the_difference_and_turns_with_the_sides(task, name):
    metric, (target, base, head) = metrics.METRICS[task][name], two_sides(task)
    difference, weight = metric.paired(target, base, head)
    expected = metric.value(target, *head) - metric.value(target, *base)

    assert difference.sum() == pytest.approx(expected, abs=1e-10)
    assert weight.sum() == pytest.approx(1)
    assert weight.min() >= 0
    turned = metric.paired(target, head, base)
    assert turned.difference == pytest.approx(-difference, abs=1e-12)
    assert turned.weight == pytest.approx(weight)


@pytest.mark.slow
@pytest.mark.parametrize(("task", "name"), EACH)
def test_what_rows_contribute_is_what_a_jackknife_finds(task, name):
    """Deleting a row takes its part in the difference, but for what its weight keeps."""
    metric, (target, base, head) = metrics.METRICS[task][name], two_sides(task)
    difference, weight = metric.paired(target, base, head)
    whole = difference.sum()

    def without(row):
        kept = [Side(*(np.delete(part, row, axis=0) for part in side)) for side in (base, head)]
        less = np.delete(target, row)
        return metric.value(less, *kept[1]) - metric.value(less, *kept[0])

    rows = np.arange(0, len(target), 3)  # enough to see it
    moved = (len(target) - 1) * (whole - np.array([without(row) for row in rows]))
    influence = len(target) * (difference - whole * weight)[rows]
    assert np.corrcoef(influence, moved)[0, 1] > 0.99
    assert np.std(influence) == pytest.approx(np.std(moved), rel=0.05)


def test_no_row_counts_in_r2_where_the_target_hardly_varies():
    target = np.array([1e-200, 2e-200])
    base, head = (Side(score, score) for score in (np.zeros(2), np.ones(2)))
    difference, weight = metrics.METRICS["regression"]["r2"].paired(target, base, head)
    assert not difference.any()
    assert not weight.any()


@pytest.mark.parametrize("name", ["accuracy", "precision", "recall", "f1"])
def test_a_row_whose_decision_stays_has_no_part_in_a_metric_of_decisions(name):
    target, base, head = two_sides("binary")
    difference = METRICS[name].paired(target, base, head).difference
    same = base.decision == head.decision
    assert not difference[same].any()
    assert difference[~same].any()


def test_metrics_of_decisions_for_nobody_have_no_parts():
    target, nobody = np.array([0, 1, 1]), Side(np.zeros(3), np.zeros(3, dtype=np.int8))
    for name in ("precision", "recall", "f1"):
        assert not METRICS[name].paired(target, nobody, nobody).difference.any()


@pytest.mark.parametrize(
    ("task", "name"), [(t, name) for t, of_it in metrics.METRICS.items() for name in of_it]
)
def test_the_direction_of_a_metric_is_that_of_scores_that_are_nearer_to_the_target(task, name):
    target, score, _ = of_task(task)
    right = np.eye(CLASSES)[target] if task == "multiclass" else target
    near = 0.9 * right + 0.1 * score
    threshold = 0.5 if task == "binary" else None
    worse, better = (metrics.evaluate(task, target, s, threshold)[name] for s in (score, near))
    if name == "calibration_error":  # judges rates, not rows
        return

    assert (better > worse) == metrics.METRICS[task][name].higher_is_better


@given(
    rows=st.lists(
        st.tuples(st.booleans(), st.integers(0, 9) | st.floats(-1, 1)), min_size=2, max_size=60
    ),
    kind=st.sampled_from(["float32", "float64"]),
)
def test_the_area_is_that_of_scikit_learn_to_the_last_bit(rows, kind):
    target, score = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], kind)
    target[:2] = False, True

    assert area(target.astype("int8"), score) == sk.roc_auc_score(target, score)


@pytest.fixture(scope="module")
def decided():
    """A model of three columns, of which one decides, one helps and one says nothing."""
    random = np.random.default_rng(3)
    rows = pd.DataFrame(random.normal(size=(600, 3)), columns=["nothing", "decides", "helps"])
    target = (3 * rows["decides"] + 0.5 * rows["helps"] > 0).to_numpy().astype("int8")
    model = LogisticRegression().fit(rows, target)
    model.coef_[0, 0] = 0
    return model, rows, target


def importance(model, rows, target, repeats, seed):
    """By the loss of ROC AUC."""

    def goodness(given):
        return sk.roc_auc_score(target, given[:, 1])

    return permutation_importance(goodness, ShuffledRows(model.predict_proba, rows), repeats, seed)


def test_the_column_that_decides_matters_most_and_one_that_is_unused_not_at_all(decided):
    table = importance(*decided, repeats=3, seed=1)

    assert table.columns.tolist() == ["column", "importance", "deviation"]
    assert table["column"].tolist() == ["decides", "helps", "nothing"]
    assert table["importance"].tolist() == sorted(table["importance"], reverse=True)
    assert table["importance"].iloc[0] > 0.3
    assert 0 < table["importance"].iloc[1] < 0.1
    assert table.iloc[2][["importance", "deviation"]].tolist() == [0, 0]


def test_the_loss_of_the_deciding_column_is_the_whole_distance_to_chance(decided):
    _, rows, target = decided
    alone = rows[["decides"]]
    table = importance(LogisticRegression().fit(alone, target), alone, target, repeats=20, seed=1)
    whole = sk.roc_auc_score(target, alone["decides"])

    assert table["importance"].iloc[0] == pytest.approx(whole - 0.5, abs=0.02)
    assert table["deviation"].iloc[0] < 0.05


def test_the_same_seed_gives_the_same_importance_and_another_one_another(decided):
    first, again, other = (importance(*decided, repeats=2, seed=seed) for seed in (1, 1, 2))

    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert first["importance"].iloc[0] != other["importance"].iloc[0]


def test_the_rows_are_left_as_they_were(decided):
    model, rows, target = decided
    before = rows.copy()
    importance(model, rows, target, repeats=1, seed=1)

    pd.testing.assert_frame_equal(rows, before)


class Typed:
    """A model that takes rows of its own types alone, and looks only at the column `number`."""

    types = ("str", "int8", "datetime64[ns, UTC]", "category")

    def predict_proba(self, rows):
        assert tuple(map(str, rows.dtypes)) == self.types
        return np.column_stack([1 - rows["number"], rows["number"]])


def test_a_column_that_is_shuffled_keeps_its_type():
    words = ["a", "b"] * 5
    rows = pd.DataFrame(
        {
            "text": pd.Series(words, dtype="str"),
            "number": np.array([0, 1] * 5, dtype="int8"),
            "moment": pd.date_range("2013", periods=10, tz="UTC").as_unit("ns"),
            "kind": pd.Series(words, dtype="category"),
        }
    )
    table = importance(Typed(), rows, rows["number"].to_numpy(), repeats=3, seed=1)

    assert table["column"].tolist() == ["number", "kind", "moment", "text"]
    assert table["importance"].iloc[0] > 0
    assert table["importance"].tolist()[1:] == [0, 0, 0]


def test_equally_important_columns_stand_in_the_order_of_their_names(decided):
    _, rows, target = decided
    model = LogisticRegression().fit(rows, target)
    model.coef_[:] = 0

    assert importance(model, rows, target, 1, 1)["column"].tolist() == [
        "decides",
        "helps",
        "nothing",
    ]
