"""Section `train`: which estimator is fitted, and with what parameters."""

from typing import Self

from pydantic import model_validator

from truerun.base.settings import Section
from truerun.params.numbers import Count, Seed


class Train(Section):
    """Which estimator is fitted, from which seed, and on how many rows at most.

    Of more training rows than `max_rows`, so many are drawn by a hash; rows of the same value of
    the column `draw_by` stay together, such as those of a day. Without it, each goes by its key.

    This floor does not know which estimators there are: `truerun.model.estimators.SECTION` adds
    their names, and the parameters of each under its name.
    """

    model: str
    seed: Seed
    max_rows: Count | None = None
    draw_by: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.draw_by is not None and self.max_rows is None:
            raise ValueError("draw_by goes with max_rows")
        return self
