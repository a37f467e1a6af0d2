"""The lines of a log, one file after the other; what is no line of it is counted, not raised.

A log may be torn where a process was killed, hold a line twice where it was shipped twice, and hold
what somebody else wrote.
"""

import datetime as dt
import json
import math
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truerun.monitor.release import MonitorError
from truerun.serve import request_log
from truerun.serve.request_log import CANARY, LIVE, SHADOW

ROLES = (LIVE, SHADOW, CANARY)
TORN, NO_JSON, NO_LINE = "torn", "not JSON", "not as a log has them"
OTHER_DAY, REPEATED = "of another day than their file", "repeated"
DAY = dt.timedelta(days=1)
SHARE_BYTES = 2**28  # of a day's files; of larger ones, several processes read all lines


@dataclass(frozen=True)
class Share:
    """Some lines of a day, of which those that are equal are in the same share.

    >>> [Share(number, 2).has(b"a line") for number in range(2)]
    [True, False]
    """

    number: int = 0
    of: int = 1

    def has(self, raw: bytes) -> bool:
        """Whether a line is one of them, by what any process makes of its bytes."""
        return self.of == 1 or zlib.crc32(raw) % self.of == self.number


WHOLE = Share()


@dataclass
class LinesRead:
    """Lines that were passed over, by the reason."""

    lost: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class AnswerFiles(ABC):
    """Files that hold what was answered, by their day, in order."""

    days: Mapping[dt.date, Sequence[Path]]

    @abstractmethod
    def read(
        self, day: dt.date, read_so_far: LinesRead, share: Share = WHOLE
    ) -> Iterator[tuple[dt.date, dict[str, Any]]]:
        """The lines of the files of a day, with the day of each: this one, or the one before."""

    def shares(self, size: int) -> list[Share]:
        """What the lines of a day are read in, of whose files the bytes are given."""
        del size
        return [WHOLE]


class LogFiles(AnswerFiles):
    """The files of the log of a service."""

    @classmethod
    def find(cls, folder: Path) -> "LogFiles":
        """The files in a folder, by the day in their names."""
        made: dict[dt.date, list[Path]] = {}
        for path in request_log.files(folder):
            with suppress(ValueError):
                made.setdefault(dt.date.fromisoformat(path.name[:10]), []).append(path)
        return cls(made)

    def shares(self, size: int) -> list[Share]:
        """As many as the files of a day have times the bytes of one."""
        count = 1 + size // SHARE_BYTES
        return [Share(number, count) for number in range(count)]

    def read(
        self, day: dt.date, read_so_far: LinesRead, share: Share = WHOLE
    ) -> Iterator[tuple[dt.date, dict[str, Any]]]:
        """As promised; a line that was there before, to the byte, is passed over.

        It may have been in these files, or in those of the day before.
        """
        seen: set[int] = set()
        earlier: set[int] | None = None
        for raw, whole in _raw(self.days[day]):
            if not share.has(raw):
                continue
            if not whole:
                read_so_far.lost[TORN] += 1
                continue
            line = parsed(raw)
            if isinstance(line, str):
                read_so_far.lost[line] += 1
                continue
            of_line: dt.date = line["moment"].date()
            name = hash(raw)
            if of_line != day:
                if of_line != day - DAY:
                    read_so_far.lost[OTHER_DAY] += 1
                    continue
                if earlier is None:
                    before = _raw(self.days.get(day - DAY, ()))
                    earlier = {hash(each) for each, _ in before if share.has(each)}
            if name in seen or (of_line != day and earlier and name in earlier):
                read_so_far.lost[REPEATED] += 1
                continue
            seen.add(name)
            yield of_line, line


def _raw(paths: Sequence[Path]) -> Iterator[tuple[bytes, bool]]:
    """The lines of files without their ends, and whether each has one."""
    for path in paths:
        try:
            with path.open("rb") as file:
                for raw in file:
                    yield raw.rstrip(b"\r\n"), raw.endswith(b"\n")
        except FileNotFoundError:  # its days are over
            continue
        except OSError as error:
            raise MonitorError(f"{path} cannot be read: {error.strerror or error}") from error


def parsed(raw: bytes) -> dict[str, Any] | str:
    """A line with its `moment`, or why it is none.

    >>> parsed(b"{}"), parsed(b"no")
    ('not as a log has them', 'not JSON')
    """
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return NO_JSON
    try:
        if "T" not in line["time"]:
            return NO_LINE
        line["moment"] = dt.datetime.fromisoformat(line["time"]).astimezone(dt.UTC)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return NO_LINE
    parsed_line: dict[str, Any] = line
    return parsed_line if is_line(parsed_line) else NO_LINE


def is_line(line: Mapping[str, Any]) -> bool:
    """Whether the parts of a line are of the kinds that a log has."""
    try:
        return (
            line["role"] in ROLES
            and isinstance(line["model"], str)
            and isinstance(line["key"], dict)
            and isinstance(line["cells"], dict)
            and _is_score(line["score"])
            and (line["score"] is None) == (line["decision"] is None)
            and _is_refusal(line["refused"])
            and (line["score"] is None) == bool(line["refused"])
        )
    except (KeyError, TypeError, OverflowError):
        return False


def _is_score(score: Any) -> bool:
    if score is None:
        return True
    values = score.values() if isinstance(score, dict) else (score,)
    return bool(values) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and math.isfinite(each)
        for each in values
    )


def _is_refusal(refused: Any) -> bool:
    if refused is None:
        return True
    return isinstance(refused, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("column"), str)
        and isinstance(each.get("check"), str)
        for each in refused
    )
