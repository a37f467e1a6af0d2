"""Curves over numbers as Mermaid, which GitHub draws from the text itself: without a legend."""

import json
from collections.abc import Iterable, Iterator

from truerun.report.document import Curves, Histogram

GREY, BLUE = "#8b949e", "#2f81f7"  # seen on white and on black
SIZE = {"width": 420, "height": 320}  # pixels, at which a phone shows every letter


def chart(drawn: Histogram | Curves) -> str:
    """A chart with numbers alone: its axes are in our own words."""
    lines = _histogram(drawn) if isinstance(drawn, Histogram) else _curves(drawn)
    theme = {
        "xyChart": SIZE,
        "themeVariables": {"xyChart": {"plotColorPalette": f"{GREY}, {BLUE}"}},
    }
    head = [f"%%{{init: {json.dumps(theme)}}}%%", "xychart-beta"]
    return "\n".join([*head, *(f"  {line}" for line in lines)])


def legend(drawn: Histogram | Curves) -> str:
    """Which colour is what."""
    base, head = (one.label for one in drawn.series)
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


def _line(values: Iterable[float]) -> str:
    return f"line [{', '.join(map(_number, values))}]"


def _number(value: float) -> str:
    """A number without an exponent."""
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")
