"""How the dates of a column are written."""

import functools
import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from truerun.adopt.columns.month_names import months_of
from truerun.sources.table.month_words import in_english
from truerun.sources.table.values import ISO, Moments, Numbers, dates
from truerun.sources.table.zone_words import as_offsets

DAYS = (
    *(day.replace("-", mark) for mark in "-/." for day in ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y")),
    *(day.replace("-", mark) for mark in "-/." for day in ("%d-%m-%y", "%m-%d-%y", "%y-%m-%d")),
    "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %b %y", "%d %B %Y", "%d. %B %Y", "%d/%b/%Y",
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%a %b %d %Y", "%a, %d %b %Y",
    "%A, %B %d, %Y", "%Y-%b-%d", "%Y %b %d",
    "%d. %b %Y", "%d. %b %Y.", "%d %b, %Y", "%Y. %b %d.",
    "%Y年%m月%d日", "%Y. %m. %d.", "%Y.%m.%d.", "%d.%m.%Y.",
)  # fmt: skip
CLOCKS = (
    "%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H.%M", "%H.%M.%S",
    "%H:%M:%S %z", "%H:%M:%S%z", "%H:%M %z", "%I:%M %p %z", "%I:%M:%S %p %z",
)  # fmt: skip
GAPS = (" ", "T", ", ", "  ", ":")
ALONE = (
    ISO, "%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y-%m", "%Y/%m", "%m/%Y",
    "%m-%Y", "%b-%Y", "%b %Y", "%B %Y", "%b-%y", "%d%b%Y", "%d%b%Y:%H:%M:%S",
    "%a %b %d %H:%M:%S %Y", "%Y-%m-%d %H:%M:%S UTC", "%a, %d %b %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %z %Y", "%YQ%q", "%Y Q%q", "%Y-Q%q", "%Y/Q%q", "Q%q %Y", "Q%q-%Y", "Q%q/%Y",
)  # fmt: skip
FORMS = (*ALONE, *DAYS, *map("".join, itertools.product(DAYS, GAPS, CLOCKS)))
ZONES = ("+#", "+#:#", "-#", "-#:#", "a")  # shapes of %z
EPOCH = {"unix s": (1e8, 4e9), "unix ms": (1e11, 4e12)}
LETTER, DIGIT = re.compile(r"[^\W\d_]{2}"), re.compile(r"\d")
SAMPLE = 60  # texts that choose among formats
MANY = 2000  # texts that settle which of two is the day
CENTURIES = (np.datetime64("1800-01-01"), np.datetime64("2200-01-01"))
LAST = np.datetime64("9999-12-31")  # means never


@dataclass(frozen=True)
class ParsedDates:
    """Dates, NaT where a text is not one, and the format that they were read in.

    `alternative` is another format that they could be in; `months` are the names of months, if not
    the English ones.
    """

    format: str
    moments: Moments
    alternative: str | None = None
    months: tuple[str, ...] = ()


def infer_format(texts: pa.Array, least: float) -> ParsedDates | None:
    """The dates in the format that fits at least this share of distinct texts, if there is one."""
    parsed = _infer_english(texts, least)
    if parsed is not None:
        return parsed
    sample = _spread(texts, MANY).to_pylist()
    worded = [text for text in sample if LETTER.search(text) and DIGIT.search(text)]
    months = months_of(worded) if len(worded) >= least * len(sample) else ()
    translated = _infer_english(in_english(texts, months), least) if months else None
    if translated is None or _is_no_month(translated.moments):
        return None
    return replace(translated, months=months)


def _is_no_month(moments: Moments) -> bool:
    """Whether the one word that seems to name a month is none: the same on many days of many years.

    In "3 out of 22" it is the Portuguese October.
    """
    valid = moments[~np.isnat(moments)]
    months = valid.astype("datetime64[M]")
    years = valid.astype("datetime64[Y]")
    days = (valid.astype("datetime64[D]") - months).astype(np.int64)
    of_year = (months - years.astype("datetime64[M]")).astype(np.int64)
    return all(len(np.unique(each)) > 1 for each in (years, days)) and len(np.unique(of_year)) == 1


def _infer_english(texts: pa.Array, least: float) -> ParsedDates | None:
    """As `infer_format`, with the names of months in English."""
    sample = as_offsets(_spread(texts, SAMPLE))
    shapes = Counter(_shape(text) for text in sample.to_pylist()).most_common()
    candidates = [date_format for shape, _ in shapes for date_format in _by_shape().get(shape, ())]
    if shapes and shapes[0][0].startswith("#-#-#"):
        candidates.insert(0, ISO)
    shares = {date_format: _share(sample, date_format) for date_format in candidates}
    if not shares or max(shares.values()) < least:
        return None
    best = [date_format for date_format in shares if shares[date_format] == max(shares.values())]
    if len(best) > 1:
        larger_sample = _spread(texts, MANY)
        wider_shares = {date_format: _share(larger_sample, date_format) for date_format in best}
        best = [
            date_format
            for date_format in best
            if wider_shares[date_format] == max(wider_shares.values())
        ]
    likely_format, alternative = _settled(best)
    parsed = ParsedDates(likely_format, dates(texts, likely_format), alternative)
    if alternative and (share := _share(texts, alternative)) != _likely(parsed.moments):
        # All texts together, not just the sample, tell the day from the month.
        better = alternative if share > _likely(parsed.moments) else likely_format
        parsed = ParsedDates(better, dates(texts, better))
    return parsed if _likely(parsed.moments) >= least else None


@functools.cache
def _by_shape() -> dict[str, list[str]]:
    """Formats by the shape of their dates: digits are #, letters a, the rest as it is."""
    formats: dict[str, list[str]] = {}
    for date_format in FORMS:
        if date_format == ISO:
            continue
        for zone in ZONES if "%z" in date_format else ("",):
            text = re.sub("%[bBaAp]", "a", date_format.replace("%z", zone))
            shape = _shape(re.sub("%[a-zA-Z]", "1", text))
            formats.setdefault(shape, []).append(date_format)
    return formats


def _shape(text: str) -> str:
    """A text with each run of digits as #, and each run of letters as a."""
    return re.sub("[^\\W\\d_]+", "a", re.sub("[0-9]+", "#", text))


def infer_epoch(values: Numbers) -> str | None:
    """The epoch format, if numbers are seconds or milliseconds since 1970."""
    finite = values[np.isfinite(values)]
    for name, (low, high) in EPOCH.items():
        if len(finite) and low <= finite.min() and finite.max() <= high:
            return name
    return None


def _settled(best: list[str]) -> tuple[str, str | None]:
    """The likeliest of formats that fit equally, and its alternative.

    The day comes before the month, except with slashes.
    """
    ordered = sorted(
        best,
        key=lambda date_format: (date_format != ISO, "%y" in date_format, best.index(date_format)),
    )
    first = ordered[0]
    swapped = first.translate(str.maketrans("dm", "md")) if first != ISO else first
    if swapped == first or swapped not in best:
        return first, None
    american = next(f for f in (first, swapped) if f.index("%m") < f.index("%d"))
    european = swapped if american == first else first
    return (american, european) if "/" in first else (european, american)


def _share(texts: pa.Array, date_format: str) -> float:
    """The share of texts that are dates in a format, and of a likely century."""
    return _likely(dates(texts, date_format))


def are_likely(moments: Moments) -> bool:
    """Whether all moments are in a likely century."""
    return len(moments) > 0 and _likely(moments) == 1


def _likely(moments: Moments) -> float:
    """The share of moments in a likely century."""
    low, high = CENTURIES
    likely = ((moments >= low) & (moments < high)) | (moments.astype("datetime64[D]") == LAST)
    return float(likely.mean()) if len(likely) else 0.0


def _spread(texts: pa.Array, size: int) -> pa.Array:
    """So many of the texts, evenly spaced."""
    return texts.take(np.arange(0, len(texts), max(1, len(texts) // size)))
