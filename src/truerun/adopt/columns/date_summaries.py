"""Columns of dates: their format, the parts that differ, and what is not a date."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from truerun.adopt.columns import date_formats, stand_ins
from truerun.adopt.columns.column_summary import ColumnSummary, missing_reason, summarized
from truerun.adopt.columns.date_formats import ParsedDates
from truerun.adopt.columns.value_counts import MOSTLY, ValueCounts
from truerun.sources.table import values
from truerun.sources.table.options import Part
from truerun.sources.table.zone_words import as_offsets

PARTS: tuple[Part, ...] = ("year", "month", "weekday", "hour", "days")
LEAST = 0.5  # of the texts, and of the rows, are dates where the user says so
OF_DAYS = frozenset(["weekday", "hour"])  # not known from a format without a day
YEARS = ("%Y", "%Y%m")  # digits that are dates only if the user says so
OFFSET = (
    r":\d{2}(?:[.,]\d+)?(?: ?[AaPp][Mm])? ?[+-](?:0[1-9]|1\d|00:?[1-5]\d)(?::?\d{2})?(?: \d{4})?$"
)


def infer(value_counts: ValueCounts, *, requested: bool = False) -> ColumnSummary | None:
    """Moments in one format; a few words among them mean missing."""
    parsed = date_formats.infer_format(value_counts.texts, LEAST if requested else MOSTLY)
    if parsed is None and requested:
        parsed = year(value_counts) or epoch(value_counts)
    if parsed is None:
        return None
    unreadable = np.isnat(parsed.moments)
    if requested:
        is_some = value_counts.rows_with(unreadable) <= LEAST * value_counts.rows
    else:
        is_some = value_counts.may_be_missing(unreadable)
    if not is_some:
        return None
    return summarize(value_counts, parsed)


def year(value_counts: ValueCounts) -> ParsedDates | None:
    """Years, or years and months, of a likely century."""
    for date_format in YEARS:
        parsed = ParsedDates(date_format, values.dates(value_counts.texts, date_format))
        if date_formats.are_likely(parsed.moments):
            return parsed
    return None


def epoch(value_counts: ValueCounts) -> ParsedDates | None:
    """Seconds or milliseconds since 1970, if they can be."""
    date_format = date_formats.infer_epoch(values.numbers(value_counts.texts))
    return (
        ParsedDates(date_format, values.dates(value_counts.texts, date_format))
        if date_format
        else None
    )


def summarize(
    value_counts: ValueCounts, parsed: ParsedDates, parts: tuple[Part, ...] = PARTS
) -> ColumnSummary:
    """A date, with those of the given parts that differ from row to row."""
    unreadable = np.isnat(parsed.moments)
    local = _is_local(value_counts.texts)
    shown = (
        values.local_dates(value_counts.texts, parsed.format, parsed.months)
        if local
        else parsed.moments
    )
    series = pd.Series(shown[~unreadable]).dt.tz_localize("UTC")
    has_days = "%d" in parsed.format or "%" not in parsed.format
    parts = tuple(
        part
        for part in parts
        if (has_days or part not in OF_DAYS) and len(values.part(series, part).unique()) > 1
    )
    option: dict[str, Any] = {"as": "date", "format": parsed.format, "parts": parts}
    reason = f"dates as {parsed.format}, from {series.min():%Y-%m-%d} to {series.max():%Y-%m-%d}"
    if parsed.months:
        option["months"] = parsed.months
        reason += f"; {parsed.months[0].split('|')[0]} is January"
    if local:
        option["local"] = True
        reason += "; hours, weekdays and days are those of the local time that is written"
    if parsed.alternative:
        reason += f"; could be {parsed.alternative} as well: no day is above 12"
    if "%y" in parsed.format:
        reason += "; years of two digits are from 1969 to 2068"
    if unreadable.any():
        option["missing"] = value_counts.masked(unreadable)
        reason += f"; {missing_reason(value_counts, unreadable)}"
    return summarized(
        value_counts,
        "date",
        option,
        reason,
        also_missing=value_counts.rows_with(unreadable),
        words=value_counts.counted(unreadable),
        **_stand_ins(value_counts, parsed),
    )


def _stand_ins(value_counts: ValueCounts, parsed: ParsedDates) -> dict[str, Any]:
    """Days that may mean missing, and the range of the others."""
    positions = stand_ins.moment_positions(parsed.moments, value_counts.counts)
    if not positions:
        return {}
    others = np.delete(parsed.moments, positions)
    low, high = np.nanmin(others), np.nanmax(others)
    texts = tuple((str(value_counts.texts[i]), int(value_counts.counts[i])) for i in positions)
    return {"stand_ins": texts, "ordinary": f"{str(low)[:10]} to {str(high)[:10]}"}


def _is_local(texts: pa.Array) -> bool:
    """Whether some texts say how far their clock is from UTC."""
    offset = pc.match_substring_regex(as_offsets(texts), OFFSET)
    return bool(pc.any(offset).as_py())
