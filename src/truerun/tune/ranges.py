"""The ranges in which parameters are searched; others stay as params.yaml has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from truerun.params.train import ModelName

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


# A forest's n_estimators is not searched: more trees are better, and cost more.
RANGES: Mapping[ModelName, Mapping[str, Range]] = {
    "hist_gradient_boosting": {
        "learning_rate": Range(0.01, 0.3),
        "max_iter": Range(40, 600),
        "max_leaf_nodes": Range(3, 127),
        "min_samples_leaf": Range(2, 500),
        "l2_regularization": Range(0.01, 100.0),
        "max_features": Range(0.2, 1.0, even=True),
    },
    "lightgbm": {
        "learning_rate": Range(0.01, 0.3),
        "n_estimators": Range(40, 600),
        "num_leaves": Range(3, 127),
        "min_child_samples": Range(2, 500),
        "reg_lambda": Range(0.01, 100.0),
        "colsample_bytree": Range(0.2, 1.0, even=True),
    },
    "random_forest": {
        "min_samples_leaf": Range(1, 200),
        "max_features": Range(0.1, 1.0, even=True),
    },
    "logistic_regression": {"C": Range(0.0001, 100.0)},
    "ridge": {"alpha": Range(0.001, 10_000.0)},
    "baseline": {},
}
