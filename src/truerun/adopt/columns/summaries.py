"""What a column holds, inferred from its distinct texts."""

from dataclasses import replace

import numpy as np

from truerun.adopt.columns import (
    date_formats,
    date_summaries,
    number_formats,
    number_summaries,
    spellings,
    spreadsheet_damage,
    text_summaries,
)
from truerun.adopt.columns.column_summary import ColumnSummary, summarized
from truerun.adopt.columns.value_counts import FEW_WORDS, ValueCounts
from truerun.base.errors import AdoptError
from truerun.sources.table import values
from truerun.sources.table.options import Mark


def summarize(name: str, value_counts: ValueCounts, decimal: Mark) -> ColumnSummary:
    """Infer what a column holds.

    Parameters
    ----------
    decimal : the decimal mark of most numbers in the table.
    """
    if not len(value_counts.texts):
        return summarized(value_counts, "empty", {"as": "drop"}, "no row has a value")
    summary = (
        _boolean(value_counts)
        or number_summaries.infer(name, value_counts, decimal)
        or date_summaries.infer(value_counts)
        or text_summaries.summarize(value_counts)
    )
    if summary.damage or summary.kind == "date":
        return summary
    return replace(summary, damage=spreadsheet_damage.warning(value_counts))


def summarize_declared(value_counts: ValueCounts) -> ColumnSummary:
    """Summarize a column of which its file says that it holds categories."""
    if not len(value_counts.texts):
        return summarize("", value_counts, ".")
    categories = text_summaries.categories(value_counts)
    return summarized(
        value_counts, "category", {"as": "category"}, "declared as such", categories=categories
    )


def summarize_as(name: str, value_counts: ValueCounts, decimal: Mark, kind: str) -> ColumnSummary:
    """Read a column as the user says; raise `AdoptError` where it cannot be."""
    if kind in ("category", "words", "identifier"):
        categories = text_summaries.categories(value_counts) if kind == "category" else None
        return summarized(value_counts, kind, {"as": kind}, "as requested", categories=categories)
    summary = None
    if len(value_counts.texts) and kind == "number":
        summary = number_summaries.infer(name, value_counts, decimal, requested=True)
    elif len(value_counts.texts):
        summary = (
            date_summaries.infer(value_counts, requested=True)
            if kind == "date"
            else _boolean(value_counts)
        )
    if summary is None:
        raise AdoptError(
            f"column {name} cannot be read as {kind}: it holds"
            f" {_not_of(kind, name, value_counts, decimal) or 'nothing'}"
        )
    return summary


def summarize_time(name: str, value_counts: ValueCounts, decimal: Mark) -> ColumnSummary:
    """Summarize the column that orders the rows in time: dates, or numbers that go up with time.

    Raises
    ------
    AdoptError
        If it is neither.
    """
    summary = summarize(name, value_counts, decimal)
    if summary.kind == "date":
        return summary
    is_date = date_summaries.year(value_counts) or date_summaries.epoch(value_counts)
    if summary.kind == "number" and is_date is None:
        parsed = date_formats.ParsedDates("unix s", values.dates(value_counts.texts, "unix s"))
        if not np.isnat(parsed.moments).any():
            reason = f"numbers in time order, from {summary.low:g} to {summary.high:g}"
            return replace(date_summaries.summarize(value_counts, parsed, ()), reason=reason)
    return summarize_as(name, value_counts, decimal, "date")


def _boolean(value_counts: ValueCounts) -> ColumnSummary | None:
    """Yes and no, in any language."""
    if len(value_counts.texts) > FEW_WORDS:
        return None
    spelled = spellings.booleans(value_counts.texts.to_pylist())
    if spelled is None:
        return None
    true, false = spelled
    option = {"as": "boolean", "true": true, "false": false}
    reason = f"{' or '.join(true)} is true, {' or '.join(false)} is false"
    return summarized(value_counts, "boolean", option, reason, low=0.0, high=1.0, whole=True)


def _not_of(kind: str, name: str, value_counts: ValueCounts, decimal: Mark) -> str:
    """The texts of a column that are not of a kind, the most frequent first."""
    mask = np.ones(len(value_counts.texts), dtype=bool)
    if kind == "number" and len(mask):
        notation, _ = number_formats.infer_format(name, value_counts.sample, decimal)
        mask = np.isnan(notation.read(value_counts.texts))
    if (
        kind == "date"
        and len(mask)
        and (parsed := date_formats.infer_format(value_counts.texts, 0))
    ):
        mask = np.isnat(parsed.moments)
    return value_counts.examples(mask)
