"""How many rows have which score, on both sides."""

from collections.abc import Iterator

from truerun.report.called import CALLED
from truerun.report.charts.histograms import drawable, most_common
from truerun.report.document import Histogram, Series
from truerun.report.words import Json, value

Sides = tuple[str, str]


def blocks(comparison: Json, sides: Sides) -> Iterator[Histogram]:
    """How many rows have which score, on both sides."""
    scores, called = comparison["scores"], CALLED[comparison["task"]]
    base, head = scores["base"], scores["head"]
    if not drawable(base) or not drawable(head) or base["edges"] != head["edges"]:
        return
    series = tuple(
        Series(label, tuple(side["counts"]))
        for label, side in zip(sides, (base, head), strict=True)
    )
    most = " and ".join(
        f"{label}'s most common {called.several} are {value(edges[0])} to {value(edges[1])}"
        for label, side in zip(sides, (base, head), strict=True)
        for edges in [most_common(side)]
    )
    description = f"Rows by {called.one}: {most}."
    yield Histogram(called.title, description, called.one, tuple(base["edges"]), series)
