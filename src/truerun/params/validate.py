"""Section `validate`: what data must satisfy beyond the contract of a row."""

from typing import Annotated, Self

from pydantic import Field, FiniteFloat, model_validator

from truerun.base.settings import Section
from truerun.params.numbers import Count, Rate


class RateRange(Section):
    """The allowed range of the target's rate (or mean) in each partition."""

    min: FiniteFloat
    max: FiniteFloat

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError("max must not be below min")
        return self


class Validate(Section):
    """What data must satisfy beyond the contract of a row.

    A multiclass target has no rate; any other may have a range for it (for its mean).
    """

    max_quarantined: Rate
    min_rows: Count
    target_rate: RateRange | None = None
    leakage_auc: Annotated[float, Field(gt=0.5, le=1)]
