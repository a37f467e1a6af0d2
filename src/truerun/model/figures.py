"""How a metric's figure is written, wherever it is shown on this side of the report."""

import math

USUAL, MOST = 4, 9  # decimals
SMALL, HUGE = 0.001, 1e6  # a huge figure has four digits in all


def decimals(*values: float | None) -> int:
    """Decimals by the largest of some figures: four, fewer if it is large and more if it is tiny.

    >>> decimals(0.7363, 0.7367), decimals(24310.52), decimals(0.00042)
    (4, 0, 8)
    """
    size = max((abs(value) for value in values if value is not None), default=0.0)
    if not size:
        return USUAL
    digits = USUAL - math.floor(math.log10(size))
    return min(MOST, digits) if size < SMALL else min(USUAL, max(0, digits))


def figure(value: float | None, places: int | None = None) -> str:
    """A figure with `places` decimals, or by its size up to four; "none" where there is none.

    >>> figure(0.73628), figure(0.00051534), figure(24310.52), figure(None), figure(0.73628, 3)
    ('0.7363', '0.0005', '24,311', 'none', '0.736')
    """
    return "none" if value is None else _written(value, "", places)


def change(value: float, places: int | None = None) -> str:
    """A difference, with its sign.

    >>> change(0.00042, 4)
    '+0.0004'
    """
    return _written(value, "+", places)


def _written(value: float, sign: str, places: int | None) -> str:
    if abs(value) >= HUGE:
        return f"{value:{sign}.4g}"
    return f"{value:{sign},.{min(USUAL, decimals(value)) if places is None else places}f}"
