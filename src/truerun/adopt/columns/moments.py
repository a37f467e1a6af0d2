"""How the dates of a column are written."""

import functools
import itertools
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from truerun.sources.table.values import ISO, Moments, Numbers, dates

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
FORMS = (*ALONE, *DAYS, *map("".join, itertools.product(DAYS, GAPS, CLOCKS)))
ZONES = ("+#", "+#:#", "-#", "-#:#", "a")  # shapes of %z
EPOCH = {"unix s": (1e8, 4e9), "unix ms": (1e11, 4e12)}
SAMPLE = 60  # texts that choose among formats
MANY = 2000  # texts that settle which of two is the day
CENTURIES = (np.datetime64("1800-01-01"), np.datetime64("2200-01-01"))
LAST = np.datetime64("9999-12-31")  # stands for never


@dataclass(frozen=True)
class Form:
    """How dates are written, and which they are.

    `other` is the format that they could be in as well; what is no date is NaT.
    """

    form: str
    read: Moments
    other: str | None = None


def form(texts: pa.Array, least: float) -> Form | None:
    """The format in which at least this share of distinct texts are dates, if there is one."""
    sample = _spread(texts, SAMPLE)
    shapes = Counter(_shape(text) for text in sample.to_pylist()).most_common()
    tried = [form for shape, _ in shapes for form in _by_shape().get(shape, ())]
    if shapes and shapes[0][0].startswith("#-#-#"):
        tried.insert(0, ISO)
    shares = {form: _share(sample, form) for form in tried}
    if not shares or max(shares.values()) < least:
        return None
    best = [form for form in shares if shares[form] == max(shares.values())]
    if len(best) > 1:
        many = _spread(texts, MANY)
        wider = {form: _share(many, form) for form in best}
        best = [form for form in best if wider[form] == max(wider.values())]
    likeliest, other = _settled(best)
    found = Form(likeliest, dates(texts, likeliest), other)
    if other and (share := _share(texts, other)) != _likely(found.read):
        # More texts than were looked at tell the day from the month.
        better = other if share > _likely(found.read) else likeliest
        found = Form(better, dates(texts, better))
    return found if _likely(found.read) >= least else None


@functools.cache
def _by_shape() -> dict[str, list[str]]:
    """Formats by the shape of what they write: digits are #, letters a, the rest as it stands."""
    found: dict[str, list[str]] = {}
    for form in FORMS:
        if form == ISO:
            continue
        for zone in ZONES if "%z" in form else ("",):
            text = re.sub("%[bBaAp]", "a", form.replace("%z", zone))
            shape = _shape(re.sub("%[a-zA-Z]", "1", text))
            found.setdefault(shape, []).append(form)
    return found


def _shape(text: str) -> str:
    """A text with each run of digits as #, and each run of letters as a."""
    return re.sub("[^\\W\\d_]+", "a", re.sub("[0-9]+", "#", text))


def epoch(values: Numbers) -> str | None:
    """Whether numbers are seconds or milliseconds since 1970."""
    known = values[np.isfinite(values)]
    for name, (low, high) in EPOCH.items():
        if len(known) and low <= known.min() and known.max() <= high:
            return name
    return None


def _settled(best: list[str]) -> tuple[str, str | None]:
    """Of formats that fit alike, the likelier; day before month, but for slashes."""
    ordered = sorted(best, key=lambda form: (form != ISO, "%y" in form, best.index(form)))
    first = ordered[0]
    swapped = first.translate(str.maketrans("dm", "md")) if first != ISO else first
    if swapped == first or swapped not in best:
        return first, None
    american = next(f for f in (first, swapped) if f.index("%m") < f.index("%d"))
    european = swapped if american == first else first
    return (american, european) if "/" in first else (european, american)


def _share(texts: pa.Array, form: str) -> float:
    """How many of the texts are dates of a format, and of a likely century."""
    return _likely(dates(texts, form))


def are_likely(moments: Moments) -> bool:
    """Whether all of the moments are of a likely century."""
    return len(moments) > 0 and _likely(moments) == 1


def _likely(moments: Moments) -> float:
    """How many of the moments are of a likely century."""
    low, high = CENTURIES
    likely = ((moments >= low) & (moments < high)) | (moments.astype("datetime64[D]") == LAST)
    return float(likely.mean()) if len(likely) else 0.0


def _spread(texts: pa.Array, size: int) -> pa.Array:
    """So many of the texts, from all over."""
    return texts.take(np.arange(0, len(texts), max(1, len(texts) // size)))
