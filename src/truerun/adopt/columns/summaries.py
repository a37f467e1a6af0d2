"""What a column holds, inferred from its distinct texts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from truerun.adopt.columns import date_formats, number_formats, spellings
from truerun.base.errors import AdoptError
from truerun.sources.table import values
from truerun.sources.table.cells import Cells
from truerun.sources.table.options import ColumnOptions

SAMPLE = 1000  # texts that show how numbers are written
MOSTLY = 0.8  # of the rows are numbers, or dates, where a few words among them mean missing
FEW_WORDS = 20
EXACT = 2**53  # beyond it a float cannot hold every whole number
FEW_CATEGORIES = 30
RARE = 0.001  # chance that the next row's category is a new one, below which they are all known
WORDY, LONG = 4, 30  # mean words, and mean characters, of free text
CONSTANT = 0.01  # of the rows may be missing in a constant column
NINES = (9, 99, 999, 9999, 99999, 999999, 9999999, 99999999)
REPEATED = 3  # times at least that a sentinel occurs
PARTS = ("year", "month", "weekday", "hour", "days")
OF_DAYS = frozenset(["weekday", "hour"])  # not known from a format without a day
YEARS = ("%Y", "%Y%m")  # digits that are dates only if the user says so


@dataclass(frozen=True)
class ValueCounts:
    """The distinct texts of a column, without missing ones, and the number of rows with each."""

    texts: pa.Array
    counts: npt.NDArray[np.int64]
    missing: int

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    def examples(self, mask: npt.NDArray[np.bool_], limit: int = 3) -> str:
        """The most frequent of the masked texts, for a message."""
        positions = np.flatnonzero(mask)
        shown = positions[np.argsort(-self.counts[positions], kind="stable")][:limit]
        quoted = ", ".join(repr(str(self.texts[int(i)]))[:30] for i in shown)
        return quoted if len(positions) <= limit else f"{quoted} and {len(positions) - limit} more"


@dataclass(frozen=True)
class ColumnSummary:
    """What a column is, why, and what the contract needs to know of it.

    `distinct` counts different texts, of numbers perhaps in a sample alone; `low` and `high` are of
    numbers; `categories` are given where the next row's is surely one of them; `sentinels` are
    numbers that may stand for missing.
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
    sentinels: tuple[str, ...] = ()


def count_values(cells: Cells, is_missing: npt.NDArray[np.bool_]) -> ValueCounts:
    """The texts of a column without those that mean missing."""
    counts = cells.counts
    present = ~is_missing & (counts > 0)
    texts = cells.texts if present.all() else cells.texts.filter(pa.array(present))
    return ValueCounts(texts, counts[present], len(cells.codes) - int(counts[present].sum()))


def summarize(name: str, value_counts: ValueCounts, decimal: str) -> ColumnSummary:
    """Infer what a column holds.

    Parameters
    ----------
    decimal : the decimal mark of most numbers in the table.
    """
    if not len(value_counts.texts):
        return _summary(value_counts, "empty", {"as": "drop"}, "no row has a value")
    for infer_kind in (_boolean, _number, _date):
        summary = infer_kind(name, value_counts, decimal)
        if summary:
            return summary
    return _text_summary(value_counts)


def summarize_as(name: str, value_counts: ValueCounts, decimal: str, kind: str) -> ColumnSummary:
    """Read a column as the user says; raise `AdoptError` where it cannot be."""
    if kind in ("category", "words", "identifier"):
        return _summary(
            value_counts,
            kind,
            {"as": kind},
            "as requested",
            categories=_categories(value_counts, kind),
        )
    infer_kind = {"number": _number, "date": _date, "boolean": _boolean}[kind]
    summary = (
        infer_kind(name, value_counts, decimal, requested=True) if len(value_counts.texts) else None
    )
    if summary is None:
        raise AdoptError(
            f"column {name} cannot be read as {kind}: it holds"
            f" {value_counts.examples(np.ones(len(value_counts.texts), dtype=bool)) or 'nothing'}"
        )
    return summary


