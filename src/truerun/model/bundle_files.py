"""Writing the bundle of a fitted pipeline, which must give every score of the predictions."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline

from truerun.base import tables
from truerun.base.errors import TruerunError
from truerun.base.files import md5_of
from truerun.base.partitions import map_partitions
from truerun.base.tasks import Task
from truerun.contract import contract_facts
from truerun.contract.contract import Contract
from truerun.contract.drift import reference
from truerun.model import targets
from truerun.model.predictor import PIPELINE, Predictor
from truerun.model.row_tables import rows_of
from truerun.model.scoring import bundle, derived
from truerun.model.scoring.bundle import BundleError
from truerun.model.scoring.fallback import FILE
from truerun.model.split import SPLIT, TEST, TRAIN
from truerun.params.source import SourceSettings

AT_ONCE = 8  # columns in memory


@dataclass(frozen=True)
class Margins:
    """What is added to a score to have the ends between which 9 of 10 outcomes are expected."""

    low: float
    high: float


@dataclass(frozen=True)
class Expected:
    """What a bundle is held against: the validated rows, and the scores of those for tests."""

    validated: Path
    predictions: pd.DataFrame


@dataclass(frozen=True)
class ServedModel:
    """A model, its file, and what else an answer depends on.

    `threshold` is of a binary task, `interval` of a number.
    """

    model: Pipeline
    file: Path
    contract: Contract
    threshold: float | None
    source: SourceSettings
    interval: Margins | None


@dataclass(frozen=True)
class ModelPart:
    """What a bundle holds of a model, whatever its contract and settings are: facts and files."""

    facts: Mapping[str, Any]
    files: Mapping[str, bytes]


def model_parts(model: Pipeline, task: Task, content: bytes) -> list[ModelPart]:
    """How a bundle may hold a model, the preferred way first.

    By its walk, if it has one; whole, if it has none, or if BLAS may add in another order where
    rows lie otherwise.

    Parameters
    ----------
    content : its file.
    """
    features = [str(name) for name in model.feature_names_in_]
    walk = derived.walk(model["estimator"], task)
    whole = ModelPart(
        {
            "features": features,
            "lookups": None,
            "walk": {"kind": PIPELINE, "facts": {}},
            "needs": ["scikit-learn", "skops", "pandas", *derived.libraries(model["estimator"])],
        },
        {FILE: content},
    )
    if walk is None:
        return [whole]
    walked = ModelPart(
        {
            "features": features,
            "lookups": derived.plan(model["featurizer"]),
            "walk": {"kind": walk.kind, "facts": dict(walk.facts)},
            "needs": list(walk.needs),
        },
        {f"{name}.npy": bundle.array_bytes(each) for name, each in walk.arrays.items()},
    )
    return [walked, whole] if walk.kind == "linear" else [walked]


def other_facts(
    contract: Contract, threshold: float | None, source: SourceSettings, content: bytes
) -> dict[str, Any]:
    """What bundle.json says beside the model's part, but for the interval."""
    return {
        "task": contract.task,
        "target": contract.target,
        "key": list(contract.key),
        "classes": list(contract.classes),
        "threshold": threshold,
        "contract": contract_facts.of(contract),
        "source": {"name": source.name, "options": source.options},
        "model_md5": md5_of(content),
    }


def training_bins(validated: Path, features: Sequence[str]) -> dict[str, Any]:
    """The bins of each feature by which `drift` compares, and the training rows in each.

    Parameters
    ----------
    validated : the folder of the validated rows.
    """

    def of_training(name: str) -> np.ndarray:
        sides = tables.read_table(tables.partition(validated, name), [SPLIT])[SPLIT]
        return np.asarray(sides == TRAIN)

    is_train = map_partitions(of_training, tables.partition_names(validated), "sides")
    made: dict[str, Any] = {}
    for first in range(0, len(features), AT_ONCE):
        names = features[first : first + AT_ONCE]
        columns = tables.read_partitions(validated, names, is_train)
        made |= {name: kept_bins(columns[name]) for name in names}
    return made


def kept_bins(column: pd.Series) -> dict[str, Any]:
    """The bins of a column as bundle.json has them."""
    bins = reference(column)
    kept = {"edges": list(bins.edges), "values": list(map(str, bins.values))}
    return {**{name: each for name, each in kept.items() if each}, "rows": bins.rows.tolist()}


def write(served: ServedModel, expected: Expected, folder: Path) -> None:
    """Write the bundle of a model, which stays only if its scores are those of the model.

    Raises
    ------
    BundleError
        If a score is another one.
    """
    contract, content = served.contract, served.file.read_bytes()
    facts = {
        **other_facts(contract, served.threshold, served.source, content),
        "interval": _interval(served.interval, expected.predictions, contract),
        "training_bins": training_bins(
            expected.validated, list(map(str, served.model.feature_names_in_))
        ),
    }
    parts = model_parts(served.model, contract.task, content)
    for part in parts:
        try:
            _lay_down(bundle.contents({**facts, **part.facts}, part.files), folder)
            _check(Predictor.load(folder), contract, expected)
        except (OSError, TruerunError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise BundleError(f"cannot write {folder}: {error.strerror or error}") from error
            if part is parts[-1] or not isinstance(error, BundleError):
                raise
        else:
            return


def _interval(
    interval: Margins | None, predictions: pd.DataFrame, contract: Contract
) -> dict[str, float] | None:
    """The interval, and the share of the test rows whose outcome lies within."""
    if interval is None:
        return None
    target = targets.numbers(predictions[contract.target], contract)
    errors = target - targets.scores(predictions, contract)
    inside = (errors >= interval.low) & (errors <= interval.high)
    return {"low": interval.low, "high": interval.high, "held": float(f"{inside.mean():.4f}")}


def _lay_down(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files, of which the digest is the last: without it a bundle is refused."""
    tables.empty_folder(folder)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _check(predictor: Predictor, contract: Contract, expected: Expected) -> None:
    """Refuse a bundle that gives a test row another score.

    It scores as many rows at once as the model had, on which the last bits may depend.
    """
    names = tables.partition_names(expected.validated)
    features: list[str] = predictor.facts["features"]

    def scored(name: str) -> npt.NDArray[np.float32]:
        place = tables.partition(expected.validated, name)
        is_test = tables.read_table(place, [SPLIT])[SPLIT] == TEST
        if not is_test.any():
            return np.empty((0, len(targets.score_columns(contract))), np.float32)
        rows = tables.read_table(place, features)[is_test]
        return targets.score_table(predictor.scores(rows_of(rows)), contract).to_numpy()

    parts = map_partitions(scored, names, "check", tables.sizes(expected.validated, names))
    actual = np.concatenate(list(parts.values()))
    scores = expected.predictions[targets.score_columns(contract)].to_numpy(np.float32)
    if actual.shape != scores.shape:
        raise BundleError(f"a bundle gives {len(actual):,} scores of {len(scores):,}")
    others = np.flatnonzero((actual != scores).any(axis=1))
    if len(others):
        key = expected.predictions[list(contract.key)].iloc[others[0]]
        raise BundleError(
            f"a bundle gives {len(others):,} of {len(scores):,} test rows another score than the"
            f" model does, the first {' '.join(map(str, key))}"
        )
