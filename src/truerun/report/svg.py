"""Charts as SVG for the page: colours come from its style sheet, every figure has words too."""

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from truerun.report.document import (
    Curves,
    Histogram,
    Interval,
    Intervals,
    Levels,
    Lines,
    PageChart,
    Timeline,
    plain,
    reading,
    signed,
)

WIDTH, HEIGHT = 400, 250
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 12, 44  # margins
LOW, FOOT = 170, 28  # height of a chart of commits, and of the days below it
LABELS = 150  # room for the labels of intervals
LETTER = 12.5  # height of letters: their widths are parts of it, at most those of a wide font
WIDTHS = {"ijl.,:;|!'": 0.37, "ftr()[]- /": 0.47, "mwMW@%…": 1.05}
SMALL, LARGE, FULL = (
    0.66,
    0.8,
    1.05,
)  # of other letters: small ones and digits, capitals, of the East
ROW = 24  # height of an interval
MARK = 4  # half the size of a mark
MARKED = 15  # height of the name of a marked place
SIDES = ("base", "head")
STEPS = (1, 2, 2.5, 5, 10)
TICKS = 5
THOUSAND, MILLION = 1e3, 1e6


def figure(chart: PageChart) -> str:
    """A chart with its title."""
    match chart:
        case Histogram():
            drawn, height = _histogram(chart), HEIGHT
        case Curves():
            drawn, height = _curves(chart), HEIGHT
        case Lines():
            drawn, height = _lines(chart), HEIGHT
        case Timeline():
            drawn, height = _timeline(chart), LOW
        case Intervals():
            drawn, height = _intervals(chart), TOP + ROW * len(chart.rows) + BOTTOM
        case Levels():
            drawn, height = _levels(chart), TOP + ROW * len(chart.rows) + BOTTOM
    return (
        f"<figure>\n<figcaption>{escape(chart.title)}{_legend(chart)}"
        f'<span class="reading">{escape(reading(chart))}</span></figcaption>\n'
        f'<svg viewBox="0 0 {WIDTH} {height}" role="{_role(chart)}" '
        f'aria-label="{escape(chart.description)}">\n' + "\n".join([*drawn, "</svg>\n</figure>"])
    )


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers between two."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in STEPS if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def fitted(text: str, room: float) -> str:
    """As much of a label as there is room for, in whatever font."""
    if _width(text) <= room:
        return text
    kept = len(text)
    while kept and _width(f"{text[:kept]}…") > room:
        kept -= 1
    return f"{text[:kept].rstrip()}…"


def _width(text: str) -> float:
    """How wide a text is at most."""
    return LETTER * sum(map(_letter, text))


def _letter(letter: str) -> float:
    for letters, width in WIDTHS.items():
        if letter in letters:
            return width
    if not letter.isascii():
        return FULL
    return LARGE if letter.isupper() else SMALL


def _legend(chart: PageChart) -> str:
    """Which line is whose."""
    if isinstance(chart, Intervals | Timeline):
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
    for number, (left, right) in enumerate(pairwise(chart.edges)):
        counts = "; ".join(f"{one.label}: {one.values[number]:,.0f} rows" for one in chart.series)
        ends = (_across(left, low, high), TOP), (_across(right, low, high), HEIGHT - BOTTOM)
        drawn.append(_tooltip(*ends, f"{plain(left)} to {plain(right)}: {counts}"))
    return drawn


def _curves(chart: Curves) -> list[str]:
    drawn = _axes((0, 1), (0, 1), chart.x, chart.y)
    chance = _path([(_across(x, 0, 1), _up(x, 0, 1)) for x in (0, 1)])
    drawn.append(f'<path class="grid" d="{chance}"/>')
    for side, one in zip(SIDES, chart.series, strict=True):
        places = len(one.values) - 1
        points = [(_across(n / places, 0, 1), _up(y, 0, 1)) for n, y in enumerate(one.values)]
        drawn.append(f'<path class="line {side}" d="{_path(points)}"/>')
    places = len(chart.series[0].values)
    for number in range(places):
        at, half = number / (places - 1), 0.5 / (places - 1)
        heights = "; ".join(f"{one.label}: {one.values[number]:.3f}" for one in chart.series)
        left, right = (_across(min(1, max(0, at + end)), 0, 1) for end in (-half, half))
        ends = (left, TOP), (right, HEIGHT - BOTTOM)
        drawn.append(_tooltip(*ends, f"{chart.x} {at:.3f}, {chart.y}: {heights}"))
    return drawn


def _lines(chart: Lines) -> list[str]:
    """Lines over the same places, those marked as lines upright, their names above each other."""
    values = [value for one in chart.series for value in one.values]
    room = (max(values) - min(values)) * 0.06
    up = min(values) - room, max(values) + room
    across = chart.places[0], chart.places[-1]
    drawn = _axes(across, up, chart.x, chart.y)
    for number, mark in enumerate(chart.marks):
        x, left = _across(mark.x, *across), mark.x < sum(across) / 2
        drawn.append(_line("zero", x, TOP, x, HEIGHT - BOTTOM))
        y, beside = HEIGHT - BOTTOM - 8 - MARKED * number, 5 if left else -5
        label = fitted(mark.label, (WIDTH - RIGHT - x if left else x - LEFT) - abs(beside))
        drawn.append(_text(x + beside, y, label, "start" if left else "end"))
    for side, one in zip(SIDES, chart.series, strict=True):
        points = [
            (_across(x, *across), _up(y, *up))
            for x, y in zip(chart.places, one.values, strict=True)
        ]
        drawn.append(f'<path class="line {side}" d="{_path(points)}"/>')
    middles = [across[0], *(sum(ends) / 2 for ends in pairwise(chart.places)), across[1]]
    for number, ends in enumerate(pairwise(middles)):
        heights = "; ".join(f"{one.label}: {plain(one.values[number])}" for one in chart.series)
        left_end, right_end = (_across(end, *across) for end in ends)
        corners = (left_end, TOP), (right_end, HEIGHT - BOTTOM)
        drawn.append(_tooltip(*corners, f"{chart.x} {plain(chart.places[number])}: {heights}"))
    return drawn


