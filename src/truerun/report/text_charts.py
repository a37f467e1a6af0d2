"""Charts of rows with labels as text, for the comment: no more columns than a phone shows.

Mermaid has no mark for an interval, joins categories by a line, and cuts their labels.
"""

from collections.abc import Iterator

from truerun.report.document import MARKS, Interval, Intervals, Levels, plain, signed
from truerun.report.terminal import columns, wrapped

WIDTH = 38  # columns: a phone of 390 pixels shows 40 of them
INDENT = "  "
LINE, POINT, OTHER, LEFT, RIGHT, ZERO = "─●○├┤│"


def chart(drawn: Intervals | Levels) -> str:
    """A chart: for each row its label with the figures, and a line below it."""
    lines = _intervals(drawn) if isinstance(drawn, Intervals) else _levels(drawn)
    return "\n".join(line.rstrip() for line in lines)


def legend(drawn: Intervals | Levels) -> str:
    """Which sign is what."""
    if isinstance(drawn, Intervals):
        return f"({POINT} difference, {LEFT}{LINE}{RIGHT} its interval, {ZERO} none)"
    base, head = drawn.sides
    return f"({OTHER} {base}, {POINT} {head})"


def _intervals(drawn: Intervals) -> Iterator[str]:
    ends = [end for row in drawn.rows for end in _ends(row)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    zero = _place(0, low, high)
    for row in drawn.rows:
        sign = MARKS[row.verdict]
        yield from _label(f"{sign} {row.label}: {signed(row.value)}")
        left, point, right = (_place(end, low, high) for end in _ends(row))
        line = [" "] * WIDTH
        line[zero] = ZERO
        if left < right:
            line[left : right + 1] = [LEFT, *LINE * (right - left - 1), RIGHT]
        line[point] = POINT
        yield INDENT + "".join(line)
    yield INDENT + _axis(signed(low) if low else "", zero, signed(high) if high else "")


def _ends(row: Interval) -> tuple[float, float, float]:
    """The lower end, the value and the upper end."""
    low = row.value if row.low is None else row.low
    return low, row.value, row.value if row.high is None else row.high


def _levels(drawn: Levels) -> Iterator[str]:
    high = max(max(row.base, row.head) for row in drawn.rows)
    for row in drawn.rows:
        yield from _label(f"{row.label}: {plain(row.base)} → {plain(row.head)}")
        base, head = (_place(end, 0, high) for end in (row.base, row.head))
        line = [" "] * WIDTH
        line[0] = ZERO
        line[min(base, head) : max(base, head) + 1] = LINE * (abs(head - base) + 1)
        line[base] = OTHER
        line[head] = POINT
        yield INDENT + "".join(line)
    yield INDENT + _axis("", 0, plain(high))


def _label(text: str) -> Iterator[str]:
    """A label, whole, in as many lines as it takes."""
    first, *rest = wrapped(text, WIDTH)
    yield first
    yield from (INDENT + line for line in rest)


def _place(value: float, low: float, high: float) -> int:
    """The column of a value."""
    return round((value - low) / (high - low) * (WIDTH - 1))


def _axis(low: str, zero: int, high: str) -> str:
    """The ends of the scale, and its 0 where there is room for it between them."""
    line = [*low.ljust(WIDTH - columns(high)), *high]
    if len(low) + bool(low) <= zero < WIDTH - len(high) - bool(high):
        line[zero] = "0"
    return "".join(line)
