"""Metrics as scikit-learn has them, importance, and plots that are the same every time."""

import hashlib
import inspect
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression

from pipeline import figures, metrics
from pipeline.importance import permutation_importance
from pipeline.metrics import calibration_error

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


def test_a_score_at_the_threshold_is_a_positive_decision():
    found = evaluate(np.array([0, 1]), np.array([0.29, 0.3]), 0.3)

    assert found["accuracy"] == found["precision"] == found["recall"] == 1


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


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, unique_by=lambda r: r[1])
    | st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12).map(lambda n: n / 12)), min_size=1)
    | ROWS
)
def test_the_calibration_error_is_the_one_that_a_loop_finds(rows):
    target, score = arrays(rows)

    assert calibration_error(target, score) == pytest.approx(by_tenths(target, score), abs=1e-12)


@settings(max_examples=40)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_calibration_does_not_depend_on_the_order_of_rows(rows, random):
    (target, score), shuffled = arrays(rows), arrays(random.sample(rows, len(rows)))

    assert calibration_error(target, score) == pytest.approx(calibration_error(*shuffled))
    pd.testing.assert_frame_equal(
        figures.calibration(target, score), figures.calibration(*shuffled)
    )


def test_equal_scores_are_judged_by_their_rate_in_one_bin():
    target, score = np.repeat([0, 1], 50), np.full(100, 0.5)
    bins = figures.calibration(target, score)

    assert calibration_error(target, score) == 0
    assert bins.to_dict("list") == {"mean_score": [0.5], "observed_rate": [0.5], "rows": [100]}


def test_scores_that_fill_several_tenths_are_one_bin_beside_the_others():
    score = np.concatenate([np.arange(50) / 100, np.full(50, 0.75)])
    target = np.concatenate([np.zeros(50), np.tile([0, 1], 25)])
    bins = figures.calibration(target, score)

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


@pytest.fixture(scope="module")
def decided():
    """A model of three columns, of which one decides, one helps and one says nothing."""
    random = np.random.default_rng(3)
    rows = pd.DataFrame(random.normal(size=(600, 3)), columns=["nothing", "decides", "helps"])
    target = (3 * rows["decides"] + 0.5 * rows["helps"] > 0).to_numpy().astype("int8")
    model = LogisticRegression().fit(rows, target)
    model.coef_[0, 0] = 0
    return model, rows, target


def test_the_column_that_decides_matters_most_and_one_that_is_unused_not_at_all(decided):
    table = permutation_importance(*decided, repeats=3, seed=1)

    assert table.columns.tolist() == ["column", "importance", "deviation"]
    assert table["column"].tolist() == ["decides", "helps", "nothing"]
    assert table["importance"].tolist() == sorted(table["importance"], reverse=True)
    assert table["importance"].iloc[0] > 0.3
    assert 0 < table["importance"].iloc[1] < 0.1
    assert table.iloc[2][["importance", "deviation"]].tolist() == [0, 0]


def test_the_loss_of_the_deciding_column_is_the_whole_distance_to_chance(decided):
    _, rows, target = decided
    alone = rows[["decides"]]
    table = permutation_importance(
        LogisticRegression().fit(alone, target), alone, target, repeats=20, seed=1
    )
    whole = sk.roc_auc_score(target, alone["decides"])

    assert table["importance"].iloc[0] == pytest.approx(whole - 0.5, abs=0.02)
    assert table["deviation"].iloc[0] < 0.05


def test_the_same_seed_gives_the_same_importance_and_another_one_another(decided):
    first, again, other = (
        permutation_importance(*decided, repeats=2, seed=seed) for seed in (1, 1, 2)
    )

    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert first["importance"].iloc[0] != other["importance"].iloc[0]


def test_the_rows_are_left_as_they_were(decided):
    model, rows, target = decided
    before = rows.copy()
    permutation_importance(model, rows, target, repeats=1, seed=1)

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
    table = permutation_importance(Typed(), rows, rows["number"].to_numpy(), repeats=3, seed=1)

    assert table["column"].tolist() == ["number", "kind", "moment", "text"]
    assert table["importance"].iloc[0] > 0
    assert table["importance"].tolist()[1:] == [0, 0, 0]


def test_equally_important_columns_stand_in_the_order_of_their_names(decided):
    _, rows, target = decided
    model = LogisticRegression().fit(rows, target)
    model.coef_[:] = 0

    assert permutation_importance(model, rows, target, 1, 1)["column"].tolist() == [
        "decides",
        "helps",
        "nothing",
    ]


@pytest.mark.parametrize("rows", [3, 50, 199, 200, 201, 5000])
@pytest.mark.parametrize(
    ("curve", "ends"),
    [
        (figures.roc_curve, ([0, 0], [1, 1])),
        (figures.precision_recall_curve, ([0, 1], [1, None])),
    ],
    ids=["roc", "precision and recall"],
)
def test_a_curve_has_at_most_200_points_and_keeps_both_ends(curve, ends, rows):
    target, score = scored(rows, seed=2)
    target[:2] = 0, 1
    points = curve(target, score)

    assert 2 <= len(points) <= 200
    assert points.iloc[0].tolist() == ends[0]
    assert points.iloc[-1, 0] == ends[1][0]
    assert points.iloc[-1, 1] == (target.mean() if ends[1][1] is None else ends[1][1])
    assert points.iloc[:, 0].is_monotonic_increasing
    assert points.index.tolist() == list(range(len(points)))


def test_a_thinned_curve_has_the_area_of_the_whole_one():
    target, score = scored(5000)
    roc, recall = (
        figures.roc_curve(target, score),
        figures.precision_recall_curve(target, score),
    )

    assert sk.auc(*roc.to_numpy().T) == pytest.approx(sk.roc_auc_score(target, score), abs=2e-3)
    expected = sk.average_precision_score(target, score)
    assert sk.auc(*recall.to_numpy().T) == pytest.approx(expected, abs=5e-3)


