"""The model as one of MLflow's own: the file MLmodel, with its flavours and its signature.

MLflow's flavour of scikit-learn knows files of skops, so `mlflow.sklearn` and `mlflow.pyfunc` read
it where truerun's lock is installed. The signature names each column that the model reads, with the
type that MLflow has for it: a whole number that may be missing is a `double`, as in a DataFrame.
"""

import json
import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from truerun.base import paths
from truerun.contract.contract import Column, Contract
from truerun.model import estimators, model_files

FOLDER = "model"  # of a run's artifacts
FILE = "MLmodel"
TYPES = {"int": "long", "float": "double", "text": "string", "time": "datetime"}


def mlmodel(
    contract: Contract, exclude: Sequence[str], run_id: str, created: str
) -> dict[str, Any]:
    """What MLmodel says.

    Parameters
    ----------
    exclude : columns that the model does not read, though they could be features.
    created : the moment in UTC, as in 2024-05-01 12:00:00.000000.
    """
    return {
        "artifact_path": FOLDER,
        "flavors": {
            "python_function": {
                "loader_module": "mlflow.sklearn",
                "model_path": paths.MODEL.name,
                "predict_fn": "predict_proba" if contract.classes else "predict",
                "python_version": platform.python_version(),
            },
            "sklearn": {
                "pickled_model": paths.MODEL.name,
                "serialization_format": "skops",
                "sklearn_version": metadata.version("scikit-learn"),
                "skops_trusted_types": [*model_files.TRUSTED, *estimators.TRUSTED],
            },
        },
        "run_id": run_id,
        "signature": {
            "inputs": json.dumps(inputs(contract, exclude)),
            "outputs": json.dumps(outputs(contract)),
            "params": None,
        },
        "utc_time_created": created,
    }


def inputs(contract: Contract, exclude: Sequence[str]) -> list[dict[str, Any]]:
    """The columns that the model reads, as MLflow describes columns."""
    return [
        {
            "type": type_of(contract.columns[name]),
            "name": name,
            "required": not contract.columns[name].nullable,
        }
        for name in contract.features(tuple(exclude))
    ]


def outputs(contract: Contract) -> list[dict[str, Any]]:
    """What the model gives for rows: the probability of each class, or a number."""
    shape = [-1, len(contract.classes)] if contract.classes else [-1]
    return [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": shape}}]


def type_of(column: Column) -> str:
    """What MLflow calls the type of a column."""
    return "double" if column.type == "int" and column.nullable else TYPES[column.type]
