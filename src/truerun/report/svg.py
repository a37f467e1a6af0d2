"""Charts as SVG for the page: colours come from its style sheet, every figure has words too."""

import math
from collections.abc import Sequence
from html import escape

from truerun.report.document import Chart, Curves, Histogram, Interval, Intervals, Levels
from truerun.report.visible_text import short

WIDTH, HEIGHT = 400, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 44  # margins
LABELS = 140  # room for the labels of intervals
LABEL = 19  # characters of a label
ROW = 24  # height of an interval
MARK = 4  # half the size of a mark
SIDES = ("base", "head")
STEPS = (1, 2, 2.5, 5, 10)
TICKS = 5
THOUSAND, MILLION = 1e3, 1e6


def figure(chart: Chart) -> str:
    """A chart with its title."""
    match chart:
        case Histogram():
            drawn, height = _histogram(chart), HEIGHT
        case Curves():
            drawn, height = _curves(chart), HEIGHT
        case Intervals():
            drawn, height = _intervals(chart), TOP + ROW * len(chart.rows) + BOTTOM
        case Levels():
            drawn, height = _levels(chart), TOP + ROW * len(chart.rows) + BOTTOM
    return (
        f"<figure>\n<figcaption>{escape(chart.title)}{_legend(chart)}</figcaption>\n"
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(chart.description)}">\n' + "\n".join([*drawn, "</svg>\n</figure>"])
    )


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers between two."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in STEPS if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _legend(chart: Chart) -> str:
    """Which line is whose."""
    if isinstance(chart, Intervals):
        return ""
    labels = chart.sides if isinstance(chart, Levels) else [one.label for one in chart.series]
    if len(labels) < len(SIDES):
        return ""
    keys = [
        f'<span class="key {side}">{escape(label)}</span>'
        for side, label in zip(SIDES, labels, strict=True)
    ]
    return " " + " ".join(keys)


def _histogram(chart: Histogram) -> list[str]:
    low, high = chart.edges[0], chart.edges[-1]
    top = max(max(one.values) for one in chart.series) * 1.05
    drawn = _axes((low, high), (0, top), chart.x, "rows")
    sides = SIDES if len(chart.series) == len(SIDES) else ("head",)
    for side, one in zip(sides, chart.series, strict=True):
        points = [(low, 0.0)]
        for number, value in enumerate(one.values):
            points += [(chart.edges[number], value), (chart.edges[number + 1], value)]
        points.append((high, 0.0))
        path = _path([(_across(x, low, high), _up(y, 0, top)) for x, y in points])
        drawn += [
            f'<path class="area {side}" d="{path}"/>',
            f'<path class="line {side}" d="{path}"/>',
        ]
    return drawn


def _curves(chart: Curves) -> list[str]:
    drawn = _axes((0, 1), (0, 1), chart.x, chart.y)
    chance = _path([(_across(x, 0, 1), _up(x, 0, 1)) for x in (0, 1)])
    drawn.append(f'<path class="grid" d="{chance}"/>')
    for side, one in zip(SIDES, chart.series, strict=True):
        places = len(one.values) - 1
        points = [(_across(n / places, 0, 1), _up(y, 0, 1)) for n, y in enumerate(one.values)]
        drawn.append(f'<path class="line {side}" d="{_path(points)}"/>')
    return drawn


def _intervals(chart: Intervals) -> list[str]:
    ends = [0.0] + [
        end for row in chart.rows for end in (row.value, row.low, row.high) if end is not None
    ]
    reach = (max(ends) - min(ends)) * 0.04
    low, high = min(ends) - reach, max(ends) + reach
    drawn = _floor((low, high), len(chart.rows), "difference, better to the right")
    for number, row in enumerate(chart.rows):
        y = TOP + ROW * (number + 0.5)
        drawn.append(_text(LABELS - 8, y + 4, short(row.label, LABEL), "end"))
        if row.low is not None and row.high is not None:
            x, end = (_across(value, low, high, LABELS) for value in (row.low, row.high))
            drawn.append(_line(_kind(row), x, y, end, y))
        drawn.append(_mark(row, _across(row.value, low, high, LABELS), y))
    return drawn


