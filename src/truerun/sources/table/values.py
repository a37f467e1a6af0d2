"""From texts to values; an unreadable one becomes NaN or NaT, for the caller to report.

Each function takes distinct texts and returns an array of their values.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from truerun.sources.table import month_words, zone_words

Numbers = npt.NDArray[np.float64]
Moments = npt.NDArray[np.datetime64]

TYPOGRAPHY = {"[\u00a0\u2007\u2009\u202f]": " ", "[\u2212\u2013]": "-", "\u2019": "'"}
EPOCHS: dict[str, Literal["s", "ms"]] = {"unix s": "s", "unix ms": "ms"}
ISO = "ISO8601"
ISO_TEXT = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)? ?(Z|[+-]\d{2}(:?\d{2})?)?)?$"
ZONE = r"(:\d{2}(?:[.,]\d+)?(?: ?[AaPp][Mm])?|T\d{2}) ?(?:Z|[+-]\d{2}(?::?\d{2})?)( \d{4})?$"
# The parts of a date that are digits, and are read alike by Arrow and pandas.
DIGITS = dict.fromkeys(("%m", "%d", "%H"), "[0-9]{1,2}") | dict.fromkeys(("%M", "%S"), "[0-5][0-9]")
DIGITS["%Y"] = "[0-9]{4}"
OTHER_DIGITS = r"[\x{660}-\x{669}\x{6f0}-\x{6f9}\x{966}-\x{96f}\x{ff10}-\x{ff19}]"
FIRST_DAYS = (
    3  # of a month: Arrow takes a day beyond the end of the previous month for one of these
)


def numbers(
    texts: pa.Array, decimal: str = ".", thousands: str | None = None, units: Sequence[str] = ()
) -> Numbers:
    """Read numbers: signs, exponents, (5) for -5, units before or after.

    Parameters
    ----------
    thousands : the mark between groups of three digits; of commas those before the last group may
        have two, as in 12,34,567.
    """
    plain = decimal == "." and not thousands and not units
    if plain:
        try:
            values = _floats(texts)
        except pa.ArrowInvalid:
            pass
        else:
            if np.isfinite(values[texts.is_valid().to_numpy(zero_copy_only=False)]).all():
                return values
    cleaned = _without_units(_typewritten(_in_ascii(texts)), units)
    groups = _groups(thousands) if thousands else ""
    point = re.escape(decimal)
    pattern = f"^[+-]?(?:(?:{groups}[0-9]+)(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?$"
    matching = pc.if_else(pc.match_substring_regex(cleaned, pattern), cleaned, None)
    if thousands:
        matching = pc.replace_substring(matching, thousands, "")
    if decimal != ".":
        matching = pc.replace_substring(matching, decimal, ".")
    values = _floats(matching)
    return np.where(np.isfinite(values), values, np.nan)


def _groups(mark: str) -> str:
    """The pattern of digits in groups, as one way among others."""
    escaped = re.escape(mark)
    indian = f"|[0-9]{{1,2}}(?:{escaped}[0-9]{{2}})+{escaped}[0-9]{{3}}" if mark == "," else ""
    return f"[0-9]{{1,3}}(?:{escaped}[0-9]{{3}})+{indian}|"


def respelled(texts: pa.Array, spellings: Mapping[str, str]) -> pa.Array:
    """Distinct texts, those among the spellings as what they stand for; null stays null."""
    if not spellings:
        return texts
    return pa.array([spellings.get(text, text) for text in texts.to_pylist()], texts.type)


def dates(texts: pa.Array, form: str, months: Sequence[str] = ()) -> Moments:
    """Read moments, in UTC if they give their zone.

    Parameters
    ----------
    form : as strptime has it, or ISO8601, or an epoch; beside these, %q is a quarter of a year, of
        which the moment is the beginning.
    months : what %b stands for, from January's name on, if not for the English names.
    """
    texts = month_words.in_english(texts, months)
    if form == ISO or "%z" in form:
        texts = zone_words.as_offsets(texts)
    if form in EPOCHS:
        whole = numbers(texts)
        scaled = pd.to_datetime(whole, unit=EPOCHS[form], errors="coerce")
        return np.asarray(scaled.to_numpy("datetime64[us]"))
    if "%q" in form:
        texts, form = _first_months(texts, form)
    if form == ISO:
        texts = pc.if_else(pc.match_substring_regex(texts, ISO_TEXT), texts, None)
    if form.startswith("%Y%m%d"):  # with no mark between them, all digits are there
        digits = re.sub("%[a-zA-Z]", "[0-9]{2}", form.replace("%Y", "[0-9]{4}"))
        texts = pc.if_else(pc.match_substring_regex(texts, f"^{digits}$"), texts, None)
    moments = _plain_dates(texts, form)
    left = np.flatnonzero(np.isnat(moments))
    series = pd.Series(texts.take(left).to_pandas(), dtype="object")
    read = pd.to_datetime(series, format=form, errors="coerce", utc=True)
    moments[left] = read.dt.tz_localize(None).to_numpy("datetime64[us]")
    return moments


def _first_months(texts: pa.Array, form: str) -> tuple[pa.Array, str]:
    """Texts with the first month of a quarter in its place, and their format."""
    quarter = "^" + re.escape(form).replace("%Y", "([0-9]{4})").replace("%q", "([1-4])") + "$"
    year, number = (r"\1", r"\2") if form.index("%Y") < form.index("%q") else (r"\2", r"\1")
    texts = pc.if_else(pc.match_substring_regex(texts, quarter), texts, None)
    years = pc.replace_substring_regex(texts, quarter, year)
    numbers_ = pc.cast(pc.replace_substring_regex(texts, quarter, number), pa.int32())
    months = pc.cast(pc.subtract(pc.multiply(numbers_, 3), 2), pa.string())
    return pc.binary_join_element_wise(years, months, "-"), "%Y-%m"


def local_dates(texts: pa.Array, form: str, months: Sequence[str] = ()) -> Moments:
    """Read moments as the clock showed them where they were written, whatever their zone.

    >>> str(local_dates(pa.array(["2024-03-01T12:00:00-05:00"]), ISO)[0])
    '2024-03-01T12:00:00.000000'
    """
    if form == ISO or "%z" in form:
        texts = zone_words.as_offsets(texts)
        texts = pc.replace_substring_regex(texts, ZONE, r"\1\2")
    return dates(texts, re.sub(" ?%z", "", form), months)


def truths(texts: pa.Array, true: Sequence[str], false: Sequence[str]) -> Numbers:
    """Read booleans as 1 and 0, by their spellings in any case."""
    spelled = {text.casefold(): 0.0 for text in false} | {text.casefold(): 1.0 for text in true}
    return np.array(
        [
            spelled.get(text.casefold(), np.nan) if text is not None else np.nan
            for text in texts.to_pylist()
        ],
        np.float64,
    )


def part(moments: pd.Series, name: str) -> "pd.Series[float]":
    """A feature of moments, such as the month; missing where the moment is."""
    if name == "days":  # since 1970
        first = pd.Timestamp(0, tz="UTC").as_unit(moments.dt.unit)  # nanoseconds end at 1677
        return (moments - first) // pd.Timedelta(days=1) + 0.0
    attribute = "day_of_week" if name == "weekday" else name
    read: pd.Series[float] = getattr(moments.dt, attribute).astype("float64")
    return read


def _plain_dates(texts: pa.Array, form: str) -> Moments:
    """Dates of digits, read by Arrow, which is many times faster; NaT where it cannot be trusted.

    It takes the 31st of February for the 2nd of March, so the first days of a month
    are left to pandas.
    """
    none = np.full(len(texts), np.datetime64("NaT"), "datetime64[us]")
    parts = re.split("(%.)", form)
    if not set(parts[1::2]) <= set(DIGITS) or "" in parts[2:-1:2]:
        return none
    pattern = "".join(DIGITS.get(part) or re.escape(part) for part in parts)
    shaped = pc.if_else(pc.match_substring_regex(texts, f"^{pattern}$"), texts, None)
    read = pc.strptime(shaped, format=form, unit="us", error_is_null=True)
    sure = pc.fill_null(pc.greater(pc.day(read), FIRST_DAYS), fill_value=False)
    moments = read.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    return np.where(sure.to_numpy(zero_copy_only=False), moments, none)


def _typewritten(texts: pa.Array) -> pa.Array:
    """Texts with plain spaces, minus signs and apostrophes, and the sign in front."""
    for pattern, plain in TYPOGRAPHY.items():
        texts = pc.replace_substring_regex(texts, pattern, plain)
    texts = pc.replace_substring_regex(texts, r"^\((.*)\)$", r"-\1")
    return pc.replace_substring_regex(texts, r"^([^-]*[0-9]) ?-$", r"-\1")


def _in_ascii(texts: pa.Array) -> pa.Array:
    """Texts with the digits that all programs read: those of Arabic, Hindi or full width too."""
    if not pc.any(pc.match_substring_regex(texts, OTHER_DIGITS)).as_py():
        return texts
    return pa.array(
        [
            text
            and "".join(
                str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text
            )
            for text in texts.to_pylist()
        ],
        texts.type,
    )


def _without_units(texts: pa.Array, units: Sequence[str]) -> pa.Array:
    """Texts without a unit before or after the number."""
    if not units:
        return texts
    any_unit = "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))
    texts = pc.replace_substring_regex(texts, f"^([+-]?) ?(?:{any_unit}) ?", r"\1")
    return pc.replace_substring_regex(texts, f" ?(?:{any_unit})$", "")


def _floats(texts: pa.Array) -> Numbers:
    """Texts that are all numbers, or null, as numbers."""
    return np.asarray(pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
