"""The slice that lost most, whatever its verdict: behind the second line of a report."""

from truerun.report.change_line import BEHIND
from truerun.report.verdict import tested
from truerun.report.visible_text import short
from truerun.report.words import (
    NAME,
    Json,
    change,
    counted,
    label,
    places,
    present,
)


def slice_line(comparison: Json) -> str:
    """One sentence; empty where no slice lost.

    "Largest loss in a slice: plan basic, ROC AUC -0.021 (-0.056 to +0.010), 4,500 rows."
    """
    slices = present(comparison["slices"])
    lost = largest_loss(slices) if slices else None
    if not lost:
        return ""
    part, one = lost
    ends = one["low"], one["high"]
    lost_by = estimate(part, one)
    by_chance = "" if loses(lost_by, one) else "; probably chance, judged by the other slices"
    shown = one["difference"] if by_chance else lost_by
    digits = places(shown, *ends, behind=BEHIND)
    between = "no interval" if None in ends else " to ".join(change(end, digits) for end in ends)
    verdict = ": worse" if one["verdict"] == "worse" else ""
    return (
        f"Largest loss in a slice: {slice_name(part)}, {label(one)} {change(shown, digits)} "
        f"({between}), {counted(part['count'], 'row')}{verdict}{by_chance}."
    )


def slice_name(part: Json) -> str:
    """How a slice is called."""
    return short(f"{part['column']} {part['value']}", NAME)


def largest_loss(slices: Json) -> tuple[Json, Json] | None:
    """The slice that lost most and its difference, by the estimates that are shrunk.

    Those that are worse for sure come first. One without an interval is named only if none has one:
    its rows are few.
    """
    losses = [(part, one) for part, one in tested(slices) if loses(one["difference"], one)]
    judged = [(part, one) for part, one in losses if one["low"] is not None]

    def gained(pair: tuple[Json, Json]) -> tuple[float, ...]:
        part, one = pair
        sign = 1 if one["higher_is_better"] else -1
        chance = one["verdict"] != "worse"
        return chance, sign * estimate(part, one), sign * one["difference"]

    return min(judged or losses, key=gained, default=None)


def estimate(part: Json, difference: Json) -> float:
    """How much a slice moved: shrunk to the others, where that is known."""
    moved: float = difference["difference"] if part["shrunk"] is None else part["shrunk"]
    return moved


def loses(moved: float | None, metric: Json) -> bool:
    """Whether a difference is for the worse."""
    return moved is not None and moved != 0 and (moved < 0) == metric["higher_is_better"]
