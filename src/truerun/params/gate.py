"""Section `gate`: what must hold for a change to be merged."""

from typing import Annotated, Self

from pydantic import Field, FiniteFloat, model_validator

from truerun.base.settings import Section
from truerun.params.numbers import Count, NotNegative, Positive, Rate

# This floor does not know which metrics there are: `truerun.gate.names` checks the names.
MetricName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=100)]


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


class SliceLoss(Section):
    """By how much each slice may be worse that has so many rows."""

    margin: NotNegative
    min_rows: Count = 1


class Gate(Section):
    """What must hold for a change to be merged; a rule that is left out asks for nothing.

    Lost rows and changed labels are limited unless `null` says that they are not.
    """

    limits: dict[MetricName, Bound] = Field(default_factory=dict)
    losses: dict[MetricName, NotNegative] = Field(default_factory=dict)
    train_test_gap: dict[MetricName, NotNegative] = Field(default_factory=dict)
    worst_slice: dict[MetricName, Bound] = Field(default_factory=dict)
    slice_losses: dict[MetricName, SliceLoss] = Field(default_factory=dict)
    test_rows: Positive | None = None
    lost_rows: Rate | None = 0.001
    changed_labels: Rate | None = 0.001
    changed_decisions: Rate | None = None
    quarantined: Rate | None = None
    repeated: Rate | None = None
    max_age_days: Positive | None = None
    predict_one_ms: Positive | None = None
    predict_1000_ms: Positive | None = None
    model_bytes: Count | None = None
