"""MLflow's own loaders read the model that a server is told of, and it scores as here."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.model.test_scoring import fitted, laid_down, table
from tests.tracking.conftest import ALONE, PROGRAM
from truerun.base import paths
from truerun.model.tasks import Task
from truerun.tracking import flavour

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.slow,
    pytest.mark.skipif(not PROGRAM.exists(), reason="`make mlflow` installs MLflow"),
]
# Scores by the flavour of scikit-learn, and by the one of any Python function, which holds the rows
# against the signature.
ASKED = """\
import sys, numpy, pandas, mlflow
folder, rows, method = sys.argv[1:]
rows = pandas.read_parquet(rows)
numpy.save("sklearn.npy", getattr(mlflow.sklearn.load_model(folder), method)(rows))
numpy.save("function.npy", mlflow.pyfunc.load_model(folder).predict(rows))
"""


@pytest.mark.parametrize(
    ("name", "task", "method"),
    [
        ("hist_gradient_boosting", "binary", "predict_proba"),
        ("logistic_regression", "multiclass", "predict_proba"),
        ("ridge", "regression", "predict"),
    ],
)
def test_mlflow_loads_it_and_its_scores_are_the_same(
    name: str, task: Task, method: str, tmp_path: Path
) -> None:
    laid_down(name, task, tmp_path)
    model, contract = fitted(name, task)
    rows = table()[contract.features()]
    rows.to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "model").mkdir()
    shutil.copy(tmp_path / "model.skops", tmp_path / "model" / paths.MODEL.name)
    described = flavour.mlmodel(contract, (), "0" * 32, "2024-05-01 12:00:00.000000")
    (tmp_path / "model" / flavour.FILE).write_text(json.dumps(described), encoding="utf-8")
    subprocess.run(
        [PROGRAM.with_name("python"), "-c", ASKED, "model", "rows.parquet", method],
        cwd=tmp_path,
        env={**os.environ, **ALONE, "PYTHONPATH": ""},
        check=True,
    )
    expected = getattr(model, method)(rows)
    for kind in ("sklearn", "function"):
        np.testing.assert_array_equal(np.load(tmp_path / f"{kind}.npy"), expected)
