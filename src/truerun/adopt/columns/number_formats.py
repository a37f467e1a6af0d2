"""How the numbers of a column are written: marks, units, signs that multiply, ranges, words."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from truerun.adopt.columns import spellings
from truerun.sources.table.notation import Notation, without_bounds
from truerun.sources.table.options import Form, Mark

CURRENCIES = tuple(
    "$ € £ ¥ ₹ ₽ ₩ ₺ ₪ ₫ ₴ ฿ ₦ zł kr Kč Ft R$ US$ A$ C$ NZ$ HK$ Fr. Rs Rs. руб руб. 元 円 USD EUR"
    " GBP CHF JPY CNY INR SEK NOK DKK PLN CZK HUF RUB BRL AUD CAD NZD MXN ZAR TRY KRW SGD".split()
)
UNITS = (
    *(
        "% ‰ ° °C °F kg g mg µg t lb lbs oz km m cm mm mi ft in yd h hr hrs min mins s sec secs ms"
        " d day days week weeks month months mo mos yr yrs year years km/h mph kmpl kWh W kW MW V A"
        " bhp hp CC cc L l ml GB MB kB KB TB Hz kHz MHz GHz px pt bar hPa psi Nm ha sqm m² m³ km²"
        " pcs".split()
    ),
    *("sq ft", "sq. ft", "sq. ft.", "sq m", "sq. m", "fl oz"),
)
IN_FRONT = (  # A12 is a code, not amperes
    *CURRENCIES,
    *(unit for unit in UNITS if len(unit) > 1 or not unit.isalpha()),
)
# Units of one quantity, each in terms of the first: cells in several of them are made comparable.
QUANTITIES: tuple[Mapping[str, float], ...] = (
    {"g": 1, "mg": 0.001, "µg": 1e-6, "kg": 1000, "t": 1e6, "lb": 453.59237, "lbs": 453.59237,
     "oz": 28.349523125},
    {"m": 1, "cm": 0.01, "mm": 0.001, "km": 1000, "mi": 1609.344, "ft": 0.3048, "in": 0.0254,
     "yd": 0.9144},
    {"min": 1, "mins": 1, "minutes": 1, "minute": 1, "h": 60, "hr": 60, "hrs": 60, "hour": 60,
     "hours": 60, "s": 1 / 60, "sec": 1 / 60, "secs": 1 / 60, "d": 1440, "day": 1440,
     "days": 1440, "week": 10080, "weeks": 10080},
    {"month": 1, "months": 1, "mo": 1, "mos": 1, "year": 12, "years": 12, "yr": 12, "yrs": 12},
    {"MB": 1, "kB": 0.001, "KB": 0.001, "GB": 1000, "TB": 1e6},
    {"W": 1, "kW": 1000, "MW": 1e6},
    {"Hz": 1, "kHz": 1000, "MHz": 1e6, "GHz": 1e9},
    {"ml": 1, "l": 1000, "L": 1000},
    {"sqft": 1, "ft²": 1, "Sq. Ft": 1, "sqm": 10.763910417, "m²": 10.763910417,
     "Sq. Meter": 10.763910417, "Sq. Yards": 9, "ha": 107639.10417, "acre": 43560,
     "acres": 43560, "Acres": 43560},
)  # fmt: skip
MULTIPLES: Mapping[str, float] = {
    "k": 1e3, "K": 1e3, "M": 1e6, "Mio": 1e6, "Mio.": 1e6, "mn": 1e6, "million": 1e6, "B": 1e9,
    "bn": 1e9, "Mrd": 1e9, "Mrd.": 1e9, "billion": 1e9, "thousand": 1e3, "lakh": 1e5, "lac": 1e5,
    "crore": 1e7, "Cr": 1e7,
}  # fmt: skip
PERCENT: Mapping[str, float] = {"%": 0.01}
MARKS: tuple[tuple[Mark, str | None], ...] = (
    (".", None), (",", None), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"),
    (",", "'"),
)  # fmt: skip
SIGNS = " +-\u2212()\u00a0\u2007\u2009\u202f"
GROUPED = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")
SPACED = re.compile(r"\s(?:[-–—~]|to|bis|a)\s")
NUMERAL = r"[+-]?\d[\d.,']*"
SIGN_BEHIND = re.compile(rf"{NUMERAL}(?: ([^\W\d_][^\d]*?)|([^\W\d_][^\d]+?))")
# What holds a digit itself: 90 m2, 6.5 l/100km, 4.1/5, 3 of 10; 01/10 may be the tenth month.
SIGN_WITH_DIGITS = re.compile(
    rf"(?!0\d){NUMERAL} ?([^\W\d_]+[23]|[^\W\d_]+ ?/ ?(?:\d+ ?[^\W\d_]+|[^\W\d_]+[23])"
    r"|(?:/|of|out of) ?(?:5|10|100))"
)
IN_PARTS = re.compile(r"\d ?[^\W\d_]+ ?\d")  # 2h 50m, and not seats such as 12D alone
COLON = re.compile(r"\d:\d")
FEET = re.compile(r"\d ?(?:['\u2032\u2019]|ft|feet) ?-? ?\d")
NEARLY_ALL, FEW_SIGNS = 0.95, 5  # texts with such a sign, and different signs
MOST_PLAIN = 0.5  # of the texts are plain numbers, beside which others are read in other forms
WORDS = {
    word: str(number)
    for language in (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "zero um dois três quatro cinco seis sete oito nove dez onze doze",
        "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici",
        "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf",
    )
    for number, word in enumerate(language.split())
}


def infer_format(name: str, sample: Sequence[str], decimal: Mark) -> tuple[Notation, float]:
    """The notation in which most of these texts are numbers, and their share.

    Parameters
    ----------
    name : the column's, which may tell the unit of cells that have none, as weight_kg does.
    decimal : the decimal mark of most numbers in the table, which decides ambiguous columns.
    """
    texts = pa.array(sample, pa.string())
    plain = Notation()
    if decimal == plain.decimal and np.isfinite(plain.read(texts)).all():
        return plain, 1.0
    best, share = _marks(texts, decimal, _units(sample))
    if share < 1.0 and (wider := _wider(name, sample, best, decimal)) is not None:
        best, share = wider
    if share < MOST_PLAIN and len(units := signs_behind(sample)) == 1:
        best, share = _marks(texts, decimal, units)
    if share < NEARLY_ALL and (in_parts := _in_parts(sample, texts)) is not None:
        best, share = in_parts
    return best, share


def _in_parts(sample: Sequence[str], texts: pa.Array) -> tuple[Notation, float] | None:
    """The notation of durations, times of day, ages or lengths, if nearly all are such."""
    forms: dict[Form, re.Pattern[str]] = {
        "duration": IN_PARTS,
        "age": IN_PARTS,
        "clock": COLON,
        "feet": FEET,
    }
    for form, sign in forms.items():
        if any(map(sign.search, sample)):
            notation = Notation(forms=(form,))
            if (share := _share(notation, texts)) >= NEARLY_ALL:
                return notation, share
    return None


def signs_behind(sample: Sequence[str]) -> tuple[str, ...]:
    """The few signs that stand behind the numbers of nearly all texts, whatever they mean.

    A single letter without a blank before it makes a code of a number, and is none.
    """
    matches = [SIGN_BEHIND.fullmatch(text) or SIGN_WITH_DIGITS.fullmatch(text) for text in sample]
    signs = Counter(next(filter(None, match.groups())) for match in matches if match)
    is_nearly_all = signs.total() >= NEARLY_ALL * len(sample)
    return tuple(sorted(signs)) if is_nearly_all and len(signs) <= FEW_SIGNS else ()


def with_signs(
    sample: Sequence[str], decimal: Mark, signs: tuple[str, ...]
) -> tuple[Notation, float]:
    """The notation in which signs behind the numbers change nothing, and the share it reads."""
    return _marks(pa.array(sample, pa.string()), decimal, signs)


def options(notation: Notation, decimal: str) -> dict[str, Any]:
    """The source's options that differ from the defaults, given the table's decimal mark."""
    given = {
        "thousands": notation.thousands,
        "units": notation.units,
        "scales": dict(notation.scales or {}),
        "forms": notation.forms,
        "decimal": notation.decimal if notation.decimal != decimal else None,
    }
    return {name: value for name, value in given.items() if value}


def number_words(texts: Sequence[str]) -> dict[str, str]:
    """The texts that are a number's word, with its digits, if all others are digits."""
    words = {text: WORDS[text.casefold()] for text in texts if text.casefold() in WORDS}
    others = [text for text in texts if text not in words]
    is_number = np.isfinite(Notation().read(pa.array(others, pa.string())))
    return words if words and is_number.all() else {}


