"""Columns of amounts in any notation, and digits that are a date or a code instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truerun.adopt.columns import (
    date_formats,
    date_summaries,
    number_formats,
    spellings,
    spreadsheet_damage,
    stand_ins,
    text_summaries,
)
from truerun.adopt.columns.column_summary import ColumnSummary, missing_reason, summarized
from truerun.adopt.columns.date_formats import ParsedDates
from truerun.adopt.columns.value_counts import FEW_WORDS, MOSTLY, ValueCounts
from truerun.sources.table import values
from truerun.sources.table.notation import Notation
from truerun.sources.table.options import Mark

LEAST = 0.5  # of the texts are numbers, or the column holds something else
EXACT = 2**53  # beyond it a float cannot hold every whole number
FEWEST = 3  # whole numbers that can be dates
REPEATED = 3  # rows with a code, which a typing error hardly has
OUTLYING, FAR, BULK = 1e5, 100, 0.99  # times the median, and times what so many rows are below
CODE = r"^(?:[A-Za-z]+[0-9]+(?:\.[0-9]+)?|[0-9]+[A-Za-z])$"
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Reading:
    """The texts of a column as numbers, NaN where they are none; how, and what is not read."""

    notation: Notation
    numbers: values.Numbers
    words: Mapping[str, str] = field(default_factory=dict)
    damage: str = ""

    @property
    def unreadable(self) -> Mask:
        """Which texts are no numbers."""
        return np.asarray(np.isnan(self.numbers))

    @property
    def whole(self) -> bool:
        """Whether no number has a fraction."""
        readable = self.numbers[~self.unreadable]
        return bool((readable == np.floor(readable)).all())


def infer(
    name: str, value_counts: ValueCounts, decimal: Mark, *, requested: bool = False
) -> ColumnSummary | None:
    """Amounts in any notation; a few words among them mean missing. None if it is not numbers.

    Parameters
    ----------
    decimal : the decimal mark of most numbers in the table.
    requested : whether the user says that these are numbers.
    """
    reading = _read(name, value_counts, decimal, requested=requested)
    if reading is None or reading.unreadable.all():
        return None if requested else _of_several_units(value_counts)
    if requested:
        is_some = value_counts.rows_with(reading.unreadable) <= LEAST * value_counts.rows
        return _summary(value_counts, reading, decimal, requested=True) if is_some else None
    if reading.damage:
        return summarized(
            value_counts, "damaged", {"as": "drop"}, reading.damage, damage=reading.damage
        )
    if not reading.unreadable.any():
        other = _date_or_code(name, value_counts, reading)
    elif _are_codes(value_counts, reading.unreadable, whole=reading.whole):
        other = text_summaries.summarize(value_counts, "some have a letter: codes, not amounts; ")
    elif not value_counts.may_be_missing(reading.unreadable):
        return _mostly_numbers(value_counts, reading.unreadable)
    else:
        other = None
    return other or _summary(value_counts, reading, decimal, requested=False)


def _read(
    name: str, value_counts: ValueCounts, decimal: Mark, *, requested: bool
) -> _Reading | None:
    """The texts as numbers, if enough of a sample of them are."""
    texts, sample = value_counts.texts, value_counts.sample
    words = number_formats.number_words(sample) if len(texts) <= FEW_WORDS else {}
    if words:
        return _Reading(Notation(), Notation().read(values.respelled(texts, words)), words)
    damaged = spreadsheet_damage.marks(value_counts)
    if damaged:
        reason, mask = damaged
        sound = texts.filter(pa.array(~mask)).to_pylist()
        notation, share = number_formats.infer_format(name, sound, decimal)
        if share >= LEAST:
            return _Reading(notation, np.where(mask, np.nan, notation.read(texts)), {}, reason)
    notation, share = number_formats.infer_format(name, sample, decimal)
    if share < LEAST and requested and (signs := number_formats.signs_behind(sample)):
        notation, share = number_formats.with_signs(sample, decimal, signs)
    if share < LEAST and not requested:
        return None
    return _Reading(notation, notation.read(texts))


def _summary(
    value_counts: ValueCounts, reading: _Reading, decimal: str, *, requested: bool
) -> ColumnSummary:
    """The summary of numbers, with what among them means missing."""
    unreadable, sample = reading.unreadable, value_counts.sample
    readable = reading.numbers[~unreadable]
    option: dict[str, Any] = {
        "as": "number",
        **number_formats.options(reading.notation, decimal),
        "spellings": dict(reading.words),
    }
    reasons = [_reason(reading)]
    if number_formats.is_ambiguous(sample, reading.notation):
        reasons.append(f"the mark in {sample[0]} is taken to group digits")
    if unreadable.any():
        option["missing"] = value_counts.masked(unreadable)
        reasons.append(missing_reason(value_counts, unreadable))
    return summarized(
        value_counts,
        "mixed" if unreadable.any() and not requested else "number",
        option,
        "; ".join(reasons),
        also_missing=value_counts.rows_with(unreadable),
        low=float(readable.min()),
        high=float(readable.max()),
        whole=reading.whole,
        words=() if requested else value_counts.counted(unreadable),
        damage=reading.damage,
        outlier=_outlier(reading.numbers, value_counts.counts),
        **_stand_ins(value_counts, reading.numbers),
    )


def _stand_ins(value_counts: ValueCounts, numbers: values.Numbers) -> dict[str, Any]:
    """Numbers that may mean missing, in every spelling, and the range of the others."""
    different, places = np.unique(numbers, return_inverse=True)
    counts = np.bincount(places, weights=value_counts.counts).astype(np.int64)
    positions = stand_ins.number_positions(different, np.where(np.isnan(different), 0, counts))
    if not positions:
        return {}
    others = np.delete(different, positions)
    is_stand_in = np.isin(numbers, different[positions])
    texts = tuple(
        (str(value_counts.texts[int(place)]), int(value_counts.counts[place]))
        for place in np.flatnonzero(is_stand_in)
    )
    return {"stand_ins": texts, "ordinary": f"{np.nanmin(others):g} to {np.nanmax(others):g}"}


def _outlier(numbers: values.Numbers, counts: npt.NDArray[np.int64]) -> str:
    """The number that is too far from all others to be one of them, if there is one."""
    finite = np.isfinite(numbers)
    sizes, rows = np.abs(numbers[finite]), counts[finite]
    order = np.argsort(sizes)
    sizes, shares = sizes[order], np.cumsum(rows[order]) / rows.sum()
    median = float(sizes[np.searchsorted(shares, 0.5)])
    ordinary = float(sizes[np.searchsorted(shares, BULK)])
    if sizes[-1] < max(OUTLYING * median, FAR * ordinary) or not ordinary:
        return ""
    return (
        f"{numbers[finite][order[-1]]:g}, where half of all are at most {median:g} and nearly all"
        f" at most {ordinary:g}"
    )


def _mostly_numbers(value_counts: ValueCounts, unreadable: Mask) -> ColumnSummary | None:
    """Texts, of which it is told if most rows are numbers: is that what they are meant to be?"""
    rows = value_counts.rows_with(unreadable)
    if rows > (1 - MOSTLY) * value_counts.rows:
        return None
    evidence = (
        f"{1 - rows / value_counts.rows:.1%} of rows hold a number, but not"
        f" {value_counts.examples(unreadable)}"
    )
    return replace(text_summaries.summarize(value_counts), numeric=evidence)


def _of_several_units(value_counts: ValueCounts) -> ColumnSummary | None:
    """Texts, of which it is told if they are numbers with one of several signs behind them."""
    if len(value_counts.texts) <= text_summaries.FEW_CATEGORIES:
        return None
    signs = number_formats.signs_behind(value_counts.sample)
    if not signs:
        return None
    evidence = f"all rows hold a number, with {' or '.join(signs)} behind it"
    return replace(text_summaries.summarize(value_counts), numeric=evidence)


def _date_or_code(name: str, value_counts: ValueCounts, reading: _Reading) -> ColumnSummary | None:
    """Digits that are a date or a code rather than an amount."""
    if not reading.whole or reading.words:
        return None
    words, texts = spellings.words(name), value_counts.texts
    is_hinted = bool(set(words) & spellings.TIMES)
    if is_hinted or len(texts) >= FEWEST:
        parsed = date_formats.infer_format(texts, 1.0)
        if parsed:
            return date_summaries.summarize(value_counts, parsed)
    is_hinted = is_hinted or words[-1:] == ["at"]
    epoch = date_formats.infer_epoch(reading.numbers) if is_hinted else None
    if epoch:
        moments = values.dates(texts, epoch)
        return date_summaries.summarize(value_counts, ParsedDates(epoch, moments))
    reason = _code_reason(name, texts, reading.numbers)
    if reason is None:
        return None
    return text_summaries.summarize(value_counts, f"{reason}: a code, not an amount; ")


def _code_reason(name: str, texts: pa.Array, numbers: values.Numbers) -> str | None:
    """Why whole numbers are a code, if they are."""
    if pc.any(pc.match_substring_regex(texts, "^[+-]?0[0-9][^:]*$")).as_py():
        return "leading zeros"
    if np.abs(numbers).max() >= EXACT:
        return "too many digits"
    if spellings.is_postal(name):
        return "named like a postal code"
    if set(spellings.words(name)[-1:]) & spellings.IDS or spellings.numbers_owners(name):
        return "named like an identifier"
    if spellings.names_codes(name):
        return "named like the number of a place or thing"
    return None


def _are_codes(value_counts: ValueCounts, unreadable: Mask, *, whole: bool) -> bool:
    """Whether some rows have numbers with letters before or after them, such as 136A or V57.

    A single one may be a typing error, and so may be a few beside numbers with a fraction, unless
    they repeat.
    """
    texts = value_counts.texts.filter(pa.array(unreadable))
    codes = pc.match_substring_regex(texts, CODE).to_numpy(zero_copy_only=False)
    counts = value_counts.counts[unreadable][codes]
    return bool(counts.sum() > 1 if whole else counts.max(initial=0) >= REPEATED)


def _reason(reading: _Reading) -> str:
    """How numbers are written, if not plainly."""
    notation = reading.notation
    reason = "whole numbers" if reading.whole else "numbers"
    if notation.units:
        reason += f" in {notation.units[0]}"
    if reading.words:
        reason += f", some as words ({', '.join(list(reading.words)[:3])})"
    if notation.thousands:
        mark = "a space" if notation.thousands == " " else notation.thousands
        reason += f", digits in groups by {mark}"
    if notation.decimal == ",":
        reason += ", with a decimal comma"
    for sign, factor in (notation.scales or {}).items():
        reason += f"; {sign} is {factor:g}" if factor != 1 else f"; {sign} is left out"
    descriptions = {
        "swapped": "some with comma and point the other way round",
        "range": "a range counts as its middle",
        "fraction": "some as fractions",
        "bound": "a bound counts as its number",
        "duration": "a duration counts in minutes",
        "clock": "a time counts in minutes",
        "age": "years and months count in months",
        "feet": "feet count in inches",
    }
    return "; ".join([reason, *(descriptions[form] for form in notation.forms)])
