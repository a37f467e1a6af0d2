"""Rows that repeat others, found by hashes of their cells."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.sources.table import rows as table_rows
from pipeline.sources.table.cells import Cells

Hashes = npt.NDArray[np.uint64]
STEP = np.uint64(0x9E3779B97F4A7C15)  # an odd number, of bits without a pattern


def hashes(found: Cells, name: str) -> Hashes:
    """A hash of each row's cell, by the place of its text: good within one table only."""
    salt = pd.util.hash_array(np.array([name], dtype=object))[0]
    places = np.arange(1, len(found.texts) + 2, dtype=np.uint64)
    hashed: Hashes = table_rows.mixed(places * STEP ^ salt)[found.codes]
    return hashed


def count(rows: Hashes, target: Hashes) -> tuple[int, int]:
    """How many rows repeat another, and how many of these have another target than all before."""
    distinct = len(np.unique(rows))
    disagree = len(np.unique(table_rows.mixed(rows) + target)) - distinct
    return len(rows) - distinct, disagree