def _levels(chart: Levels) -> list[str]:
    """A dot for each side, and a line between the two."""
    high = max(max(row.base, row.head) for row in chart.rows) * 1.04
    drawn = _floor((0, high), len(chart.rows), chart.x)
    for number, row in enumerate(chart.rows):
        y = TOP + ROW * (number + 0.5)
        ends = [_across(value, 0, high, LABELS) for value in (row.base, row.head)]
        drawn.append(_text(LABELS - 8, y + 4, short(row.label, LABEL), "end"))
        drawn.append(_line("zero", ends[0], y, ends[1], y))
        drawn += [
            f'<circle class="dot {side}" cx="{x:.1f}" cy="{y:.1f}" r="{MARK}"/>'
            for side, x in zip(SIDES, ends, strict=True)
        ]
    return drawn


def _floor(across: tuple[float, float], rows: int, label: str) -> list[str]:
    """The axis below rows that have labels, and its lines."""
    low, high = across
    bottom = TOP + ROW * rows
    drawn = []
    for tick in ticks(low, high):
        x = _across(tick, low, high, LABELS)
        kind = "zero" if abs(tick) < (high - low) * 1e-6 else "grid"
        drawn.append(_line(kind, x, TOP, x, bottom))
        drawn.append(_text(x, bottom + 16, _tick(tick), "middle"))
    drawn.append(_text((LABELS + WIDTH - RIGHT) / 2, bottom + 36, label, "middle"))
    return drawn


def _mark(row: Interval, x: float, y: float) -> str:
    """A triangle up for better, down for worse, a ring for "can't tell"."""
    kind = _kind(row)
    if kind == "unsure":
        return f'<circle class="unsure" cx="{x:.1f}" cy="{y:.1f}" r="{MARK}"/>'
    tip = -MARK if kind == "better" else MARK
    points = [(x - MARK - 1, y - tip), (x + MARK + 1, y - tip), (x, y + tip * 1.4)]
    return f'<path class="{kind}" d="{_path(points)}Z"/>'


def _kind(row: Interval) -> str:
    return row.verdict if row.verdict in ("better", "worse") else "unsure"


def _axes(
    across: tuple[float, float], up: tuple[float, float], x_label: str, y_label: str
) -> list[str]:
    """Two axes with ticks and labels, and lines for the eye."""
    drawn = []
    floor, wall = HEIGHT - BOTTOM, WIDTH - RIGHT
    for tick in ticks(*up):
        y = _up(tick, *up)
        drawn.append(_line("grid", LEFT, y, wall, y))
        drawn.append(_text(LEFT - 6, y + 4, _tick(tick), "end"))
    for tick in ticks(*across):
        x = _across(tick, *across)
        drawn.append(_line("grid", x, TOP, x, floor))
        drawn.append(_text(x, floor + 16, _tick(tick), "middle"))
    middle = (TOP + floor) / 2
    drawn.append(_text((LEFT + wall) / 2, floor + 36, x_label, "middle"))
    turned = f'transform="rotate(-90 11 {middle:.1f})"'
    drawn.append(
        f'<text x="11" y="{middle:.1f}" text-anchor="middle" {turned}>{escape(y_label)}</text>'
    )
    return drawn


def _across(value: float, low: float, high: float, left: float = LEFT) -> float:
    return left + (value - low) / (high - low) * (WIDTH - RIGHT - left)


def _up(value: float, low: float, high: float) -> float:
    return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _tick(value: float) -> str:
    """A number without needless zeros, thousands as k and millions as M."""
    if abs(value) >= MILLION:
        return f"{value / MILLION:g} M"
    if abs(value) >= THOUSAND:
        return f"{value / THOUSAND:g} k"
    return f"{round(value, 6) + 0.0:.6f}".rstrip("0").rstrip(".")


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _line(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line class="{kind}" {ends}/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
