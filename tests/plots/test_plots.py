"""What is plotted of each task: tables for `dvc plots`, and pictures that are always the same."""

import hashlib
import inspect
import os
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from matplotlib import colors
from sklearn import metrics as sk

from tests.browser import Browser, contrast, cut, needed, overlaps
from tests.model.test_metrics import ROWS, THRESHOLD, arrays, scored
from tests.tasks import contract_of
from tests.variants import nightly_after
from truerun.model import targets
from truerun.model.metrics.calibration_error import calibration_error
from truerun.plots import drawings, dvc_yaml, plot_data, style, task_plots

SVG = "http://www.w3.org/2000/svg"


@pytest.mark.parametrize("rows", [3, 50, 199, 200, 201, 5000])
@pytest.mark.parametrize(
    ("curve", "ends"),
    [
        (plot_data.roc_curve, ([0, 0], [1, 1])),
        (plot_data.precision_recall_curve, ([0, 1], [1, None])),
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
        plot_data.roc_curve(target, score),
        plot_data.precision_recall_curve(target, score),
    )

    assert sk.auc(*roc.to_numpy().T) == pytest.approx(sk.roc_auc_score(target, score), abs=2e-3)
    expected = sk.average_precision_score(target, score)
    assert sk.auc(*recall.to_numpy().T) == pytest.approx(expected, abs=5e-3)


def test_a_short_curve_is_kept_whole():
    target, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    points = plot_data.roc_curve(target, score)

    assert points["false_positive_rate"].tolist() == [0, 0, 0.5, 0.5, 1]
    assert points["true_positive_rate"].tolist() == [0, 0.5, 0.5, 1, 1]


def test_the_calibration_plot_and_the_calibration_error_speak_of_the_same_bins():
    target, score = scored(997)
    bins = plot_data.calibration(target, score)

    assert bins["rows"].sum() == 997
    assert bins["rows"].max() - bins["rows"].min() <= 1
    assert bins["mean_score"].is_monotonic_increasing
    apart = (bins["mean_score"] - bins["observed_rate"]).abs()
    assert np.average(apart, weights=bins["rows"]) == pytest.approx(
        calibration_error(target, score)
    )


def test_fewer_rows_than_bins_make_a_bin_each():
    bins = plot_data.calibration(np.array([1, 0, 1]), np.array([0.9, 0.1, 0.5]))

    assert bins["mean_score"].tolist() == [0.1, 0.5, 0.9]
    assert bins["observed_rate"].tolist() == [0, 1, 1]


@pytest.mark.slow
@settings(max_examples=40)
@given(ROWS)
def test_the_confusion_counts_are_those_of_scikit_learn(rows):
    target, score = arrays(rows)
    counts = plot_data.confusion(target, targets.decisions(score, THRESHOLD), ["0", "1"])

    expected = sk.confusion_matrix(target, score >= THRESHOLD, labels=[0, 1])
    assert counts["rows"].tolist() == expected.ravel().tolist()
    assert counts["outcome"].tolist() == [
        f"actual {actual}, predicted {predicted}" for actual in (0, 1) for predicted in (0, 1)
    ]


def test_gains_are_those_of_taking_rows_one_by_one():
    target, score = np.array([1, 0, 1, 0, 0]), np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    points = plot_data.gains(target, score)

    assert points["rows"].tolist() == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert points["found"].tolist() == [0, 0.5, 0.5, 1, 1, 1]


def test_gains_take_rows_of_equal_score_together_whatever_their_order():
    target, score = scored(5000)
    score = score.round(2)
    order = np.random.default_rng(3).permutation(len(target))
    points = plot_data.gains(target, score)

    pd.testing.assert_frame_equal(points, plot_data.gains(target[order], score[order]))
    assert len(points) <= 200
    assert points.iloc[-1].tolist() == [1, 1]
    best = score >= np.sort(score)[-1]
    assert points["found"][1] == target[best].sum() / target.sum()
    ties = plot_data.gains(target, np.full(len(target), 0.5))
    assert ties.to_numpy().tolist() == [[0, 0], [1, 1]]


def test_the_scores_of_a_class_are_shares_of_its_rows():
    target, score = scored(5000)
    shares = plot_data.scores_by_class(target, score, ["on time", "late"])

    assert shares["class"].unique().tolist() == ["on time", "late"]
    for number, (_, part) in enumerate(shares.groupby("class", sort=False)):
        assert part["share"].sum() == pytest.approx(1)
        assert part["rows"].sum() == (target == number).sum()
        middle = np.average(part["score"], weights=part["rows"])
        assert middle == pytest.approx(score[target == number].mean(), abs=0.01)


def test_the_scores_of_several_classes_are_those_of_the_actual_class():
    target, score = of_classes()
    shares = plot_data.scores_by_class(target, score, LABELS)
    means = [np.average(part["score"], weights=part["rows"]) for _, part in by_class(shares)]

    for number, mean in enumerate(means):
        assert mean == pytest.approx(score[target == number, number].mean(), abs=0.025)


def by_class(table):
    return table.groupby("class", sort=False)


NAMES = ["on time", "late"]


def draw_all(folder):
    """Every picture that the project draws of two classes, of the same rows."""
    target, score = scored(500)
    confusion = plot_data.confusion(target, (score >= 0.5).astype(int), NAMES)
    rate = float(target.mean())
    rise = np.linspace(0, 1, 200)
    importance = pd.DataFrame(
        {
            "column": [f"column_{number}" for number in range(25)],
            "importance": np.linspace(0.1, 0, 25),
            "deviation": 0.01,
        }
    )
    drawn = {
        "roc": drawings.draw_roc(pd.DataFrame({"x": rise, "y": rise**0.25}), 0.8, confusion, NAMES),
        "recall": drawings.draw_precision_recall(
            pd.DataFrame({"x": rise, "y": 1 - rise**3 / 2}), rate, confusion, NAMES
        ),
        "gains": drawings.draw_gains(plot_data.gains(target, score), rate, NAMES),
        "scores": drawings.draw_scores(plot_data.scores_by_class(target, score, NAMES), 0.5),
        "calibration": drawings.draw_calibration(plot_data.calibration(target, score), NAMES),
        "confusion": drawings.draw_confusion(confusion, 0.5),
        "importance": drawings.draw_importance(importance, "loss of ROC AUC"),
        "value": drawings.draw_value(
            plot_data.value_curve((0 * target, 40.0 * target - 10), score, [0.3, 0.24]),
            "waiting saved (minutes per 1,000 rows)",
            (0.3, 0.24),
        ),
    }
    for name, figure in drawn.items():
        style.save(figure, folder / f"{name}.svg")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
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
from truerun.plots import drawings, plot_data, style
NAMES = {NAMES}
{inspect.getsource(scored)}
{inspect.getsource(draw_all)}
draw_all(Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_a_picture_has_the_same_bytes_twice_and_in_another_process_of_a_user_with_settings(
    drawn, tmp_path
):
    folders = [drawn, tmp_path / "again", tmp_path / "elsewhere"]
    draw_all(folders[1])
    theirs = tmp_path / "matplotlibrc"
    theirs.write_text("font.size: 20\naxes.facecolor: black\nsvg.fonttype: path\n", "utf-8")
    environment = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Tokyo", "MATPLOTLIBRC": str(theirs)}
    subprocess.run(
        [sys.executable, "-c", ELSEWHERE, folders[2]], env=os.environ | environment, check=True
    )

    first, second, elsewhere = map(digests, folders)
    assert len(first) == 8
    assert first == second == elsewhere


def test_a_picture_holds_no_date_and_no_version(drawn):
    for path in drawn.iterdir():
        content = path.read_text(encoding="utf-8")
        assert "<dc:date>" not in content
        assert "Matplotlib v" not in content
        assert str(drawn) not in content


def test_a_picture_has_no_background_and_its_ink_reads_on_white_and_on_black(drawn):
    for path in drawn.iterdir():
        root = ET.fromstring(path.read_text("utf-8"))  # noqa: S314 -- it is our own
        figure = root.find("s:g[@id='figure_1']/s:g[@id='patch_1']/s:path", {"s": SVG})
        assert figure is not None
        assert "fill: none" in figure.get("style", "")
        axes = root.find(".//s:g[@id='axes_1']/s:g[@id='patch_2']/s:path", {"s": SVG})
        assert axes is not None
        assert "fill: none" in axes.get("style", "")
        colours = {
            found[1] if found else "black"
            for text in root.iter(f"{{{SVG}}}text")
            for found in [re.search("fill: (#[0-9a-f]{6})", text.get("style", ""))]
        }
        on_cells = {"#ffffff", "black"} if path.stem == "confusion" else set()
        assert colours <= {style.INK, *on_cells}
    for page in ("#ffffff", "#0d1117"):  # of GitHub
        assert contrast(style.INK, page) >= 4.3
        for line in (style.BLUE, style.ORANGE, style.REFERENCE):
            assert contrast(line, page) >= 3


def test_text_reads_on_every_shade():
    for share in np.linspace(0, 1, 101):
        shade = colors.to_hex(style.shades()(share))
        assert contrast(colors.to_hex(style.on_shade(share)), shade) >= 4.4


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.mark.slow
@needed
def test_no_text_of_a_picture_is_cut_or_written_over_another(drawn, browser):
    assert len([*drawn.iterdir()]) == 8
    for path in drawn.iterdir():
        browser.open(path, 1280)
        texts = browser.texts()
        assert len(texts) > 10
        assert overlaps(texts) == []
        assert cut(browser) == []


def test_a_picture_holds_its_words_as_text(drawn):
    roc = (drawn / "roc.svg").read_text(encoding="utf-8")
    importance = (drawn / "importance.svg").read_text(encoding="utf-8")
    assert ">false positive rate: of on time, called late<" in roc
    assert ">first tenth: " in (drawn / "gains.svg").read_text(encoding="utf-8")
    assert ">ROC curve<" in roc
    assert "area 0.800" in roc
    assert ">column_0<" in importance
    assert ">column_19<" in importance
    assert ">column_20<" not in importance


def test_the_confusion_picture_shows_rows_and_shares_of_each_outcome(tmp_path):
    counts = plot_data.confusion(
        np.array([0] * 4 + [1] * 5), np.array([0, 0, 0, 1, *[1] * 5]), NAMES
    )
    style.save(drawings.draw_confusion(counts, 0.3), tmp_path / "confusion.svg")
    content = (tmp_path / "confusion.svg").read_text(encoding="utf-8")

    for words in ("Decisions at a threshold of 0.3", "75%", "25%", "100%", "0%", *NAMES):
        assert f">{words}<" in content


@pytest.mark.parametrize("one", [0, 1])
def test_a_confusion_of_one_class_alone_is_drawn_with_no_share_of_the_other(tmp_path, one):
    counts = plot_data.confusion(np.full(5, one), np.full(5, one), NAMES)
    style.save(drawings.draw_confusion(counts, 0.5), tmp_path / "confusion.svg")
    content = (tmp_path / "confusion.svg").read_text(encoding="utf-8")

    assert content.count(">0%<") == 3
    assert content.count(">100%<") == 1


# The other tasks.

LABELS = ["a", "b $x$", "c"]


def of_classes(classes=3, rows=600, seed=1):
    """Targets and scores of several classes, of which the last is the commonest."""
    random = np.random.default_rng(seed)
    target = np.minimum(random.integers(0, classes + 2, rows), classes - 1)
    score = random.random((rows, classes)) + np.eye(classes)[target]
    return target, score / score.sum(axis=1, keepdims=True)


def of_numbers(rows=3000, seed=1):
    random = np.random.default_rng(seed)
    score = random.normal(100, 20, rows).round()
    return score + random.normal(0, 5, rows), score


def test_the_confusion_of_classes_is_that_of_scikit_learn():
    target, score = of_classes()
    decision = score.argmax(axis=1)
    counts = plot_data.class_confusion(target, decision, LABELS)

    assert counts["rows"].tolist() == sk.confusion_matrix(target, decision).ravel().tolist()
    assert counts["outcome"].iloc[1] == "actual a, predicted b $x$"
    assert counts["actual"].tolist() == np.repeat(LABELS, 3).tolist()


def test_of_many_classes_the_commonest_are_shown_and_the_others_together():
    target, score = of_classes(classes=30)
    labels = [f"class {number}" for number in range(30)]
    decision = score.argmax(axis=1)
    counts = plot_data.class_confusion(target, decision, labels)
    names = counts["actual"].unique().tolist()

    assert len(names) == 21
    assert names[-2:] == ["class 29", plot_data.OTHERS]
    assert counts["rows"].sum() == len(target)
    shown = [labels.index(name) for name in names[:-1]]
    assert shown == sorted(shown)
    rows = np.bincount(target)
    assert rows[shown].min() >= np.delete(rows, shown).max()
    others = counts[
        (counts["actual"] == plot_data.OTHERS) & (counts["predicted"] == plot_data.OTHERS)
    ]
    assert others["rows"].sum() == np.sum(~np.isin(target, shown) & ~np.isin(decision, shown))
    for table in (
        plot_data.class_roc_curves(target, score, labels),
        plot_data.class_calibration(target, score, labels),
    ):
        assert table["class"].unique().tolist() == names[:-1]


def test_the_curve_of_a_class_is_that_of_it_against_the_others():
    target, score = of_classes(rows=3000)
    curves = plot_data.class_roc_curves(target, score, LABELS)
    bins = plot_data.class_calibration(target, score, LABELS)

    assert curves.groupby("class").size().max() <= 50
    for number, name in enumerate(LABELS):
        one = target == number, score[:, number]
        curve = curves[curves["class"] == name].drop(columns="class")
        assert sk.auc(*curve.to_numpy().T) == pytest.approx(sk.roc_auc_score(*one), abs=0.01)
        pd.testing.assert_frame_equal(
            bins[bins["class"] == name].drop(columns="class").reset_index(drop=True),
            plot_data.calibration(*one),
        )


def test_dots_are_some_rows_evenly_spaced_whatever_their_order():
    target, score = of_numbers()
    dots = plot_data.dots(target, score)
    order = np.random.default_rng(2).permutation(len(target))

    pd.testing.assert_frame_equal(dots, plot_data.dots(target[order], score[order]))
    assert len(dots) == 500
    assert dots["predicted"].iloc[[0, -1]].tolist() == [score.min(), score.max()]
    assert dots["predicted"].is_monotonic_increasing
    np.testing.assert_allclose(dots["actual"] - dots["predicted"], dots["residual"])
    assert {*zip(dots["predicted"], dots["actual"], strict=True)} <= {
        *zip(score, target, strict=True)
    }


def test_the_calibration_of_numbers_has_the_means_of_tenths():
    target, score = of_numbers(1000)
    bins = plot_data.mean_calibration(target, score)

    assert list(bins) == ["mean_predicted", "mean_actual", "rows"]
    assert np.average(bins["mean_predicted"], weights=bins["rows"]) == pytest.approx(score.mean())
    assert np.average(bins["mean_actual"], weights=bins["rows"]) == pytest.approx(target.mean())


AWKWARD = ["a", "東京 <b> & $x$ $", "c" * 80]


def draw_task(task, folder):
    """Every picture of another task than the binary one, with awkward names; in order."""
    columns = {"size": {"type": "float"}}
    contract = contract_of(task, columns)
    if task == "multiclass":
        kinds = contract.columns["target"].model_copy(update={"categories": tuple(AWKWARD)})
        contract = contract.model_copy(update={"columns": contract.columns | {"target": kinds}})
        target, score = of_classes()
    else:
        target, score = of_numbers()
    found = {"classes": {name: {"roc_auc": 0.75} for name in AWKWARD}}
    importance = pd.DataFrame(
        {
            "column": ["$a$ \x07b$", "long " * 20 + "1", "long " * 20 + "2"],
            "importance": [3.0, 2, 1],
            "deviation": 0.1,
        }
    )
    drawn = task_plots.of_rows(target, score, contract, found, None)
    drawn["importance"] = task_plots.of_importance(importance, task)
    for name, plot in drawn.items():
        style.save(plot.picture, folder / f"{name}.svg")
    return drawn


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_picture_that_is_laid_out_once_is_that_which_matplotlib_draws_twice(
    task, tmp_path, monkeypatch
):
    def draw(folder):
        return draw_all(folder) if task == "binary" else draw_task(task, folder)

    draw(tmp_path / "once")
    monkeypatch.setattr(style, "_lay_out", lambda _: None)
    draw(tmp_path / "twice")
    assert digests(tmp_path / "once") == digests(tmp_path / "twice")


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "loss"),
    [
        ("multiclass", "rise of log loss"),
        ("regression", "rise of RMSE"),
        ("counts", "rise of Poisson deviance"),
    ],
)
def test_pictures_of_the_other_tasks_are_the_same_twice(tmp_path, task, loss):
    for folder in ("one", "two"):
        drawn = draw_task(task, tmp_path / folder)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert [f"plots/{name}.csv" for name in drawn] == [
        entry.replace(".svg", ".csv") for entry in dvc_yaml.plots(task) if isinstance(entry, str)
    ]
    words = "".join(path.read_text("utf-8") for path in (tmp_path / "one").iterdir())
    ET.fromstring((tmp_path / "one/importance.svg").read_text("utf-8"))  # noqa: S314 -- it is our own
    assert ">$a$  b$<" in words
    assert f">{loss} when the column is shuffled (line: standard deviation)<" in words
    assert words.count("ong long 2<") == words.count("ong long 1<") == 1
    if task == "multiclass":
        assert ">東京 &lt;b&gt; &amp; $x$ $<" in words
        assert "c" * 40 not in words
        assert ">a, 0.750<" in words


