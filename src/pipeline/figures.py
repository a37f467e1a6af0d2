"""Plot data as tables for `dvc plots`, and pictures of them as SVG that is the same every time."""

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn import metrics as sk

from pipeline.metrics import score_bins
from pipeline.reports import write_text

# The settings of a user must not reach a picture: here, where nothing else of the process draws.
mpl.rcParams.update(mpl.rcParamsDefault)
POINTS = 200  # of a curve
DARK = 0.5  # from this share on, a cell of the confusion matrix takes white text
BLUE, GREY, ORANGE = "#2563eb", "#9ca3af", "#d97706"


def roc_curve(target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Columns `false_positive_rate` and `true_positive_rate`, at most 200 points."""
    false_positive, true_positive, _ = sk.roc_curve(target, score)
    return _thinned(
        pd.DataFrame({"false_positive_rate": false_positive, "true_positive_rate": true_positive})
    )


def precision_recall_curve(target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Columns `recall` and `precision`, at most 200 points, recall ascending."""
    precision, recall, _ = sk.precision_recall_curve(target, score)
    return _thinned(pd.DataFrame({"recall": recall[::-1], "precision": precision[::-1]}))


def calibration(target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Columns `mean_score`, `observed_rate` and `rows` of ten bins with about equally many rows."""
    bins = score_bins(score)
    return pd.DataFrame(
        {
            "mean_score": [score[part].mean() for part in bins],
            "observed_rate": [target[part].mean() for part in bins],
            "rows": [len(part) for part in bins],
        }
    )


def confusion(target: np.ndarray, decision: np.ndarray) -> pd.DataFrame:
    """How often each decision met each outcome: `outcome`, `actual`, `predicted`, `rows`."""
    pairs = [(actual, predicted) for actual in (0, 1) for predicted in (0, 1)]
    rows = [int(((target == actual) & (decision == made)).sum()) for actual, made in pairs]
    actual, predicted = zip(*pairs, strict=True)
    outcome = [f"actual {actual}, predicted {made}" for actual, made in pairs]
    return pd.DataFrame(
        {"outcome": outcome, "actual": actual, "predicted": predicted, "rows": rows}
    )


def draw_roc(curve: pd.DataFrame, area: float) -> Figure:
    """The ROC curve above the diagonal of chance."""
    figure, axes = _axes("ROC curve", "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="chance")
    axes.plot(*curve.to_numpy().T, color=BLUE, label=f"model, area {area:.3f}")
    axes.legend(loc="lower right")
    return figure


def draw_precision_recall(curve: pd.DataFrame, rate: float) -> Figure:
    """Precision against recall, above the rate of the target."""
    figure, axes = _axes("Precision and recall", "recall", "precision")
    axes.axhline(rate, color=GREY, linestyle="--", label=f"everyone: {rate:.2f}")
    axes.plot(*curve.to_numpy().T, color=BLUE, label="model")
    axes.legend(loc="upper right")
    return figure


def draw_calibration(bins: pd.DataFrame) -> Figure:
    """Observed rate against mean score, beside the diagonal of honesty."""
    figure, axes = _axes("Calibration", "mean score", "observed rate")
    top = float(bins[["mean_score", "observed_rate"]].to_numpy().max()) * 1.05
    axes.plot([0, top], [0, top], color=GREY, linestyle="--", label="perfect")
    axes.plot(bins["mean_score"], bins["observed_rate"], "o-", color=BLUE, label="tenths of rows")
    axes.legend(loc="upper left")
    return figure


def draw_confusion(counts: pd.DataFrame, threshold: float) -> Figure:
    """How many rows of each outcome got each decision."""
    figure, axes = _axes(f"Decisions at a threshold of {threshold}", "predicted", "actual")
    grid = counts.pivot_table(index="actual", columns="predicted", values="rows").to_numpy()
    shares = grid / np.maximum(grid.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), rows in np.ndenumerate(grid):
        share = shares[row, column]
        axes.text(
            column, row, f"{rows:,.0f}\n{share:.0%}", ha="center", va="center",
            color="white" if share > DARK else "black",
        )  # fmt: skip
    axes.set_xticks([0, 1], ["0", "1"])
    axes.set_yticks([0, 1], ["0", "1"])
    return figure


def draw_importance(importance: pd.DataFrame, shown: int = 20) -> Figure:
    """The columns whose permutation costs most ROC AUC, with their standard deviation."""
    top = importance.head(shown).iloc[::-1]
    figure, axes = _axes("Permutation importance", "loss of ROC AUC", "")
    axes.barh(top["column"], top["importance"], xerr=top["deviation"], color=BLUE, ecolor=ORANGE)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a picture as SVG without a date, a version or random ids."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": path.name, "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    write_text(path, text.getvalue())


def _axes(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    """An empty picture."""
    figure = Figure(figsize=(6, 4.5), layout="tight")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _thinned(curve: pd.DataFrame) -> pd.DataFrame:
    """Evenly spaced points of a curve, both ends kept."""
    chosen = np.linspace(0, len(curve) - 1, min(POINTS, len(curve))).round().astype(int)
    return curve.iloc[chosen].reset_index(drop=True)
