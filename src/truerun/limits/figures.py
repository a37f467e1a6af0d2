"""The figures of a window: each is held against what the windows of training rows show of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from truerun.contract.stability import stability_index
from truerun.limits import relations
from truerun.limits.relations import Floats, Pairs
from truerun.limits.sums import Counted, Sums, is_of_clock
from truerun.limits.windows import Windows

Check = Literal[
    "volume", "clock", "missing", "range", "drift", "target", "relation", "still", "repeat"
]
Kind = Literal["count", "share", "amount"]
RELATED = 0.005  # nats of mutual information in the training rows, for a relation to be held


@dataclass(frozen=True)
class Figure:
    """What a figure is of: a column, or one value of it, or a pair of columns.

    `kind` says how it is transformed so that its variance depends little on its size, `both`
    whether it may be too small as well as too large.
    """

    check: Check
    column: str
    part: str
    kind: Kind
    both: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        """Its place in limits.yaml."""
        if not self.column:
            return ("rows",)
        if self.check == "relation":
            return ("relations", self.column, self.part)
        part = (self.part,) if self.part else ()
        name = {"volume": "rows", "clock": "rows", "target": "mean"}.get(self.check, self.check)
        return ("columns", self.column, name, *part)


@dataclass(frozen=True)
class Plan:
    """The figures, in order, and the places of the pairs among the related columns."""

    counted: Counted
    figures: tuple[Figure, ...]
    pairs: Pairs

    @cached_property
    def cells(self) -> npt.NDArray[np.intp]:
        """Where the tables of the pairs are among the counts."""
        return relations.cells(_widths(self.counted), self.pairs)

    @cached_property
    def places(self) -> dict[str, dict[str, int]]:
        """The place of each value among the bins of a column."""
        return {
            column: {name: place for place, name in enumerate(bins.names)}
            for column, bins in self.counted.bins.items()
        }

    @cached_property
    def of_pairs(self) -> list[int]:
        """The places of the figures of pairs."""
        return [place for place, each in enumerate(self.figures) if each.check == "relation"]

    @cached_property
    def of_values(self) -> dict[str, tuple[list[int], list[int]]]:
        """The places of the figures of single values of each column, and those of their bins."""
        made: dict[str, tuple[list[int], list[int]]] = {}
        for place, each in enumerate(self.figures):
            if each.part and each.check != "relation":
                figures, bins = made.setdefault(each.column, ([], []))
                figures.append(place)
                bins.append(self.places[each.column][each.part])
        return made

    @cached_property
    def others(self) -> list[tuple[int, Figure]]:
        """The other figures, with their places."""
        return [(place, each) for place, each in enumerate(self.figures) if not each.part]


def plan(counted: Counted, windows: Windows, reference: Sums) -> Plan:
    """The figures of a table: of pairs those of columns that hang together in the training rows."""
    figures: list[Figure] = []
    volumes = windows.by == "days"
    if volumes:
        figures.append(Figure("volume", "", "", "count", both=True))
    for name, bins in counted.bins.items():
        of_clock = is_of_clock(name, counted.time)
        if not of_clock:
            figures += [Figure("drift", name, "", "count"), Figure("range", name, "", "share")]
            figures.append(Figure("missing", name, "", "share"))
        if bins.edges and counted.timed:
            figures += [Figure("still", name, "", "share"), Figure("repeat", name, "", "share")]
        if volumes and (of_clock or bins.are_texts):
            check: Check = "clock" if of_clock else "volume"
            figures += [Figure(check, name, value, "count", both=True) for value in bins.names]
    if counted.task != "multiclass":
        kind: Kind = "share" if counted.task == "binary" else "amount"
        figures.append(Figure("target", counted.target, "", kind, both=True))
    related, widths = counted.related, _widths(counted)
    pairs = [(left, right) for right in range(len(related)) for left in range(right)]
    tables = relations.tables(reference.pairs, relations.cells(widths, pairs))
    held = relations.information(tables) >= RELATED
    pairs = [pair for pair, is_held in zip(pairs, held, strict=True) if is_held]
    figures += [Figure("relation", related[a], related[b], "count") for a, b in pairs]
    return Plan(counted, tuple(figures), pairs)


def planned(counted: Counted, figures: Sequence[Figure]) -> Plan:
    """A plan of figures that are there already."""
    places = {name: place for place, name in enumerate(counted.related)}
    pairs = [(places[f.column], places[f.part]) for f in figures if f.check == "relation"]
    return Plan(counted, tuple(figures), pairs)


def values(window: Sums, reference: Sums, plan: Plan) -> Floats:
    """The figures of a window, in the units of limits.yaml.

    Parameters
    ----------
    reference : counts of the training rows, less those of the window itself.
    """
    made = np.zeros(len(plan.figures))
    if plan.of_pairs:
        tables = (relations.tables(each.pairs, plan.cells) for each in (window, reference))
        made[plan.of_pairs] = relations.change(*tables)
    for column, (places, bins) in plan.of_values.items():
        made[places] = window.bins[column][bins]
    for place, figure in plan.others:
        made[place] = _value(figure, window, reference, plan)
    return made


def transformed(numbers: Floats, plan: Plan) -> Floats:
    """Figures on a scale on which their variance depends little on their size.

    The square root of counts and of divergences, which grow as squares do; the arc sine of the root
    of shares (Anscombe 1948).
    """
    made = numbers.astype(np.float64, copy=True)
    kinds = np.array([figure.kind for figure in plan.figures])
    counts, shares = kinds == "count", kinds == "share"
    made[..., counts] = np.sqrt(np.maximum(made[..., counts], 0))
    made[..., shares] = np.arcsin(np.sqrt(np.clip(made[..., shares], 0, 1)))
    return made


def native(number: float, kind: Kind) -> float | None:
    """A transformed figure in its own units; None where no figure can be so small, or so large."""
    if kind == "amount":
        return number
    if number <= 0 or (kind == "share" and number >= np.pi / 2):
        return None
    return float(number**2 if kind == "count" else np.sin(number) ** 2)


def _value(figure: Figure, window: Sums, reference: Sums, plan: Plan) -> float:
    """One figure of a window that is not of a pair or a value."""
    if figure.check == "target":
        return window.total / window.rows
    if not figure.column:
        return float(window.rows)
    if figure.check in ("still", "repeat"):
        still = figure.check == "still"
        return window.modes[figure.column].share if still else window.repeats[figure.column]
    bins, rows = plan.counted.bins[figure.column], window.bins[figure.column]
    if figure.check == "drift":
        return stability_index(reference.bins[figure.column], rows)
    tails = rows[-2] + (rows[0] if bins.edges else 0)
    return float(rows[-1] if figure.check == "missing" else tails) / window.rows


def _widths(counted: Counted) -> list[int]:
    """How many coarse bins each related column has."""
    return [int(counted.bins[name].coarse().max()) + 1 for name in counted.related]
