"""How the numbers of a column are written, beyond what every program writes, and reading them."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truerun.sources.table import values
from truerun.sources.table.options import ColumnOptions, Form, Mark
from truerun.sources.table.values import Numbers

Reader = Callable[[pa.Array], Numbers]
RANGE = r"^(-?[^-]*[0-9%][^-]*?) ?(?:-|~|\.\.+|\bto\b|\bbis\b|\ba\b) ?(.*[0-9].*)$"
FRACTION = re.compile(r"([+-]?)(?:(\d+)[ -])?(\d+) ?[/\u2044] ?(\d*[1-9]\d*)")
BEFORE = (
    r"^(?:[<>]=?|[≤≥~≈±]|(?i:(?:ca|approx)\."
    r"|(?:ca|approx|about|over|under|up to|at least|at most)\b)) ?"
)
AFTER = r" ?(?:\+|(?i:\bor (?:more|less|over|under)|\band (?:more|over|above|under|below)|\bplus))$"
DURATION = re.compile(
    r"(?:(\d+) ?d(?:ays?)?)? ?(?:(\d+) ?h(?:(?:ou)?rs?)?)? ?(?:(\d+) ?m(?:in(?:ute)?s?)?)?"
    r" ?(?:(\d+) ?s(?:ec(?:ond)?s?)?)?",
    re.IGNORECASE,
)
MINUTES = (1440.0, 60.0, 1.0, 1 / 60)  # of its parts
CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(?: ?([AaPp])\.?[Mm]\.?)?")
NOON = 12  # hours
AGE = re.compile(
    r"(?:(\d+(?:\.\d+)?) ?y(?:(?:ea)?rs?)?\.?)?,? ?(?:and )?"
    r"(?:(\d+(?:\.\d+)?) ?mon?(?:th)?s?\.?)?",
    re.IGNORECASE,
)
FEET = re.compile(
    r"(\d+) ?(?:['\u2032\u2019]|ft\.?|feet|foot) ?-? ?"
    r"(?:(\d+(?:\.\d+)?) ?(?:[\"\u2033\u201d]|''|in\.?|inch(?:es)?)?)?"
)
TWELFTHS = 12  # months of a year, inches of a foot


@dataclass(frozen=True)
class Notation:
    """How numbers are written.

    `thousands` is the mark between groups of three digits; `units` are signs before or after the
    number that change nothing; `scales` are signs after it with the number that it is multiplied
    by, as K by 1000. `forms` are what some cells hold instead of a plain number: one with its marks
    the other way round (swapped), a range (its middle), a fraction, a bound (as 90+ or <5), a
    duration (as 2h 50m, in minutes), a time of day (clock: 2:05 PM, in minutes since midnight), an
    age (2 years 3 months, in months), a length in feet (5'11", in inches).
    """

    decimal: Mark = "."
    thousands: str | None = None
    units: tuple[str, ...] = ()
    scales: Mapping[str, float] | None = None
    forms: tuple[Form, ...] = ()

    def read(self, texts: pa.Array) -> Numbers:
        """Distinct texts as numbers; NaN for null, and for what is not a number so written.

        >>> Notation(forms=("range",)).read(pa.array(["1133 - 1384", "2.5", "big"])).tolist()
        [1258.5, 2.5, nan]
        """
        numbers = values.numbers(texts, self.decimal, self.thousands, self.units)
        for reader in self._readers():
            left = np.flatnonzero(np.isnan(numbers))
            if not len(left):
                break
            numbers[left] = reader(texts.take(left))
        return numbers

    def _readers(self) -> list[Reader]:
        """The ways to read what is not a plain number, in the order of the attempts."""
        forms: dict[str, Reader] = {
            "swapped": self._swapped,
            "bound": self._bound,
            "fraction": _fractions,
            "range": self._range,
            "duration": _durations,
            "clock": _clocks,
            "age": _ages,
            "feet": _feet,
        }
        scaled: list[Reader] = [self._scaled] if self.scales else []
        return [*scaled, *(reader for form, reader in forms.items() if form in self.forms)]

    def _scaled(self, texts: pa.Array) -> Numbers:
        """Numbers with a sign behind them that multiplies them."""
        numbers = np.full(len(texts), np.nan)
        for sign, factor in sorted((self.scales or {}).items(), key=lambda each: -len(each[0])):
            matches = pc.match_substring_regex(texts, f"[0-9.] ?{re.escape(sign)}$")
            bodies = pc.replace_substring_regex(texts, f" ?{re.escape(sign)}$", "")
            plain = values.numbers(
                pc.if_else(matches, bodies, None), self.decimal, self.thousands, self.units
            )
            numbers = np.where(np.isnan(numbers), plain * factor, numbers)
        return numbers

    def _swapped(self, texts: pa.Array) -> Numbers:
        """Numbers with a comma for a point, and a point for a comma."""
        other: Mark = "," if self.decimal == "." else "."
        thousands = self.decimal if self.thousands in (None, other) else self.thousands
        return values.numbers(texts, other, thousands, self.units)

    def _simple(self, texts: pa.Array) -> Numbers:
        """A part of a cell: a plain number, perhaps with a sign that multiplies it."""
        return replace(self, forms=()).read(texts)

    def _bound(self, texts: pa.Array) -> Numbers:
        """The number of a bound."""
        bare = without_bounds(texts)
        return self._simple(pc.if_else(pc.equal(bare, texts), None, bare))

    def _range(self, texts: pa.Array) -> Numbers:
        """The middle of a range, from a number to one that is not below it."""
        dashed = pc.replace_substring_regex(texts, "[\u2012-\u2014\u2212]", "-")
        matches = pc.match_substring_regex(dashed, RANGE)
        low, high = (
            self._simple(
                pc.if_else(matches, pc.replace_substring_regex(dashed, RANGE, rf"\{part}"), None)
            )
            for part in (1, 2)
        )
        return np.where(low <= high, (low + high) / 2, np.nan)


def of_column(options: ColumnOptions, decimal: Mark) -> Notation:
    """How a column's numbers are written, in a table with that decimal mark."""
    return Notation(
        options.decimal or decimal,
        options.thousands,
        options.units,
        options.scales,
        options.forms,
    )


def without_bounds(texts: pa.Array) -> pa.Array:
    """Texts without the signs and words of a bound: 90+ and at least 90 become 90."""
    texts = pc.replace_substring_regex(texts, r"([0-9])\+ ", r"\1 ")  # 10+ years
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, BEFORE, ""), AFTER, "")


