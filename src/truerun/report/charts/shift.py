"""By how much the scores moved."""

from collections.abc import Iterator

from truerun.report.called import CALLED
from truerun.report.charts.histograms import decimals_of, drawable, most_common
from truerun.report.document import Histogram, Series, Wide
from truerun.report.words import Json, change

Sides = tuple[str, str]


def blocks(comparison: Json, _: Sides) -> Iterator[Wide]:
    """By how much the scores moved."""
    scores, called = comparison["scores"], CALLED[comparison["task"]]
    shift = scores["shift"]
    if not drawable(shift):
        return
    low, high = (change(end, decimals_of(scores, "shift")) for end in most_common(shift))
    description = f"Rows by how far their {called.one} moved; most moved by {low} to {high}."
    series = (Series("rows", tuple(shift["counts"])),)
    title = f"How far the {called.several} moved"
    yield Wide(Histogram(title, description, "shift", tuple(shift["edges"]), series))
