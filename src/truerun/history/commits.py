"""The commits of a branch, and what Git holds of each: figures of the run, and main's note.

An older commit may hold other figures, or a note of another form: what it lacks is None.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.base.commands import capture, run
from truerun.base.nested import value_at
from truerun.base.notes import NOTES

RESULTS, VALIDATED = "metrics/evaluate.json", "metrics/validate.json"
FORMAT = "%H%x00%ct%x00%s"
SUBJECT = 200  # characters
VERSION = re.compile(r"(.+@)?v\d[^#]*")  # a tag of a release, as GTO writes it; `#` is for stages
RELEASES, TAG = 10, 100  # of a commit at most, and characters


@dataclass(frozen=True)
class Commit:
    """A commit of a repository: its time in seconds, and the first line of its message."""

    folder: Path
    name: str
    time: int
    subject: str
    releases: tuple[str, ...]

    def json(self, path: str) -> Any:
        """What a JSON file of it holds; None if it has none."""
        return _parsed(self.folder, "git", "show", f"{self.name}:{path}")

    def note(self) -> Any:
        """What main keeps of it; None if it keeps nothing."""
        return _parsed(self.folder, "git", "notes", "--ref", NOTES, "show", self.name)


def newest(folder: Path, revision: str, most: int) -> list[Commit]:
    """The newest commits of a branch, without those that it merged, the oldest first.

    Raises
    ------
    CommandError
        If there is no such revision.
    """
    command = ("git", "log", "--first-parent", f"--max-count={most}", f"--format={FORMAT}")
    log = run(folder, *command, "--end-of-options", revision, "--")
    lines = [line.split("\0", 2) for line in _lines(log)]
    tags = releases(folder)
    return [
        Commit(folder, name, int(time), subject[:SUBJECT], tuple(tags.get(name, ())))
        for name, time, subject in reversed(lines)
    ]


def releases(folder: Path) -> dict[str, list[str]]:
    """The tags that name a release, by the commit that each is at."""
    form = "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)"
    by_commit: dict[str, list[str]] = {}
    refs = run(folder, "git", "for-each-ref", "--sort=creatordate", form, "refs/tags")
    for line in _lines(refs):
        tag, own, tagged = line.split("\0")  # an annotated tag is an object of its own
        if VERSION.fullmatch(tag):
            by_commit.setdefault(tagged or own, []).append(tag[:TAG])
    return {name: tags[-RELEASES:] for name, tags in by_commit.items()}


def summary(commit: Commit, own: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a commit; None where Git does not hold them.

    Parameters
    ----------
    own : comparisons of commits that have no note yet, by commit.
    """
    compared = value_at(commit.note(), "comparison") or own.get(commit.name)
    figures = value_at(commit.json(RESULTS), "test")
    costs = _by(value_at(compared, "cost"), "name")
    return {
        "commit": commit.name,
        "time": commit.time,
        "subject": commit.subject,
        "releases": list(commit.releases),
        "metrics": {
            name: value
            for name, value in (figures.items() if isinstance(figures, dict) else ())
            if _number(value) is not None
        },
        "changes": _changes(compared),
        "rows": _number(value_at(commit.json(VALIDATED), "rows_out")),
        "age_days": _number(value_at(compared, "data", "newest", "age_days")),
        "train_seconds": _number(value_at(costs.get("train_seconds"), "head")),
    }


def _changes(compared: Any) -> dict[str, list[float]]:
    """Of each metric the ends of the interval of its change, less the change itself."""
    pairs = value_at(compared, "metrics", "paired")
    first = pairs[0] if isinstance(pairs, list) and pairs else None
    intervals = {}
    for name, one in _by(value_at(first, "differences"), "metric").items():
        moved, low, high = (_number(one.get(key)) for key in ("difference", "low", "high"))
        if moved is not None and low is not None and high is not None:
            intervals[name] = [low - moved, high - moved]
    return intervals


def _lines(printed: str) -> list[str]:
    """What Git printed, a line each: a subject or a tag may hold what Python takes for an end."""
    return [line for line in printed.split("\n") if line]


def _parsed(folder: Path, *command: str) -> Any:
    """The JSON that a command prints; None if it fails or prints another thing."""
    done = capture(folder, *command)
    try:
        return json.loads(done.stdout) if not done.returncode else None
    except ValueError:
        return None


def _by(items: Any, key: str) -> dict[str, dict[str, Any]]:
    """The objects of a list by a text that each has."""
    listed = items if isinstance(items, list) else ()
    return {
        one[key]: one for one in listed if isinstance(one, dict) and isinstance(one.get(key), str)
    }


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if number and math.isfinite(value) else None
