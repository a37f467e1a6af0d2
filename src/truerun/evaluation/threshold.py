"""The threshold that is worth most on training rows, which models score that were fitted without.

No model file holds these models (see `cross_fit`): whoever reads the threshold has to believe it,
and can see what it is worth on test rows.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from truerun.base import paths
from truerun.base.errors import ModelError
from truerun.evaluation import cross_fit
from truerun.evaluation.evaluation import EvaluationTerms
from truerun.model import targets, value

PATH = paths.METRICS / "threshold.json"


@dataclass(frozen=True)
class Sought:
    """The best threshold and the rows that it was sought on; or why there is none."""

    best: float | None = None
    rows: int | None = None
    present_value: float | None = None
    best_value: float | None = None
    why: str | None = None

    def content(self) -> dict[str, Any]:
        """What the file holds; values are per 1,000 of these training rows."""
        if self.best is None:
            return {"best": None, "why": self.why}
        return {
            "best": self.best,
            "rows": self.rows,
            "value": {"present": self.present_value, "best": self.best_value},
        }


def read(folder: Path) -> float | None:
    """The best threshold that a folder's file names; None where it names none.

    Raises
    ------
    ModelError
        If there is no such file, or it holds something else.
    """
    try:
        best = json.loads((folder / PATH).read_text(encoding="utf-8"))["best"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{PATH} does not say what threshold is best") from error
    if best is None or (isinstance(best, float) and 0 < best < 1):
        return best
    raise ModelError(f"{PATH} holds no threshold between 0 and 1")


def seek(model: Pipeline, validated: Path, terms: EvaluationTerms) -> Sought:
    """Seek the best threshold on the validated training rows below a folder.

    Parameters
    ----------
    model : as it is served; it is not changed.
    """
    contract, chosen = terms.contract, terms.chosen
    if chosen.value is None:
        return Sought(why="params.yaml has no evaluate.value")
    if chosen.threshold is None:
        return Sought(why=f"task: {contract.task} has no threshold")
    group = chosen.value.group
    columns = [*([group] if group else []), *value.columns(chosen.value)]
    rows = cross_fit.training_rows(model, validated, contract, columns)
    target = targets.numbers(rows[contract.target], contract)
    try:
        score = cross_fit.scores(model, rows, terms, group)
    except ModelError as error:
        return Sought(why=str(error))
    worth = value.of_decisions(chosen.value, rows, target)
    best = value.best_threshold(worth, score, chosen.threshold)
    present_value, best_value = value.by_threshold(worth, score, np.array([chosen.threshold, best]))
    return Sought(best, len(rows), float(present_value), float(best_value))
