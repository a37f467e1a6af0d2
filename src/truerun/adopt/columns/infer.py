"""What a column holds, told from its distinct texts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from truerun.adopt.columns import moments, numerals, spellings
from truerun.base.errors import AdoptError
from truerun.sources.table import values
from truerun.sources.table.cells import Cells
from truerun.sources.table.options import Column

SAMPLE = 1000  # texts that tell how numbers are written
MOSTLY = 0.8  # of the rows are numbers, or dates, where a few words among them mean missing
FEW_WORDS = 20
EXACT = 2**53  # whole numbers beyond which are not all numbers of a computer
FEW_CATEGORIES = 30
RARE = 0.001  # chance that the next row's category is a new one, below which they are all known
WORDY, LONG = 4, 30  # mean words, and mean characters, of free text
CONSTANT = 0.01  # of the rows, that may differ by being missing
NINES = (9, 99, 999, 9999, 99999, 999999, 9999999, 99999999)
REPEATED = 3  # times, at least, that a number stands for missing
PARTS = ("year", "month", "weekday", "hour", "days")
OF_DAYS = frozenset(["weekday", "hour"])  # which a format without a day does not tell
YEARS = ("%Y", "%Y%m")  # digits that are dates where the user says so


@dataclass(frozen=True)
class Known:
    """The texts of a column that are not missing, and in how many rows each is."""

    texts: pa.Array
    counts: npt.NDArray[np.int64]
    missing: int

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    def shown(self, which: npt.NDArray[np.bool_], limit: int = 3) -> str:
        """The most frequent of some of the texts, for a message."""
        places = np.flatnonzero(which)
        first = places[np.argsort(-self.counts[places], kind="stable")][:limit]
        quoted = ", ".join(repr(str(self.texts[int(i)]))[:30] for i in first)
        return quoted if len(places) <= limit else f"{quoted} and {len(places) - limit} more"


@dataclass(frozen=True)
class Seen:
    """What a column is, why, and what the contract needs to know of it.

    `distinct` counts different texts, of numbers perhaps in a sample alone; `low` and `high` are of
    numbers; `categories` are given where the next row's is surely one of them; `sentinels` are
    numbers that may stand for missing.
    """

    kind: str
    option: Column
    reason: str
    rows: int
    missing: int
    distinct: int
    low: float | None = None
    high: float | None = None
    whole: bool = False
    categories: tuple[str, ...] | None = None
    sentinels: tuple[str, ...] = ()


def known(found: Cells, absent: npt.NDArray[np.bool_]) -> Known:
    """The texts of a column without those that mean missing."""
    counts = found.counts
    present = ~absent & (counts > 0)
    texts = found.texts if present.all() else found.texts.filter(pa.array(present))
    return Known(texts, counts[present], len(found.codes) - int(counts[present].sum()))


def see(name: str, found: Known, decimal: str) -> Seen:
    """Tell what a column holds.

    Parameters
    ----------
    decimal : the mark of most numbers of the table.
    """
    if not len(found.texts):
        return _seen(found, "empty", {"as": "drop"}, "no row has a value")
    for look in (_boolean, _number, _date):
        seen = look(name, found, decimal)
        if seen:
            return seen
    return _text(found)


def see_as(name: str, found: Known, decimal: str, kind: str) -> Seen:
    """Read a column as the user says; raise `AdoptError` where it cannot be."""
    if kind in ("category", "words", "identifier"):
        return _seen(found, kind, {"as": kind}, "as asked", categories=_categories(found, kind))
    look = {"number": _number, "date": _date, "boolean": _boolean}[kind]
    seen = look(name, found, decimal, asked=True) if len(found.texts) else None
    if seen is None:
        raise AdoptError(
            f"column {name} cannot be read as {kind}: it holds"
            f" {found.shown(np.ones(len(found.texts), dtype=bool)) or 'nothing'}"
        )
    return seen


def see_time(name: str, found: Known, decimal: str) -> Seen:
    """Read what tells the order of the rows: dates, or numbers that go up with time.

    Raises
    ------
    AdoptError
        If it is neither.
    """
    seen = see(name, found, decimal)
    if seen.kind == "date":
        return seen
    if seen.kind == "number" and _year(found) is None and _epoch(found) is None:
        form = moments.Form("unix s", values.dates(found.texts, "unix s"))
        if not np.isnat(form.read).any():
            told = f"numbers in the order of time, from {seen.low:g} to {seen.high:g}"
            return replace(_dated(found, form, ()), reason=told)
    return see_as(name, found, decimal, "date")


def _boolean(_name: str, found: Known, _decimal: str, *, asked: bool = False) -> Seen | None:
    """Yes and no, in the words of any land."""
    if len(found.texts) > FEW_WORDS and not asked:
        return None
    both = spellings.booleans(found.texts.to_pylist()) if len(found.texts) <= FEW_WORDS else None
    if both is None:
        return None
    true, false = both
    option = {"as": "boolean", "true": true, "false": false}
    reason = f"{' or '.join(true)} is true, {' or '.join(false)} is false"
    return _seen(found, "boolean", option, reason, low=0.0, high=1.0, whole=True)


def _number(name: str, found: Known, decimal: str, *, asked: bool = False) -> Seen | None:
    """Amounts, however they are written; a few words among them mean missing."""
    sample = _sample(found.texts)
    how, share = numerals.style(sample, decimal)
    if share < 0.5 and not asked:  # noqa: PLR2004
        return None
    numbers = how.read(found.texts)
    bad = np.isnan(numbers)
    if bad.all() or not _may_be_missing(found, bad, asked=asked):
        return None
    good = numbers[~bad]
    whole = bool((good == np.floor(good)).all())
    if not asked and whole and _are_codes(found, bad):
        return _text(found, "some have a letter: codes, no amounts; ")
    if not asked and not bad.any():
        other = _no_amount(name, found, good, whole=whole)
        if other:
            return other
    option = {"as": "number", **how.options(decimal)}
    reasons = [_written(how, whole=whole)]
    if numerals.is_ambiguous(sample, how):
        reasons.append(f"the mark in {sample[0]} is taken to group digits")
    if bad.any():
        option["missing"] = _words(found, bad)
        reasons.append(f"{found.shown(bad)} in {_rows(found, bad)} mean missing")
    sentinels = tuple(
        str(found.texts[int(i)]) for i in stand_ins(numbers, np.where(bad, 0, found.counts))
    )
    return _seen(
        found,
        "mixed" if bad.any() else "number",
        option,
        "; ".join(reasons),
        also_missing=int(found.counts[bad].sum()),
        low=float(good.min()),
        high=float(good.max()),
        whole=whole,
        sentinels=sentinels,
    )


def _no_amount(name: str, found: Known, numbers: values.Numbers, *, whole: bool) -> Seen | None:
    """Digits that are a date or a code, and no amount."""
    if not whole:
        return None
    hinted = bool(set(spellings.words(name)) & spellings.TIMES)
    if hinted or len(found.texts) >= REPEATED:  # digits that are all dates by chance are rare
        form = moments.form(found.texts, 1.0)
        if form:
            return _dated(found, form)
    hinted = hinted or spellings.words(name)[-1:] == ["at"]
    epoch = moments.epoch(numbers) if hinted else None
    if epoch:
        return _dated(found, moments.Form(epoch, values.dates(found.texts, epoch)))
    why = None
    if pc.any(pc.match_substring_regex(found.texts, "^[+-]?0[0-9]")).as_py():
        why = "leading zeros"
    elif np.abs(numbers).max() >= EXACT:
        why = "too many digits"
    elif set(spellings.words(name)) & spellings.POSTAL:
        why = "named as postal codes are"
    elif set(spellings.words(name)[-1:]) & spellings.IDS:
        why = "named as identifiers are"
    return _text(found, f"{why}: a code, no amount; ") if why else None


def _date(_name: str, found: Known, _decimal: str, *, asked: bool = False) -> Seen | None:
    """Moments in one format; a few words among them mean missing."""
    form = moments.form(found.texts, 0.5 if asked else MOSTLY)
    if form is None and asked:
        form = _year(found) or _epoch(found)
    if form is None:
        return None
    bad = np.isnat(form.read)
    if not _may_be_missing(found, bad, asked=asked):
        return None
    return _dated(found, form)


def _year(found: Known) -> moments.Form | None:
    """Years, or years and months, of a likely century."""
    for name in YEARS:
        form = moments.Form(name, values.dates(found.texts, name))
        if moments.are_likely(form.read):
            return form
    return None


def _epoch(found: Known) -> moments.Form | None:
    """Seconds or milliseconds since 1970, if they can be."""
    name = moments.epoch(values.numbers(found.texts))
    return moments.Form(name, values.dates(found.texts, name)) if name else None


def _dated(found: Known, form: moments.Form, parts: tuple[str, ...] = PARTS) -> Seen:
    """A date, with those of these parts of it that differ from row to row."""
    bad = np.isnat(form.read)
    series = pd.Series(form.read[~bad]).dt.tz_localize("UTC")
    daily = "%d" in form.form or "%" not in form.form
    parts = tuple(
        each
        for each in parts
        if (daily or each not in OF_DAYS) and len(values.part(series, each).unique()) > 1
    )
    option: dict[str, Any] = {"as": "date", "format": form.form, "parts": parts}
    reason = f"dates as {form.form}, from {series.min():%Y-%m-%d} to {series.max():%Y-%m-%d}"
    if form.other:
        reason += f"; could be {form.other} as well: no day is above 12"
    if "%y" in form.form:
        reason += "; years of two digits are from 1969 to 2068"
    if bad.any():
        option["missing"] = _words(found, bad)
        reason += f"; {found.shown(bad)} in {_rows(found, bad)} mean missing"
    return _seen(found, "date", option, reason, also_missing=int(found.counts[bad].sum()))


def _text(found: Known, why: str = "") -> Seen:
    """Categories, or free text."""
    distinct, sample = len(found.texts), _sample(found.texts)
    words = np.mean([len(text.split()) for text in sample])
    length = np.mean([len(text) for text in sample])
    varied = distinct > max(FEW_CATEGORIES, 0.2 * found.rows)
    if varied and (words >= WORDY or (length >= LONG and words > 1)):
        return _seen(found, "words", {"as": "words"}, f"free text of {words:.0f} words or so")
    reason = f"{why}{distinct:,} {'value' if distinct == 1 else 'different values'}"
    categories = _categories(found, "category")
    return _seen(found, "category", {"as": "category"}, reason, categories=categories)


def _categories(found: Known, kind: str) -> tuple[str, ...] | None:
    """All categories, if the next row's is hardly a new one (as likely as a value seen once)."""
    once = int((found.counts == 1).sum())
    if kind != "category" or not 0 < len(found.texts) <= FEW_CATEGORIES or once > RARE * found.rows:
        return None
    return tuple(sorted(map(str, found.texts.to_pylist())))


