"""The sections about metrics: in pairs, slice by slice, and on each side's own rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from truerun.report.document import (
    Block,
    Interval,
    Intervals,
    Paragraph,
    ReportSection,
    Table,
    Wide,
)
from truerun.report.verdict import has
from truerun.report.visible_text import short
from truerun.report.words import (
    HUGE,
    NAME,
    TINY,
    Json,
    change,
    count,
    counted,
    digits,
    facts,
    figure,
    gain,
    interval,
    joined,
    label,
    missing,
    present,
    side,
)

VERDICTS = ("worse", "better")
DRAWN = 12  # rows of a chart of intervals
WEAKEST = 8  # slices with the lowest figures
TITLE = 80  # characters

Sides = tuple[str, str]


def metrics(comparison: Json, sides: Sides) -> Iterator[ReportSection]:
    """A table for each pairing; without one, why, and the metrics of each side's own rows."""
    measured = present(comparison["metrics"])
    if not measured:
        return
    paired = measured["paired"]
    if missing(paired) is not None:
        why = Paragraph("The two could not be compared; these are the figures of each on its own.")
        yield ReportSection("Metrics", (why, _own(comparison, measured, sides)), folded=False)
        return
    whole = measured["same_rows"] and len(paired) == 1
    for number, part in enumerate(paired):
        title = "Metrics" if whole else f"Metrics on {short(part['rows'], TITLE)}"
        blocks = _pairing(comparison, part, sides, main=not number)
        yield ReportSection(title, tuple(blocks), folded=False)


def own(comparison: Json, sides: Sides) -> Iterator[ReportSection]:
    """The metrics of each side's own test rows, and of the head's training rows."""
    measured = present(comparison["metrics"])
    if (
        measured
        and missing(measured["paired"]) is None
        and (measured["training"] or not measured["same_rows"])
    ):
        yield ReportSection(
            "Metrics on own test rows and on training rows", (_own(comparison, measured, sides),)
        )


def slices(comparison: Json, sides: Sides) -> Iterator[ReportSection]:
    """Slices with a verdict, then the rest; where the head is weakest; the worst as a chart."""
    part = present(comparison["slices"])
    if not part or not part["slices"]:
        return
    main, listed = comparison["main_metric"], part["slices"]
    worse, better = (sum(has(one, verdict) for one in listed) for verdict in VERDICTS)
    tested = counted(part["tested"], "slice")
    many = (
        f"{tested} tested by {label(facts(comparison, part['metric']))}. With so many, some differ "
        f"by chance: the intervals hold for all slices at once, so that a change that changes "
        f"nothing gets any of these verdicts in {100 * part['false_verdicts']:.3g} % of cases at "
        f"most."
    )
    blocks: list[Block] = [Paragraph(many)]
    rows = [
        (one, difference)
        for one in listed
        for difference in one["differences"]
        if difference["verdict"] in VERDICTS
    ]
    rows.sort(key=lambda row: VERDICTS.index(row[1]["verdict"]))
    rows += [
        (one, difference) for one in listed for difference in _main(one, main) if not _certain(one)
    ]
    blocks.append(
        Table(
            "Slices, those with a verdict first",
            ("slice", "rows", "metric", "difference (95 % interval)", "verdict"),
            "lrlrl",
            tuple(
                (
                    _name(one),
                    count(one["count"]),
                    label(difference),
                    interval(difference),
                    difference["verdict"],
                )
                for one, difference in rows
            ),
        )
    )
    blocks += _weakest(comparison, listed, sides)
    losers = sorted(
        ((_name(one), difference) for one in listed for difference in _main(one, main)),
        key=lambda row: gain(row[1]),
    )
    blocks += _chart(
        f"Slices that lost most, or gained least: {label(facts(comparison, main))}", losers
    )
    title_counts = f"{worse:,} worse, {better:,} better, of {part['tested']:,}"
    yield ReportSection(f"Slices: {title_counts}", tuple(blocks))


def _pairing(comparison: Json, part: Json, sides: Sides, *, main: bool) -> Iterator[Block]:
    """The table of a pairing, and how to read the main one; a sentence where all is equal."""
    differences = sorted(
        part["differences"], key=lambda one: one["metric"] != comparison["main_metric"]
    )
    if differences and all(one["verdict"] == "the same" for one in differences):
        first = f"{label(differences[0])} is {side(differences[0], 'head')}"
        yield Paragraph(f"Every metric is the same on {counted(part['count'], 'row')}; {first}.")
        return
    yield Table(
        f"Metrics on {short(part['rows'], TITLE)}",
        ("metric", *sides, "difference (95 % interval)", "verdict"),
        "lrrrl",
        tuple(
            (
                label(one),
                side(one, "base"),
                side(one, "head"),
                interval(one),
                one["verdict"],
            )
            for one in differences
        ),
    )
    yield Paragraph(" ".join([*_rows(part), *(_reading(differences) if main else ())]))
    if main:
        main_facts = facts(comparison, comparison["main_metric"])
        rows = [(label(one), one) for one in differences if _same_scale(one, main_facts)]
        yield from map(Wide, _chart("Differences of the metrics", rows))