def summarize_time(name: str, value_counts: ValueCounts, decimal: str) -> ColumnSummary:
    """Summarize the column that orders the rows in time: dates, or numbers that go up with time.

    Raises
    ------
    AdoptError
        If it is neither.
    """
    summary = summarize(name, value_counts, decimal)
    if summary.kind == "date":
        return summary
    if summary.kind == "number" and _year(value_counts) is None and _epoch(value_counts) is None:
        parsed = date_formats.ParsedDates("unix s", values.dates(value_counts.texts, "unix s"))
        if not np.isnat(parsed.moments).any():
            reason = f"numbers in time order, from {summary.low:g} to {summary.high:g}"
            return replace(_date_summary(value_counts, parsed, ()), reason=reason)
    return summarize_as(name, value_counts, decimal, "date")


def _boolean(
    _name: str, value_counts: ValueCounts, _decimal: str, *, requested: bool = False
) -> ColumnSummary | None:
    """Yes and no, in any language."""
    if len(value_counts.texts) > FEW_WORDS and not requested:
        return None
    spelled = (
        spellings.booleans(value_counts.texts.to_pylist())
        if len(value_counts.texts) <= FEW_WORDS
        else None
    )
    if spelled is None:
        return None
    true, false = spelled
    option = {"as": "boolean", "true": true, "false": false}
    reason = f"{' or '.join(true)} is true, {' or '.join(false)} is false"
    return _summary(value_counts, "boolean", option, reason, low=0.0, high=1.0, whole=True)


def _number(
    name: str, value_counts: ValueCounts, decimal: str, *, requested: bool = False
) -> ColumnSummary | None:
    """Amounts in any notation; a few words among them mean missing."""
    sample = _sample(value_counts.texts)
    number_format, share = number_formats.infer_format(sample, decimal)
    if share < 0.5 and not requested:  # noqa: PLR2004
        return None
    numbers = number_format.read(value_counts.texts)
    unreadable = np.isnan(numbers)
    if unreadable.all() or not _is_missing_marker(value_counts, unreadable, requested=requested):
        return None
    readable = numbers[~unreadable]
    whole = bool((readable == np.floor(readable)).all())
    if not requested and whole and _are_codes(value_counts, unreadable):
        return _text_summary(value_counts, "some have a letter: codes, not amounts; ")
    if not requested and not unreadable.any():
        not_an_amount = _date_or_code_summary(name, value_counts, readable, whole=whole)
        if not_an_amount:
            return not_an_amount
    option = {"as": "number", **number_format.options(decimal)}
    reasons = [_number_reason(number_format, whole=whole)]
    if number_formats.is_ambiguous(sample, number_format):
        reasons.append(f"the mark in {sample[0]} is taken to group digits")
    if unreadable.any():
        option["missing"] = _missing_words(value_counts, unreadable)
        reasons.append(_missing_reason(value_counts, unreadable))
    sentinels = tuple(
        str(value_counts.texts[int(i)])
        for i in sentinel_positions(numbers, np.where(unreadable, 0, value_counts.counts))
    )
    return _summary(
        value_counts,
        "mixed" if unreadable.any() else "number",
        option,
        "; ".join(reasons),
        also_missing=int(value_counts.counts[unreadable].sum()),
        low=float(readable.min()),
        high=float(readable.max()),
        whole=whole,
        sentinels=sentinels,
    )


def _date_or_code_summary(
    name: str, value_counts: ValueCounts, numbers: values.Numbers, *, whole: bool
) -> ColumnSummary | None:
    """Digits that are a date or a code rather than an amount."""
    if not whole:
        return None
    is_hinted = bool(set(spellings.words(name)) & spellings.TIMES)
    if is_hinted or len(value_counts.texts) >= REPEATED:
        parsed = date_formats.infer_format(value_counts.texts, 1.0)
        if parsed:
            return _date_summary(value_counts, parsed)
    is_hinted = is_hinted or spellings.words(name)[-1:] == ["at"]
    epoch = date_formats.infer_epoch(numbers) if is_hinted else None
    if epoch:
        return _date_summary(
            value_counts, date_formats.ParsedDates(epoch, values.dates(value_counts.texts, epoch))
        )
    reason = None
    if pc.any(pc.match_substring_regex(value_counts.texts, "^[+-]?0[0-9]")).as_py():
        reason = "leading zeros"
    elif np.abs(numbers).max() >= EXACT:
        reason = "too many digits"
    elif spellings.is_postal(name):
        reason = "named like a postal code"
    elif set(spellings.words(name)[-1:]) & spellings.IDS or spellings.numbers_owners(name):
        reason = "named like an identifier"
    elif spellings.names_codes(name):
        reason = "named like the number of a place or thing"
    return _text_summary(value_counts, f"{reason}: a code, not an amount; ") if reason else None


