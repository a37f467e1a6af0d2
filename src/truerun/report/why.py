"""Whose doing the difference of the main metric was: the section "Why", and a sentence."""

import math
import re
from collections.abc import Iterator, Sequence

from truerun.report.document import (
    Block,
    Interval,
    Intervals,
    Items,
    Paragraph,
    ReportSection,
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
    counted,
    digits,
    facts,
    joined,
    judged,
    label,
    listed,
    places,
    present,
)

BEHIND = 1  # digits of a share behind its first, in a sentence
PATH = 80  # characters of a file's name
CLAIMED = (
    "Claimed: the combinations were run where the code of the change runs, and nobody else has run"
    " them again."
)


def sentence(comparison: Json) -> str:
    """The shares in a sentence, the largest first; empty where there are none, or only one.

    "Of ROC AUC +0.012: code of featurize +0.013, parameters of train -0.001 (can't tell)."
    """
    part = present(comparison["attribution"])
    if not part or len(part["shares"]) < 2:  # noqa: PLR2004
        return ""
    figures = [part["difference"], *(one["share"] for one in part["shares"])]
    decimals = places(*figures, behind=BEHIND)
    whole, *written = adding_up(figures, decimals)
    if not any(figures):
        return ""
    shares = [
        f"{short(one['group'], NAME)} {share if one['share'] else 0}{_unsure(one)}"
        for one, share in zip(part["shares"], written, strict=True)
    ]
    name = label(facts(comparison, part["metric"]))
    claimed = " (claimed)" if part["claimed"] else ""
    return f"Of {name} {whole}{claimed}: {', '.join(shares)}."


def section(comparison: Json) -> Iterator[ReportSection]:
    """The shares with their intervals, as a table and a chart; what groups do together."""
    part = present(comparison["attribution"])
    if not part:
        return
    metric = facts(comparison, part["metric"])
    decimals = digits(metric, part["base"], part["head"])
    whole, *written = adding_up(
        [part["difference"], *(one["share"] for one in part["shares"])], decimals
    )
    table = Table(
        f"Shares in the difference of {label(metric)}",
        ("what was changed", "verdict", "share (interval)"),  # a phone shows two columns
        "lvr",
        (
            *(
                (short(one["group"], NAME), judged(one), f"{share}{_interval(one, decimals)}")
                for one, share in zip(part["shares"], written, strict=True)
            ),
            ("all of it", "", whole),
        ),
    )
    blocks: list[Block] = [
        table,
        *_changes(part),
        Paragraph(" ".join(_reading(part))),
        *_interactions(part, decimals),
        *map(Wide, _chart(part, metric)),
        *_others(comparison, part),
    ]
    claimed = ", claimed" if part["claimed"] else ""
    yield ReportSection(f"Why{claimed}", tuple(blocks), folded=False)


def adding_up(figures: Sequence[float], decimals: int) -> list[str]:
    """A whole and its shares with so many decimals, such that the shares written sum to the whole.

    What rounding leaves goes to the shares with the largest remainders. Where figures do not sum,
    or are too large for decimals, each is rounded by itself.

    >>> adding_up([0.01, 0.0033, 0.0033, 0.0034], 3)
    ['+0.010', '+0.003', '+0.003', '+0.004']
    """
    alone = [change(figure, decimals) for figure in figures]
    if any(abs(figure) >= HUGE for figure in figures):
        return alone
    unit = 10**decimals
    whole, *shares = (figure * unit for figure in figures)
    floors = [math.floor(share) for share in shares]
    rest = round(whole) - sum(floors)
    order = sorted(range(len(shares)), key=lambda place: floors[place] - shares[place])
    if not 0 <= rest <= sum(share > floor for share, floor in zip(shares, floors, strict=True)):
        return alone
    for place in order[:rest]:
        floors[place] += 1
    return [alone[0], *(change(floor / unit, decimals) for floor in floors)]


def _changes(part: Json) -> Iterator[Items]:
    """What differs in each group."""
    changes = [
        f"{short(one['group'], NAME)}: "
        + listed([short(name, PATH) for name in one["changes"]], whole=one["count"])
        for one in part["shares"]
        if one["changes"]
    ]
    if changes:
        yield Items(tuple(changes))


def _unsure(one: Json) -> str:
    return "" if one["verdict"] in ("better", "worse", "the same") else f" ({one['verdict']})"


def _interval(one: Json, decimals: int) -> str:
    if one["low"] is None or one["high"] is None:
        return ""
    return f" ({change(one['low'], decimals)} to {change(one['high'], decimals)})"


def _reading(part: Json) -> Iterator[str]:
    """What the shares are, and of what they are told."""
    if len(part["shares"]) == 1:
        yield "Nothing else was changed that a stage reads, so this has all of the difference."
    else:
        yield (
            "The pipeline was run with some of the changes and without others, and a share is what"
            " a change adds, on average over all orders in which they can be made (Shapley value)."
            f" On {counted(part['count'], 'row')} that all of these runs score, the shares sum to"
            " the difference. Their intervals hold all at once."
        )
    if reasons := [one["reason"] for one in part["shares"] if one["reason"]]:
        yield f"Unknown: {short(reasons[0], SENTENCE)}."
    yield from (f"{capital(short(note, SENTENCE))}." for note in part["together"])
    if part["claimed"]:
        yield CLAIMED


def _interactions(part: Json, decimals: int) -> Iterator[Paragraph]:
    """What groups do together, where it is more than noise."""
    above = [
        one
        for one in part["interactions"]
        if one["low"] is not None and one["high"] is not None and one["low"] * one["high"] > 0
    ]
    if above:
        interactions = [
            f"{joined([short(name, NAME) for name in one['groups']])}"
            f" {change(one['value'], decimals)}{_interval(one, decimals)}"
            for one in above
        ]
        yield Paragraph(f"More together than each alone, or less: {'; '.join(interactions)}.")


def _chart(part: Json, metric: Json) -> Iterator[Intervals]:
    """The shares, each turned so that more is better."""
    sign = 1 if metric["higher_is_better"] else -1
    ends = [end or 0 for one in part["shares"] for end in (one["share"], one["low"], one["high"])]
    if max(map(abs, ends)) >= HUGE or not any(abs(one["share"]) >= TINY for one in part["shares"]):
        return
    rows = []
    for one in part["shares"]:
        bounded = one["low"] is not None and one["high"] is not None
        low, high = sorted((sign * one["low"], sign * one["high"])) if bounded else (None, None)
        name = short(re.sub("^parameters of (.+)", r"\1 params", one["group"]), NAME)  # it fits
        rows.append(Interval(name, sign * one["share"] + 0.0, low, high, judged(one)))
    title = f"Shares in the difference of {label(metric)}"
    decimals = digits(metric, part["base"], part["head"])
    shares = "; ".join(f"{row.label} {change(row.value, decimals)}, {row.verdict}" for row in rows)
    yield Intervals(title, f"{title}: {shares}.", tuple(rows))


def _others(comparison: Json, part: Json) -> Iterator[Table]:
    """The shares in the other metrics, which only describe."""
    rows = []
    for one in part["others"]:
        metric = facts(comparison, one["metric"])
        figures = [one["difference"], *one["shares"]]
        decimals = digits(metric, *figures)
        rows.append((label(metric), *adding_up(figures, decimals)))
    columns = ("metric", "all", *(short(one["group"], NAME) for one in part["shares"]))
    if rows and all(len(row) == len(columns) for row in rows):
        align = "l" + "r" * (len(columns) - 1)
        yield Table("Shares in the other metrics", columns, align, tuple(rows))
