"""Section `gate`: what must hold for a change to be merged."""

from typing import Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from truerun.base.settings import Section
from truerun.params.numbers import Count, NotNegative, Positive, Rate

# The names of `metrics.METRICS`, and those of them that slices have: a test holds them together.
SliceMetricName = Literal[
    "roc_auc",
    "roc_auc_macro",
    "log_loss",
    "brier",
    "accuracy",
    "rmse",
    "mae",
    "r2",
    "pinball_10",
    "pinball_90",
    "poisson_deviance",
]
MetricName = (
    SliceMetricName
    | Literal[
        "average_precision",
        "calibration_error",
        "precision",
        "recall",
        "f1",
        "balanced_accuracy",
        "f1_macro",
    ]
)


class Bound(Section):
    """The least or the greatest value that a figure may have, or both."""

    min: FiniteFloat | None = None
    max: FiniteFloat | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min or max")
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError("max must not be below min")
        return self


class Gate(Section):
    """What must hold for a change to be merged; a rule that is left out asks for nothing."""

    limits: dict[MetricName, Bound] = Field(default_factory=dict)
    losses: dict[MetricName, NotNegative] = Field(default_factory=dict)
    train_test_gap: dict[MetricName, NotNegative] = Field(default_factory=dict)
    worst_slice: dict[SliceMetricName, Bound] = Field(default_factory=dict)
    test_rows: Positive | None = None
    changed_decisions: Rate | None = None
    quarantined: Rate | None = None
    repeated: Rate | None = None
    max_age_days: Positive | None = None
    predict_one_ms: Positive | None = None
    predict_1000_ms: Positive | None = None
    model_bytes: Count | None = None
