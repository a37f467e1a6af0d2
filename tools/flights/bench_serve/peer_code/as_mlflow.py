"""Writes a model of a skops file as MLflow has it, to the folder `model`; runs beside MLflow."""

import sys

import mlflow.sklearn
import skops.io

path = sys.argv[1]
trusted = skops.io.get_untrusted_types(file=path)
mlflow.sklearn.save_model(
    skops.io.load(path, trusted=trusted),
    "model",
    serialization_format="skops",
    skops_trusted_types=trusted,
    pyfunc_predict_fn="predict_proba",
    pip_requirements=[],
)
