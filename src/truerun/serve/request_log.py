"""The log of requests: a line of JSON for each row that was answered or refused.

    {"time": "2024-02-29T12:00:00.000+00:00", "role": "live", "model": "a7f432c0f1a6",
     "key": {"id": 7}, "cells": {"age": 34.0, "city": null}, "score": 0.25, "decision": 0,
     "refused": null, "seconds": 0.0021}

`refused` has a list of {"column", "check"} for a row that was, whose score and decision are null.
`cells` are those of schema.yaml that could be read, without the key, and without columns that it
marks as personal. `role` is live, shadow or canary; `seconds` are those of the answer. Each worker
writes files of its own, such as 2024-02-29.2.0001.jsonl: the day in UTC, the worker, and a number
that counts on once a file has 64 MiB, and when a worker starts.

Lines are written by a thread, four times a second, off the way of the answers. A process that is
killed loses what came since; a machine that stops, what came in the second before. What comes
faster than it can be written is counted, and not kept.
"""

import datetime as dt
import fcntl
import json
import math
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from truerun.contract.row_contract import Cell
from truerun.serve.answering import RowAnswer
from truerun.serve.request_json import RequestRow
from truerun.serve.settings import Retention
from truerun.serve.state import State

EVERY = 0.25  # seconds between two writings
SYNC = 1.0  # seconds between two times that the disk is waited for
MOST_ROWS = 20_000  # that wait to be written
MOST_BYTES = 64 * 2**20  # of a file
ENDING = ".jsonl"
LOCK = ".lock"
LIVE, SHADOW, CANARY = "live", "shadow", "canary"  # roles
ENCODER = json.JSONEncoder(
    separators=(",", ":"), default=dt.datetime.isoformat, allow_nan=False, check_circular=False
)


@dataclass(frozen=True)
class LogEntry:
    """Rows that were answered together, by which models, when and how fast."""

    rows: Sequence[RequestRow]
    answers: Sequence[RowAnswer]
    state: State
    time: float
    seconds: float


