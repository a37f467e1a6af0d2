"""Values that may stand for missing: a number or a date that repeats far outside all others.

Nobody can tell from the table alone whether -200 is a measurement, so the user is asked. Two signs
together make the question: the value repeats, as measurements at the end of a range hardly do, and
a gap separates it from the rest that is wide beside the rest's own spread.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truerun.sources.table.values import Moments, Numbers

REPEATED = 3  # rows at least that have the value
ENDS = 3  # values at each end that may be one
FEWEST = 3  # other values, of which the spread is known
VARIED = 10  # other values, beside which one that does not look chosen can be odd
BULK = (0.05, 0.95)  # of the other rows: their spread, whatever a few among them are
GAP, EVIDENT_GAP = 3.0, 1.0  # times the spread, of any value, and of one that looks chosen
ZERO_GAP, MANY = 5.0, 0.2  # times the spread, of 0 where so many rows have none of something
SIGNED_GAP = 0.1  # times the spread, of a negative value where no other is negative ...
SIGNED_STEPS = 1.5  # ... and times the usual step from one value to the next
HUGE_GAP = 20.0  # times the spread, where there are fewer other values than FEWEST
SPIKE, LONG = 5, 99  # times as frequent as any other: then 9999 at the end of the range is odd
CHOSEN = frozenset("789")  # of which people make a number that stands out
CALENDAR = frozenset(
    [
        "0001-01-01",
        "1582-10-14",
        "1582-10-15",
        "1753-01-01",
        "1800-01-01",
        "1899-12-30",
        "1899-12-31",
        "1900-01-01",
        "1904-01-01",
        "1970-01-01",
        "2099-12-31",
        "2100-01-01",
        "2199-12-31",
        "2999-12-31",
        "9999-12-31",
    ]
)
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Quantity:
    """What is counted: whether its sign means something, and which values people make up."""

    signed: bool
    is_chosen: Callable[[float], bool]


def number_positions(numbers: Numbers, counts: Counts) -> list[int]:
    """Positions of the numbers that may mean missing.

    Parameters
    ----------
    numbers : shape (n,), different numbers; NaN is passed over.
    counts : shape (n,), how many rows have each.

    >>> number_positions(np.array([-200.0, 1.2, 3.4, 2.0, 5.5]), np.array([9, 2, 1, 3, 2]))
    [0]
    """
    return _positions(numbers, counts, _Quantity(signed=True, is_chosen=_is_chosen_number))


def moment_positions(moments: Moments, counts: Counts) -> list[int]:
    """Positions of moments whose day may mean missing, as 1900-01-01; NaT is passed over."""
    days = moments.astype("datetime64[D]")
    numbers = np.where(np.isnat(days), np.nan, days.astype(np.int64))
    return _positions(numbers, counts, _Quantity(signed=False, is_chosen=_is_chosen_day))


def _positions(numbers: Numbers, counts: Counts, quantity: _Quantity) -> list[int]:
    """Positions of the values at either end that repeat beyond a gap."""
    present = np.flatnonzero(np.isfinite(numbers) & (counts > 0))
    order = present[np.argsort(numbers[present], kind="stable")]
    values, rows = numbers[order], counts[order]
    positions: list[int] = []
    for side in (1, -1):  # the upper end, then the lower one of what is left, upside down
        for size in range(min(ENDS, len(values) - 2), 0, -1):
            outer = slice(len(values) - size, None)
            if _is_apart(side * values, rows, size, side, quantity):
                positions += [int(place) for place in order[outer]]
                values, rows, order = values[:-size], rows[:-size], order[:-size]
                break
        values, rows, order = values[::-1], rows[::-1], order[::-1]
    return sorted(positions)


def _is_apart(values: Numbers, rows: Counts, size: int, side: int, quantity: _Quantity) -> bool:
    """Whether each of the so many last values repeats, and a wide gap is before them.

    Parameters
    ----------
    values : shape (n,), in order, times `side`, which is -1 for the lower end.
    """
    inner, outer, frequent = values[:-size], values[-size:], rows[:-size]
    if rows[-size:].min() < REPEATED:
        return False
    value, gap = float(side * outer[0]), float(outer[0] - inner[-1])
    shares = np.cumsum(frequent) / frequent.sum()
    low, high = (inner[min(int(np.searchsorted(shares, share)), len(inner) - 1)] for share in BULK)
    spread = float(high - low) or float(inner[-1] - inner[0])
    chosen, signed = quantity.is_chosen(value), quantity.signed
    if len(inner) < FEWEST:
        return chosen and gap > HUGE_GAP * spread > 0
    is_first_negative = signed and value < 0 <= side * inner[-1]
    if is_first_negative and value == np.floor(value) and (chosen or size == 1):
        step = float(np.median(np.diff(inner)))  # from -1 to 0 as from 0 to 1 is no gap
        is_gap = gap > max(SIGNED_GAP * spread, SIGNED_STEPS * step)
        return is_gap or bool(rows[-size] > frequent.max())
    is_spike = rows[-size] >= SPIKE * frequent.max() and abs(value) >= LONG
    if chosen and (gap > EVIDENT_GAP * spread or is_spike):
        return True
    is_odd = len(inner) >= VARIED and (not signed or value == np.floor(value))  # 1, 2, 3, 10 is not
    least = GAP
    if signed and value == 0:
        least = ZERO_GAP if rows[-size] > MANY * rows.sum() else EVIDENT_GAP
    return is_odd and gap > least * spread > 0 and not _is_next_dose(inner, outer, frequent)


def _is_next_dose(inner: Numbers, outer: Numbers, frequent: Counts) -> bool:
    """Whether values are set by design, as doses are, and the outer ones continue their steps.

    Doses repeat, and grow by factors: after 0.0075, 0.075 and 0.75 comes 5, which no more stands
    out than these do.
    """
    if inner[0] <= 0 or np.median(frequent) < REPEATED:
        return False
    return bool(outer[0] / inner[-1] <= (inner[1:] / inner[:-1]).max())


def _is_chosen_number(number: float) -> bool:
    """Whether people choose such a number to mean missing: -1, or 9s, 8s or 7s alone."""
    digits = f"{abs(number):.10g}".replace(".", "").lstrip("0")
    is_run = len(set(digits)) == 1 and digits[0] in CHOSEN and (len(digits) > 1 or number < 0)
    return is_run or number == -1


def _is_chosen_day(days: float) -> bool:
    """Whether a day, counted from 1970, is one with which calendars begin or end."""
    return str(np.datetime64(int(days), "D")) in CALENDAR
