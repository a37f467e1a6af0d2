"""Metrics as small text files for Git: rounded, in a fixed order."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truerun.base.errors import FileError
from truerun.base.files import whole_file

DIGITS = 6


def write_json(path: Path, figures: Mapping[str, Any]) -> None:
    """Write figures, floats rounded to six significant digits, NaN as null."""
    write_text(path, json.dumps(rounded(figures), indent=2, allow_nan=False) + "\n")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a small table, floats rounded to six significant digits."""
    write_text(path, table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n"))


def write_text(path: Path, text: str) -> None:
    """Write a text file; it appears whole or not at all."""
    try:
        with whole_file(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror or error}") from error


def rounded(value: Any) -> Any:
    """Numbers rounded so far that rounding errors of a processor do not show."""
    if isinstance(value, Mapping):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") + 0.0 if math.isfinite(value) else None  # no -0.0
    return value