class RequestLog:
    """Keeps rows for its thread, which writes them."""

    def __init__(
        self, folder: Path, worker: int, kept: Retention, count: Callable[[str, int], None]
    ) -> None:
        """Take where to write, what is kept, and what counts rows as written or dropped."""
        self._folder, self._worker, self._kept, self._count = folder, worker, kept, count
        self._waiting: deque[LogEntry] = deque()
        self._added = self._taken = 0  # rows; one thread writes each of the two
        self._path: Path | None = None
        self._over = Event()
        self._synced = time.monotonic()
        self._thread = Thread(target=self._run, name="request-log", daemon=True)
        self._thread.start()

    def add(self, entry: LogEntry) -> None:
        """Keep rows to be written; drop and count them, if too many wait already."""
        count = len(entry.answers)
        if self._added - self._taken + count > MOST_ROWS:
            self._count("dropped", count)
            return
        self._added += count
        self._waiting.append(entry)

    def close(self) -> None:
        """Write what waits, and end."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        day = None
        while not self._over.wait(EVERY):
            if day != (today := dt.datetime.now(dt.UTC).date()):
                day = today
                with suppress(OSError):
                    delete_old(self._folder, self._kept.days, time.time())
            self._write()
        self._write()

    def _write(self) -> None:
        """Write all that waits, each line to the file of today."""
        lines: list[str] = []
        while self._waiting:
            entry = self._waiting.popleft()
            self._taken += len(entry.answers)
            try:
                lines += entry_lines(entry)
            except Exception as error:  # noqa: BLE001 - of a shadow, which must not end the log
                self._lost(len(entry.answers), error)
        if not lines:
            return
        try:
            with locked(self._folder), self._file().open("a", encoding="ascii") as file:
                file.writelines(lines)
                file.flush()
                if time.monotonic() - self._synced >= SYNC or self._over.is_set():
                    os.fsync(file.fileno())
                    self._synced = time.monotonic()
        except OSError as error:
            self._lost(len(lines), error)
        else:
            self._count("written", len(lines))

    def _file(self) -> Path:
        """The file that this process adds to; another one on another day, or if it is full.

        A process never adds to the file of one before it, which may end in half a line.
        """
        start = f"{dt.datetime.now(dt.UTC).date().isoformat()}.{self._worker}."
        path = self._path
        size = path.stat().st_size if path is not None and path.exists() else 0
        if path is not None and path.name.startswith(start) and size < MOST_BYTES:
            return path
        if deleted := make_room(self._folder, self._kept.most_bytes):
            print(
                f"serve: {len(deleted):,} files of the log, from {deleted[0].name} on, are deleted,"
                f" because it may have {self._kept.most_bytes:,} bytes (--log-megabytes)",
                file=sys.stderr,
                flush=True,
            )
        there = self._folder.glob(f"{start}[0-9][0-9][0-9][0-9]{ENDING}")
        number = max((int(path.name.split(".")[2]) for path in there), default=0) + 1
        self._path = self._folder / f"{start}{number:04}{ENDING}"
        return self._path

    def _lost(self, count: int, error: Exception) -> None:
        """Say and count what could not be written."""
        self._count("dropped", count)
        message = f"serve: worker {os.getpid()}: {count:,} lines of the log are lost: {error}"
        print(message, file=sys.stderr, flush=True)


def entry_lines(entry: LogEntry) -> list[str]:
    """The lines of rows: what they were answered, and what the shadow would have said."""
    facts = entry.state.answerer.predictor.facts
    columns = facts["contract"]["columns"]
    key = [name for name in facts["key"] if not columns[name].get("personal")]
    cells = [
        name for name in columns if name not in facts["key"] and not columns[name].get("personal")
    ]
    live, shadow = entry.state.answerer.predictor.version, entry.state.shadow
    by_role = [(LIVE if each.version == live else CANARY, each) for each in entry.answers]
    if shadow is not None:
        by_role += [(SHADOW, each) for each in shadow.answers(entry.rows)]
    moment = dt.datetime.fromtimestamp(entry.time, dt.UTC).isoformat(timespec="milliseconds")
    return [
        _encoded(
            {
                "time": moment,
                "role": role,
                "model": answer.version,
                "key": {name: answer.cells.get(name) for name in key},
                "cells": {name: answer.cells[name] for name in cells if name in answer.cells},
                "score": answer.prediction.score,
                "decision": answer.prediction.decision,
                "refused": [
                    {"column": each.column, "check": each.check}
                    for each in answer.prediction.broken
                ]
                or None,
                "seconds": round(entry.seconds, 6),
            }
        )
        + "\n"
        for role, answer in by_role
    ]


def _encoded(line: dict[str, Any]) -> str:
    """A line as JSON, which has no numbers for what a refused row may hold: they become null."""
    try:
        return ENCODER.encode(line)
    except ValueError:
        finite = {part: {name: _finite(cell) for name, cell in line[part].items()}
                  for part in ("key", "cells")}  # fmt: skip
        return ENCODER.encode(line | finite)


def _finite(cell: Cell) -> Cell:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone with the files of a log: workers and commands wait for each other."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def files(folder: Path) -> list[Path]:
    """The files of a log, the oldest first."""
    return sorted(path for path in folder.glob(f"????-??-??.*{ENDING}") if path.is_file())


def delete_old(folder: Path, days: float, now: float) -> None:
    """Delete the files of days that are longer ago than so many."""
    first = dt.datetime.fromtimestamp(now - days * 86_400, dt.UTC).date().isoformat()
    with locked(folder):
        for path in files(folder):
            if path.name < first:
                path.unlink(missing_ok=True)


def make_room(folder: Path, most: int) -> list[Path]:
    """Delete the oldest files of a log until another one fits into so many bytes; which they were.

    Whoever calls it is alone with the files (see `locked`).
    """
    deleted = []
    sizes = {path: path.stat().st_size for path in files(folder)}
    left = sum(sizes.values())
    for path, size in sizes.items():
        if left + MOST_BYTES <= most:
            break
        path.unlink()
        deleted.append(path)
        left -= size
    return deleted
