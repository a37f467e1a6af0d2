"""Loads a model file whose structure is right, and gives scores, and what a bundle holds of it.

It hears nothing of what the rows are to be held against.
"""

import time
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from skops.io import loads

from truerun.base.errors import TruerunError
from truerun.base.tasks import Task
from truerun.model import bundle_files, estimators, model_files, shuffled
from truerun.model.estimators.estimator import StructureError
from truerun.model.isolation import container, structure
from truerun.model.isolation.messages import BUNDLE, KEEP, REORDER, message, received
from truerun.model.scoring import bundle
from truerun.model.shuffled import Shuffled

LONGEST_WORDS = 500  # of an error


def serve(requests: BinaryIO, answers: BinaryIO, network: str) -> None:
    """Load the model of the first request, and answer the others, until there are no more.

    Parameters
    ----------
    network : how it is shut.
    """

    def answer(header: dict[str, Any], payload: bytes = b"") -> None:
        answers.writelines(message(header, payload))
        answers.flush()

    first = received(requests)
    if first is None:
        return
    try:
        model = loaded(first[1])
        names = getattr(model, "feature_names_in_", None)
        features = None if names is None else [str(name) for name in names]
    except Exception as error:  # noqa: BLE001 - the file may break anything that reads it
        answer({"error": _words(error)})
        return
    answer({"network": network, "features": features})
    scorer = _Scorer(model)
    while request := received(requests):
        try:
            if request[0]["method"] == BUNDLE:
                header, payload = _held(model, request[0]["task"], first[1]), b""
            else:
                header, payload = scorer.answer(*request)
        except Exception as error:  # noqa: BLE001 - each estimator raises what it likes
            header, payload = {"error": _words(error)}, b""
        answer(header, payload)


def loaded(content: bytes) -> Any:
    """A model, if it is put together as ours are.

    Raises
    ------
    StructureError
        With the name of what is not.
    """
    container.check(content)
    if foreign := model_files.untrusted(content, estimators.TRUSTED):
        raise StructureError(f"it holds {foreign}")
    model = loads(content, trusted=[*model_files.TRUSTED, *estimators.TRUSTED])
    structure.check(model)
    return model


def _held(model: Any, task: Task, content: bytes) -> dict[str, Any]:
    """The hash of each way in which a bundle may hold the model."""
    parts = bundle_files.model_parts(model, task, content)
    return {"held": [bundle.model_hash(part.facts, bundle.hashes(part.files)) for part in parts]}


class _Scorer:
    """A model, and the rows that it keeps to score them with a column in another order."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._kept: Shuffled | None = None

    def answer(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        """Scores with their type, shape and order, and the seconds that they took."""
        give = self._reordered if header["method"] == REORDER else self._of_rows
        scores, seconds = give(header, payload)
        if scores.dtype not in (np.float32, np.float64):
            scores = scores.astype(np.float64)
        order = "F" if scores.flags.f_contiguous and not scores.flags.c_contiguous else "C"
        facts = {"shape": scores.shape, "type": scores.dtype.str, "order": order}
        return {**facts, "seconds": seconds}, scores.tobytes(order="A" if order == "F" else "C")

    def _of_rows(self, header: dict[str, Any], payload: bytes) -> tuple[np.ndarray, float]:
        rows = pa.ipc.open_stream(payload).read_all().to_pandas()
        started = time.perf_counter()
        if header["method"] == KEEP:
            self._kept = shuffled.of_model(self._model, header["of"], rows)
            scores = self._kept.whole
        else:
            scores = np.asarray(getattr(self._model, header["method"])(rows))
        return scores, time.perf_counter() - started

    def _reordered(self, header: dict[str, Any], payload: bytes) -> tuple[np.ndarray, float]:
        if self._kept is None:
            raise StructureError("it has no rows to reorder")
        started = time.perf_counter()
        scores = self._kept.with_order(header["column"], np.frombuffer(payload, np.int64))
        return scores, time.perf_counter() - started


def _words(error: Exception) -> str:
    text = str(error) if isinstance(error, TruerunError) else repr(error)
    return text[:LONGEST_WORDS]