def _timeline(chart: Timeline) -> list[str]:
    """A point for each commit, the days of the first and the last below."""
    ends = [
        end
        for point in chart.points
        for end in (point.value, point.low, point.high)
        if end is not None
    ]
    room = (max(ends) - min(ends)) * 0.08 or abs(ends[0]) * 0.01 or 1.0
    low, high, floor = min(ends) - room, max(ends) + room, LOW - FOOT

    def up(value: float) -> float:
        return floor - (value - low) / (high - low) * (floor - TOP)

    drawn = []
    for tick in ticks(low, high):
        drawn.append(_line("grid", LEFT, up(tick), WIDTH - RIGHT, up(tick)))
        drawn.append(_text(LEFT - 6, up(tick) + 4, _tick(tick), "end"))
    last = len(chart.points) - 1
    places = [_across(number, 0, last, LEFT + 8) for number in range(last + 1)]
    at = [(x, up(point.value)) for x, point in zip(places, chart.points, strict=True)]
    drawn.append(f'<path class="line base" d="{_path(at)}"/>')
    for (x, y), point in zip(at, chart.points, strict=True):
        if point.low is not None and point.high is not None:
            drawn.append(_line("line head", x, up(point.low), x, up(point.high)))
        mark = (
            f'<circle class="dot head" cx="{x:.1f}" cy="{y:.1f}" r="{MARK - 1}">'
            f"<title>{escape(point.label)}</title></circle>"
        )
        drawn.append(f'<a href="{escape(point.link)}">{mark}</a>' if point.link else mark)
        if point.release:
            drawn.append(f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="{MARK + 3}"/>')
    drawn.append(_text(LEFT, floor + 18, chart.points[0].day, "start"))
    drawn.append(_text(WIDTH - RIGHT, floor + 18, chart.points[-1].day, "end"))
    return drawn


def _role(chart: PageChart) -> str:
    """An image for all eyes; one that holds links is a group."""
    links = isinstance(chart, Timeline) and any(point.link for point in chart.points)
    return "group" if links else "img"


def _intervals(chart: Intervals) -> list[str]:
    ends = [0.0] + [
        end for row in chart.rows for end in (row.value, row.low, row.high) if end is not None
    ]
    reach = (max(ends) - min(ends)) * 0.04
    low, high = min(ends) - reach, max(ends) + reach
    drawn = _floor((low, high), len(chart.rows), "difference, better to the right")
    for number, row in enumerate(chart.rows):
        y = TOP + ROW * (number + 0.5)
        drawn.append(_text(LABELS - 8, y + 4, fitted(row.label, LABELS - 12), "end"))
        if row.low is not None and row.high is not None:
            x, end = (_across(value, low, high, LABELS) for value in (row.low, row.high))
            drawn.append(_line(_kind(row), x, y, end, y))
        drawn.append(_mark(row, _across(row.value, low, high, LABELS), y))
        unsure = row.low is None or row.high is None
        between = "" if unsure else f" ({signed(row.low or 0)} to {signed(row.high or 0)})"
        words = f"{row.label}: {signed(row.value)}{between}, {row.verdict}"
        drawn.append(_tooltip((0, y - ROW / 2), (WIDTH, y + ROW / 2), words))
    return drawn


def _levels(chart: Levels) -> list[str]:
    """A dot for each side, and a line between the two."""
    high = max(max(row.base, row.head) for row in chart.rows) * 1.04
    drawn = _floor((0, high), len(chart.rows), chart.x)
    for number, row in enumerate(chart.rows):
        y = TOP + ROW * (number + 0.5)
        ends = [_across(value, 0, high, LABELS) for value in (row.base, row.head)]
        drawn.append(_text(LABELS - 8, y + 4, fitted(row.label, LABELS - 12), "end"))
        drawn.append(_line("zero", ends[0], y, ends[1], y))
        drawn += [
            f'<circle class="dot {side}" cx="{x:.1f}" cy="{y:.1f}" r="{MARK}"/>'
            for side, x in zip(SIDES, ends, strict=True)
        ]
        values = zip(chart.sides, (row.base, row.head), strict=True)
        levels = "; ".join(f"{side}: {plain(value)}" for side, value in values)
        drawn.append(_tooltip((0, y - ROW / 2), (WIDTH, y + ROW / 2), f"{row.label}: {levels}"))
    return drawn


def _tooltip(corner: tuple[float, float], opposite: tuple[float, float], text: str) -> str:
    """A part of a chart that tells its figures when the pointer is on it."""
    (x, y), (to_x, to_y) = corner, opposite
    path = _path([(x, y), (to_x, y), (to_x, to_y), (x, to_y)])
    return f'<path class="told" d="{path}Z"><title>{escape(text)}</title></path>'


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
    turned = f'transform="rotate(-90 14 {middle:.1f})"'
    drawn.append(
        f'<text x="14" y="{middle:.1f}" text-anchor="middle" {turned}>{escape(y_label)}</text>'
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
