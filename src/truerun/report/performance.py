"""The sections about metrics: in pairs, slice by slice, and on each side's own rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from truerun.report.document import Block, Interval, Intervals, Paragraph, Section, Table, Wide
from truerun.report.plain import short
from truerun.report.verdict import has
from truerun.report.words import (
    HUGE,
    IN_UNITS,
    NAME,
    TINY,
    Json,
    change,
    count,
    counted,
    digits,
    figure,
    gain,
    interval,
    joined,
    known,
    metric,
    missing,
    side,
)

VERDICTS = ("worse", "better")
DRAWN = 12  # rows of a chart of intervals
WEAKEST = 8  # slices with the lowest figures
TITLE = 80  # characters

Sides = tuple[str, str]


def metrics(found: Json, sides: Sides) -> Iterator[Section]:
    """A table for each pairing; without one, why, and the metrics of each side's own rows."""
    measured = known(found["metrics"])
    if not measured:
        return
    paired = measured["paired"]
    if missing(paired) is not None:
        why = Paragraph("The two could not be compared; these are the figures of each by itself.")
        yield Section("Metrics", (why, _own(measured, sides)), folded=False)
        return
    whole = measured["same_rows"] and len(paired) == 1
    for number, part in enumerate(paired):
        title = "Metrics" if whole else f"Metrics on {short(part['rows'], TITLE)}"
        blocks = _pairing(found, part, sides, main=not number)
        yield Section(title, tuple(blocks), folded=False)


def own(found: Json, sides: Sides) -> Iterator[Section]:
    """The metrics of each side's own test rows, and of the head's training rows."""
    measured = known(found["metrics"])
    if (
        measured
        and missing(measured["paired"]) is None
        and (measured["training"] or not measured["same_rows"])
    ):
        yield Section("Metrics on own test rows and on training rows", (_own(measured, sides),))


def slices(found: Json, sides: Sides) -> Iterator[Section]:
    """Slices with a verdict, then the rest; where the head is weakest; the worst as a chart."""
    part = known(found["slices"])
    if not part or not part["slices"]:
        return
    main, listed = found["main_metric"], part["slices"]
    worse, better = (sum(has(one, verdict) for one in listed) for verdict in VERDICTS)
    tested = counted(part["tested"], "slice")
    many = (
        f"{tested} tested. With so many, some differ by chance: of those called better or worse, "
        f"{100 * part['false_discoveries']:.3g} % at most are expected to be false discoveries. An "
        f"interval is that of its slice alone, so one without 0 need not be enough."
    )
    blocks: list[Block] = [Paragraph(many)]
    rows = [
        (one, told) for one in listed for told in one["differences"] if told["verdict"] in VERDICTS
    ]
    rows.sort(key=lambda row: VERDICTS.index(row[1]["verdict"]))
    rows += [(one, told) for one in listed for told in _main(one, main) if not _certain(one)]
    blocks.append(
        Table(
            "Slices, those with a verdict first",
            ("slice", "rows", "metric", "difference (95 % interval)", "verdict"),
            "lrlrl",
            tuple(
                (
                    _name(one),
                    count(one["count"]),
                    metric(told["metric"]),
                    interval(told),
                    told["verdict"],
                )
                for one, told in rows
            ),
        )
    )
    blocks += _weakest(listed, main, sides)
    losers = sorted(
        ((_name(one), told) for one in listed for told in _main(one, main)),
        key=lambda row: gain(row[1]),
    )
    blocks += _chart(f"Slices that lost most, or gained least: {metric(main)}", losers)
    told_apart = f"{worse:,} worse, {better:,} better, of {part['tested']:,}"
    yield Section(f"Slices: {told_apart}", tuple(blocks))


def _pairing(found: Json, part: Json, sides: Sides, *, main: bool) -> Iterator[Block]:
    """The table of a pairing; of the main one, how to read it, too."""
    told = sorted(part["differences"], key=lambda one: one["metric"] != found["main_metric"])
    yield Table(
        f"Metrics on {short(part['rows'], TITLE)}",
        ("metric", *sides, "difference (95 % interval)", "verdict"),
        "lrrrl",
        tuple(
            (
                metric(one["metric"]),
                side(one, "base"),
                side(one, "head"),
                interval(one),
                one["verdict"],
            )
            for one in told
        ),
    )
    yield Paragraph(" ".join([*_rows(part), *(_reading(told) if main else ())]))
    if main:
        rows = [(metric(one["metric"]), one) for one in told if _as(one, found["main_metric"])]
        yield from map(Wide, _chart("Differences of the metrics", rows))