def _seen(
    found: Known,
    kind: str,
    option: Mapping[str, Any],
    reason: str,
    also_missing: int = 0,
    **more: Any,
) -> Seen:
    """A column as it is seen, with what is counted of each."""
    return Seen(
        kind,
        Column.model_validate(dict(option)),
        reason,
        rows=found.rows + found.missing,
        missing=found.missing + also_missing,
        distinct=len(found.texts),
        **more,
    )


def _sample(texts: pa.Array) -> list[str]:
    """Texts from all over the column."""
    return [str(text) for text in texts.take(places(len(texts), SAMPLE)).to_pylist()]


def places(count: int, most: int) -> npt.NDArray[np.intp]:
    """Some of so many places, the same each time, and not at steps: a table may have a rhythm."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(count).choice(count, most, replace=False))


def _may_be_missing(found: Known, bad: npt.NDArray[np.bool_], *, asked: bool) -> bool:
    """Whether what cannot be read is so little that it stands for missing values.

    What has digits, as 90+ has, does not, unless there are many numbers beside it, or it is asked.
    """
    if not bad.any() or asked:
        return bool(bad.sum() <= FEW_WORDS)
    few = bad.sum() <= FEW_WORDS and found.counts[bad].sum() <= (1 - MOSTLY) * found.rows
    digits = pc.any(pc.match_substring_regex(found.texts.filter(pa.array(bad)), "[0-9]")).as_py()
    return bool(few and (not digits or (~bad).sum() > FEW_WORDS))


def _are_codes(found: Known, bad: npt.NDArray[np.bool_]) -> bool:
    """Whether some rows beside whole numbers have a letter before or after theirs, as 136A has.

    A single one may be a slip of a typist.
    """
    texts = found.texts.filter(pa.array(bad))
    codes = pc.match_substring_regex(texts, "^(?:[A-Za-z][0-9]+|[0-9]+[A-Za-z])$")
    return bool(found.counts[bad][codes.to_numpy(zero_copy_only=False)].sum() > 1)


def _words(found: Known, bad: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    """Texts that the options are to call missing."""
    return tuple(sorted(map(str, found.texts.filter(pa.array(bad)).to_pylist())))


def _rows(found: Known, which: npt.NDArray[np.bool_]) -> str:
    """A number of rows."""
    count = int(found.counts[which].sum())
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _written(how: numerals.Style, *, whole: bool) -> str:
    """How numbers are written, where that is not plain."""
    reason = "whole numbers" if whole else "numbers"
    if how.units:
        reason += f" in {how.units[0]}"
    if how.thousands:
        reason += f", digits in groups by {'a space' if how.thousands == ' ' else how.thousands}"
    return f"{reason}, with a decimal comma" if how.decimal == "," else reason


def stand_ins(numbers: values.Numbers, counts: npt.NDArray[np.int64]) -> list[int]:
    """Places of numbers such as -1 and 999 that repeat far outside of all others."""
    odd = (np.isin(np.abs(numbers), NINES) | (numbers == -1)) & (counts >= REPEATED)
    usable = counts > 0
    found = []
    for place in np.flatnonzero(odd & usable):
        usable[place] = False
        rest, value = numbers[usable], numbers[place]
        usable[place] = True
        if len(rest) < REPEATED:
            continue
        low, high = rest.min(), rest.max()
        above = value >= NINES[1] and value - high > max(high - low, high)
        if value < 0 <= low or above:
            found.append(int(place))
    return found
