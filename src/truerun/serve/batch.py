"""Scores that were made ahead, by key: the newest file that `truerun predict` has written.

Rows of some sources need the history of others, and are not made from a request. Scores of all that
are coming are written now and then, and looked up here; old ones are not passed off as new.
"""

import asyncio
import datetime as dt
import importlib
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from truerun.base.errors import ServeError
from truerun.serve.answering import Answerer, moment
from truerun.serve.refusal import Refusal

LEFT_OUT = ("number",)  # the place in a file that the client does not see
SOON = {"Retry-After": "60"}  # seconds
Key = tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """The answers of a file by key, and which file it was: when it was written, and its inode."""

    answers: Mapping[Key, Mapping[str, Any]]
    made: float
    seen: tuple[int, ...]


@dataclass
class Batches:
    """Looks keys up in the newest batch, which is read anew once its file is another one."""

    path: Path
    most_hours: float
    _batch: Batch | None = None
    _refused: tuple[int, ...] | None = None
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, raw_path: bytes, answerer: Answerer) -> dict[str, Any]:
        """What the newest batch says of a key.

        Raises
        ------
        Refusal
            If there is no batch, or a stale one, or none that knows the key.
        """
        facts = answerer.predictor.facts
        names = facts["key"]
        parts = [unquote(part) for part in raw_path.decode("ascii").split("/")]
        if len(parts) != len(names):
            raise Refusal(HTTPStatus.NOT_FOUND, f"a key is {'/'.join(names)}, each percent-encoded")
        batch = await self._newest(facts)
        age = max(0.0, time.time() - batch.made)
        if age > self.most_hours * 3600:
            raise Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"the newest scores are {age / 3600:.1f} hours old, and {self.most_hours:g} are"
                " allowed",
                headers=SOON,
            )
        answer = batch.answers.get(key_of(parts, facts))
        if answer is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "the newest scores have no such key")
        made = dt.datetime.fromtimestamp(batch.made, dt.UTC).isoformat(timespec="seconds")
        return {**answer, "made": made, "age_seconds": round(age, 3)}

    async def _newest(self, facts: Mapping[str, Any]) -> Batch:
        """The batch of the file that lies there now; the one before it, if that is unreadable."""
        async with self._reading:
            try:
                status = self.path.stat()
                seen = (status.st_ino, status.st_size, status.st_mtime_ns)
                if seen != self._refused and (self._batch is None or self._batch.seen != seen):
                    answers = await asyncio.to_thread(_read, self.path, facts)
                    self._batch = Batch(answers, status.st_mtime, seen)
            except FileNotFoundError:
                pass
            except (OSError, ServeError) as error:
                self._refused = seen
                print(f"serve: worker {os.getpid()}: batch refused: {error}", file=sys.stderr)
        if self._batch is None:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "there are no scores yet", headers=SOON)
        return self._batch


def _read(path: Path, facts: Mapping[str, Any]) -> dict[Key, dict[str, Any]]:
    """The answers of a file by key.

    Raises
    ------
    ServeError
        If it is not what `truerun predict` writes.
    """
    try:
        rows = _parquet(path) if path.suffix == ".parquet" else _jsonl(path)
        return {
            key_of([row[name] for name in facts["key"]], facts): {
                name: value
                for name, value in row.items()
                if name not in facts["key"] and name not in LEFT_OUT
            }
            for row in rows
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ServeError(
            f"{path} is not what `truerun predict` writes ({type(error).__name__}: {error})"
        ) from error


def _jsonl(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _parquet(path: Path) -> list[dict[str, Any]]:
    """Rows of Parquet, scores as JSON lines have them."""
    pyarrow = importlib.import_module("pyarrow")
    table = importlib.import_module("pyarrow.parquet").read_table(path)
    for place, single in enumerate(table.schema):
        if single.type == pyarrow.float32():  # as it is written: 0.1, not 0.10000000149
            column = table.column(place).cast(pyarrow.string()).cast(pyarrow.float64())
            table = table.set_column(place, single.name, column)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def key_of(values: Sequence[Any], facts: Mapping[str, Any]) -> Key:
    """Values of a key as texts, moments in UTC whichever zone they are told in.

    Parameters
    ----------
    facts : those of the bundle, whose `key` names the columns of the values.
    """
    texts = []
    for name, value in zip(facts["key"], values, strict=True):
        text = text_of(value)
        kind = facts["contract"]["columns"][name]["type"]
        texts.append(str(moment(text)) if kind == "time" else text)
    return tuple(texts)


def text_of(value: Any) -> str:
    """A value as text; a whole number is one, whether a table keeps it as a fraction or not.

    >>> [text_of(value) for value in (7, 7.0, 7.5, "7.0")]
    ['7', '7', '7.5', '7.0']
    """
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)
