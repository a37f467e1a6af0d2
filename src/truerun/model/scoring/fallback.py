"""Scores of a model without a walk: the pipeline itself, from the skops file in the bundle."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.contract.row_contract import Row
from truerun.model import estimators, model_files
from truerun.model.scoring.bundle import Bundle

FILE = "model.skops"
DTYPES = {"int": "float64", "float": "float64", "text": "str"}


class Fallback:
    """A pipeline that takes rows as mappings."""

    def __init__(self, pipeline: Any, bundle: Bundle) -> None:
        """Take the pipeline, and which types its columns have."""
        self._pipeline, self._task = pipeline, bundle.facts["task"]
        columns = bundle.facts["contract"]["columns"]
        names = pipeline.feature_names_in_
        self._types = {str(name): DTYPES[columns[name]["type"]] for name in names}

    def scores(self, rows: Sequence[Row]) -> npt.NDArray[Any]:
        """What the pipeline predicts."""
        table = pd.DataFrame(
            {
                name: pd.Series([row[name] for row in rows], dtype=kind)
                for name, kind in self._types.items()
            }
        )
        if self._task in ("regression", "counts"):
            return np.asarray(self._pipeline.predict(table))
        chances = np.asarray(self._pipeline.predict_proba(table))
        return chances if self._task == "multiclass" else chances[:, 1]


def model(bundle: Bundle) -> Fallback:
    """The pipeline of a bundle."""
    pipeline = model_files.load_model(bundle.folder / FILE, estimators.TRUSTED)
    return Fallback(pipeline, bundle)
