"""The folder of pages: one of each day, and an index, made of what was kept of each day."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from truerun.base import text_files
from truerun.base.errors import MorningError
from truerun.model.tasks import TASKS
from truerun.monitor.document import ANSWERS, OUTCOMES
from truerun.monitor.result import MonitorResult, PeriodResult
from truerun.report import page
from truerun.report.document import (
    Block,
    Document,
    Items,
    Paragraph,
    Point,
    ReportSection,
    Timeline,
    Wide,
    plain,
)
from truerun.report.visible_text import visible_text

INDEX = "index.html"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json")
MOST = 90  # days in the chart
MAIN = {str(task): facts.main_metric for task, facts in TASKS.items()}
Said = MonitorResult | str  # what is known of a day, or why nothing is


def add(site: Path, day: dt.date, result: Said, made: Path) -> None:
    """Add the page of a day, and make the index anew.

    Parameters
    ----------
    made : the page that the monitor has made of the day, if it has said anything.

    Raises
    ------
    MorningError
        If the folder holds what is none of ours, or cannot be written.
    """
    try:
        site.mkdir(parents=True, exist_ok=True)
        if isinstance(result, str):
            text_files.write_text(site / f"{day}.html", page.render(_unknown(day, result), None))
            content: object = {"unknown": result}
        else:
            text_files.write_text(site / f"{day}.html", made.read_text(encoding="utf-8"))
            content = result.model_dump(mode="json")
        text_files.write_text(site / f"{day}.json", json.dumps(content, indent=1) + "\n")
        text_files.write_text(site / INDEX, page.render(index(dict(_days(site))), None))
    except OSError as error:
        raise MorningError(f"cannot write {site}: {error.strerror or error}") from error


def index(days: dict[dt.date, Said]) -> Document:
    """The newest day's answer, the main metric by day, and a line that leads to each day."""
    newest = max(days)
    result = days[newest]
    order = sorted(days, reverse=True)
    blocks: list[Block] = [
        Items(tuple(line(day, days[day]) for day in order), tuple(f"{day}.html" for day in order))
    ]
    results = [each for each in days.values() if isinstance(each, MonitorResult)]
    if points := tuple(_points(days)):
        label = _label(results[-1])
        chart = Timeline(
            f"{label} by day",
            f"{label} of each day whose outcomes are known, with its 95 % interval.",
            points,
        )
        blocks.insert(0, Wide(chart))
    if isinstance(result, str):
        return Document(
            "warn", f"Nothing is known of {newest}", result, "", (_section(blocks),), ""
        )
    answer = line(newest, result).partition(": ")[2]
    return Document(
        OUTCOMES[result.answer],
        f"{ANSWERS[result.answer]}, until {newest}",
        f"{answer[:1].upper()}{answer[1:]}.",
        "",
        (_section(blocks),),
        f"Scores of {visible_text(result.target)}.",
    )


def line(day: dt.date, result: Said) -> str:
    """A day in a line.

    >>> line(dt.date(2024, 2, 29), "no rows")
    '2024-02-29: nothing is known: no rows'
    """
    if isinstance(result, str):
        return f"{day}: nothing is known: {result}"
    rows = [each for each in result.days if each.day == str(day)]
    scored, refused = (sum(getattr(each, name) for each in rows) for name in ("rows", "refused"))
    parts = [result.answer, f"{scored:,} rows scored", f"{refused:,} refused"]
    if (newest := _newest(result)) is not None and newest.value is not None:
        parts.append(f"{_label(result)} {plain(newest.value)} on {newest.period}")
    why = f"; {visible_text(result.findings[0].detail)}" if result.findings else ""
    return f"{day}: {', '.join(parts)}{why}"


def _label(result: MonitorResult) -> str:
    """What the main metric is called, where it was measured."""
    name = MAIN[result.task]
    metrics = result.labels.metrics if result.labels is not None else ()
    return next((each.label for each in metrics if each.metric == name), name)


def _newest(result: MonitorResult) -> PeriodResult | None:
    """The newest day whose outcomes are known."""
    of_days = result.labels.by_day if result.labels is not None else ()
    return max(of_days, key=lambda each: each.period, default=None)


def _points(days: dict[dt.date, Said]) -> Iterator[Point]:
    """The main metric of each day, as the newest report that knows it has it."""
    by_day: dict[str, PeriodResult] = {}
    for _, result in sorted(days.items()):
        if isinstance(result, MonitorResult) and result.labels is not None:
            by_day |= {each.period: each for each in result.labels.by_day}
    for day, each in sorted(by_day.items())[-MOST:]:
        if each.value is not None:
            link = f"{day}.html" if dt.date.fromisoformat(day) in days else None
            yield Point(day, day, each.value, each.low, each.high, link, "")


def _days(site: Path) -> Iterator[tuple[dt.date, Said]]:
    """What was kept of each day."""
    for path in sorted(site.iterdir()):
        if DAY.fullmatch(path.name):
            try:
                kept = dt.date.fromisoformat(path.stem), _said(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise MorningError(f"{path} is not what a morning has kept: delete it") from error
            yield kept


def _said(text: str) -> Said:
    """What was kept of a day; raise `ValueError` if it is something else."""
    content = json.loads(text)
    unknown = content.get("unknown") if isinstance(content, dict) else None
    return unknown if isinstance(unknown, str) else MonitorResult.model_validate_json(text)


def _unknown(day: dt.date, why: str) -> Document:
    blocks = (Paragraph("The days before are in the index."), Items(("index",), (INDEX,)))
    return Document("warn", f"Nothing is known of {day}", why, "", (_section(blocks),), "")


def _section(blocks: Sequence[Block]) -> ReportSection:
    return ReportSection("Days", tuple(blocks), folded=False)
