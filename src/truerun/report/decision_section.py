"""The section about decisions and scores; where no decisions are taken, about predictions."""

from collections.abc import Iterator

from truerun.report import charts
from truerun.report.called import CALLED, Called
from truerun.report.charts.histograms import decimals_of
from truerun.report.document import (
    Block,
    Level,
    Levels,
    Paragraph,
    ReportSection,
    Table,
)
from truerun.report.visible_text import short
from truerun.report.words import (
    NAME,
    Json,
    capital,
    change,
    count,
    counted,
    part_of,
    percent,
    present,
)

POSITIVE = "1"  # the class that a binary decision is for or against
DRAWN = 12  # classes in a chart

Sides = tuple[str, str]


def decisions(comparison: Json, sides: Sides) -> Iterator[ReportSection]:
    """How many decisions changed, for better or worse, where, and how the scores moved."""
    part, scores = present(comparison["decisions"]), present(comparison["scores"])
    called = CALLED[comparison["task"]]
    moved = " ".join(_shifted(scores, called)) if scores else ""
    drawn = list(charts.drawn(comparison, sides)) if scores else []
    if part and part["count"]:
        blocks: list[Block] = [
            Paragraph(" ".join(filter(None, [*_changed(part, sides), moved]))),
            *_transitions(part, sides),
            *_classes(part, sides),
            *_slices(part),
        ]
        title = f"Decisions: {part['changed']:,} of {part['count']:,} changed"
        yield ReportSection(title, (*blocks, *drawn))
    elif scores and scores["count"]:
        title = called.title
        if scores["moved"] is not None:
            title += f": {scores['moved']:,} of {scores['count']:,} moved"
        yield ReportSection(title, (Paragraph(moved), *drawn))


def _changed(part: Json, sides: Sides) -> Iterator[str]:
    """The sentences about decisions."""
    changed = part["changed"]
    otherwise = changed - part["improved"] - part["worsened"]
    rest = f", {otherwise:,} from one wrong class to another" if otherwise > 0 else ""
    yield (
        f"{changed:,} of {counted(part['count'], 'decision')} changed "
        f"({percent(part_of(changed, part['count']))}): {part['improved']:,} for the better, "
        f"{part['worsened']:,} for the worse{rest}."
    )
    thresholds = part["base_threshold"], part["head_threshold"]
    if None in thresholds:
        return
    positive = sum(one["count"] for one in part["transitions"] if one["head"] == POSITIVE)
    yield f"{positive:,} became positive, {max(0, changed - positive):,} negative."
    base, head = (f"{threshold:.4g}" for threshold in thresholds)
    each = f"{base} for {sides[0]}, {head} for {sides[1]}"
    yield f"The threshold is {f'{base} for both' if base == head else each}."


def _shifted(scores: Json, called: Called) -> Iterator[str]:
    """The sentences about scores."""
    if scores["moved"] is not None:
        yield (
            f"{scores['moved']:,} of {counted(scores['count'], 'prediction')} "
            f"({percent(part_of(scores['moved'], scores['count']))}) moved by more than 1 % of the "
            f"target's standard deviation."
        )
    decimals = decimals_of(scores, "shift")
    quantiles = ", ".join(
        f"{short(name, NAME)} by {change(amount, decimals)} or less"
        for name, amount in scores["shift_quantiles"].items()
    )
    moved = (
        f"{capital(called.several)} moved by {change(scores['mean_shift'], decimals)} on average"
    )
    yield f"{moved}; of the rows, {quantiles}." if quantiles else f"{moved}."


def _transitions(part: Json, sides: Sides) -> Iterator[Table]:
    """From which class to which; two classes take a sentence."""
    if not part["transitions"] or part["base_threshold"] is not None:
        return
    yield Table(
        "Changed decisions by class, most common first",
        (*sides, "rows", "better", "worse"),
        "llrrr",
        tuple(
            (
                short(one["base"], NAME),
                short(one["head"], NAME),
                count(one["count"]),
                count(one["improved"]),
                count(one["worsened"]),
            )
            for one in part["transitions"]
        ),
    )


def _classes(part: Json, sides: Sides) -> Iterator[Table | Levels]:
    """How much of each class is found, the classes first that lost most."""
    if not part["classes"] or part["base_threshold"] is not None:
        return
    rows = sorted(
        (
            (one, *(part_of(one[key], one["count"]) for key in ("base_right", "head_right")))
            for one in part["classes"]
        ),
        key=lambda row: row[2] - row[1],
    )
    yield Table(
        "Rows of each class that are decided correctly, largest loss first",
        ("class", "rows", *sides),
        "lrrr",
        tuple(
            (short(one["name"], NAME), count(one["count"]), percent(base), percent(head))
            for one, base, head in rows
        ),
    )
    levels = tuple(Level(short(one["name"], NAME), *shares) for one, *shares in rows[:DRAWN])
    if any(row.base or row.head for row in levels):
        description = "; ".join(
            f"{row.label} {percent(row.base)}, now {percent(row.head)}" for row in levels
        )
        title = "Share of each class that is decided correctly"
        yield Levels(title, f"{title}: {description}.", "share", sides, levels)


def _slices(part: Json) -> Iterator[Table]:
    if part["slices"]:
        yield Table(
            "Changed decisions by slice, most changed first",
            ("slice", "rows", "changed", "share", "better", "worse"),
            "lrrrrr",
            tuple(
                (
                    short(f"{one['column']} {one['value']}", NAME),
                    count(one["count"]),
                    count(one["changed"]),
                    percent(part_of(one["changed"], one["count"])),
                    count(one["improved"]),
                    count(one["worsened"]),
                )
                for one in part["slices"]
            ),
        )
