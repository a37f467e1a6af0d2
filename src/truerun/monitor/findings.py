"""What the monitor says of a thing: whether it holds, is worth a look, or asks for an act."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Status = Literal["holds", "look", "act"]
ORDER: tuple[Status, ...] = ("holds", "look", "act")  # the exit status of each is its place


@dataclass(frozen=True)
class MonitorFinding:
    """One thing that does not hold, and why; `check` is a name out of a few, for an alarm."""

    check: str
    status: Status
    detail: str


def worst(findings: Iterable[MonitorFinding]) -> Status:
    """The answer to all of them.

    >>> worst([])
    'holds'
    """
    return max((each.status for each in findings), key=ORDER.index, default="holds")
