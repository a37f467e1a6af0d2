"""The numbers and words of a report, the same wherever they stand."""

import math
import re
from collections.abc import Mapping
from typing import Any

from truerun.report.visible_text import short

Json = Mapping[str, Any]

HUGE = 1e6  # from here on a figure has four digits in all, not four decimals
TINY = 1e-5  # what moved less is not drawn
NAME, SENTENCE = 40, 160  # characters of a name in a table, and of a sentence
LEAST_SHARE = 0.0005  # a share below this is not written as 0.0 %
THOUSAND = 1e3
NOT_JUDGED = "not judged"
KILOBYTE, MEGABYTE = 1e3, 1e6
DECIMALS, MOST_DECIMALS = 4, 9
COSTS = {
    "train_seconds": "training, time",
    "train_peak_bytes": "training, memory",
    "predict_one_ms": "predicting one row",
    "predict_1000_ms": "predicting 1,000 rows",
    "bytes": "size of the model",
}


def missing(part: Any) -> str | None:
    """Why a part could not be determined; None if it could."""
    if not isinstance(part, Mapping) or "missing" not in part:
        return None
    return part["missing"] or "no reason given"


def present(part: Any) -> Any | None:
    """A part, or None if it could not be determined.

    >>> present({"missing": "no row"}) is None
    True
    """
    return None if missing(part) is not None else part


def facts(comparison: Json, name: str) -> Json:
    """Label, direction and decimals of a metric, as the comparison gives them."""
    listed_facts: list[Json] = comparison["metric_facts"]
    unknown = {"metric": name, "label": name, "higher_is_better": True, "decimals": DECIMALS}
    return next((facts for facts in listed_facts if facts["metric"] == name), unknown)


def label(metric: Json) -> str:
    """How a metric is called, from its facts or its difference."""
    return short(metric["label"], NAME)


def rule(comparison: Json, name: str) -> str:
    """How a rule of the gate is called; it may begin with a metric."""
    first, comma, rest = name.partition(", ")
    return short(f"{label(facts(comparison, first))}{comma}{rest}", NAME)


def digits(metric: Json, *values: float | None) -> int:
    """Decimals of a metric: its own, or as many as the size of the figures asks for.

    >>> digits({"decimals": 4}, 24310.52), digits({"decimals": None}, 24310.52)
    (4, 0)
    """
    decimals: int | None = metric["decimals"]
    return places(*values) if decimals is None else decimals


def places(*values: float | None, behind: int = DECIMALS) -> int:
    """Decimals that tell five digits of the largest of some figures, or one and those behind it."""
    size = max((abs(value) for value in values if value is not None), default=0)
    if not size:
        return DECIMALS
    return min(MOST_DECIMALS, max(0, behind - math.floor(math.log10(size))))


def figure(value: float | None, decimals: int = DECIMALS) -> str:
    """A metric with that many decimals."""
    return "none" if value is None else _decimals(value, "", decimals)


def change(value: float | None, decimals: int = DECIMALS) -> str:
    """A difference, with its sign."""
    return "none" if value is None else _decimals(value, "+", decimals)


def side(difference: Json, name: str) -> str:
    """A metric of one side, base or head."""
    decimals = digits(difference, difference["base"], difference["head"])
    return figure(difference[name], decimals)


def interval(difference: Json, before: str = " (", after: str = ")") -> str:
    """A difference with its interval, where there is one."""
    decimals = digits(difference, difference["base"], difference["head"])
    moved = change(difference["difference"], decimals)
    if difference["low"] is None or difference["high"] is None:
        return moved
    low, high = change(difference["low"], decimals), change(difference["high"], decimals)
    return f"{moved}{before}{low} to {high}{after}"


def judged(difference: Json) -> str:
    """The verdict on a difference; "not judged" where its interval is not known."""
    verdict: str = difference["verdict"]
    return NOT_JUDGED if verdict == "unknown" else verdict


def value(number: float) -> str:
    """A value of the target or the like, in few digits."""
    return f"{number:,.0f}" if THOUSAND <= abs(number) < HUGE else f"{number:.4g}"


def gain(difference: Json) -> float:
    """How far a metric moved for the better; 0 where it is not defined."""
    moved: float = difference["difference"] or 0.0
    return moved if difference["higher_is_better"] else -moved


def part_of(number: int, whole: int) -> float:
    """The share of a whole, at most all of it."""
    return min(1.0, number / whole) if whole else 0.0


def percent(share: float) -> str:
    """A share; one that is not 0 is never written as 0.

    >>> percent(0.1234), percent(0.0001), percent(0)
    ('12.3 %', 'under 0.1 %', '0 %')
    """
    if 0 < share < LEAST_SHARE:
        return "under 0.1 %"
    return f"{100 * share:.1f} %" if share else "0 %"


def spaced_percent(text: str) -> str:
    """A text of others with its percentages written as ours are.

    >>> spaced_percent("0.01% of a%b")
    '0.01 % of a%b'
    """
    return re.sub(r"(?<=\d)%(?!\w)", " %", text)


def counted(number: int, one: str, more: str = "") -> str:
    """A count with its noun: 1 row, 2 rows, 1,234 rows."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def count(number: int | None) -> str:
    """A count, or "none" where there is nothing to count."""
    return "none" if number is None else f"{number:,}"


def cost_of(name: str, value: float | None) -> str:
    """What something costs, with its unit."""
    if value is None:
        return "none"
    if "bytes" in name:
        small = abs(value) < MEGABYTE
        return f"{_digits(value / KILOBYTE)} kB" if small else f"{_digits(value / MEGABYTE)} MB"
    return f"{_digits(value)} {'s' if name == 'train_seconds' else 'ms'}"


def growth(times: float) -> str:
    """By how much something grew, or shrank, that is so many times as large.

    >>> growth(1.5), growth(0.8), growth(1.0), growth(40.0)
    ('+50 %', '-20 %', '+0 %', '40 times')
    """
    grown = 100 * (times - 1)
    return as_large(times) if abs(grown) >= THOUSAND else f"{grown:+.0f} %"


def as_large(times: float) -> str:
    """How many times as large something is, in two digits.

    >>> as_large(1.5594), as_large(243.2)
    ('1.6 times', '243 times')
    """
    if not math.isfinite(times) or abs(times) >= HUGE:
        return "" if math.isnan(times) else "over a million times"
    return f"{times:,.{places(times, behind=1)}f} times"


def capital(text: str) -> str:
    """A text as the beginning of a sentence."""
    return f"{text[:1].upper()}{text[1:]}"


def joined(names: list[str]) -> str:
    """All names, as a part of a sentence: a, b and c."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else "".join(names)


def listed(names: list[str], most: int = 3, whole: int = 0) -> str:
    """The first names, and how many more there are: of `whole`, if not all names are given.

    >>> listed(["a", "b", "c", "d"], most=2)
    'a, b and 2 more'
    """
    shown = names[:most]
    more = max(whole, len(names)) - len(shown)
    return f"{', '.join(shown)} and {more:,} more" if more else ", ".join(shown)


def _decimals(value: float, sign: str, decimals: int) -> str:
    if abs(value) >= HUGE:
        return f"{value:{sign}.4g}"
    rounded = round(value, decimals) + 0.0  # no -0.0000
    return f"{rounded:{sign if rounded else ''},.{decimals}f}"  # and no +0.0000


def _digits(value: float) -> str:
    """A number in three digits, whole numbers with all of theirs."""
    return f"{value:,.0f}" if THOUSAND <= abs(value) < HUGE else f"{value:.3g}"