def is_ambiguous(sample: Sequence[str], notation: Notation) -> bool:
    """Whether 1,234 might be a fraction as well as a number of four digits."""
    bare = [text.strip("".join(notation.units) + " ") for text in sample]
    marked = [text for text in bare if re.search("[.,]", text)]
    return notation.thousands in (",", ".") and all(map(GROUPED.fullmatch, marked))


def _marks(
    texts: pa.Array,
    decimal: Mark,
    units: tuple[str, ...],
    scales: Mapping[str, float] | None = None,
) -> tuple[Notation, float]:
    """The decimal mark and that of thousands by which most texts are numbers, and their share."""
    ordered = sorted(MARKS, key=lambda marks: marks[0] != decimal)
    if decimal == ",":  # then 1.234 is a thousand, and 12.5 has another decimal mark
        ordered = [(",", None), (",", "."), *(each for each in ordered[1:] if each != (",", "."))]
    best, best_share = Notation(decimal), 0.0
    for mark, thousands in ordered:
        candidate = Notation(mark, thousands, units, scales)
        share = _share(candidate, texts)
        if share > best_share:
            best, best_share = candidate, share
        if best_share == 1.0:
            break
    return best, best_share


def _wider(
    name: str, sample: Sequence[str], plain: Notation, decimal: Mark
) -> tuple[Notation, float] | None:
    """A notation that reads more of the texts than the plain one does, and their share."""
    texts = pa.array(sample, pa.string())
    units, scales = plain.units or _currency(sample), _scales(name, sample, plain)
    best, _ = _marks(without_bounds(texts), decimal, units, scales)
    share = _share(best, texts)
    is_bulk = share >= MOST_PLAIN
    allowed: dict[Form, bool] = {
        "bound": is_bulk or _differ(replace(best, forms=("bound",)), texts),
        "fraction": is_bulk or any(re.match(r"\d+ \d+/\d", text) for text in sample),
        "range": is_bulk or bool(best.units or best.scales) or all(map(SPACED.search, sample)),
        "swapped": is_bulk,
    }
    for form, is_allowed in allowed.items():
        candidate = replace(best, forms=(*best.forms, form))
        more = _share(candidate, texts) if is_allowed else 0.0
        if more > share:
            best, share = candidate, more
    return (best, share) if share > _share(plain, texts) else None


