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
from truerun.report.slice_line import largest_loss, slice_name
from truerun.report.verdict import tested
from truerun.report.visible_text import short
from truerun.report.words import (
    HUGE,
    NAME,
    NOT_JUDGED,
    SENTENCE,
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
    judged,
    label,
    listed,
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
    slices_of = tested(part)
    name = label(slices_of[0][1] if slices_of else facts(comparison, part["metric"]))
    worse, better = (sum(one["verdict"] == verdict for _, one in slices_of) for verdict in VERDICTS)
    title = f"Slices: {worse:,} worse, {better:,} better, of {part['tested']:,}"
    judged_by = f"{counted(part['tested'], 'slice')}, judged by {name}."
    if slices_of and all(one["verdict"] == "the same" for _, one in slices_of):
        same = Paragraph(f"{judged_by} Each is the same; the weakest first:")
        yield ReportSection(title, (same, *_weakest(name, slices_of, sides)))
        return
    sentences = [judged_by, *_at_once(part, slices_of)]
    lost = largest_loss(part)
    if lost and lost[0]["shrunk"] is not None:
        sentences.append(
            "The largest of many losses is too large by chance: above, it is shrunk towards the "
            "other slices."
        )
    blocks: list[Block] = [Paragraph(" ".join(sentences))]
    blocks.append(
        Table(
            f"Slices by {name}, those with a verdict first",
            ("slice", "rows", "difference (interval)", "verdict"),
            "lrrv",
            tuple(
                (slice_name(one), count(one["count"]), interval(difference), judged(difference))
                for one, difference in sorted(slices_of, key=lambda row: _rank(row[1]))
            ),
        )
    )
    blocks += _not_judged([(slice_name(one), difference) for one, difference in slices_of])
    blocks += _weakest(name, slices_of, sides)
    losers = sorted(
        ((slice_name(one), difference) for one, difference in slices_of),
        key=lambda row: gain(row[1]),
    )
    blocks += _chart(f"Slices that lost most, or gained least: {name}", losers)
    yield ReportSection(title, tuple(blocks))


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
        ("metric", *sides, "difference (interval)", "verdict"),
        "lrrrv",
        tuple(
            (label(one), side(one, "base"), side(one, "head"), interval(one), judged(one))
            for one in differences
        ),
    )
    named = [(label(one), one) for one in differences]
    at_once = _at_once(part, named)
    yield Paragraph(" ".join([*_rows(part), *at_once, *(_reading(differences) if main else ())]))
    yield from _not_judged(named)
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


def _at_once(part: Json, differences: Sequence[tuple[Any, Json]]) -> Iterator[str]:
    """What an interval is, where there is one."""
    if any(one["low"] is not None for _, one in differences):
        yield (
            f"All of these intervals hold the true differences at once in "
            f"{100 * (1 - part['false_verdicts']):.3g} % of cases or more."
        )


def _reading(differences: Sequence[Json]) -> Iterator[str]:
    """What "can't tell" means, and which metrics should be low."""
    unsure = [one for one in differences if one["verdict"] == "can't tell"]
    if unsure:
        yield (
            '"Can\'t tell" means that the interval holds 0: these rows do not show which is better.'
        )
    detectable = next((one for one in unsure if one["detectable"] is not None), None)
    if detectable:
        decimals = digits(detectable, detectable["base"], detectable["head"])
        size = figure(detectable["detectable"], decimals)
        yield (
            f"A true difference of {size} in {label(detectable)} shows about four times of five, "
            f"a smaller one less often."
        )
    lower = [label(one) for one in differences if not one["higher_is_better"]]
    if lower:
        yield f"Lower is better for {joined(lower)}."


def _not_judged(differences: Sequence[tuple[str, Json]]) -> Iterator[Paragraph]:
    """What only describes, and why."""
    names: dict[str, list[str]] = {}
    for name, one in differences:
        if judged(one) == NOT_JUDGED:
            names.setdefault(short(one["reason"] or "no reason given", SENTENCE), []).append(name)
    if names:
        reasons = [f"{listed(several)} ({why})" for why, several in names.items()]
        yield Paragraph(f"Not judged: {listed(reasons)}.")


def _rank(difference: Json) -> int:
    """The place of a verdict: worse, better, the rest."""
    verdict = difference["verdict"]
    return VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS)


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
        drawn.append(Interval(name, gain(difference), low, high, judged(difference)))
    drawn = drawn[:DRAWN]
    if any(abs(row.value) >= TINY for row in drawn):
        decimals = {row[0]: digits(row[1], row[1]["difference"]) for row in rows}
        description = "; ".join(
            f"{row.label} {change(row.value, decimals[row.label])}, {row.verdict}" for row in drawn
        )
        yield Intervals(title, f"{title}: {description}.", tuple(drawn))


def _weakest(name: str, slices_of: Sequence[tuple[Json, Json]], sides: Sides) -> Iterator[Table]:
    """The slices where the head does worst, whether or not it changed."""
    rows = [row for row in slices_of if row[1]["head"] is not None]
    rows.sort(key=lambda row: row[1]["head"] * (1 if row[1]["higher_is_better"] else -1))
    if rows:
        yield Table(
            f"Where {sides[1]} is weakest: {name}",
            ("slice", "rows", *sides),
            "lrrr",
            tuple(
                (
                    slice_name(one),
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
