"""How the dates of a column are written."""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.sources.table.values import ISO, dates

DAYS = (
    *(form.replace("-", mark) for mark in "-/." for form in ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y")),
    *(form.replace("-", mark) for mark in "-/." for form in ("%d-%m-%y", "%m-%d-%y", "%y-%m-%d")),
    "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %b %y", "%d %B %Y", "%d. %B %Y", "%d/%b/%Y",
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%a %b %d %Y", "%a, %d %b %Y",
    "%A, %B %d, %Y", "%Y-%b-%d", "%Y %b %d",
    "%Y年%m月%d日", "%Y. %m. %d.", "%Y.%m.%d.", "%d.%m.%Y.",
)  # fmt: skip
CLOCKS = (
    "%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H.%M", "%H.%M.%S",
    "%H:%M:%S %z", "%H:%M:%S%z", "%H:%M %z",
)  # fmt: skip
GAPS = (" ", "T", ", ", "  ", ":")
ALONE = (
    ISO, "%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y-%m", "%Y/%m", "%m/%Y",
    "%m-%Y", "%b-%Y", "%b %Y", "%B %Y", "%b-%y", "%d%b%Y", "%d%b%Y:%H:%M:%S",
    "%a %b %d %H:%M:%S %Y", "%Y-%m-%d %H:%M:%S UTC", "%a, %d %b %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %z %Y",
)  # fmt: skip
LIKELY = re.compile(
    r"(?=.*\d.*\d)[\w年月日]{1,9}[-/., :T年].*|\d{8}(T?\d{6}Z?)?|\d{2}[A-Za-z]{3}\d{4}.*"
)
EPOCH = {"unix s": (1e8, 4e9), "unix ms": (1e11, 4e12)}
SAMPLE = 60
CENTURIES = (np.datetime64("1800-01-01"), np.datetime64("2200-01-01"))
LAST = np.datetime64("9999-12-31")  # stands for never


@dataclass(frozen=True)
class Form:
    """How dates are written; `other` is the form that they could be in as well."""

    form: str
    other: str | None = None


def form(texts: pa.Array, least: float) -> Form | None:
    """The format in which at least this share of distinct texts are dates, if there is one."""
    sample = _spread(texts)
    if sum(bool(LIKELY.fullmatch(text)) for text in sample) < least * len(sample):
        return None
    few = pa.array(sample, pa.string())
    shares = {each: _share(few, each) for each in _candidates(sample)}
    good = sorted((each for each in shares if shares[each] >= least), key=lambda f: -shares[f])
    sure = {each: share for each in good if (share := _share(texts, each)) >= least}
    if not sure:
        return None
    most = max(sure.values())
    best = [each for each in sure if sure[each] == most]
    return _settled(best)


def epoch(values: np.ndarray, hinted: bool) -> str | None:
    """Whether numbers are seconds or milliseconds since 1970."""
    known = values[np.isfinite(values)]
    for name, (low, high) in EPOCH.items():
        if hinted and len(known) and low <= known.min() and known.max() <= high:
            return name
    return None


def _candidates(sample: Sequence[str]) -> Iterable[str]:
    """Formats that may fit, by the shape of the texts."""
    clocked = any(":" in text or re.search(r"\d[T ]\d\d[.:]?\d\d", text) for text in sample)
    if not clocked:
        return (*ALONE, *DAYS)
    joined = (f"{d}{g}{c}" for d, g, c in itertools.product(DAYS, GAPS, CLOCKS))
    first = sample[0]
    gaps = [gap for gap in GAPS if gap in first]
    return (*ALONE, *(each for each in joined if any(gap in each for gap in gaps)))


def _settled(best: list[str]) -> Form:
    """Of formats that fit alike, the likelier; day before month, but for slashes."""
    ordered = sorted(best, key=lambda form: (form != ISO, "%y" in form, best.index(form)))
    first = ordered[0]
    swapped = first.translate(str.maketrans("dm", "md")) if first != ISO else first
    if swapped == first or swapped not in best:
        return Form(first)
    american = next(f for f in (first, swapped) if f.index("%m") < f.index("%d"))
    european = swapped if american == first else first
    return Form(american, european) if "/" in first else Form(european, american)


def _share(texts: pa.Array, form: str) -> float:
    """How many of the texts are dates of a format, and of a likely century."""
    moments = dates(texts, form)
    low, high = CENTURIES
    likely = ((moments >= low) & (moments < high)) | (moments.astype("datetime64[D]") == LAST)
    return float(likely.mean()) if len(likely) else 0.0


def _spread(texts: pa.Array) -> list[str]:
    """A few of the texts, from all over."""
    step = max(1, len(texts) // SAMPLE)
    return [str(text) for text in texts.take(np.arange(0, len(texts), step)).to_pylist()]
