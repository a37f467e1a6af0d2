"""Values that lie in segments, one after the other: each segment from one border to the next."""

from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.intp]
Number = TypeVar("Number", bound=np.number)


def in_a_row(places: Places) -> slice | Places:
    """The places, as a slice if each follows the one before: what is there is not copied then."""
    if len(places) and (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def chosen(
    values: npt.NDArray[Number], borders: Places, mask: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[Number], Places]:
    """Some of the values, or all as they are, and where the borders are among them."""
    if mask.all():
        return values, borders
    places = np.flatnonzero(mask)
    return values[places], np.searchsorted(places, borders)


def sort_each(values: npt.NDArray[np.generic], borders: Places) -> Places:
    """Sort each segment in place; return the places of its distinct values, the first of equals."""
    for first, last in pairwise(borders.tolist()):
        values[first:last].sort()
    new = np.append(True, values[1:] != values[:-1])[: len(values)]
    new[borders[borders < len(values)]] = True
    return np.flatnonzero(new)