def _scales(name: str, sample: Sequence[str], plain: Notation) -> Mapping[str, float] | None:
    """What the signs behind the numbers multiply them by, if they are of one quantity."""
    behind = {after for text in sample if (after := _around(text)[1])}
    behind -= {*plain.units, *CURRENCIES}
    is_bare = any(_around(text)[1] in ("", *CURRENCIES) for text in sample)
    if not behind:
        return None
    if behind == {"%"}:
        numbers = np.abs(plain.read(pa.array(sample, pa.string())))
        beside = numbers[np.isfinite(numbers)]
        # 5% beside 0.05 is a twentieth; beside 12 it is five of the same
        return PERCENT if len(beside) and beside.max() <= 1 else {"%": 1.0}
    if behind <= set(MULTIPLES):
        return {sign: MULTIPLES[sign] for sign in sorted(behind)}
    for quantity in QUANTITIES:
        units = {unit for unit in quantity if {unit.casefold()} & set(spellings.words(name))}
        base = quantity[min(units)] if units else 1.0
        # A cell without a unit is in that of the name, if there is one: else nobody knows.
        if behind & set(quantity) and (units if is_bare else behind <= set(quantity)):
            return {sign: quantity[sign] / base for sign in sorted(behind & set(quantity))}
    return None


def _share(notation: Notation, texts: pa.Array) -> float:
    """The share of the texts that are numbers in a notation."""
    return float(np.isfinite(notation.read(texts)).mean()) if len(texts) else 0.0


def _differ(notation: Notation, texts: pa.Array) -> bool:
    """Whether different texts are different numbers: <5 and 5+ side by side are not."""
    numbers = notation.read(texts)
    finite = numbers[np.isfinite(numbers)]
    return len(np.unique(finite)) == len(finite)


def _currency(sample: Sequence[str]) -> tuple[str, ...]:
    """The one currency that stands before numbers with something behind them, as in $5M."""
    before = {_around(text)[0] for text in sample} & set(CURRENCIES)
    return tuple(before) if len(before) == 1 else ()


def _units(sample: Sequence[str]) -> tuple[str, ...]:
    """The unit of the numbers, if there is one."""
    counts: Counter[str] = Counter()
    for text in sample:
        before, after = _around(text)
        if before in ("", *IN_FRONT) and after in ("", *CURRENCIES, *UNITS):
            counts.update(part for part in (before, after) if part)
    if len(counts) != 1:
        return _spellings_of_one(sample, set(counts))
    unit, count = counts.most_common(1)[0]
    numerals = sum(any(char.isdigit() for char in text) for text in sample)
    # $5 and 5 are both dollars, and 5 m and 5 are metres; 5% and 0.05 are not the same.
    partly = unit != "%" and count * 2 >= numerals
    return (unit,) if count == numerals or partly else ()


def _spellings_of_one(sample: Sequence[str], units: set[str]) -> tuple[str, ...]:
    """The units of all numbers, if they are one: a year and years."""
    for quantity in QUANTITIES:
        if units <= set(quantity) and len({quantity[unit] for unit in units}) == 1:
            is_everywhere = all(_around(text)[1] in units for text in sample)
            return tuple(sorted(units)) if units and is_everywhere else ()
    return ()


def _around(text: str) -> tuple[str, str]:
    """What stands before and after the digits of a text, except signs, brackets and decimal marks."""
    digits = [place for place, char in enumerate(text) if char.isdecimal()]
    if not digits:
        return "", ""
    before, after = text[: digits[0]].strip(SIGNS), text[digits[-1] + 1 :].strip(SIGNS)
    return before if before not in (".", ",") else "", after if after not in (".", ",") else ""
