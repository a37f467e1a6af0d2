"""Columns of which the stage `featurize` can make no feature, whatever their rows are."""

import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

LARGEST = float(np.finfo(np.float32).max)  # of a feature, which is of single precision
WORD = re.compile(r"\w\w")  # two letters or digits, as words of free text have


class Usability:
    """What is seen of the features that can be made of columns, partition by partition."""

    def __init__(self, columns: Mapping[str, Mapping[str, Any]], features: Collection[str]) -> None:
        kinds = {name: columns[name] for name in features}
        self._numbers = [name for name, each in kinds.items() if each["type"] == "float"]
        self._wordless = {name for name, each in kinds.items() if each.get("words")}
        self._largest = dict.fromkeys(self._numbers, 0.0)

    def add(self, rows: pd.DataFrame) -> None:
        """Look at the prepared rows of a partition."""
        for name in self._numbers:
            largest = float(rows[name].abs().max())  # NaN where all are missing
            self._largest[name] = max(self._largest[name], largest)
        for name in list(self._wordless):
            if any(map(WORD.search, rows[name].dropna())):
                self._wordless.remove(name)

    def reasons(self) -> dict[str, str]:
        """Why there is no feature of a column, of those of which there is none."""
        large = {
            name: f"reaches {largest:.4g}, and a feature at most {LARGEST:.2g}"
            for name, largest in self._largest.items()
            if largest > LARGEST
        }
        return large | dict.fromkeys(sorted(self._wordless), "has no word of two letters")
