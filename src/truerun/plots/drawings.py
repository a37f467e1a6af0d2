"""Pictures of what `plot_data` has as tables: SVG that is the same every time."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from truerun.plots import style
from truerun.plots.style import BLUE, ORANGE, REFERENCE, WIDE, shortened

LABEL = 60  # letters of an axis's label
FEW = 10  # classes, up to which their confusion shows rows, too
TENTHS = "a dot: a tenth of the rows, by {}"

Names = Sequence[str]  # of the two classes: what 0 is called, and what 1 is


def draw_roc(curve: pd.DataFrame, area: float, confusion: pd.DataFrame, names: Names) -> Figure:
    """The ROC curve above the diagonal of chance, with the decisions as a point on it."""
    negative, positive = map(shortened, names)
    figure, axes = style.empty(
        "ROC curve",
        f"false positive rate: of {negative}, called {positive}",
        f"true positive rate: of {positive}, called {positive}",
    )
    axes.plot([0, 1], [0, 1], color=REFERENCE, linestyle="--", label="chance")
    axes.plot(*curve.to_numpy().T, color=BLUE, label=f"model, area {area:.3f}")
    (true_negative, false_positive), (false_negative, true_positive) = _grid(confusion)
    _point(
        axes,
        _share(false_positive, true_negative + false_positive),
        _share(true_positive, true_positive + false_negative),
    )
    axes.legend(loc="lower right")
    return figure


def draw_precision_recall(
    curve: pd.DataFrame, rate: float, confusion: pd.DataFrame, names: Names
) -> Figure:
    """Precision against recall, above the rate of the target, with the decisions as a point."""
    positive = shortened(names[1])
    figure, axes = style.empty(
        "Precision and recall",
        f"recall: of {positive}, called {positive}",
        f"precision: of called {positive}, {positive}",
    )
    axes.axhline(rate, color=REFERENCE, linestyle="--", label=f"calling all {positive}: {rate:.2f}")
    axes.plot(*curve.to_numpy().T, color=BLUE, label="model")
    (_, false_positive), (false_negative, true_positive) = _grid(confusion)
    _point(
        axes,
        _share(true_positive, true_positive + false_negative),
        _share(true_positive, true_positive + false_positive),
    )
    axes.legend(loc="upper right")
    return figure


def draw_gains(curve: pd.DataFrame, rate: float, names: Names) -> Figure:
    """How many of the positives are among the rows with the highest scores."""
    positive = shortened(names[1])
    figure, axes = style.empty(
        "Gains",
        "rows taken, highest scores first",
        f"of {positive}, found among them",
    )
    best = [0, rate, 1], [0, 1, 1]
    axes.plot([0, 1], [0, 1], color=REFERENCE, linestyle="--", label="chance")
    axes.plot(*best, color=REFERENCE, linestyle=":", label="perfect order")
    axes.plot(curve["rows"], curve["found"], color=BLUE, label="model")
    tenth = float(np.interp(0.1, curve["rows"], curve["found"]))
    axes.plot(
        [0.1], [tenth], "o", color=ORANGE,
        label=f"first tenth: {tenth:.0%}, {tenth / 0.1:.1f} times chance",
    )  # fmt: skip
    style.in_percent(axes.xaxis, axes.yaxis)
    axes.legend(loc="lower right")
    return figure


def draw_scores(shares: pd.DataFrame, threshold: float) -> Figure:
    """How the scores of the two classes lie, and where the decision falls."""
    figure, axes = style.empty("Scores by class", "score", "share of the rows of the class")
    for (name, part), color in zip(
        shares.groupby("class", sort=False), (BLUE, ORANGE), strict=False
    ):
        edges = [*part["score"] - part["width"] / 2, 1.0]
        axes.stairs(part["share"], edges, color=color, fill=True, alpha=0.25)
        axes.stairs(part["share"], edges, color=color, linewidth=1.5, label=shortened(str(name)))
    axes.axvline(threshold, color=REFERENCE, linestyle="--", label=f"threshold {threshold:g}")
    style.in_percent(axes.yaxis)
    axes.legend(loc="upper right")
    return figure


def draw_value(curve: pd.DataFrame, label: str, thresholds: tuple[float, float | None]) -> Figure:
    """What decisions are worth by threshold, with the present and the best one as points."""
    figure, axes = style.empty("Value by threshold", "threshold", shortened(label, LABEL))
    axes.plot(curve["threshold"], curve["value"], color=BLUE)
    present, best = thresholds
    marks = [(present, REFERENCE, f"present threshold {present:g}")]
    if best is not None:
        marks.append((best, ORANGE, f"best on training rows {best:g}"))
    for at, color, words in marks:
        worth = curve["value"][curve["threshold"] == at]
        axes.axvline(at, color=color, linestyle="--", linewidth=1)
        axes.plot([at], worth, "o", color=color, label=f"{words}: {worth.iloc[0]:,.4g}")
    axes.legend(loc="best")
    return figure


def draw_calibration(bins: pd.DataFrame, names: Names) -> Figure:
    """Observed rate against mean score, beside the diagonal of honesty."""
    figure, axes = style.empty("Calibration", "mean score", f"share that is {shortened(names[1])}")
    top = float(bins[["mean_score", "observed_rate"]].to_numpy().max()) * 1.05
    axes.plot([0, top], [0, top], color=REFERENCE, linestyle="--", label="perfect")
    axes.plot(
        bins["mean_score"], bins["observed_rate"], "o-", color=BLUE, label=TENTHS.format("score")
    )
    axes.legend(loc="upper left")
    return figure


def draw_confusion(counts: pd.DataFrame, threshold: float | None) -> Figure:
    """How many rows of each class were taken for each, as shares of the actual class.

    Parameters
    ----------
    threshold : from which a score counts as the second of two classes; None of several classes.
    """
    names = [shortened(str(name)) for name in counts["actual"].unique()]
    several = threshold is None
    size = max(4.5, 2 + 0.45 * len(names))
    title = "Decisions" if several else f"Decisions at a threshold of {threshold}"
    figure, axes = style.empty(title, "predicted", "actual", (size + 1.5, size))
    grid = _grid(counts)
    shares = grid / np.maximum(grid.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap=style.shades(), vmin=0, vmax=1)
    for (row, column), rows in np.ndenumerate(grid):
        share = shares[row, column]
        if not rows and several:
            continue
        axes.text(
            column, row, f"{rows:,.0f}\n{share:.0%}" if len(names) <= FEW else f"{share:.0%}",
            ha="center", va="center", color=style.on_shade(share),
            fontsize=None if len(names) <= FEW else 7,
        )  # fmt: skip
    if several:  # their names need room
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    else:
        axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    return figure


def draw_class_roc(curves: pd.DataFrame, areas: Mapping[str, float | None]) -> Figure:
    """The ROC curve of each class against the others, above the diagonal of chance."""
    figure, axes = style.empty("ROC curves", "false positive rate", "true positive rate", WIDE)
    axes.plot([0, 1], [0, 1], color=REFERENCE, linestyle="--", label="chance")
    _class_lines(axes, curves, {name: f", {area:.3f}" for name, area in areas.items() if area})
    return figure


def draw_class_calibration(bins: pd.DataFrame) -> Figure:
    """Observed rate against mean score of each class, beside the diagonal of honesty."""
    figure, axes = style.empty("Calibration", "mean score of the class", "share that is it", WIDE)
    axes.plot([0, 1], [0, 1], color=REFERENCE, linestyle="--", label="perfect")
    _class_lines(axes, bins.drop(columns="rows"), {}, marker="o")
    return figure


def draw_class_scores(shares: pd.DataFrame) -> Figure:
    """How much probability the rows of each class get for their class."""
    figure, axes = style.empty(
        "Scores by class", "score of the actual class", "share of the rows of the class", WIDE
    )
    _class_lines(axes, shares[["class", "score", "share"]], {})
    style.in_percent(axes.yaxis)
    return figure


def draw_mean_calibration(bins: pd.DataFrame) -> Figure:
    """Mean outcome against mean prediction, beside the diagonal of honesty."""
    figure, axes = style.empty("Calibration", "mean prediction", "mean outcome")
    _diagonal(axes, bins[["mean_predicted", "mean_actual"]])
    label = TENTHS.format("prediction")
    axes.plot(bins["mean_predicted"], bins["mean_actual"], "o-", color=BLUE, label=label)
    axes.legend(loc="upper left")
    return figure


def draw_predicted(dots: pd.DataFrame) -> Figure:
    """What came of rows against what was predicted, beside the diagonal of perfection."""
    figure, axes = style.empty("Predicted and actual", "predicted", "actual")
    _diagonal(axes, dots[["predicted", "actual"]])
    axes.scatter(dots["predicted"], dots["actual"], s=9, color=BLUE, alpha=0.5, label="rows")
    axes.legend(loc="upper left")
    return figure


def draw_residuals(dots: pd.DataFrame) -> Figure:
    """What predictions lack, against the predictions."""
    figure, axes = style.empty("Residuals", "predicted", "actual less predicted")
    axes.axhline(0, color=REFERENCE, linestyle="--")
    axes.scatter(dots["predicted"], dots["residual"], s=9, color=BLUE, alpha=0.5)
    return figure


def draw_importance(importance: pd.DataFrame, loss: str, shown: int = 20) -> Figure:
    """The columns whose permutation costs most, with their standard deviation."""
    top = importance.head(shown).iloc[::-1]
    label = f"{loss} when the column is shuffled (line: standard deviation)"
    figure, axes = style.empty("Permutation importance", label, "", WIDE)
    places = np.arange(len(top))
    axes.barh(places, top["importance"], xerr=top["deviation"], color=BLUE, ecolor=ORANGE)
    axes.set_yticks(places, [shortened(name) for name in top["column"]])
    return figure


def _grid(counts: pd.DataFrame) -> np.ndarray:
    """Rows by actual class, down, and by predicted class, across."""
    return counts["rows"].to_numpy().reshape(counts["actual"].nunique(), -1)


def _share(part: int, whole: int) -> float:
    """A share; of nothing, none."""
    return part / whole if whole else 0.0


def _point(axes: Axes, x: float, y: float) -> None:
    """Where on a curve the decisions are made."""
    axes.plot([x], [y], "o", color=ORANGE, label="decisions at the threshold")


def _diagonal(axes: Axes, shown: pd.DataFrame) -> None:
    """Where both axes say the same, as far as values are shown."""
    ends = [float(shown.to_numpy().min()), float(shown.to_numpy().max())]
    axes.plot(ends, ends, color=REFERENCE, linestyle="--", label="perfect")


def _class_lines(
    axes: Axes, lines: pd.DataFrame, more: Mapping[str, str], marker: str | None = None
) -> None:
    """A line for each value of the column `class`, of the two other columns, and a legend."""
    # The second half of the larger map is pale, so it is for where there is no other way.
    colors = mpl.colormaps["tab10" if lines["class"].nunique() <= FEW else "tab20"]
    for number, (name, line) in enumerate(lines.groupby("class", sort=False)):
        axes.plot(
            *line.drop(columns="class").to_numpy().T, color=colors(number), marker=marker,
            markersize=4, label=shortened(str(name)) + more.get(str(name), ""),
        )  # fmt: skip
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8)