def _durations(texts: pa.Array) -> Numbers:
    """Durations in minutes: 2h 50m is 170."""
    return np.array([_duration(text or "") for text in texts.to_pylist()], np.float64)


def _duration(text: str) -> float:
    """A duration in minutes; NaN if it is none."""
    match = DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return np.nan
    parts = zip(match.groups(), MINUTES, strict=True)
    return sum(int(part) * minutes for part, minutes in parts if part)


def _clocks(texts: pa.Array) -> Numbers:
    """Times of day, or hours and minutes, in minutes: 2:05 PM is 845."""
    return np.array([_clock(text or "") for text in texts.to_pylist()], np.float64)


def _clock(text: str) -> float:
    """A time in minutes; NaN if it is none."""
    match = CLOCK.fullmatch(text)
    if match is None:
        return np.nan
    hours, minutes, seconds, half = int(match[1]), int(match[2]), int(match[3] or 0), match[4]
    if half:
        if not 1 <= hours <= NOON:
            return np.nan
        hours = hours % NOON + (NOON if half in "Pp" else 0)
    return hours * 60 + minutes + seconds / 60


def _ages(texts: pa.Array) -> Numbers:
    """Years and months, in months: 2 years 3 months is 27."""
    return _twelfths(texts, AGE)


def _feet(texts: pa.Array) -> Numbers:
    """Feet and inches, in inches: 5'11" is 71."""
    return _twelfths(texts, FEET)


def _twelfths(texts: pa.Array, pattern: re.Pattern[str]) -> Numbers:
    """A number and its twelfths, in twelfths; NaN for a text that is none."""
    matches = [pattern.fullmatch(text or "") for text in texts.to_pylist()]
    return np.array(
        [
            TWELFTHS * float(match[1] or 0) + float(match[2] or 0)
            if match and any(match.groups())
            else np.nan
            for match in matches
        ],
        np.float64,
    )


def _fractions(texts: pa.Array) -> Numbers:
    """Fractions, as 3/4 or 1 1/2 or 1½."""
    return np.array([_fraction(text) for text in texts.to_pylist()], np.float64)


def _fraction(text: str | None) -> float:
    """A fraction as a number; NaN if it is none."""
    spelled = "".join(
        f" {unicodedata.normalize('NFKC', char)}"  # of 1½, 1 1/2
        if unicodedata.decomposition(char).startswith("<fraction>")
        else char
        for char in text or ""
    )
    match = FRACTION.fullmatch(spelled.strip())
    if match is None:
        return np.nan
    sign, whole, above, below = match.groups()
    return (-1 if sign == "-" else 1) * (int(whole or 0) + int(above) / int(below))
