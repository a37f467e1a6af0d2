"""How far the outcome of a number may lie from its score: by errors of cross-validation.

Each training row is scored by a model that was fitted on other rows, so that an error is one of a
row that the model never saw (Barber, Candès, Ramdas and Tibshirani 2021, Predictive inference with
the jackknife+, section 1.3, "CV"; each side on its own). Test rows have no part in it, and tell how
often it holds.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from truerun.base.errors import ModelError
from truerun.evaluation import cross_fit
from truerun.evaluation.evaluation import EvaluationTerms
from truerun.model import targets
from truerun.model.bundle_files import Margins

TAIL = 0.05  # share of the outcomes beyond each end


def seek(
    model: Pipeline, validated: Path, terms: EvaluationTerms, group: str | None
) -> Margins | None:
    """What is to be added to a score; None of too few training rows.

    Parameters
    ----------
    model : as it is served; it is not changed.
    group : a column whose equal values are in one fold.
    """
    contract = terms.contract
    rows = cross_fit.training_rows(model, validated, contract, [group] if group else [])
    try:
        score = cross_fit.scores(model, rows, terms, group)
    except ModelError:
        return None
    return of_errors(targets.numbers(rows[contract.target], contract) - score)


def of_errors(errors: npt.NDArray[Any]) -> Margins | None:
    """The errors beyond each of which one more lies with a chance of at most `TAIL`.

    >>> of_errors(np.arange(1.0, 20.0))
    Margins(low=1.0, high=19.0)
    >>> of_errors(np.arange(1.0, 19.0)) is None
    True
    """
    place = math.floor((len(errors) + 1) * TAIL)
    if not place:
        return None
    ordered = np.sort(errors)
    return Margins(
        low=float(f"{ordered[place - 1]:.6g}"), high=float(f"{ordered[len(ordered) - place]:.6g}")
    )
