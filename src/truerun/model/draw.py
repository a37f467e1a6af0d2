"""Which training rows a model is fitted on, where `train.max_rows` leaves some out."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import tables
from truerun.base.errors import ModelError
from truerun.contract.contract import Contract
from truerun.model import split
from truerun.model.split import SPLIT, TRAIN
from truerun.params.train import Train


def training_rows(validated: Path, contract: Contract, chosen: Train) -> npt.NDArray[np.bool_]:
    """Tell for each training row, in order, whether the model is fitted on it.

    Raises
    ------
    TruerunError
        If a file cannot be read, or `train` asks for what cannot be drawn.
    """
    by = [chosen.draw_by] if chosen.draw_by else [*contract.key]
    if chosen.draw_by and chosen.draw_by not in contract.columns:
        raise ModelError(
            f"params.yaml: train.draw_by names {chosen.draw_by}, which is not a column of"
            " schema.yaml"
        )
    columns = [*dict.fromkeys([*(by if chosen.max_rows else ()), SPLIT])]
    rows = tables.read_partitions(validated, columns)
    rows = rows[rows[SPLIT] == TRAIN]
    if chosen.max_rows is None:
        return np.ones(len(rows), dtype=bool)
    return drawn(rows[by], chosen.max_rows, chosen.seed)


def drawn(rows: pd.DataFrame, most: int, seed: int) -> npt.NDArray[np.bool_]:
    """Draw rows by a hash of their values: those of the same values are all drawn, or none.

    They are taken in the order of the hash, as many as `most` rows hold. So the draw depends on
    neither the order nor the partitions of the rows, and one of fewer rows is a part of it.

    Examples
    --------
    >>> rows = pd.DataFrame({"day": [1, 1, 2, 2, 3, 3]})
    >>> few, more = drawn(rows, 3, seed=7), drawn(rows, 4, seed=7)
    >>> int(few.sum()), int(more.sum()), bool((more[few]).all())
    (2, 4, True)

    Raises
    ------
    ModelError
        If the first rows to draw are too many.
    """
    _, codes, counts = np.unique(
        split.numbers_of(rows, seed), return_inverse=True, return_counts=True
    )
    taken = np.cumsum(counts) <= most
    if len(rows) and not taken[0]:
        raise ModelError(
            f"params.yaml: train.max_rows is {most}, fewer than the {counts[0]:,} rows of one value"
            f" of {', '.join(map(str, rows))}, which stay together: take more"
        )
    return np.asarray(taken[codes], dtype=bool)
