"""What a change is worth, by what outcomes are worth: a sentence, and a section."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from truerun.report.document import (
    Block,
    Lines,
    Mark,
    Paragraph,
    ReportSection,
    Series,
    Table,
    Wide,
)
from truerun.report.visible_text import short
from truerun.report.words import (
    HUGE,
    NAME,
    SENTENCE,
    TINY,
    Json,
    capital,
    change,
    count,
    figure,
    gain,
    places,
    present,
)

VALUE = "value"  # among the metrics
BEHIND = 1  # digits of a difference behind its first
PER = "per 1,000 rows"
VERDICTS = {
    "better": "better",
    "worse": "worse",
    "the same": "the same",
    "can't tell": "that may be chance",
    "unknown": "how sure that is, is not known",
}

SIDES = ("base", "head")

Sides = tuple[str, str]


def sentence(comparison: Json) -> str:
    """What the change is worth, with its interval; empty where outcomes have no price.

    "Waiting saved: +12 minutes per 1,000 rows (+4 to +20)."
    """
    value, difference = present(comparison["value"]), _difference(comparison)
    if not value or not difference or difference["difference"] is None:
        return ""
    name = capital(short(value["name"], NAME))
    match difference["verdict"]:
        case "the same":
            return f"{name} is the same."
        case "can't tell":
            return f"{name} can't be told apart: {_moved(difference, value)}."
        case _:
            return f"{name}: {_moved(difference, value)}."


def is_worse(comparison: Json) -> bool:
    """Whether the change surely loses value."""
    difference = _difference(comparison)
    return difference is not None and difference["verdict"] == "worse"


def section(comparison: Json, sides: Sides) -> Iterator[ReportSection]:
    """Whose prices count, the value of both sides, other thresholds, and slices."""
    value, difference = present(comparison["value"]), _difference(comparison)
    if not value or not difference:
        return
    blocks: list[Block] = [
        Paragraph(" ".join(_sentences(value, difference, sides))),
        *_slices(comparison, sides),
        *_curve(comparison, value, sides),
    ]
    yield ReportSection(f"Value: {short(value['name'], NAME)}", tuple(blocks))


def _difference(comparison: Json) -> Json | None:
    """The value in the pairing that counts, or None."""
    metrics = present(comparison["metrics"])
    paired = present(metrics["paired"]) if metrics else None
    differences = paired[0]["differences"] if paired else ()
    return next((one for one in differences if one["metric"] == VALUE), None)


def _moved(difference: Json, value: Json) -> str:
    """A difference with its unit and its interval."""
    ends = difference["low"], difference["high"]
    decimals = places(difference["difference"], behind=BEHIND)
    moved = f"{change(difference['difference'], decimals)} {short(value['unit'], NAME)} {PER}"
    if None in ends:
        return f"{moved} (no interval)"
    low, high = (change(end, decimals) for end in ends)
    return f"{moved} ({low} to {high})"


def _sentences(value: Json, difference: Json, sides: Sides) -> Iterator[str]:
    """The sentences of the section."""
    whose, unit = sides[value["by"] == "head"], short(value["unit"], NAME)
    yield (
        f"Both are valued by the prices of {whose}, in {unit}: {short(value['prices'], SENTENCE)}."
    )
    if difference["difference"] is not None:
        decimals = places(difference["base"], difference["head"], behind=BEHIND + 1)
        base, head = (figure(difference[side], decimals) for side in SIDES)
        if difference["verdict"] == "the same":
            yield f"Both give {head} {unit} {PER}."
        else:
            yield f"{sides[0]} gives {base} {PER}, {sides[1]} {head}: {_moved(difference, value)}."
    best = present(value["best"])
    if not best:
        return
    yield (
        f"The threshold that is worth most on cross-fitted scores of training rows is "
        f"{best['threshold']:.4g}, as {sides[1]} claims: it is in no model file."
    )
    gained = best["difference"]
    if best["threshold"] == best["present"]:
        yield "It is the present one."
    elif gained["difference"] is not None:
        yield (
            f"Here it would be worth {_moved(gained, value)} against the present "
            f"{best['present']:.4g}: {VERDICTS[gained['verdict']]}."
        )


def _slices(comparison: Json, sides: Sides) -> Iterator[Table]:
    """The value of each slice that is listed, the largest loss first."""
    part = present(comparison["slices"])
    rows = [
        (one, difference)
        for one in (part["slices"] if part else ())
        for difference in one["differences"]
        if difference["metric"] == VALUE and difference["difference"] is not None
    ]
    if not any(gain(difference) for _, difference in rows):
        return
    rows.sort(key=lambda row: gain(row[1]))
    decimals = places(*(row[1][side] for row in rows for side in SIDES), behind=2)
    yield Table(
        f"Value by slice {PER}, largest loss first",
        ("slice", "rows", *sides, "difference"),
        "lrrrr",
        tuple(
            (
                short(f"{one['column']} {one['value']}", NAME),
                count(one["count"]),
                figure(difference["base"], decimals),
                figure(difference["head"], decimals),
                change(difference["difference"], decimals),
            )
            for one, difference in rows
        ),
    )


def _curve(comparison: Json, value: Json, sides: Sides) -> Iterator[Wide]:
    """The value of both sides by threshold, if it can be drawn."""
    curve = value["curve"]
    if not curve or not _drawable(curve["thresholds"], curve["base"], curve["head"]):
        return
    decisions, best = present(comparison["decisions"]), present(value["best"])
    base, head = (decisions[f"{side}_threshold"] if decisions else None for side in SIDES)
    each = {"present": head} if base == head else {f"{sides[0]}'s": base, f"{sides[1]}'s": head}
    at = {**each, "best": best["threshold"] if best else None}
    ends = curve["thresholds"][0], curve["thresholds"][-1]
    marks = tuple(
        Mark(f"{label} {place:.4g}", place)
        for label, place in at.items()
        if place is not None and ends[0] <= place <= ends[1]
    )
    tops = " and ".join(
        f"{label} is worth most from {curve['thresholds'][_highest(curve[side])]:.2g} on"
        for label, side in zip(sides, SIDES, strict=True)
    )
    title = f"Value by threshold: {short(value['name'], NAME)}"
    unit = f"{short(value['unit'], NAME)} {PER}"
    series = tuple(
        Series(label, tuple(curve[side])) for label, side in zip(sides, SIDES, strict=True)
    )
    reading = f"On these rows, {tops}."
    yield Wide(Lines(title, reading, "threshold", unit, tuple(curve["thresholds"]), series, marks))


def _highest(values: Sequence[float]) -> int:
    return max(range(len(values)), key=values.__getitem__)


def _drawable(places_of: Sequence[float], *lines: Sequence[float]) -> bool:
    """Whether thresholds ascend and each has a value of usual size at both sides."""
    values = [value for line in lines for value in line]
    return (
        len(places_of) > 1
        and all(low < high for low, high in pairwise(places_of))
        and places_of[-1] - places_of[0] >= TINY
        and max(map(abs, places_of)) < HUGE
        and all(len(line) == len(places_of) for line in lines)
        and max(map(abs, values)) < HUGE * HUGE
        and max(values) - min(values) >= TINY
    )
