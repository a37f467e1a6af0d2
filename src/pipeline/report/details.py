"""The sections about decisions, cost, experiments, and whether the run can be repeated."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.report.document import (
    Block,
    Curves,
    Histogram,
    Items,
    Paragraph,
    Section,
    Series,
    Table,
    Wide,
)
from pipeline.report.plain import short
from pipeline.report.verdict import changed_decisions, main_pairing
from pipeline.report.words import (
    COSTS,
    HUGE,
    NAME,
    SENTENCE,
    TINY,
    Json,
    change,
    cost_of,
    count,
    counted,
    figure,
    growth,
    known,
    listed,
    metric,
    part_of,
    percent,
)

PLACES = 41  # of a curve: at 0, 0.025, ..., 1
READ = 8  # the place at which a curve is read out: a false positive rate of 0.2

Sides = tuple[str, str]


def decisions(found: Json, sides: Sides) -> Iterator[Section]:
    """How many decisions changed, for better or worse, where, and how the scores moved."""
    part = known(found["decisions"])
    if not part or not part["count"]:
        return
    changed = changed_decisions(part)
    blocks: list[Block] = [Paragraph(" ".join(_told(part, changed, sides)))]
    if part["slices"]:
        blocks.append(
            Table(
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
        )
    blocks += _scores(part, sides)
    blocks += _curves(part, sides)
    blocks += _shift(part)
    title = f"Decisions: {changed:,} of {part['count']:,} changed"
    yield Section(title, tuple(blocks))


def cost(found: Json, sides: Sides) -> Iterator[Section]:
    """What training and predicting cost, measured on both sides in the same run."""
    part = known(found["cost"])
    if not part:
        return
    rows = tuple(
        (
            COSTS[one["name"]],
            cost_of(one["name"], one["base"]),
            cost_of(one["name"], one["head"]),
            growth(one["base"], one["head"]),
        )
        for one in part
        if one["base"] is not None or one["head"] is not None
    )
    notes = tuple(
        f"{COSTS[one['name']]}: {short(one['note'], SENTENCE)}" for one in part if one["note"]
    )
    blocks: list[Block] = []
    if rows:
        blocks.append(Table("Cost on the same machine", ("what", *sides, "change"), "lrrr", rows))
    if notes:
        blocks.append(Items(notes))
    if blocks:
        yield Section("Cost", tuple(blocks))


def experiments(found: Json) -> Iterator[Section]:
    """The runs of `dvc exp`, the best first where it is known what is better."""
    runs = known(found["experiments"])
    if not runs:
        return
    main = found["main_metric"]
    pairing = main_pairing(found)
    told = pairing["differences"] if pairing else ()
    low = any(one["metric"] == main and not one["higher_is_better"] for one in told)

    def place(run: Json) -> tuple[bool, float]:
        value = run["values"].get(main)
        return value is None, 0 if value is None else value if low else -value

    rows = tuple(
        (
            short(run["name"], NAME),
            listed(
                [
                    f"{short(one['name'], NAME)} = {short(one['head'] or 'none', NAME)}"
                    for one in run["parameters"]
                ]
            ),
            figure(run["values"].get(main)),
        )
        for run in sorted(runs, key=place)
    )
    table = Table(
        "Experiments, the best first", ("experiment", "parameters", metric(main)), "llr", rows
    )
    yield Section(f"Experiments: {len(rows):,}", (table,))


def reproduction(found: Json) -> Iterator[Section]:
    """Whether running the pipeline gave what is in Git."""
    run = found["reproduction"]
    apart = run["differences"]
    state = {
        "reproduced": "the pipeline was run, and gave what dvc.lock and the files in Git say",
        "differs": "what is in Git is not what the pipeline gives",
        "failed": "the pipeline did not end, so nothing can be told",
        "not run": "the pipeline was not run, so nothing can be told",
    }[run["state"]]
    said = [f"{state[0].upper()}{state[1:]}."]
    if run["ran"]:
        said.append(f"Stages that ran: {listed([short(name, NAME) for name in run['ran']], 10)}.")
    if run["state"] in ("reproduced", "differs"):
        said.append(
            "Every stage ran anew."
            if run["every"]
            else "Stages whose inputs had not changed were not run anew."
        )
    blocks: list[Block] = [Paragraph(" ".join(said))]
    if apart:
        blocks.append(
            Table(
                "What is not the same",
                ("stage", "what", "expected", "found"),
                "llll",
                tuple(
                    (
                        short(one["stage"], NAME),
                        f"{short(one['kind'], NAME)} {short(one['name'], NAME)}",
                        short(one["expected"], SENTENCE),
                        short(one["found"], SENTENCE),
                    )
                    for one in apart
                ),
            )
        )
    title = {"differs": counted(len(apart), "difference")}.get(run["state"], run["state"])
    yield Section(f"Reproducibility: {title}", tuple(blocks))


def _told(part: Json, changed: int, sides: Sides) -> Iterator[str]:
    """The sentences about decisions and scores."""
    yield (
        f"{changed:,} of {counted(part['count'], 'decision')} changed "
        f"({percent(part_of(changed, part['count']))}): {part['improved']:,} for the better, "
        f"{part['worsened']:,} for the worse."
    )
    yield f"{part['to_positive']:,} became positive, {part['to_negative']:,} negative."
    base, head = (f"{part[key]:.4g}" for key in ("base_threshold", "head_threshold"))
    each = f"{base} for {sides[0]}, {head} for {sides[1]}"
    yield f"The threshold is {f'{base} for both' if base == head else each}."
    quantiles = ", ".join(
        f"{short(name, NAME)} by {change(value)} or less"
        for name, value in part["shift_quantiles"].items()
    )
    moved = f"Scores moved by {change(part['mean_shift'])} on average"
    yield f"{moved}; of the rows, {quantiles}." if quantiles else f"{moved}."


def _scores(part: Json, sides: Sides) -> Iterator[Histogram]:
    """How many rows have which score, on both sides."""
    base, head = part["base_scores"], part["head_scores"]
    if not _drawable(base) or not _drawable(head) or base["edges"] != head["edges"]:
        return
    series = tuple(
        Series(label, tuple(side["counts"]))
        for label, side in zip(sides, (base, head), strict=True)
    )
    most = [
        f"{label}'s commonest scores are {figure(edges[0])} to {figure(edges[1])}"
        for label, side in zip(sides, (base, head), strict=True)
        for edges in [_commonest(side)]
    ]
    yield Histogram(
        "Scores", f"Rows by score: {' and '.join(most)}.", "score", tuple(base["edges"]), series
    )


def _shift(part: Json) -> Iterator[Wide]:
    """By how much the scores moved."""
    shift = part["shift"]
    if not _drawable(shift):
        return
    low, high = _commonest(shift)
    said = f"Rows by how far their score moved; most moved by {change(low)} to {change(high)}."
    series = (Series("rows", tuple(shift["counts"])),)
    yield Wide(Histogram("How far the scores moved", said, "shift", tuple(shift["edges"]), series))


def _curves(part: Json, sides: Sides) -> Iterator[Curves]:
    """The ROC curves of both sides, at the same places."""
    points = part["base_roc"], part["head_roc"]
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
    found = []
    for number in range(PLACES):
        at = number / (PLACES - 1)
        after = bisect_left(places, at)
        if after == 0 or after == len(places):
            found.append(ordered[min(after, len(places) - 1)][1])
            continue
        (x0, y0), (x1, y1) = ordered[after - 1], ordered[after]
        found.append(y0 + (y1 - y0) * (at - x0) / (x1 - x0))
    return tuple(found)


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
