"""The section about decisions and scores; where no decisions are taken, about predictions."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from truerun.report.document import (
    Block,
    Curves,
    Histogram,
    Level,
    Levels,
    Paragraph,
    ReportSection,
    Series,
    Table,
    Wide,
)
from truerun.report.visible_text import short
from truerun.report.words import (
    DECIMALS,
    HUGE,
    NAME,
    TINY,
    Json,
    capital,
    change,
    count,
    counted,
    figure,
    part_of,
    percent,
    places,
    present,
    value,
)

PLACES = 41  # of a curve: at 0, 0.025, ..., 1
READ = 8  # the place at which a curve is read out: a false positive rate of 0.2
POSITIVE = "1"  # the class that a binary decision is for or against
DRAWN = 12  # classes in a chart

Sides = tuple[str, str]


@dataclass(frozen=True)
class Called:
    """How scores are called: in a title, one of them, and several."""

    title: str
    one: str
    several: str


PREDICTIONS = Called("Predictions", "prediction", "predictions")
CALLED: Mapping[str, Called] = {
    "binary": Called("Scores", "score", "scores"),
    "multiclass": Called(
        "Probability of the right class",
        "probability of the right class",
        "probabilities of the right class",
    ),
    "regression": PREDICTIONS,
    "counts": PREDICTIONS,
}


def decisions(comparison: Json, sides: Sides) -> Iterator[ReportSection]:
    """How many decisions changed, for better or worse, where, and how the scores moved."""
    part, scores = present(comparison["decisions"]), present(comparison["scores"])
    called = CALLED[comparison["task"]]
    moved = " ".join(_shifted(scores, called)) if scores else ""
    drawn = list(_of_scores(scores, called, sides)) if scores else []
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
    decimals = _decimals(scores, "shift")
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
        "Changed decisions by class, the commonest first",
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
        "Rows of each class that are decided rightly, those first that lost most",
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
        title = "Share of each class that is decided rightly"
        yield Levels(title, f"{title}: {description}.", "share", sides, levels)


def _slices(part: Json) -> Iterator[Table]:
    if part["slices"]:
        yield Table(
            "Changed decisions by slice, the most changed first",
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


def _of_scores(scores: Json, called: Called, sides: Sides) -> Iterator[Block]:
    """Where errors are, and how the scores lie, rank and moved."""
    yield from _errors(scores, sides)
    yield from _lie(scores, called, sides)
    yield from _curves(scores, sides)
    yield from _shift(scores, called)


def _errors(scores: Json, sides: Sides) -> Iterator[Block]:
    """How far predictions are off, from low targets to high ones."""
    errors = scores["errors"]
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


def _lie(scores: Json, called: Called, sides: Sides) -> Iterator[Histogram]:
    """How many rows have which score, on both sides."""
    base, head = scores["base"], scores["head"]
    if not _drawable(base) or not _drawable(head) or base["edges"] != head["edges"]:
        return
    decimals = _decimals(scores, "base")
    series = tuple(
        Series(label, tuple(side["counts"]))
        for label, side in zip(sides, (base, head), strict=True)
    )
    most = " and ".join(
        f"{label}'s commonest {called.several} are "
        f"{figure(edges[0], decimals)} to {figure(edges[1], decimals)}"
        for label, side in zip(sides, (base, head), strict=True)
        for edges in [_commonest(side)]
    )
    description = f"Rows by {called.one}: {most}."
    yield Histogram(called.title, description, called.one, tuple(base["edges"]), series)


def _shift(scores: Json, called: Called) -> Iterator[Wide]:
    """By how much the scores moved."""
    shift = scores["shift"]
    if not _drawable(shift):
        return
    low, high = (change(end, _decimals(scores, "shift")) for end in _commonest(shift))
    description = f"Rows by how far their {called.one} moved; most moved by {low} to {high}."
    series = (Series("rows", tuple(shift["counts"])),)
    title = f"How far the {called.several} moved"
    yield Wide(Histogram(title, description, "shift", tuple(shift["edges"]), series))


def _curves(scores: Json, sides: Sides) -> Iterator[Curves]:
    """The ROC curves of both sides, at the same places."""
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


def _drawable(histogram: Json) -> bool:
    """Whether the bins ascend, are as many as the counts, and hold rows."""
    edges, counts = histogram["edges"], histogram["counts"]
    ascend = all(low < high for low, high in pairwise(edges))
    if len(edges) != len(counts) + 1 or not ascend or not any(counts):
        return False
    return bool(edges[-1] - edges[0] >= TINY and max(map(abs, edges)) < HUGE)


def _commonest(histogram: Json) -> tuple[float, float]:
    """The ends of the bin with the most rows."""
    number = histogram["counts"].index(max(histogram["counts"]))
    return histogram["edges"][number], histogram["edges"][number + 1]


def _decimals(scores: Json, key: str) -> int:
    """Decimals of probabilities, or of predictions as their histogram asks for."""
    return DECIMALS if scores["moved"] is None else places(*scores[key]["edges"])