def _rows(part: Json) -> Iterator[str]:
    """How many rows there are, and how many of them count by themselves."""
    yield f"Both models score the same {counted(part['count'], 'row')}."
    if part["cluster"]:
        yield (
            f"Rows with the same {short(part['cluster'], NAME)} are not independent: the intervals "
            f"rest on {counted(part['clusters'], 'group')}, not on single rows."
        )


def _reading(told: Sequence[Json]) -> Iterator[str]:
    """Which metrics should be low, and what "can't tell" means."""
    lower = [metric(one["metric"]) for one in told if not one["higher_is_better"]]
    if lower:
        yield f"Lower is better for {joined(lower)}."
    unsure = [one for one in told if one["verdict"] == "can't tell"]
    detectable = next((one for one in unsure if one["detectable"] is not None), None)
    if detectable:
        decimals = digits(detectable["metric"], detectable["base"], detectable["head"])
        yield (
            f'"Can\'t tell" means that the interval holds 0: these rows do not show which is '
            f"better. A true difference of {figure(detectable['detectable'], decimals)} in "
            f"{metric(detectable['metric'])} would have shown four times of five; a smaller one "
            f"often would not."
        )


def _as(told: Json, main: str) -> bool:
    """Whether a metric can stand beside the main one: both in the target's unit, or neither."""
    return (told["metric"] in IN_UNITS) == (main in IN_UNITS)


def _chart(title: str, rows: Sequence[tuple[str, Json]]) -> Iterator[Intervals]:
    """Differences that can be drawn, each turned so that more is better; nothing if none moved."""
    drawn = []
    for label, told in rows:
        value, ends = told["difference"], (told["low"], told["high"])
        if value is None or any(abs(end or 0) >= HUGE for end in (value, *ends)):
            continue
        sign = 1 if told["higher_is_better"] else -1
        low, high = (None, None) if None in ends else sorted(sign * end for end in ends)
        drawn.append(Interval(label, gain(told), low, high, told["verdict"]))
    drawn = drawn[:DRAWN]
    if any(abs(row.value) >= TINY for row in drawn):
        decimals = {row[0]: digits(row[1]["metric"], row[1]["difference"]) for row in rows}
        said = "; ".join(
            f"{row.label} {change(row.value, decimals[row.label])}, {row.verdict}" for row in drawn
        )
        yield Intervals(title, f"{title}: {said}.", tuple(drawn))


def _weakest(listed: Sequence[Json], main: str, sides: Sides) -> Iterator[Table]:
    """The slices where the head does worst, whether or not it changed."""
    rows = [(one, told) for one in listed for told in _main(one, main) if told["head"] is not None]
    rows.sort(key=lambda row: row[1]["head"] * (1 if row[1]["higher_is_better"] else -1))
    if rows:
        yield Table(
            f"Where {sides[1]} is weakest: {metric(main)}",
            ("slice", "rows", *sides),
            "lrrr",
            tuple(
                (_name(one), count(one["count"]), side(told, "base"), side(told, "head"))
                for one, told in rows[:WEAKEST]
            ),
        )


def _own(measured: Json, sides: Sides) -> Table:
    """Each side on its own test rows, and the head on its training rows."""
    columns: list[tuple[str, Mapping[str, Any]]] = [
        (f"{sides[one['side'] == 'head']}, {counted(one['count'], 'row')}", one["values"])
        for one in measured["own"]
    ]
    if measured["training"]:
        columns.append((f"{sides[1]}, training rows", measured["training"]))
    names = dict.fromkeys(name for _, values in columns for name in values)
    decimals = {name: digits(name, *(values.get(name) for _, values in columns)) for name in names}
    return Table(
        "Metrics of each side on its own test rows",
        ("metric", *(label for label, _ in columns)),
        "l" + "r" * len(columns),
        tuple(
            (
                metric(name),
                *(
                    figure(values[name], decimals[name]) if name in values else ""
                    for _, values in columns
                ),
            )
            for name in names
        ),
    )


def _main(part: Json, main: str) -> list[Json]:
    return [told for told in part["differences"] if told["metric"] == main]


def _certain(part: Json) -> bool:
    return any(has(part, verdict) for verdict in VERDICTS)


def _name(part: Json) -> str:
    return short(f"{part['column']} {part['value']}", NAME)
