"""Pictures of what `figures` has as tables: SVG that is the same every time."""

import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from truerun.base.text_files import write_text

# The settings of a user must not reach a picture: here, where nothing else of the process draws.
mpl.rcParams.update(mpl.rcParamsDefault)
mpl.rcParams["text.parse_math"] = False  # a name with dollars is not a formula
DARK = 0.5  # from this share on, a cell of the confusion matrix takes white text
BLUE, GREY, ORANGE = "#2563eb", "#9ca3af", "#d97706"
LONGEST = 32  # of a name, in letters
FEW = 10  # classes, up to which their confusion shows rows, too
WIDE = (8, 4.5)  # with room for the names of classes


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


def draw_class_confusion(counts: pd.DataFrame) -> Figure:
    """How many rows of each class were taken for each, as shares of the actual class."""
    names = [shortened(name) for name in counts["actual"].unique()]
    size = max(4.5, 2 + 0.45 * len(names))
    figure, axes = _axes("Decisions", "predicted", "actual", (size + 1.5, size))
    grid = counts["rows"].to_numpy().reshape(len(names), -1)
    shares = grid / np.maximum(grid.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), rows in np.ndenumerate(grid):
        if not rows:
            continue
        share = shares[row, column]
        axes.text(
            column, row, f"{rows:,.0f}\n{share:.0%}" if len(names) <= FEW else f"{share:.0%}",
            ha="center", va="center", color="white" if share > DARK else "black",
            fontsize=None if len(names) <= FEW else 7,
        )  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    return figure


def draw_class_roc(curves: pd.DataFrame, areas: Mapping[str, float | None]) -> Figure:
    """The ROC curve of each class against the others, above the diagonal of chance."""
    figure, axes = _axes("ROC curves", "false positive rate", "true positive rate", WIDE)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="chance")
    _class_lines(axes, curves, {name: f", {area:.3f}" for name, area in areas.items() if area})
    return figure


def draw_class_calibration(bins: pd.DataFrame) -> Figure:
    """Observed rate against mean score of each class, beside the diagonal of honesty."""
    figure, axes = _axes("Calibration", "mean score", "observed rate", WIDE)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="perfect")
    _class_lines(axes, bins.drop(columns="rows"), {}, marker="o")
    return figure


def draw_mean_calibration(bins: pd.DataFrame) -> Figure:
    """Mean outcome against mean prediction, beside the diagonal of honesty."""
    figure, axes = _axes("Calibration", "mean prediction", "mean outcome")
    _diagonal(axes, bins[["mean_predicted", "mean_actual"]])
    axes.plot(bins["mean_predicted"], bins["mean_actual"], "o-", color=BLUE, label="tenths of rows")
    axes.legend(loc="upper left")
    return figure


def draw_predicted(dots: pd.DataFrame) -> Figure:
    """What came of rows against what was predicted, beside the diagonal of perfection."""
    figure, axes = _axes("Predicted and actual", "predicted", "actual")
    _diagonal(axes, dots[["predicted", "actual"]])
    axes.scatter(dots["predicted"], dots["actual"], s=9, color=BLUE, alpha=0.5, label="rows")
    axes.legend(loc="upper left")
    return figure


def draw_residuals(dots: pd.DataFrame) -> Figure:
    """What predictions lack, against the predictions."""
    figure, axes = _axes("Residuals", "predicted", "actual less predicted")
    axes.axhline(0, color=GREY, linestyle="--")
    axes.scatter(dots["predicted"], dots["residual"], s=9, color=BLUE, alpha=0.5)
    return figure


def draw_importance(importance: pd.DataFrame, loss: str, shown: int = 20) -> Figure:
    """The columns whose permutation costs most, with their standard deviation."""
    top = importance.head(shown).iloc[::-1]
    figure, axes = _axes("Permutation importance", loss, "")
    places = np.arange(len(top))
    axes.barh(places, top["importance"], xerr=top["deviation"], color=BLUE, ecolor=ORANGE)
    axes.set_yticks(places, [shortened(name) for name in top["column"]])
    return figure


def shortened(name: str) -> str:
    """A name as one printable line, cut in the middle where it is too long for a picture."""
    line = "".join(letter if letter.isprintable() else " " for letter in name)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 11]}…{line[-10:]}"


def save(figure: Figure, path: Path) -> None:
    """Write a picture as SVG without a date, a version or random ids."""
    text = io.StringIO()
    with (
        mpl.rc_context({"svg.hashsalt": path.name, "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        # Letters stand in the file as letters: whoever looks at it has a font for them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    write_text(path, text.getvalue())


def _axes(title: str, x: str, y: str, size: tuple[float, float] = (6, 4.5)) -> tuple[Figure, Axes]:
    """An empty picture."""
    figure = Figure(figsize=size, layout="tight")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _diagonal(axes: Axes, shown: pd.DataFrame) -> None:
    """Where both axes say the same, as far as values are shown."""
    ends = [float(shown.to_numpy().min()), float(shown.to_numpy().max())]
    axes.plot(ends, ends, color=GREY, linestyle="--", label="perfect")


def _class_lines(
    axes: Axes, lines: pd.DataFrame, more: Mapping[str, str], marker: str | None = None
) -> None:
    """A line for each value of the column `class`, of the two other columns, and a legend."""
    colors = mpl.colormaps["tab20"]
    for number, (name, line) in enumerate(lines.groupby("class", sort=False)):
        axes.plot(
            *line.drop(columns="class").to_numpy().T, color=colors(number), marker=marker,
            markersize=4, label=shortened(str(name)) + more.get(str(name), ""),
        )  # fmt: skip
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8)
