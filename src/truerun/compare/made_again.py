"""Files that were made again against those that a head has: tables cell by cell, and figures."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truerun.base import locks
from truerun.base.errors import TruerunError
from truerun.comparison.comparison import LockDifference

# With other packages the last digits of a score may differ: so much of it is let pass.
SCORE_TOLERANCE, FIGURE_TOLERANCE = 1e-5, 1e-4


def equal(expected: "pd.Series[Any]", actual: "pd.Series[Any]") -> np.ndarray:
    """Where two columns hold the same; a missing value is the same as another."""
    if expected.dtype != actual.dtype:
        return np.zeros(len(expected), dtype=bool)
    same = (expected == actual) | (expected.isna() & actual.isna())
    return np.asarray(same.fillna(value=False), dtype=bool)


def close(expected: "pd.Series[Any]", actual: "pd.Series[Any]") -> np.ndarray:
    """Where two columns of numbers are the same but for rounding."""
    if not pd.api.types.is_numeric_dtype(actual):
        return np.zeros(len(expected), dtype=bool)
    before, after = (side.to_numpy(np.float64, na_value=np.nan) for side in (expected, actual))
    near = np.isclose(after, before, rtol=SCORE_TOLERANCE, atol=SCORE_TOLERANCE)
    return np.asarray(near, dtype=bool)


def figures(
    folders: tuple[Path, Path],
    path: Path,
    stage: str,
    *,
    exact: bool,
    named: Callable[[Any], dict[str, Any]] = locks.leaves,
) -> Iterator[LockDifference]:
    """Figures of a JSON file that are others, or what keeps them from being read.

    Parameters
    ----------
    folders : with what was made again, and with what the head has.
    named : the single values in what a file holds, by their full names.
    """
    made, head = folders
    expected = named(json.loads((made / path).read_text(encoding="utf-8")))
    try:
        content = json.loads((head / path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        yield LockDifference(
            stage=stage,
            kind="file",
            name=str(path),
            expected=f"figures of the stage {stage}",
            found=plain(error, head),
        )
        return
    actual = named(content) if isinstance(content, Mapping) else {}
    for name in dict.fromkeys([*expected, *actual]):
        sides = expected.get(name), actual.get(name)
        if not same(*sides, exact=exact):
            before, after = map(repr, sides)
            yield LockDifference(
                stage=stage,
                kind="figure",
                name=f"{path.name}: {name}",
                expected=before,
                found=after,
            )


def same(expected: Any, actual: Any, *, exact: bool) -> bool:
    """Whether two values of JSON are one; if not `exact`, numbers may differ by rounding."""
    numbers = all(
        isinstance(side, int | float) and not isinstance(side, bool) for side in (expected, actual)
    )
    if numbers and not exact:
        try:
            sides = float(expected), float(actual)
        except OverflowError:  # a whole number of hundreds of digits
            return False
        return math.isclose(*sides, rel_tol=FIGURE_TOLERANCE, abs_tol=FIGURE_TOLERANCE)
    return type(expected) is type(actual) and bool(expected == actual)


def plain(error: Exception, folder: Path) -> str:
    """What an error says, with paths as they are in the project."""
    text = str(error) if isinstance(error, TruerunError) else repr(error)
    return text.replace(f"{folder}/", "")
