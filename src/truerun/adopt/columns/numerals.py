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
IN_FRONT = (  # A12 is a code, and no amperes
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
class Style:
    """How numbers are written, in the words of the source's options."""

    decimal: str = "."
    thousands: str | None = None
    units: tuple[str, ...] = ()

    def read(self, texts: pa.Array) -> Numbers:
        """The texts as numbers."""
        return numbers(texts, self.decimal, self.thousands, self.units)

    def options(self, decimal: str) -> dict[str, Any]:
        """What the options need to say of it, where the table's decimal mark is another's."""
        said = {"thousands": self.thousands, "units": self.units}
        if self.decimal != decimal:
            said["decimal"] = self.decimal
        return {name: value for name, value in said.items() if value}


def style(sample: Sequence[str], decimal: str) -> tuple[Style, float]:
    """The way in which most of these texts are numbers, and how many are.

    Parameters
    ----------
    decimal : the mark of most numbers of the table, which decides where a column does not.
    """
    texts = pa.array(sample, pa.string())
    plain = Style()
    if decimal == plain.decimal and np.isfinite(plain.read(texts)).all():
        return plain, 1.0
    units = _units(sample)
    ordered = sorted(MARKS, key=lambda marks: marks[0] != decimal)
    if decimal == ",":  # then 1.234 is a thousand, and 12.5 a number of another mark
        ordered = [(",", None), (",", "."), *(each for each in ordered[1:] if each != (",", "."))]
    best, most = Style(decimal=decimal), 0.0
    for mark, thousands in ordered:
        tried = Style(mark, thousands, units)
        share = float(np.isfinite(tried.read(texts)).mean())
        if share > most:
            best, most = tried, share
        if most == 1.0:
            break
    return best, most


def is_ambiguous(sample: Sequence[str], found: Style) -> bool:
    """Whether 1,234 might be a number with a fraction as well as one of four digits."""
    bare = [text.strip("".join(found.units) + " ") for text in sample]
    marked = [text for text in bare if re.search("[.,]", text)]
    return found.thousands in (",", ".") and all(map(GROUPED.fullmatch, marked))


def _units(sample: Sequence[str]) -> tuple[str, ...]:
    """The units that numbers stand beside: one, or different ways to write one currency."""
    seen: Counter[str] = Counter()
    for text in sample:
        before, after = _around(text)
        if before in ("", *IN_FRONT) and after in ("", *CURRENCIES, *UNITS):
            seen.update(part for part in (before, after) if part)
    if len(seen) != 1:
        return ()
    unit, count = seen.most_common(1)[0]
    numerals = sum(any(char.isdigit() for char in text) for text in sample)
    partly = (
        unit in CURRENCIES and count * 2 > numerals
    )  # $5 and 5 are both dollars, 5% and 0.05 not
    return (unit,) if count == numerals or partly else ()


def _around(text: str) -> tuple[str, str]:
    """What stands before and after the digits of a text, but for signs, brackets and decimal marks."""
    digits = [place for place, char in enumerate(text) if char.isdecimal()]
    if not digits:
        return "", ""
    before, after = text[: digits[0]].strip(SIGNS), text[digits[-1] + 1 :].strip(SIGNS)
    return before if before not in (".", ",") else "", after if after not in (".", ",") else ""
