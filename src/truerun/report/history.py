"""The section about the newest commits of main: a chart for each figure, a point a commit."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from truerun.report import schema
from truerun.report.document import Point, ReportSection, Timeline, Wide
from truerun.report.visible_text import short, visible
from truerun.report.words import NAME, SENTENCE, Json, capital, digits, facts, figure, label, value

SCHEMA = resources.files(__package__) / "history.schema.json"
COMMIT = 10  # characters
LARGEST = 1e12  # of a figure that is drawn
VALUE = "value"  # the metric that says what the decisions are worth
OTHERS = {
    "rows": "rows",
    "age_days": "age of the data in days",
    "train_seconds": "training time in seconds",
}


def load(path: Path) -> Json:
    """Read the file that `truerun history` wrote.

    Raises
    ------
    ComparisonError
        If it cannot be read, or is not of the shape of a history.
    """
    return schema.load(path, SCHEMA, "a history")


def section(history: Json, comparison: Json, commits_url: str | None) -> Iterator[ReportSection]:
    """The main metric, its value where there is one, rows, age of the data and cost; if known."""
    commits = visible(history)["commits"]
    charts: list[Wide] = []
    for name in (comparison["main_metric"], VALUE):
        charts += _metric(commits, facts(comparison, name), commits_url)
    for key, words in OTHERS.items():
        charts += _drawn(words, [(one, one[key], None) for one in commits], value, commits_url)
    if charts:
        title = f"History: the newest {len(commits):,} commits"
        yield ReportSection(title, tuple(charts), folded=False)


def _metric(commits: Sequence[Json], metric: Json, commits_url: str | None) -> list[Wide]:
    """A metric by commit, with the interval of its change against the commit before."""
    name = metric["metric"]
    points = [(one, one["metrics"].get(name), one["changes"].get(name)) for one in commits]
    decimals = digits(metric, *(number for _, number, _ in points))
    return _drawn(label(metric), points, lambda number: figure(number, decimals), commits_url)


def _drawn(
    title: str,
    points: Sequence[tuple[Json, float | None, Sequence[float] | None]],
    formatted: Callable[[float], str],
    commits_url: str | None,
) -> list[Wide]:
    """A chart, if two commits or more have the figure."""
    drawn = []
    for commit, number, change in points:
        if number is None or abs(number) >= LARGEST:
            continue
        low, high = (number + change[0], number + change[1]) if change else (None, None)
        between = "" if low is None or high is None else f" ({formatted(low)} to {formatted(high)})"
        name, day = commit["commit"][:COMMIT], _day(commit)
        release = short(", ".join(commit["releases"]), NAME)
        released = f", released as {release}" if release else ""
        subject = short(commit["subject"], SENTENCE)
        words = f"{day}, {name}, {subject}: {formatted(number)}{between}{released}"
        link = f"{commits_url.rstrip('/')}/{commit['commit']}" if commits_url else None
        drawn.append(Point(words, day, number, low, high, link, release))
    if len(drawn) < 2:  # noqa: PLR2004 -- one point is no history
        return []
    first, last = drawn[0], drawn[-1]
    reading = (
        f"{formatted(first.value)} at each of {len(drawn):,} commits."
        if len({formatted(point.value) for point in drawn}) == 1
        else f"{formatted(first.value)} on {first.day}, {formatted(last.value)} on {last.day}."
    )
    if any(point.low is not None for point in drawn):
        reading += " A line is the interval of the change against the commit before."
    if any(point.release for point in drawn):
        reading += " A ring is a release."
    return [Wide(Timeline(capital(title), reading, tuple(drawn)))]


def _day(commit: Json) -> str:
    return f"{datetime.fromtimestamp(commit['time'], UTC):%Y-%m-%d}"
