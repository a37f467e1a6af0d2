"""Small model files of every estimator, and what takes them apart and puts them together again."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.model.test_estimators import chosen, data
from truerun.base.tasks import Task
from truerun.model import estimators, model_files
from truerun.model.estimators import ESTIMATORS, NAMES

SCHEMA = "schema.json"
COLUMNS = ["a", "b", "c", "d"]
CASES: list[tuple[str, Task]] = [(name, task) for name in NAMES for task in ESTIMATORS[name].tasks]
METHODS: dict[Task, str] = {"binary": "predict_proba", "multiclass": "predict_proba"}


def rows(task: Task) -> pd.DataFrame:
    return pd.DataFrame(data(task)[0], columns=COLUMNS)


def method(task: Task) -> str:
    return METHODS.get(task, "predict")


def fitted(name: str, task: Task) -> Any:
    """An estimator that takes named columns, as what is served does."""
    estimator = estimators.build(chosen(name), task)
    estimators.fit(name, estimator, *data(task))
    if name not in ("lightgbm", "blend"):  # which compare names in their own ways
        last = estimator[0] if hasattr(estimator, "steps") else estimator
        last.feature_names_in_ = np.array(COLUMNS, dtype=object)
        return estimator
    first = FunctionTransformer(np.asarray, feature_names_out="one-to-one").fit(rows(task))
    return Pipeline([("array", first), ("model", estimator)])


def written(model: Any, path: Path) -> Path:
    model_files.dump_model(model, path, estimators.TRUSTED)
    return path


def members(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def edited(path: Path, change: Callable[[Any], object]) -> bytes:
    """The file with another schema."""
    parts = members(path)
    schema = json.loads(parts[SCHEMA])
    change(schema)
    return packed(parts | {SCHEMA: json.dumps(schema).encode()})


def array(parts: dict[str, bytes], name: str) -> np.ndarray:
    return np.load(io.BytesIO(parts[name]), allow_pickle=False)


def array_bytes(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def nodes(part: Any, kind: str) -> list[dict[str, Any]]:
    """The nodes of a schema that are of a type."""
    if isinstance(part, list):
        return [node for item in part for node in nodes(item, kind)]
    if not isinstance(part, dict):
        return []
    own = [part] if part.get("__class__") == kind and "__loader__" in part else []
    return own + [node for value in part.values() for node in nodes(value, kind)]
