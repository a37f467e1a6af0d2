"""A stranger's model as the code that compares takes it: its scores come from another process."""

import math
import time
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa

from truerun.base.errors import ModelError
from truerun.base.tasks import Task
from truerun.model.isolation.channel import Channel
from truerun.model.isolation.messages import BUNDLE, KEEP, REORDER
from truerun.model.model_files import ModelFileError
from truerun.model.shuffled import Order

SECONDS = 900  # that all answers of a model may take together
CLASSES = 10_000
DIMENSIONS = {"predict": 1, "predict_proba": 2}  # of what a method gives
TYPES = ("<f4", "<f8")
LONGEST_WORDS = 500  # of what the process says


class IsolatedModel:
    """A model in a process of its own, which starts at once and is spoken to when it is needed.

    It has what a fitted scikit-learn model has, as far as scores need it. A file that is not right,
    a crash, too much time or memory, and an answer that is none are all a `ModelError` that names
    the file.
    """

    def __init__(self, path: Path, seconds: float = SECONDS) -> None:
        self.handing_over = 0.0  # seconds of the last scores that were not the model's own
        self._path = path
        self._header: dict[str, Any] = {}
        self._failure: ModelError | None = None
        try:
            self._content: bytes | None = path.read_bytes()
        except OSError as error:
            raise ModelFileError(f"cannot read {path}: {error.strerror or error}") from error
        self._channel = Channel(seconds)

    @property
    def network(self) -> str:
        """How the network is shut for it: `namespace`, `filter`, both; empty where it is not."""
        return str(self._loaded()["network"])

    @property
    def feature_names_in_(self) -> list[str]:
        """The columns that it takes."""
        names = self._loaded().get("features")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ModelError(f"{self._path} does not name the columns that it takes")
        return names

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        """What it expects of each row."""
        return self._scores("predict", rows)

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray:
        """The probability of each class for each row."""
        return self._scores("predict_proba", rows)

    def shuffled(self, method: str, rows: pd.DataFrame) -> "KeptRows":
        """What a method gives for rows that its process keeps, and in other orders of a column."""
        return KeptRows(self, method, rows)

    def held(self, task: Task) -> list[str]:
        """The hash of each way in which a bundle may hold it (`bundle.model_hash`)."""
        self._loaded()
        header, _ = self._exchange({"method": BUNDLE, "task": task}, b"", 0)
        if "error" in header:
            raise ModelError(f"{self._path} gives no bundle: {_plain(header['error'])}")
        hashes = header.get("held")
        if not isinstance(hashes, list) or not all(isinstance(each, str) for each in hashes):
            self._fail(ModelError(f"{self._path}: what its process answers is no bundle"))
        return hashes

    def load(self) -> None:
        """Wait until the model is loaded, if it is not.

        Raises
        ------
        ModelError
            If it cannot be.
        """
        self._loaded()

    def _loaded(self) -> dict[str, Any]:
        if self._content is not None:
            content, self._content = self._content, None
            self._header, _ = self._exchange({}, content, 0)
            if not isinstance(self._header.get("network"), str):
                reason = _plain(self._header.get("error"))
                self._fail(ModelFileError(f"{self._path} is not a readable model file: {reason}"))
        if self._failure is not None:
            raise self._failure
        return self._header

    def _scores(self, method: str, rows: pd.DataFrame, *, keep: bool = False) -> np.ndarray:
        """What the model gives for rows, in the same type, shape and order in memory."""
        self._loaded()
        started = time.perf_counter()
        table = pa.Table.from_pandas(rows, preserve_index=False)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        request = {"method": KEEP, "of": method} if keep else {"method": method}
        return self._asked(request, sink.getvalue(), method, len(rows), started)

    def _reordered(self, method: str, column: str, order: Order) -> np.ndarray:
        """What the model gives for the rows that were kept."""
        started, request = time.perf_counter(), {"method": REORDER, "column": column}
        return self._asked(request, order.astype(np.int64).data, method, len(order), started)

    def _asked(
        self, request: dict[str, Any], payload: Any, method: str, rows: int, started: float
    ) -> np.ndarray:
        """The scores that the process answers with."""
        most = rows * (CLASSES if DIMENSIONS[method] > 1 else 1) * 8
        header, answer = self._exchange(request, memoryview(payload).cast("B"), most)
        if "error" in header:
            raise ModelError(f"{self._path} gives no scores: {_plain(header['error'])}")
        scores = _array(header, answer, method, rows)
        if scores is None:
            self._fail(ModelError(f"{self._path}: what its process answers are not scores"))
        if not np.isfinite(scores).all():
            raise ModelError(f"{self._path} gives scores that are not finite")
        passed = time.perf_counter() - started
        self.handing_over = passed - min(header["seconds"], passed)
        return scores

    def _exchange(
        self, header: dict[str, Any], payload: bytes | memoryview, most: int
    ) -> tuple[dict[str, Any], bytearray]:
        try:
            return self._channel.exchange(header, payload, most)
        except ModelError as error:
            self._fail(ModelFileError(f"{self._path}: {error}"))

    def _fail(self, error: ModelError) -> NoReturn:
        """End the process; whoever asks again hears the same."""
        self._channel.close()
        self._failure = error
        raise error


class KeptRows:
    """Rows that the process of a model keeps: see `shuffled.Shuffled`."""

    def __init__(self, model: IsolatedModel, method: str, rows: pd.DataFrame) -> None:
        self._model, self._method = model, method
        self.columns = model.feature_names_in_
        self.whole = model._scores(method, rows[self.columns], keep=True)  # noqa: SLF001

    def with_order(self, column: str, order: Order) -> np.ndarray:
        """As `Shuffled` has it."""
        return self._model._reordered(self._method, column, order)  # noqa: SLF001


def _array(header: dict[str, Any], payload: bytearray, method: str, rows: int) -> np.ndarray | None:
    """The scores, if the answer is what a method gives for so many rows."""
    shape, kind, order, seconds = map(header.get, ("shape", "type", "order", "seconds"))
    if kind not in TYPES or order not in ("C", "F"):
        return None
    if not isinstance(seconds, float) or not seconds >= 0:
        return None
    if not isinstance(shape, list) or len(shape) != DIMENSIONS[method] or shape[0] != rows:
        return None
    if not all(type(length) is int and length > 0 for length in shape):
        return None
    if math.prod(shape) * np.dtype(kind).itemsize != len(payload):
        return None
    return np.frombuffer(payload, kind).reshape(shape, order=order)


def _plain(error: Any) -> str:
    """What the process says, as one line of text that can be printed."""
    text = error if isinstance(error, str) else "it does not say why"
    return "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST_WORDS])
