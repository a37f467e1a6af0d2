"""Numbers of a few digits."""

import math
from collections.abc import Callable


def outwards(value: float, rounding: Callable[[float], int], digits: int) -> float:
    """A number of so many digits, rounded by `math.floor` or `math.ceil`; infinity stays.

    >>> outwards(0.1234, math.floor, 2), outwards(1234.0, math.ceil, 3)
    (0.12, 1240.0)
    """
    if not value or not math.isfinite(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    return float(f"{rounding(value / unit) * unit:.{digits}g}")
