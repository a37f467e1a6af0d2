"""Duplicate rows and columns, found by hashes of their cells; valid within one table only."""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from truerun.sources.table.cells import Cells
from truerun.sources.table.rows import Hashes, mix
from truerun.sources.table.values import Numbers

STEP = np.uint64(0x9E3779B97F4A7C15)  # odd, and without a pattern in its bits


def text_hashes(cells: Cells, is_missing: npt.NDArray[np.bool_]) -> Hashes:
    """A hash of each row's cell, by the first appearance of its text; missing cells share one."""
    places = np.append(np.where(is_missing, 0, np.cumsum(~is_missing)), 0).astype(np.uint64)
    hashed: Hashes = mix(places * STEP)[cells.codes]
    return hashed


def number_hashes(numbers: Numbers) -> Hashes:
    """A hash of each row's number."""
    return mix(numbers.view(np.uint64))


def salted(hashed: Hashes, name: str) -> Hashes:
    """Hashes of a column's cells that add up with those of other columns to a hash of the row."""
    salt = np.uint64(pd.util.hash_array(np.array([name], dtype=object))[0])
    return hashed * (salt | np.uint64(1))


def weights(rows: int) -> Hashes:
    """A factor for each row, which makes a sum depend on their order."""
    return mix(np.arange(1, rows + 1, dtype=np.uint64) * STEP)  # of 0 it is 0


def signature(hashed: Hashes, weight: Hashes, texts: pa.Array | None = None) -> bytes:
    """The same for two columns if one repeats the other; given texts, only in the same words."""
    digest = hashlib.blake2b(np.dot(hashed, weight).tobytes(), digest_size=16)
    for buffer in pa.concat_arrays([texts]).buffers()[1:] if texts is not None else ():
        digest.update(buffer)
    return digest.digest()


def count_duplicates(rows: Hashes, target: Hashes) -> tuple[int, int]:
    """How many rows repeat another, and how many of these have a target not seen before with it."""
    different = count_distinct(rows)
    return len(rows) - different, count_distinct(mix(rows) + target) - different


def count_distinct(values: Hashes | Numbers) -> int:
    """The number of distinct values, in a fiftieth of the time of `np.unique`."""
    ordered = np.sort(values)
    return int((ordered[1:] != ordered[:-1]).sum()) + min(1, len(ordered))
