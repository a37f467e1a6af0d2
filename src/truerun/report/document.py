"""What a report consists of, whatever it is rendered to: plain texts, tables and charts.

Every text may hold what someone else wrote, so each renderer escapes all of them. The one exception
is the title of a folded section, which is in our own words.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paragraph:
    """A few sentences."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list of short texts; `links` are the pages beside this one that they lead to, if any."""

    items: tuple[str, ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Code:
    """What a program printed, line by line."""

    text: str


@dataclass(frozen=True)
class Table:
    """Cells by row; `align` has a letter for each column.

    l is for texts, r for numbers, and v for verdicts and outcomes, which get their sign.
    """

    caption: str
    columns: tuple[str, ...]
    align: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Series:
    """One of the two sides in a chart."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Histogram:
    """Rows by bin; `edges` has one number more than each series has."""

    title: str
    description: str
    x: str
    edges: tuple[float, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Curves:
    """Curves from (0, 0) to (1, 1), each given by its heights at places evenly apart."""

    title: str
    description: str
    x: str
    y: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Interval:
    """How far a figure moved, positive for the better, with its interval where there is one."""

    label: str
    value: float
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True)
class Intervals:
    """Differences with their intervals, one below the other."""

    title: str
    description: str
    rows: tuple[Interval, ...]


@dataclass(frozen=True)
class Level:
    """A figure of both sides."""

    label: str
    base: float
    head: float


@dataclass(frozen=True)
class Levels:
    """Figures from 0 on of the two `sides`, one pair below the other."""

    title: str
    description: str
    x: str
    sides: tuple[str, str]
    rows: tuple[Level, ...]


@dataclass(frozen=True)
class Point:
    """A figure of a commit, with its interval where there is one; `link` leads to the commit.

    `release` is what was released of it.
    """

    label: str
    day: str
    value: float
    low: float | None
    high: float | None
    link: str | None
    release: str


@dataclass(frozen=True)
class Timeline:
    """A figure by commit, the oldest first; the description says what to see."""

    title: str
    description: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Mark:
    """A place across a chart that has a name."""

    label: str
    x: float


@dataclass(frozen=True)
class Lines:
    """A line for each side over the same `places`, which ascend; some places are marked."""

    title: str
    description: str
    x: str
    y: str
    places: tuple[float, ...]
    series: tuple[Series, ...]
    marks: tuple[Mark, ...]


Chart = Histogram | Curves | Intervals | Levels
PageChart = Chart | Timeline | Lines
# Verdicts and outcomes as signs that read without colour.
MARKS = {
    "better": "▲",
    "worse": "▼",
    "can't tell": "○",
    "the same": "=",
    "not judged": "·",
}
MARKS |= zip(("pass", "warn", "fail"), "✓!✗", strict=True)


def reading(chart: PageChart) -> str:
    """What to see in a chart, in a line."""
    match chart:
        case Intervals(rows=rows):
            counts = [f"{len(rows)} shown"]
            for verdict in ("better", "worse"):
                number = sum(row.verdict == verdict for row in rows)
                counts.append(f"{number or 'none'} {verdict}")
            least = min(rows, key=lambda row: row.value)
            return f"{', '.join(counts)}; lowest is {least.label}, {signed(least.value)}."
        case Levels(rows=rows, sides=(base, head)):
            most = max(rows, key=lambda row: abs(row.head - row.base))
            return (
                f"The most moved is {most.label}: {plain(most.base)} in {base}, "
                f"{plain(most.head)} in {head}."
            )
        case _:
            return chart.description


def plain(value: float) -> str:
    """A number in four digits at most, without an exponent where it is of usual size.

    >>> plain(0.41), plain(9100.0), plain(1234567.0)
    ('0.41', '9,100', '1,234,567')
    """
    if 1e3 <= abs(value) < 1e9:  # noqa: PLR2004
        return f"{value:,.0f}"
    return f"{value + 0.0:.4g}"


def signed(value: float) -> str:
    """A difference in three digits, with its sign.

    >>> signed(-0.011141), signed(0.9), signed(1234.5)
    ('-0.0111', '+0.9', '+1,234')
    """
    rounded = plain(float(f"{value:.3g}") if abs(value) < 1e3 else value)  # noqa: PLR2004
    return f"+{rounded}" if value > 0 else rounded


@dataclass(frozen=True)
class Wide:
    """A chart for the page alone, where there is room."""

    chart: PageChart


Block = Paragraph | Items | Code | Table | Chart | Wide


@dataclass(frozen=True)
class ReportSection:
    """A title and what stands below it; `folded` where a reader unfolds it if it matters."""

    title: str
    blocks: tuple[Block, ...]
    folded: bool = True

    @property
    def several_tables(self) -> bool:
        """Whether a table needs its caption, the title being that of others too."""
        return sum(isinstance(block, Table) for block in self.blocks) > 1


@dataclass(frozen=True)
class Document:
    """A report: the answer in a few words, the reasons in a few sentences, and all the rest.

    `change` is what was changed and what came of it, in a sentence; empty where neither is known.
    `outcome` is the colour of the answer: pass, warn or fail.
    """

    outcome: str
    answer: str
    reasons: str
    change: str
    sections: tuple[ReportSection, ...]
    footer: str
