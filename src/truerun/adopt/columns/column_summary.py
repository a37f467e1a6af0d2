"""What a column is, why, and what the contract needs to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from truerun.adopt.columns.value_counts import ValueCounts
from truerun.sources.table.options import ColumnOptions


@dataclass(frozen=True)
class ColumnSummary:
    """What a column is, why, and what the contract needs to know of it.

    `distinct` counts different texts, of numbers perhaps in a sample alone; `low` and `high` are of
    numbers; `categories` are given where the next row's is surely one of them. What there may be a
    question or a warning about: `stand_ins` are texts of numbers or dates that may mean missing,
    with their rows, and `ordinary` is the range of the others; `words` are those among numbers or
    dates that cannot be read as such, with their rows; `numeric` says of a column of texts that
    most rows are numbers, and which are not; `damage` what a spreadsheet has done to it; `alike`
    are pairs of texts that differ in capitals, blanks and marks alone; `outlier` describes a number
    far beyond all others; `unread` is an example of texts that hold numbers in a form of their own.
    """

    kind: str
    option: ColumnOptions
    reason: str
    rows: int
    missing: int
    distinct: int
    low: float | None = None
    high: float | None = None
    whole: bool = False
    categories: tuple[str, ...] | None = None
    stand_ins: tuple[tuple[str, int], ...] = ()
    ordinary: str = ""
    words: tuple[tuple[str, int], ...] = ()
    numeric: str = ""
    damage: str = ""
    alike: tuple[tuple[str, str], ...] = ()
    outlier: str = ""
    unread: str = ""


def summarized(
    value_counts: ValueCounts,
    kind: str,
    option: Mapping[str, Any],
    reason: str,
    also_missing: int = 0,
    **fields: Any,
) -> ColumnSummary:
    """The summary of a column, with its counts."""
    return ColumnSummary(
        kind,
        ColumnOptions.model_validate(dict(option)),
        reason,
        rows=value_counts.rows + value_counts.missing,
        missing=value_counts.missing + also_missing,
        distinct=len(value_counts.texts),
        **fields,
    )


def missing_reason(value_counts: ValueCounts, mask: Any) -> str:
    """Which texts mean missing, and in how many rows.

    Parameters
    ----------
    mask : shape (texts,), booleans.
    """
    count = value_counts.rows_with(mask)
    rows = f"{count:,} {'row' if count == 1 else 'rows'}"
    return f"{value_counts.examples(mask)} in {rows} mean missing"
