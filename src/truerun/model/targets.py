"""What the tasks differ in: targets as numbers, scores, decisions, and the columns that hold them.

Scores are of shape (rows,): of a binary task the probability of 1, of a regression or of counts the
mean that is expected. Of a multiclass task they are of shape (rows, classes): the probability of
each class, in the order of the target's categories in schema.yaml.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.errors import ModelError, listed
from truerun.contract.contract import SCORE, Contract

Numbers = npt.NDArray[Any]


def numbers(values: pd.Series, contract: Contract) -> Numbers:
    """The target as numbers: 0 and 1, the number of the class, or the value itself.

    Parameters
    ----------
    values : the target's column, which satisfies the contract.
    """
    if contract.task == "multiclass":
        classes = contract.classes
        codes = pd.Categorical(values, categories=pd.Index(classes, dtype="str")).codes
        return np.asarray(codes, dtype=np.int64)  # an encoder takes no narrower
    kinds = {"binary": np.int8, "counts": np.int64, "regression": np.float64}
    return values.to_numpy(kinds[contract.task])


def score_columns(contract: Contract) -> list[str]:
    """The columns that hold the scores of a row: `score`, or `score:CLASS` for each class."""
    if contract.task == "multiclass":
        return [f"{SCORE}:{name}" for name in contract.classes]
    return [SCORE]


def scores(table: pd.DataFrame, contract: Contract) -> Numbers:
    """The scores in a table that has the columns of `score_columns`."""
    columns = score_columns(contract)
    scores_by_column = table[columns].to_numpy(np.float64)
    return scores_by_column if contract.task == "multiclass" else scores_by_column[:, 0]


def score_table(values: Numbers, contract: Contract) -> pd.DataFrame:
    """Scores as the columns of `score_columns`, of single precision."""
    columns = score_columns(contract)
    single = np.asarray(values, dtype=np.float32).reshape(-1, len(columns))
    return pd.DataFrame(single, columns=columns)


def predicted(model: Any, rows: pd.DataFrame, contract: Contract) -> Numbers:
    """The scores that a model gives some rows, of which there may be none."""
    names = list(model.feature_names_in_)
    features = set(contract.features())
    if no_features := [name for name in names if name not in features]:
        raise ModelError(
            f"the model takes {listed(no_features)}, which is no feature of schema.yaml"
        )
    ask = getattr(model, method(contract))
    given = ask(rows[names]) if len(rows) else np.empty((0, len(contract.classes)))
    return of_answer(given, contract)


def method(contract: Contract) -> str:
    """The method of a model that gives its scores."""
    return "predict_proba" if contract.classes else "predict"


def of_answer(given: Numbers, contract: Contract) -> Numbers:
    """The scores in what that method gives."""
    classes = len(contract.classes)
    if not classes:
        return np.asarray(given).reshape(len(given))
    if given.shape[1] != classes:
        raise ModelError(
            f"the model knows {given.shape[1]} classes of {contract.target}, "
            f"but schema.yaml lists {classes}: does one have no training row?"
        )
    return given if contract.task == "multiclass" else given[:, 1]


def decisions(score: Numbers, threshold: float | None) -> Numbers:
    """What is decided of each row, shape (rows,), as `numbers` would have it.

    Of a binary task 1 from the threshold on; of a multiclass task the likeliest class, the first of
    several. The other tasks decide nothing: what they say is the score.
    """
    if score.ndim > 1:
        return np.asarray(score.argmax(axis=1), dtype=np.int64)
    if threshold is None:
        return score
    return np.asarray(score >= threshold, dtype=np.int8)


def labels(contract: Contract) -> Sequence[str]:
    """The classes of a binary or multiclass target as text, in the order of `numbers`."""
    return [str(name) for name in contract.classes]