def _date(
    _name: str, value_counts: ValueCounts, _decimal: str, *, requested: bool = False
) -> ColumnSummary | None:
    """Moments in one format; a few words among them mean missing."""
    parsed = date_formats.infer_format(value_counts.texts, 0.5 if requested else MOSTLY)
    if parsed is None and requested:
        parsed = _year(value_counts) or _epoch(value_counts)
    if parsed is None:
        return None
    unreadable = np.isnat(parsed.moments)
    if not _is_missing_marker(value_counts, unreadable, requested=requested):
        return None
    return _date_summary(value_counts, parsed)


def _year(value_counts: ValueCounts) -> date_formats.ParsedDates | None:
    """Years, or years and months, of a likely century."""
    for date_format in YEARS:
        parsed = date_formats.ParsedDates(
            date_format, values.dates(value_counts.texts, date_format)
        )
        if date_formats.are_likely(parsed.moments):
            return parsed
    return None


def _epoch(value_counts: ValueCounts) -> date_formats.ParsedDates | None:
    """Seconds or milliseconds since 1970, if they can be."""
    date_format = date_formats.infer_epoch(values.numbers(value_counts.texts))
    return (
        date_formats.ParsedDates(date_format, values.dates(value_counts.texts, date_format))
        if date_format
        else None
    )


def _date_summary(
    value_counts: ValueCounts, parsed: date_formats.ParsedDates, parts: tuple[str, ...] = PARTS
) -> ColumnSummary:
    """A date, with those of the given parts that differ from row to row."""
    unreadable = np.isnat(parsed.moments)
    series = pd.Series(parsed.moments[~unreadable]).dt.tz_localize("UTC")
    has_days = "%d" in parsed.format or "%" not in parsed.format
    parts = tuple(
        part
        for part in parts
        if (has_days or part not in OF_DAYS) and len(values.part(series, part).unique()) > 1
    )
    option: dict[str, Any] = {"as": "date", "format": parsed.format, "parts": parts}
    reason = f"dates as {parsed.format}, from {series.min():%Y-%m-%d} to {series.max():%Y-%m-%d}"
    if parsed.alternative:
        reason += f"; could be {parsed.alternative} as well: no day is above 12"
    if "%y" in parsed.format:
        reason += "; years of two digits are from 1969 to 2068"
    if unreadable.any():
        option["missing"] = _missing_words(value_counts, unreadable)
        reason += f"; {_missing_reason(value_counts, unreadable)}"
    return _summary(
        value_counts,
        "date",
        option,
        reason,
        also_missing=int(value_counts.counts[unreadable].sum()),
    )


def _text_summary(value_counts: ValueCounts, prefix: str = "") -> ColumnSummary:
    """Categories, or free text."""
    distinct, sample = len(value_counts.texts), _sample(value_counts.texts)
    words = np.mean([len(text.split()) for text in sample])
    length = np.mean([len(text) for text in sample])
    is_varied = distinct > max(FEW_CATEGORIES, 0.2 * value_counts.rows)
    if is_varied and (words >= WORDY or (length >= LONG and words > 1)):
        return _summary(
            value_counts, "words", {"as": "words"}, f"free text of about {words:.0f} words"
        )
    reason = f"{prefix}{distinct:,} {'value' if distinct == 1 else 'different values'}"
    categories = _categories(value_counts, "category")
    return _summary(value_counts, "category", {"as": "category"}, reason, categories=categories)


