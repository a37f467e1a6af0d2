"""What all pictures have in common: colours that read on white and on black, and the same bytes."""

import io
import warnings
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from truerun.base.text_files import write_text

# A picture has no background: GitHub shows it on white and on #0d1117. INK is as far from both.
INK, REFERENCE, BLUE, ORANGE = "#747a83", "#8b949e", "#2f81f7", "#d1700c"
SHADES = ("#dbeafe", "#1e40af")  # of cells, which are opaque: from none to all
DARK = 0.7  # from this share on, a cell takes white text
LONGEST = 32  # of a name, in letters
TICKS, STEPS = 5, (1, 2, 2.5, 5, 10)  # at most so many intervals on an axis: more overlap
WIDE = (8, 4.5)  # with room for the names of classes

# The settings of a user must not reach a picture: here, where nothing else of the process draws.
mpl.rcParams.update(mpl.rcParamsDefault)
mpl.rcParams["text.parse_math"] = False  # a name with dollars is not a formula
mpl.rcParams["legend.frameon"] = False
for part in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
    mpl.rcParams[part] = INK


def empty(title: str, x: str, y: str, size: tuple[float, float] = (6, 4.5)) -> tuple[Figure, Axes]:
    """A picture in which nothing is drawn yet."""
    figure = Figure(figsize=size, layout="tight")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(TICKS, steps=STEPS))
    return figure, axes


def in_percent(*shown: Axis) -> None:
    """Let axes show shares in percent."""
    for axis in shown:
        axis.set_major_formatter(lambda share, _: f"{100 * share:.4g}%")


def shades() -> LinearSegmentedColormap:
    """The colours of shares from 0 to 1."""
    return LinearSegmentedColormap.from_list("shades", SHADES)


def on_shade(share: float) -> str:
    """The colour of text on the shade of a share."""
    return "white" if share > DARK else "black"


def shortened(name: str, longest: int = LONGEST) -> str:
    """A name as one printable line, cut in the middle where it is too long for a picture."""
    line = "".join(letter if letter.isprintable() else " " for letter in name)
    return line if len(line) <= longest else f"{line[: longest - 11]}…{line[-10:]}"


def save(figure: Figure, path: Path) -> None:
    """Write a picture as SVG without a background, a date, a version or random ids."""
    text = io.StringIO()
    with (
        mpl.rc_context({"svg.hashsalt": path.name, "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        # Letters stand in the file as letters: whoever looks at it has a font for them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        _lay_out(figure)
        metadata = {"Date": None, "Creator": None}
        figure.savefig(text, format="svg", transparent=True, metadata=metadata)
    write_text(path, text.getvalue())


def _lay_out(figure: Figure) -> None:
    """Place what a picture holds, once: with a layout to be kept, saving draws it twice."""
    layout, dpi = figure.get_layout_engine(), figure.dpi
    if layout is not None:
        FigureCanvasSVG(figure)  # in which letters are as wide as in the file
        figure.dpi = FigureCanvasSVG.fixed_dpi
        layout.execute(figure)
        figure.dpi = dpi
        figure.set_layout_engine(None)
