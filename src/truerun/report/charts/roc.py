"""The ROC curves of both sides, at the same places."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from truerun.report.document import Curves, Series
from truerun.report.words import Json, percent

PLACES = 41  # of a curve: at 0, 0.025, ..., 1
READ = 8  # the place at which a curve is read out: a false positive rate of 0.2

Sides = tuple[str, str]


def blocks(comparison: Json, sides: Sides) -> Iterator[Curves]:
    """The ROC curves of both sides, at the same places."""
    scores = comparison["scores"]
    points = scores["base_roc"], scores["head_roc"]
    if not all(points):
        return
    series = tuple(Series(label, _heights(side)) for label, side in zip(sides, points, strict=True))
    read = " and ".join(f"{one.label} finds {percent(one.values[READ])}" for one in series)
    rate = READ / (PLACES - 1)
    yield Curves(
        "ROC curves",
        f"At a false positive rate of {rate:.1f}, {read} of the positives.",
        "false positive rate",
        "true positive rate",
        series,
    )


def _heights(points: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """A curve through some points, at places evenly apart from 0 to 1."""
    ordered = sorted((x, y) for x, y in points)
    places = [x for x, _ in ordered]
    heights = []
    for number in range(PLACES):
        at = number / (PLACES - 1)
        after = bisect_left(places, at)
        if after == 0 or after == len(places):
            heights.append(ordered[min(after, len(places) - 1)][1])
            continue
        (x0, y0), (x1, y1) = ordered[after - 1], ordered[after]
        heights.append(y0 + (y1 - y0) * (at - x0) / (x1 - x0))
    return tuple(heights)
