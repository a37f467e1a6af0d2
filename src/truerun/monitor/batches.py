"""Scores that `truerun predict` wrote, a file or more a day, as the lines of a log.

A file holds keys, scores and versions, and no other column of the rows: what came in cannot be held
against training rows. The rows that were refused lie beside it.
"""

import csv
import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from truerun.contract.contract import SCORE
from truerun.monitor.lines import WHOLE, AnswerFiles, LinesRead, Share, is_line
from truerun.monitor.release import MonitorError
from truerun.predict import score_files
from truerun.serve.request_log import LIVE

DAY_OF_NAME = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
AT_ONCE = 20_000  # rows in memory
REFUSED = ".refused"


@dataclass(frozen=True)
class BatchFiles(AnswerFiles):
    """Files of scores, each of the day that its name has, such as scores-2024-02-29.parquet."""

    key: tuple[str, ...]
    task: str

    @classmethod
    def find(cls, place: Path, key: tuple[str, ...], task: str) -> "BatchFiles":
        """The files of a folder, or a single one.

        Raises
        ------
        MonitorError
            If there is none, or the name of one has no day.
        """
        files = sorted(place.iterdir()) if place.is_dir() else [place]
        made: dict[dt.date, list[Path]] = {}
        for path in files:
            if path.suffix not in score_files.WRITERS or path.stem.endswith(REFUSED):
                continue
            named = DAY_OF_NAME.search(path.stem)
            day = None
            if named:
                with suppress(ValueError):
                    day = dt.date.fromisoformat(named[0])
            if day is None:
                raise MonitorError(
                    f"{path} has no day in its name, such as scores-2024-02-29{path.suffix}: which"
                    " day are its scores of?"
                )
            made.setdefault(day, []).append(path)
        if not made:
            raise MonitorError(
                f"{place} holds no log, and no scores: `truerun serve --log {place}` keeps a log"
                " there, `truerun predict --output` writes scores"
            )
        return cls(made, key, task)

    def read(
        self, day: dt.date, read_so_far: LinesRead, share: Share = WHOLE
    ) -> Iterator[tuple[dt.date, dict[str, Any]]]:
        """The rows of the files of a day; one that comes twice is passed over."""
        del share  # a day has one
        moment = dt.datetime.combine(day, dt.time(), dt.UTC)
        seen: set[int] = set()
        for path in self.days[day]:
            version = ""
            for row in _rows(path):
                line = self._line(row) | {"time": moment.isoformat(), "moment": moment}
                name = hash(repr(line))
                if not is_line(line):
                    read_so_far.lost["not as `truerun predict` writes them"] += 1
                elif name in seen:
                    read_so_far.lost["repeated"] += 1
                else:
                    seen.add(name)
                    version = line["model"]
                    yield day, line
            for refused in _refusals(score_files.refused_path(path)):
                line = {"time": moment.isoformat(), "role": LIVE, "model": version,
                        "key": {}, "cells": {}, "score": None, "decision": None,
                        "refused": refused}  # fmt: skip
                yield day, line

    def _line(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of scores as a line of a log."""
        names = [name for name in row if name == SCORE or name.startswith(f"{SCORE}:")]
        scores = {name.removeprefix(f"{SCORE}:"): _number(row[name]) for name in names}
        score: Any = scores.get(SCORE, scores)
        return {
            "role": LIVE,
            "model": str(row.get("model_version", "")),
            "key": {name: row.get(name) for name in self.key},
            "cells": {},
            "score": score,
            "decision": row.get("decision", score),
            "refused": None,
            "seconds": 0.0,
        }


def _number(value: Any) -> Any:
    """A number, which CSV has as text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file.

    Raises
    ------
    MonitorError
        If it cannot be read.
    """
    try:
        if path.suffix == ".parquet":
            with pq.ParquetFile(path) as file:
                for part in file.iter_batches(AT_ONCE):
                    yield from part.to_pylist()
        elif path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as text:
                yield from csv.DictReader(text)
        else:
            with path.open(encoding="utf-8") as text:
                for line in filter(str.strip, text):
                    row = json.loads(line)
                    yield row if isinstance(row, dict) else {}
    except (OSError, ValueError, RecursionError, csv.Error, pa.ArrowException) as error:
        raise MonitorError(f"{path} cannot be read: {error}") from error


def _refusals(path: Path) -> Iterator[list[dict[str, str]]]:
    """What each refused row beside a file of scores breaks."""
    if not path.exists():
        return
    by_row: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in _rows(path):
        broken = {"column": str(row.get("column")), "check": str(row.get("check"))}
        by_row.setdefault((str(row.get("file")), str(row.get("number"))), []).append(broken)
    yield from by_row.values()
