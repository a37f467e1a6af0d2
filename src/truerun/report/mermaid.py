"""Charts as Mermaid, which GitHub draws from the text itself: lines alone, without a legend."""

import json
import re
from collections.abc import Iterable, Iterator

from truerun.report.document import Chart, Curves, Histogram, Interval, Intervals, Levels

GREY, BLUE, LIGHT = "#8b949e", "#2f81f7", "#8ac2ff"  # seen on white and on black
LABEL = 20  # characters
# What differences are drawn in, by how large they get: ticks with more digits run into each other.
SCALES = ((1, 1000, "thousandths, "), (1000, 1, ""), (float("inf"), 0.001, "thousands, "))
OTHER = re.compile(r"[^A-Za-z0-9 .,-]")


def chart(drawn: Chart) -> str:
    """A chart with numbers alone, and labels of plain letters."""
    match drawn:
        case Histogram():
            kind, colours, lines = "xychart-beta", [GREY, BLUE], _histogram(drawn)
        case Curves():
            kind, colours, lines = "xychart-beta", [GREY, BLUE], _curves(drawn)
        case Intervals():
            kind, colours = "xychart-beta horizontal", [GREY, LIGHT, LIGHT, BLUE]
            lines = _intervals(drawn)
        case Levels():
            kind, colours, lines = "xychart-beta horizontal", [GREY, BLUE], _levels(drawn)
    theme = {"themeVariables": {"xyChart": {"plotColorPalette": ", ".join(colours)}}}
    return "\n".join([f"%%{{init: {json.dumps(theme)}}}%%", kind, *(f"  {line}" for line in lines)])


def legend(drawn: Chart) -> str:
    """Which colour is what."""
    if isinstance(drawn, Intervals):
        return "(blue: difference, light blue: its interval, grey: no difference)"
    sides = drawn.sides if isinstance(drawn, Levels) else (one.label for one in drawn.series)
    base, head = sides
    return f"(grey: {base}, blue: {head})"


def _histogram(drawn: Histogram) -> Iterator[str]:
    """Each bin as a point in its middle."""
    first, last = (sum(ends) / 2 for ends in (drawn.edges[:2], drawn.edges[-2:]))
    yield f'x-axis "{drawn.x}" {_number(first)} --> {_number(last)}'
    yield f'y-axis "rows" 0 --> {_number(max(max(one.values) for one in drawn.series))}'
    yield from (_line(one.values) for one in drawn.series)


def _curves(drawn: Curves) -> Iterator[str]:
    yield f'x-axis "{drawn.x}" 0 --> 1'
    yield f'y-axis "{drawn.y}" 0 --> 1'
    yield from (_line(one.values) for one in drawn.series)


def _levels(drawn: Levels) -> Iterator[str]:
    yield f"x-axis [{', '.join(_labels(row.label for row in drawn.rows))}]"
    yield f'y-axis "{drawn.x}" 0 --> {_number(max(max(row.base, row.head) for row in drawn.rows))}'
    yield _line(row.base for row in drawn.rows)
    yield _line(row.head for row in drawn.rows)


def _intervals(drawn: Intervals) -> Iterator[str]:
    """A line through the differences, between lines through the ends of their intervals."""
    lines = [
        [0.0 for _ in drawn.rows],
        [_end(row, row.low) for row in drawn.rows],
        [_end(row, row.high) for row in drawn.rows],
        [row.value for row in drawn.rows],
    ]
    reach = max(abs(end) for line in lines for end in line)
    scale, unit = next((scale, unit) for most, scale, unit in SCALES if reach < most)
    yield f"x-axis [{', '.join(_labels(row.label for row in drawn.rows))}]"
    yield f'y-axis "{unit}better to the right"'
    yield from (_line(scale * end for end in line) for line in lines)


def _end(row: Interval, value: float | None) -> float:
    return row.value if value is None else value


def _labels(labels: Iterable[str]) -> list[str]:
    """Labels of letters and digits, no two the same."""
    unique: list[str] = []
    for label in labels:
        plain = OTHER.sub("-", label)[:LABEL].strip() or "-"
        quoted = f'"{plain}"'
        unique.append(quoted if quoted not in unique else f'"{plain} {len(unique) + 1}"')
    return unique


def _line(values: Iterable[float]) -> str:
    return f"line [{', '.join(map(_number, values))}]"


def _number(value: float) -> str:
    """A number without an exponent."""
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")