@pytest.mark.slow
@needed
@pytest.mark.parametrize("task", nightly_after(1, ["multiclass", "regression", "counts"]))
def test_no_text_of_a_picture_of_the_other_tasks_is_cut_or_written_over_another(
    tmp_path, task, browser
):
    drawn = draw_task(task, tmp_path)
    for name in drawn:
        browser.open(tmp_path / f"{name}.svg", 1280)
        assert overlaps(browser.texts()) == []
        assert cut(browser) == []


def test_the_value_by_threshold_holds_the_present_and_the_best_threshold():
    target, score = scored(500)
    gains = np.where(target == 1, 30.0, -10.0)
    plot = task_plots.of_value((np.zeros(500), gains), score, "profit", (0.3, 0.24))
    table = plot.table.set_index("threshold")["value"]
    for at in (0.3, 0.24):
        assert table[at] == pytest.approx(1000 * (gains * (score >= at)).mean())
    assert table.index.is_monotonic_increasing
    assert len(table) <= 202
    labels = [text.get_text() for text in plot.picture.axes[0].get_legend().get_texts()]
    assert labels[0].startswith("present threshold 0.3: ")
    assert labels[1].startswith("best on training rows 0.24: ")
    (unknown,) = (
        task_plots.of_value((np.zeros(500), gains), score, "profit", (0.3, None))
        .picture.axes[0]
        .get_legend()
        .get_texts()
    )
    assert unknown.get_text() == labels[0]


def test_a_long_name_is_cut_in_the_middle():
    assert style.shortened("short\nname") == "short name"
    assert style.shortened("x" * 32) == "x" * 32
    assert style.shortened("a" * 30 + "b" * 30) == "a" * 21 + "…" + "b" * 10