def test_a_short_curve_is_kept_whole():
    target, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    points = figures.roc_curve(target, score)

    assert points["false_positive_rate"].tolist() == [0, 0, 0.5, 0.5, 1]
    assert points["true_positive_rate"].tolist() == [0, 0.5, 0.5, 1, 1]


def test_the_calibration_plot_and_the_calibration_error_speak_of_the_same_bins():
    target, score = scored(997)
    bins = figures.calibration(target, score)

    assert bins["rows"].sum() == 997
    assert bins["rows"].max() - bins["rows"].min() <= 1
    assert bins["mean_score"].is_monotonic_increasing
    apart = (bins["mean_score"] - bins["observed_rate"]).abs()
    assert np.average(apart, weights=bins["rows"]) == pytest.approx(
        calibration_error(target, score)
    )


def test_fewer_rows_than_bins_make_a_bin_each():
    bins = figures.calibration(np.array([1, 0, 1]), np.array([0.9, 0.1, 0.5]))

    assert bins["mean_score"].tolist() == [0.1, 0.5, 0.9]
    assert bins["observed_rate"].tolist() == [0, 1, 1]


@settings(max_examples=40)
@given(ROWS)
def test_the_confusion_counts_are_those_of_scikit_learn(rows):
    target, score = arrays(rows)
    counts = figures.confusion(target, score >= THRESHOLD)

    expected = sk.confusion_matrix(target, score >= THRESHOLD, labels=[0, 1])
    assert counts["rows"].tolist() == expected.ravel().tolist()
    assert counts["outcome"].tolist() == [
        f"actual {actual}, predicted {predicted}" for actual in (0, 1) for predicted in (0, 1)
    ]


def draw_all(folder):
    """Every picture that the project draws, of the same rows."""
    target, score = scored(500)
    rise = np.linspace(0, 1, 200)
    importance = pd.DataFrame(
        {
            "column": [f"column_{number}" for number in range(25)],
            "importance": np.linspace(0.1, 0, 25),
            "deviation": 0.01,
        }
    )
    drawn = {
        "roc": figures.draw_roc(pd.DataFrame({"x": rise, "y": rise**0.25}), 0.8),
        "recall": figures.draw_precision_recall(
            pd.DataFrame({"x": rise, "y": 1 - rise**3 / 2}), float(target.mean())
        ),
        "calibration": figures.draw_calibration(figures.calibration(target, score)),
        "confusion": figures.draw_confusion(figures.confusion(target, score >= 0.5), 0.5),
        "importance": figures.draw_importance(importance),
    }
    for name, figure in drawn.items():
        figures.save(figure, folder / f"{name}.svg")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    draw_all(folder)
    return folder


def digests(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


ELSEWHERE = f"""
import sys, types
sys.modules["sklearn"] = types.SimpleNamespace(metrics=None)  # takes seconds, and draws nothing
from pathlib import Path
import numpy as np, pandas as pd
from pipeline import figures, metrics
{inspect.getsource(scored)}
{inspect.getsource(draw_all)}
draw_all(Path(sys.argv[1]))
"""


def test_a_picture_has_the_same_bytes_twice_and_in_another_process_of_a_user_with_settings(
    pictures, tmp_path
):
    folders = [pictures, tmp_path / "again", tmp_path / "elsewhere"]
    draw_all(folders[1])
    theirs = tmp_path / "matplotlibrc"
    theirs.write_text("font.size: 20\naxes.facecolor: black\nsvg.fonttype: path\n", "utf-8")
    environment = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Tokyo", "MATPLOTLIBRC": str(theirs)}
    subprocess.run(
        [sys.executable, "-c", ELSEWHERE, folders[2]], env=os.environ | environment, check=True
    )

    first, second, elsewhere = map(digests, folders)
    assert len(first) == 5
    assert first == second == elsewhere


def test_a_picture_holds_no_date_and_no_version(pictures):
    for path in pictures.iterdir():
        content = path.read_text(encoding="utf-8")
        assert "<dc:date>" not in content
        assert "Matplotlib v" not in content
        assert str(pictures) not in content


def test_a_picture_holds_its_words_as_text(pictures):
    roc = (pictures / "roc.svg").read_text(encoding="utf-8")
    importance = (pictures / "importance.svg").read_text(encoding="utf-8")
    assert ">ROC curve<" in roc
    assert "area 0.800" in roc
    assert ">column_0<" in importance
    assert ">column_19<" in importance
    assert ">column_20<" not in importance


def test_the_confusion_picture_shows_rows_and_shares_of_each_outcome(tmp_path):
    counts = figures.confusion(np.array([0] * 4 + [1] * 5), np.array([0, 0, 0, 1, *[1] * 5]))
    figures.save(figures.draw_confusion(counts, 0.3), tmp_path / "confusion.svg")
    content = (tmp_path / "confusion.svg").read_text(encoding="utf-8")

    for words in ("Decisions at a threshold of 0.3", "75%", "25%", "100%", "0%"):
        assert f">{words}<" in content


@pytest.mark.parametrize("one", [0, 1])
def test_a_confusion_of_one_class_alone_is_drawn_with_no_share_of_the_other(tmp_path, one):
    counts = figures.confusion(np.full(5, one), np.full(5, one))
    figures.save(figures.draw_confusion(counts, 0.5), tmp_path / "confusion.svg")
    content = (tmp_path / "confusion.svg").read_text(encoding="utf-8")

    assert content.count(">0%<") == 3
    assert content.count(">100%<") == 1
