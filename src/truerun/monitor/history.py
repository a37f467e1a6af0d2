"""The counts of all days of a log: those of a day are kept, so that a day costs a day."""

import datetime as dt
import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from truerun.base import text_files
from truerun.base.partitions import map_partitions
from truerun.monitor import counts, lines
from truerun.monitor.counts import DayCounts, Layout
from truerun.monitor.lines import AnswerFiles, LinesRead, Share

FORMAT = 1
AT_ONCE = 20_000  # lines in memory
WORKING = 2  # bytes of memory for a byte of a file, at most


@dataclass
class LogHistory:
    """Counts by day, in order, and lines that were passed over by the reason."""

    days: dict[dt.date, DayCounts] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)


def read(
    answers: AnswerFiles, layout: Layout, state: Path, since: dt.date, until: dt.date
) -> LogHistory:
    """The counts of a log from a day until another.

    Parameters
    ----------
    state : a folder with the counts of days that were read before. Files that are the same are not
        read again, and what is deleted since keeps its counts.
    """
    span = since, until + lines.DAY  # lines may be written a day late
    files = {day: paths for day, paths in answers.days.items() if span[0] <= day <= span[1]}
    there = {*files, *(day for day in _days_of(state) if span[0] <= day <= span[1])}
    kept = {day: _kept(state, day, layout) for day in sorted(there)}
    changed = {day: paths for day, paths in files.items() if not _is_of(kept[day], paths)}
    kept |= _fresh(answers, changed, layout, state)
    together = LogHistory()
    for day in sorted(kept):
        content = kept[day]
        if content is None:
            continue
        for name, of_day in content["days"].items():
            its_day = dt.date.fromisoformat(name)
            if since <= its_day <= until:
                before = together.days.get(its_day, DayCounts())
                together.days[its_day] = before + DayCounts.of_content(of_day, layout)
        if day <= until:
            together.lost += Counter(content["lost"])
    together.days = dict(sorted(together.days.items()))
    return together


def _fresh(
    answers: AnswerFiles, files: Mapping[dt.date, Sequence[Path]], layout: Layout, state: Path
) -> dict[dt.date, dict[str, Any] | None]:
    """The counts of days by their files, which are kept from now on."""
    signs = {day: _signs(paths) for day, paths in files.items()}  # before any line is read
    bytes_of = {day: sum(size for size, _ in its.values()) for day, its in signs.items()}
    parts = {
        f"{day} {share.number}": (day, share)
        for day, size in bytes_of.items()
        for share in answers.shares(size)
    }

    def count(name: str) -> dict[str, Any]:
        day, share = parts[name]
        made = _counted(day, share, answers, layout) | {"files": signs[day]}
        if share.of == 1:
            _keep(made, state, day)
        return made

    sizes = [WORKING * bytes_of[day] // share.of for day, share in parts.values()]
    counted = map_partitions(count, list(parts), "count", sizes, unit="part")
    made: dict[dt.date, dict[str, Any] | None] = {}
    for day in files:
        of_day = [counted[name] for name, (its_day, _) in parts.items() if its_day == day]
        several = len(of_day) > 1
        made[day] = _keep(_together(of_day, layout), state, day) if several else of_day[0]
    return made


def _keep(content: dict[str, Any], state: Path, day: dt.date) -> dict[str, Any]:
    text_files.write_text(_path(state, day), json.dumps(content, sort_keys=True) + "\n")
    return content


def _together(parts: Sequence[dict[str, Any]], layout: Layout) -> dict[str, Any]:
    """The counts of the shares of a day as those of the day."""
    by_day: dict[str, DayCounts] = {}
    lost: Counter[str] = Counter()
    for part in parts:
        lost += Counter(part["lost"])
        for name, content in part["days"].items():
            counts_of_day = DayCounts.of_content(content, layout)
            by_day[name] = by_day.get(name, DayCounts()) + counts_of_day
    days = {name: by_day[name].content() for name in sorted(by_day)}
    return parts[0] | {"lost": dict(sorted(lost.items())), "days": days}


def _counted(day: dt.date, share: Share, answers: AnswerFiles, layout: Layout) -> dict[str, Any]:
    """The counts of a share of the lines of a day, as they are kept."""
    read_so_far = LinesRead()
    by_day: dict[dt.date, DayCounts] = {}
    of_log = answers.read(day, read_so_far, share)
    while chunk := list(islice(of_log, AT_ONCE)):
        for its_day in sorted({each for each, _ in chunk}):
            some = counts.of_lines([line for each, line in chunk if each == its_day], layout)
            by_day[its_day] = by_day.get(its_day, DayCounts()) + some
    return {
        "format": FORMAT,
        "layout": layout.fingerprint,
        "lost": dict(sorted(read_so_far.lost.items())),
        "days": {str(each): of_day.content() for each, of_day in sorted(by_day.items())},
    }


def _signs(paths: Sequence[Path]) -> dict[str, list[int]]:
    """What tells that a file is still the same: its size, and when it was written."""
    return {
        path.name: [status.st_size, status.st_mtime_ns] for path in paths if (status := path.stat())
    }


def _path(state: Path, day: dt.date) -> Path:
    return state / f"{day}.json"


def _days_of(state: Path) -> list[dt.date]:
    made = []
    for path in state.glob("????-??-??.json"):
        try:
            made.append(dt.date.fromisoformat(path.stem))
        except ValueError:
            continue
    return made


def _kept(state: Path, day: dt.date, layout: Layout) -> dict[str, Any] | None:
    """What was kept of a day, if it is of this release and whole."""
    try:
        content: dict[str, Any] = json.loads(_path(state, day).read_text(encoding="utf-8"))
        if content["format"] != FORMAT or content["layout"] != layout.fingerprint:
            return None
        for of_day in content["days"].values():
            DayCounts.of_content(of_day, layout)
        Counter(content["lost"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error):
        return None
    return content


def _is_of(content: Mapping[str, Any] | None, paths: Sequence[Path]) -> bool:
    """Whether counts are of these files; of some that were deleted since, they stay."""
    signs = {} if content is None else content.get("files", {})
    return bool(signs) and all(signs.get(name) == sign for name, sign in _signs(paths).items())
