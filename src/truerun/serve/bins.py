"""The bins in which the service counts cells: those by which `drift` compares training rows.

On the page of counts several bins may have one label: values of few training rows, and all of a
column that is marked as personal or holds free text, are not told there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truerun.contract.stability import BINS, MOST_VALUES, Counts, ReferenceBins

MOST_LABELS, LEAST_ROWS = 60, 20  # values by their names, and training rows of each
OF_NUMBER, OF_TEXT = 2 * BINS, MOST_VALUES + 2  # bins at most
DECADES, STEPS = range(-2, 7), (1.0, 2.0, 5.0)  # of edges of scores that nothing is known for
MISSING, OTHER, PRESENT = "missing", "other", "present"


@dataclass(frozen=True)
class CountedBins:
    """The bins of a feature, and the label of each on the page."""

    training: ReferenceBins
    is_number: bool
    labels: Sequence[str]

    def by_label(self, counts: Counts) -> dict[str, int]:
        """Counts of bins, together where they have one label."""
        together: Counter[str] = Counter()
        for label, count in zip(self.labels, counts.tolist(), strict=True):
            together[label] += count
        return dict(together)


def most_bins(column: Mapping[str, Any]) -> int:
    """How many bins a column of the contract may have, whichever bundle answers."""
    return OF_NUMBER if _is_number(column) else OF_TEXT


def bins_of(facts: Mapping[str, Any]) -> dict[str, CountedBins]:
    """The bins of every feature of a bundle."""
    columns, made = facts["contract"]["columns"], {}
    for name, bins in facts["training_bins"].items():
        rows = np.array(bins["rows"], dtype=np.int64)
        training = ReferenceBins(rows, bins.get("edges", ()), bins.get("values", ()))
        is_number = _is_number(columns[name])
        if columns[name].get("personal") or columns[name].get("words"):
            own = [PRESENT] * (len(rows) - 1)
        elif is_number:
            own = [*_intervals(training.edges), OTHER if training.edges else PRESENT]
        else:
            own = _values(training)
        made[name] = CountedBins(training, is_number, [*own, MISSING])
    return made


def score_edges(task: str) -> Sequence[float]:
    """Upper edges of the bins of scores: twentieths of a probability, or steps of a number."""
    if task in ("binary", "multiclass"):
        return [step / 20 for step in range(1, 20)]
    ups = [step * 10.0**decade for decade in DECADES for step in STEPS]
    return [*(-up for up in reversed(ups)), 0.0, *ups]


def _is_number(column: Mapping[str, Any]) -> bool:
    return column["type"] in ("int", "float")


def _intervals(edges: Sequence[float]) -> list[str]:
    """What lies in each interval: below a value that has a bin of its own, up to an edge else.

    >>> _intervals([1.5, float(np.nextafter(7.0, 0)), 7.0])
    ['<=1.5', '<7', '<=7']
    """
    above = np.nextafter(edges, np.inf).tolist()
    return [
        f"<{_text(after)}" if after in edges else f"<={_text(edge)}"
        for edge, after in zip(edges, above, strict=True)
    ]


def _values(training: ReferenceBins) -> list[str]:
    """The commonest values by name, the others together."""
    rows = training.rows.tolist()
    commonest = sorted(range(len(training.values)), key=lambda place: -rows[place])[:MOST_LABELS]
    named = {place for place in commonest if rows[place] >= LEAST_ROWS}
    other = OTHER if named else PRESENT
    own = [
        _label(value) if place in named else other for place, value in enumerate(training.values)
    ]
    return [*own, other]


def _label(value: str) -> str:
    """A value as a label, which is no name of ours."""
    return f'"{value}"' if value in (MISSING, OTHER, PRESENT) else value


def _text(number: float) -> str:
    return repr(number).removesuffix(".0")
