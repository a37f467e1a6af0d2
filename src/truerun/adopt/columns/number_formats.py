"""How the numbers of a column are written: decimal mark, groups of digits, units."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from truerun.sources.table.values import Numbers, numbers

CURRENCIES = tuple(
    "$ € £ ¥ ₹ ₽ ₩ ₺ ₪ ₫ ₴ ฿ ₦ zł kr Kč Ft R$ US$ A$ C$ NZ$ HK$ Fr. Rs Rs. руб руб. 元 円 USD EUR"
    " GBP CHF JPY CNY INR SEK NOK DKK PLN CZK HUF RUB BRL AUD CAD NZD MXN ZAR TRY KRW SGD".split()
)
UNITS = tuple(
    "% ‰ ° °C °F kg g mg µg t lb lbs oz km m cm mm mi ft in yd h hr hrs min mins s sec secs ms"
    " d day days week weeks month months mo mos yr yrs year years km/h mph kmpl kWh W kW MW V A"
    " bhp hp CC cc L l ml GB MB kB KB TB Hz kHz MHz GHz px pt bar hPa psi Nm ha sqm m² m³ km²"
    " pcs".split()
)
IN_FRONT = (  # A12 is a code, not amperes
    *CURRENCIES,
    *(unit for unit in UNITS if len(unit) > 1 or not unit.isalpha()),
)
MARKS: tuple[tuple[str, str | None], ...] = (
    (".", None), (",", None), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"),
    (",", "'"),
)  # fmt: skip
SIGNS = " +-\u2212()\u00a0\u2007\u2009\u202f"
GROUPED = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written, in the terms of the source's options."""

    decimal: str = "."
    thousands: str | None = None
    units: tuple[str, ...] = ()

    def read(self, texts: pa.Array) -> Numbers:
        """The texts as numbers."""
        return numbers(texts, self.decimal, self.thousands, self.units)

    def options(self, decimal: str) -> dict[str, Any]:
        """The options that differ from the defaults, given the table's decimal mark."""
        options = {"thousands": self.thousands, "units": self.units}
        if self.decimal != decimal:
            options["decimal"] = self.decimal
        return {name: value for name, value in options.items() if value}


def infer_format(sample: Sequence[str], decimal: str) -> tuple[NumberFormat, float]:
    """The format in which most of these texts are numbers, and their share.

    Parameters
    ----------
    decimal : the decimal mark of most numbers in the table, which decides ambiguous columns.
    """
    texts = pa.array(sample, pa.string())
    plain = NumberFormat()
    if decimal == plain.decimal and np.isfinite(plain.read(texts)).all():
        return plain, 1.0
    units = _units(sample)
    ordered = sorted(MARKS, key=lambda marks: marks[0] != decimal)
    if decimal == ",":  # then 1.234 is a thousand, and 12.5 has another decimal mark
        ordered = [(",", None), (",", "."), *(each for each in ordered[1:] if each != (",", "."))]
    best, best_share = NumberFormat(decimal=decimal), 0.0
    for mark, thousands in ordered:
        candidate = NumberFormat(mark, thousands, units)
        share = float(np.isfinite(candidate.read(texts)).mean())
        if share > best_share:
            best, best_share = candidate, share
        if best_share == 1.0:
            break
    return best, best_share


def is_ambiguous(sample: Sequence[str], number_format: NumberFormat) -> bool:
    """Whether 1,234 might be a fraction as well as a number of four digits."""
    bare = [text.strip("".join(number_format.units) + " ") for text in sample]
    marked = [text for text in bare if re.search("[.,]", text)]
    return number_format.thousands in (",", ".") and all(map(GROUPED.fullmatch, marked))


def _units(sample: Sequence[str]) -> tuple[str, ...]:
    """The unit of the numbers, if there is one."""
    counts: Counter[str] = Counter()
    for text in sample:
        before, after = _around(text)
        if before in ("", *IN_FRONT) and after in ("", *CURRENCIES, *UNITS):
            counts.update(part for part in (before, after) if part)
    if len(counts) != 1:
        return ()
    unit, count = counts.most_common(1)[0]
    numerals = sum(any(char.isdigit() for char in text) for text in sample)
    partly = (
        unit in CURRENCIES and count * 2 > numerals
    )  # $5 and 5 are both dollars, 5% and 0.05 not
    return (unit,) if count == numerals or partly else ()


def _around(text: str) -> tuple[str, str]:
    """What stands before and after the digits of a text, except signs, brackets and decimal marks."""
    digits = [place for place, char in enumerate(text) if char.isdecimal()]
    if not digits:
        return "", ""
    before, after = text[: digits[0]].strip(SIGNS), text[digits[-1] + 1 :].strip(SIGNS)
    return before if before not in (".", ",") else "", after if after not in (".", ",") else ""