def _categories(value_counts: ValueCounts, kind: str) -> tuple[str, ...] | None:
    """All categories, if the next row hardly has a new one (as likely as a value seen once)."""
    once = int((value_counts.counts == 1).sum())
    if (
        kind != "category"
        or not 0 < len(value_counts.texts) <= FEW_CATEGORIES
        or once > RARE * value_counts.rows
    ):
        return None
    return tuple(sorted(map(str, value_counts.texts.to_pylist())))


def _summary(
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


def _sample(texts: pa.Array) -> list[str]:
    """Texts from all parts of the column."""
    return [str(text) for text in texts.take(sample_positions(len(texts), SAMPLE)).to_pylist()]


def sample_positions(count: int, most: int) -> npt.NDArray[np.intp]:
    """A fixed random choice of positions; evenly spaced ones could hit a rhythm in the table."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(count).choice(count, most, replace=False))


def _is_missing_marker(
    value_counts: ValueCounts, unreadable: npt.NDArray[np.bool_], *, requested: bool
) -> bool:
    """Whether the unreadable texts are so few that they stand for missing values.

    Texts with digits, such as 90+, do not, unless there are many numbers beside them or the user
    asks for it.
    """
    if not unreadable.any() or requested:
        return bool(unreadable.sum() <= FEW_WORDS)
    is_rare = (
        unreadable.sum() <= FEW_WORDS
        and value_counts.counts[unreadable].sum() <= (1 - MOSTLY) * value_counts.rows
    )
    has_digits = pc.any(
        pc.match_substring_regex(value_counts.texts.filter(pa.array(unreadable)), "[0-9]")
    ).as_py()
    return bool(is_rare and (not has_digits or (~unreadable).sum() > FEW_WORDS))


def _are_codes(value_counts: ValueCounts, unreadable: npt.NDArray[np.bool_]) -> bool:
    """Whether some rows have whole numbers with a letter before or after them, such as 136A.

    A single one may be a typing error.
    """
    texts = value_counts.texts.filter(pa.array(unreadable))
    codes = pc.match_substring_regex(texts, "^(?:[A-Za-z][0-9]+|[0-9]+[A-Za-z])$")
    return bool(value_counts.counts[unreadable][codes.to_numpy(zero_copy_only=False)].sum() > 1)


def _missing_words(value_counts: ValueCounts, unreadable: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    """The unreadable texts, to be listed as missing in the options."""
    return tuple(sorted(map(str, value_counts.texts.filter(pa.array(unreadable)).to_pylist())))


def _missing_reason(value_counts: ValueCounts, mask: npt.NDArray[np.bool_]) -> str:
    """Which texts mean missing, and in how many rows."""
    count = int(value_counts.counts[mask].sum())
    rows = f"{count:,} {'row' if count == 1 else 'rows'}"
    return f"{value_counts.examples(mask)} in {rows} mean missing"


def _number_reason(number_format: number_formats.NumberFormat, *, whole: bool) -> str:
    """How numbers are written, if not plainly."""
    reason = "whole numbers" if whole else "numbers"
    if number_format.units:
        reason += f" in {number_format.units[0]}"
    if number_format.thousands:
        mark = "a space" if number_format.thousands == " " else number_format.thousands
        reason += f", digits in groups by {mark}"
    return f"{reason}, with a decimal comma" if number_format.decimal == "," else reason


def sentinel_positions(numbers: values.Numbers, counts: npt.NDArray[np.int64]) -> list[int]:
    """Positions of numbers such as -1 and 999 that repeat far outside all others."""
    candidates = (np.isin(np.abs(numbers), NINES) | (numbers == -1)) & (counts >= REPEATED)
    others = counts > 0
    positions = []
    for position in np.flatnonzero(candidates & others):
        others[position] = False
        other_numbers, value = numbers[others], numbers[position]
        others[position] = True
        if len(other_numbers) < REPEATED:
            continue
        low, high = other_numbers.min(), other_numbers.max()
        above = value >= NINES[1] and value - high > max(high - low, high)
        if value < 0 <= low or above:
            positions.append(int(position))
    return positions
