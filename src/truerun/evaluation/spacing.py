"""Rows that stand evenly spaced among many, for figures that need no more of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import tables
from truerun.base.partitions import map_partitions
from truerun.contract.contract import Contract
from truerun.model import made_tables
from truerun.model.split import SPLIT, TRAIN

Places = npt.NDArray[np.intp]


def evenly(target: pd.Series, step: int, classes: Sequence[str | int]) -> Places:
    """Places of every `step`-th row, and of the first row of each class that would have none.

    >>> evenly(pd.Series([0, 0, 0, 1, 0, 1]), 2, (0, 1))
    array([0, 2, 3, 4])
    """
    places = np.arange(0, len(target), step)
    if classes:
        firsts = np.flatnonzero(~target.duplicated() & ~target.isin(target.iloc[places]))
        places = np.sort(np.append(places, firsts))
    return places


def training_places(validated: Path, contract: Contract, most: int) -> dict[str, Places]:
    """Where in each partition at most `most` training rows stand, as if all partitions were one.

    Rows of classes that would have none are added.

    Parameters
    ----------
    validated : the folder of the validated rows.

    Raises
    ------
    TableError
        If the rows cannot be read, or none is for training.
    """
    names = tables.partition_names(validated)

    def training(name: str) -> tuple[Places, pd.Series]:
        rows = tables.read_table(tables.partition(validated, name), [SPLIT, contract.target])
        places = np.flatnonzero(rows[SPLIT] == TRAIN)
        return places, rows[contract.target].iloc[places]

    parts = map_partitions(training, names, "count").values()
    target = pd.concat([part for _, part in parts], ignore_index=True)
    made_tables.check_rows(len(target), "training", validated)
    some = evenly(target, -(-len(target) // most), contract.classes)
    ends = np.cumsum([len(places) for places, _ in parts])
    chosen = np.split(some, np.searchsorted(some, ends[:-1]))
    return {
        name: places[each - (end - len(places))]
        for name, (places, _), each, end in zip(names, parts, chosen, ends, strict=True)
    }
