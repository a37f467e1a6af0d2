"""How far predictions are off, from low targets to high ones."""

from collections.abc import Iterator

from truerun.report.document import Block, Level, Levels, Paragraph, Table
from truerun.report.words import HUGE, TINY, Json, change, count, figure, places, value

Sides = tuple[str, str]


def blocks(comparison: Json, sides: Sides) -> Iterator[Block]:
    """How far predictions are off, from low targets to high ones."""
    errors = comparison["scores"]["errors"]
    if not errors:
        return
    title = "Mean absolute error, from low targets to high ones"
    yield Paragraph("How far they are off on average, on rows with low targets and with high ones:")
    decimals = places(*(one[key] for one in errors for key in ("base", "head")))
    labels = [
        value(one["low"])
        if one["low"] == one["high"]
        else f"{value(one['low'])} to {value(one['high'])}"
        for one in errors
    ]
    yield Table(
        title,
        ("target", "rows", *sides, "change"),
        "lrrrr",
        tuple(
            (
                label,
                count(one["count"]),
                figure(one["base"], decimals),
                figure(one["head"], decimals),
                change(one["head"] - one["base"], decimals),
            )
            for label, one in zip(labels, errors, strict=True)
        ),
    )
    levels = tuple(
        Level(label, one["base"], one["head"]) for label, one in zip(labels, errors, strict=True)
    )
    sizes = [end for row in levels for end in (row.base, row.head)]
    if min(sizes) >= 0 and TINY <= max(sizes) < HUGE:
        description = "; ".join(
            f"{row.label}: {figure(row.base, decimals)}, now {figure(row.head, decimals)}"
            for row in levels
        )
        yield Levels(title, f"{title}. {description}.", "mean absolute error", sides, levels)
