"""The range in which a parameter is searched by `tune`."""

from collections.abc import Mapping
from dataclasses import dataclass

DIGITS = 3  # of a parameter, so that params.yaml can show the exact value that was tried

Value = int | float
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Range:
    """The limits of a parameter; `even` ranges are searched linearly, others logarithmically."""

    low: Value
    high: Value
    even: bool = False

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers only."""
        return isinstance(self.low, int)

    def rounded(self, value: Value) -> Value:
        """A value rounded to few digits."""
        return int(value) if self.whole else float(f"{value:.{DIGITS}g}")