def _rows(part: Json) -> Iterator[str]:
    """How many rows there are, and how many of them count by themselves."""
    yield f"Both models score the same {counted(part['count'], 'row')}."
    if part["cluster"]:
        yield (
            f"Rows with the same {short(part['cluster'], NAME)} are not independent: the intervals "
            f"rest on {counted(part['clusters'], 'group')}, not on single rows."
        )


def _reading(differences: Sequence[Json]) -> Iterator[str]:
    """Which metrics should be low, and what "can't tell" means."""
    lower = [label(one) for one in differences if not one["higher_is_better"]]
    if lower:
        yield f"Lower is better for {joined(lower)}."
    unsure = [one for one in differences if one["verdict"] == "can't tell"]
    detectable = next((one for one in unsure if one["detectable"] is not None), None)
    if detectable:
        decimals = digits(detectable, detectable["base"], detectable["head"])
        size = figure(detectable["detectable"], decimals)
        yield (
            'The intervals hold for all metrics at once. "Can\'t tell" means that one holds 0: '
            f"these rows do not show which is better. A true difference of {size} in "
            f"{label(detectable)} would have shown four times of five; a smaller one "
            f"often would not."
        )


def _same_scale(metric: Json, main: Json) -> bool:
    """Whether a metric can stand beside the main one: both in the target's unit, or neither."""
    return (metric["decimals"] is None) == (main["decimals"] is None)


def _chart(title: str, rows: Sequence[tuple[str, Json]]) -> Iterator[Intervals]:
    """Differences that can be drawn, each turned so that more is better; nothing if none moved."""
    drawn = []
    for name, difference in rows:
        value, ends = difference["difference"], (difference["low"], difference["high"])
        if value is None or any(abs(end or 0) >= HUGE for end in (value, *ends)):
            continue
        sign = 1 if difference["higher_is_better"] else -1
        low, high = (None, None) if None in ends else sorted(sign * end for end in ends)
        drawn.append(Interval(name, gain(difference), low, high, difference["verdict"]))
    drawn = drawn[:DRAWN]
    if any(abs(row.value) >= TINY for row in drawn):
        decimals = {row[0]: digits(row[1], row[1]["difference"]) for row in rows}
        description = "; ".join(
            f"{row.label} {change(row.value, decimals[row.label])}, {row.verdict}" for row in drawn
        )
        yield Intervals(title, f"{title}: {description}.", tuple(drawn))


def _weakest(comparison: Json, listed: Sequence[Json], sides: Sides) -> Iterator[Table]:
    """The slices where the head does worst, whether or not it changed."""
    main = comparison["main_metric"]
    rows = [
        (one, difference)
        for one in listed
        for difference in _main(one, main)
        if difference["head"] is not None
    ]
    rows.sort(key=lambda row: row[1]["head"] * (1 if row[1]["higher_is_better"] else -1))
    if rows:
        yield Table(
            f"Where {sides[1]} is weakest: {label(facts(comparison, main))}",
            ("slice", "rows", *sides),
            "lrrr",
            tuple(
                (
                    _name(one),
                    count(one["count"]),
                    side(difference, "base"),
                    side(difference, "head"),
                )
                for one, difference in rows[:WEAKEST]
            ),
        )


def _own(comparison: Json, measured: Json, sides: Sides) -> Table:
    """Each side on its own test rows, and the head on its training rows."""
    columns: list[tuple[str, Mapping[str, Any]]] = [
        (f"{sides[one['side'] == 'head']}, {counted(one['count'], 'row')}", one["values"])
        for one in measured["own"]
    ]
    if measured["training"]:
        columns.append((f"{sides[1]}, training rows", measured["training"]))
    names = dict.fromkeys(name for _, values in columns for name in values)
    metrics_of = {name: facts(comparison, name) for name in names}
    decimals = {
        name: digits(metrics_of[name], *(values.get(name) for _, values in columns))
        for name in names
    }
    return Table(
        "Metrics of each side on its own test rows",
        ("metric", *(heading for heading, _ in columns)),
        "l" + "r" * len(columns),
        tuple(
            (
                label(metrics_of[name]),
                *(
                    figure(values[name], decimals[name]) if name in values else ""
                    for _, values in columns
                ),
            )
            for name in names
        ),
    )


def _main(part: Json, main: str) -> list[Json]:
    return [difference for difference in part["differences"] if difference["metric"] == main]


def _certain(part: Json) -> bool:
    return any(has(part, verdict) for verdict in VERDICTS)


def _name(part: Json) -> str:
    return short(f"{part['column']} {part['value']}", NAME)
