"""Rows and columns that repeat others, found by hashes of their cells: good within one table."""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from truerun.sources.table.cells import Cells
from truerun.sources.table.rows import Hashes, mixed
from truerun.sources.table.values import Numbers

STEP = np.uint64(0x9E3779B97F4A7C15)  # an odd number, of bits without a pattern


def of_texts(found: Cells, absent: npt.NDArray[np.bool_]) -> Hashes:
    """A hash of each row's cell, by when its text appears first; one of all that are missing."""
    places = np.append(np.where(absent, 0, np.cumsum(~absent)), 0).astype(np.uint64)
    hashed: Hashes = mixed(places * STEP)[found.codes]
    return hashed


def of_numbers(numbers: Numbers) -> Hashes:
    """A hash of each row's number."""
    return mixed(numbers.view(np.uint64))


def salted(hashed: Hashes, name: str) -> Hashes:
    """Hashes of a column's cells, whose sum with those of others is one of the row."""
    salt = np.uint64(pd.util.hash_array(np.array([name], dtype=object))[0])
    return hashed * (salt | np.uint64(1))


def weights(rows: int) -> Hashes:
    """A factor for each row, by which a sum tells their order."""
    return mixed(np.arange(1, rows + 1, dtype=np.uint64) * STEP)  # of 0 it is 0


def signature(hashed: Hashes, weight: Hashes, texts: pa.Array | None = None) -> bytes:
    """What two columns share if one repeats the other: in its own words, unless there are texts."""
    digest = hashlib.blake2b(np.dot(hashed, weight).tobytes(), digest_size=16)
    for buffer in pa.concat_arrays([texts]).buffers()[1:] if texts is not None else ():
        digest.update(buffer)
    return digest.digest()


def count(rows: Hashes, target: Hashes) -> tuple[int, int]:
    """How many rows repeat another, and how many of these have another target than all before."""
    different = distinct(rows)
    return len(rows) - different, distinct(mixed(rows) + target) - different


def distinct(values: Hashes | Numbers) -> int:
    """How many different ones there are, told in a fiftieth of the time of `np.unique`."""
    ordered = np.sort(values)
    return int((ordered[1:] != ordered[:-1]).sum()) + min(1, len(ordered))
